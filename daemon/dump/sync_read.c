/* What istiod says its proxies have taken: /debug/syncz, a list of its own form (istio pilot/pkg/xds/debug.go SyncStatus),
 * and `istioctl proxy-status -o json`, the answer in ClientConfigs of CSDS behind it (pilot/pkg/xds/statusgen.go,
 * envoy/service/status/v3/csds.proto). */
#include "dump/reading.h"

static void read_proxy(struct dump_reader *r, struct sync_read *s)
{
	s->proxy = take_text(r);
	s->place = json_scan_place(r->scan);
}

/* ---- /debug/syncz ---- */

/* The same as the older members beside it, and Envoy's own text. */
static void read_resource(struct dump_reader *r, struct sync_type_read *s)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SYNC, &key))
		if (key == K_LAST_ERROR)
			s->error = take_text(r);
		else if (key == K_SENT)
			s->sent = take_text(r);
		else if (key == K_ACKED)
			s->acked = take_text(r);
}

/* ---- ClientConfig ---- */

/* Istiod writes what Envoy calls "web.shop" of "sidecar~10.0.0.1~web.shop~shop.svc.cluster.local" alone. */
static struct str pod_of(struct str id)
{
	struct str part = STR_ABSENT, rest = id;

	for (unsigned i = 0; i < 3 && str_present(rest); i++)
		rest = str_cut(rest, '~', &part);
	return str_present(rest) ? part : id;
}

static void read_node(struct dump_reader *r, struct sync_read *s)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SYNC, &key))
		if (key == K_ID) {
			read_proxy(r, s);
			s->proxy = pod_of(s->proxy);
		}
}

/* What one type of resources is at: of PerXdsConfig (Istio 1.13 and older) the member that it has tells which, of
 * GenericXdsConfig its type_url. */
struct client_type {
	struct sync_type_read *of; /* NULL: of a type that is of no use */
	struct str             status, error;
};

static struct sync_type_read *type_of(struct dump_reader *r, struct sync_read *s)
{
	char             buf[128];
	struct json_text url;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &url))
		return NULL;
	return str_is(url.text, "type.googleapis.com/envoy.config.cluster.v3.Cluster")             ? &s->clusters
	       : str_is(url.text, "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig") ? &s->plugins
	                                                                                           : NULL;
}

static void read_error_state(struct dump_reader *r, struct client_type *t)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ERROR_STATE, &key))
		if (key == K_DETAILS)
			t->error = take_text(r);
}

static void read_type(struct dump_reader *r, struct sync_read *s)
{
	struct client_type t = { .status = STR_ABSENT, .error = STR_ABSENT };
	int                key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SYNC, &key))
		if (key == K_TYPE_URL)
			t.of = type_of(r, s);
		else if (key == K_CLUSTER_CONFIG)
			t.of = &s->clusters;
		else if (key == K_SYNC_STATUS)
			t.status = take_text(r);
		else if (key == K_ERROR_STATE)
			read_error_state(r, &t);
	if (!t.of)
		return;
	t.of->behind = str_is(t.status, "STALE") || str_is(t.status, "ERROR");
	t.of->error = t.error;
}

static void read_types(struct dump_reader *r, struct sync_read *s)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		read_type(r, s);
}

static void read_client_config(struct dump_reader *r)
{
	struct arena_mark mark = arena_mark(r->scratch);
	struct sync_read  s = { .proxy = STR_ABSENT };
	int               key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SYNC, &key))
		if (key == K_NODE)
			read_node(r, &s);
		else if (key == K_XDS_CONFIGS)
			read_types(r, &s);
	if (!sync_keep(r, &s))
		arena_reset(r->scratch, mark);
}

void client_configs_read(struct dump_reader *r)
{
	if (json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_client_config(r);
}

/* ---- both ---- */

static void read_resources(struct dump_reader *r, struct sync_read *s)
{
	int key;

	if (json_scan_kind(r->scan) == JSON_ARRAY) { /* an answer of CSDS, in a list */
		client_configs_read(r);
		return;
	}
	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SYNC, &key))
		if (key == K_CDS)
			read_resource(r, &s->clusters);
		else if (key == K_ECDS)
			read_resource(r, &s->plugins);
}

void sync_member(struct dump_reader *r, struct sync_read *s, int key)
{
	if (key == K_PROXY)
		read_proxy(r, s);
	else if (key == K_CLUSTER_SENT)
		s->clusters.sent = take_text(r);
	else if (key == K_CLUSTER_ACKED)
		s->clusters.acked = take_text(r);
	else if (key == K_EXTENSION_SENT)
		s->plugins.sent = take_text(r);
	else if (key == K_EXTENSION_ACKED)
		s->plugins.acked = take_text(r);
	else if (key == K_RESOURCES)
		read_resources(r, s);
	else if (key == K_NODE)
		read_node(r, s);
	else if (key == K_XDS_CONFIGS)
		read_types(r, s);
}

static struct sync_state state_of(const struct sync_type_read *t)
{
	return (struct sync_state){ .acked = !t->behind && (t->sent.n == 0 || str_eq(t->sent, t->acked)),
		                    .error = t->error.n ? t->error : STR_ABSENT };
}

bool sync_keep(struct dump_reader *r, const struct sync_read *s)
{
	struct sync_state  clusters = state_of(&s->clusters), plugins = state_of(&s->plugins);
	struct proxy_sync *kept;

	if (!str_present(s->proxy))
		return false;
	r->part->kinds |= DUMP_SYNC;
	if ((sync_state_is_well(&clusters) && sync_state_is_well(&plugins)) || ++r->n_sync > KEPT_SYNC)
		return false;
	kept = ARENA_NEW(r->scratch, struct proxy_sync);
	kept->proxy = s->proxy;
	kept->clusters = clusters;
	kept->plugins = plugins;
	kept->pos = tell_place(r, &s->place, s->proxy.n + 2);
	kept->next = r->part->sync;
	r->part->sync = kept;
	return true;
}
