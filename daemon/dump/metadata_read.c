/* What istiod writes into the metadata of a cluster: the DestinationRule and the services that it is made of (istio
 * pilot/pkg/networking/core/cluster_builder.go, pilot/pkg/networking/util/util.go). */
#include "dump/reading.h"

static void read_owner(struct dump_reader *r, struct proxy_cluster *c)
{
	struct owner o = { STR_ABSENT, STR_ABSENT };
	int          key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_METADATA, &key))
		if (key == K_NAMESPACE)
			o.namespace = take_text(r);
		else if (key == K_NAME)
			o.name = take_text(r);
	if (!c->owners)
		c->owners = ARENA_ARRAY(r->scratch, KEPT_OWNERS, struct owner);
	if (c->n_owners < KEPT_OWNERS)
		c->owners[c->n_owners++] = o;
}

static void read_istio_metadata(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_METADATA, &key)) {
		if (key == K_CONFIG)
			c->rule = take_text(r);
		else if (key == K_ALPN_OVERRIDE)
			c->alpn_override = json_scan_string_is(r->scan, STR("false"));
		else if (key == K_SERVICES && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_owner(r, c);
	}
}

void metadata_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_METADATA, &key))
		if (key == K_FILTER_METADATA && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_METADATA, &key))
				if (key == K_ISTIO)
					read_istio_metadata(r, c);
}
