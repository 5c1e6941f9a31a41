/* Lists of endpoints beside those of clusters themselves: EndpointsConfigDump, and the statuses of /clusters. */
#include "dump/host.h"
#include "names/cluster_name.h"

/* ---- whose they are ---- */

const struct dump_want *want_by_service(struct dump_reader *r, struct str name)
{
	const struct dump_want *want = hash_get(&r->wants->by_name, name);

	if (want)
		return want;
	for (size_t i = 0; i < r->wants->n_clusters; i++)
		if (r->clusters[i] && str_present(r->clusters[i]->eds_service) &&
		    str_eq(r->clusters[i]->eds_service, name))
			return &r->wants->clusters[i];
	return NULL;
}

/* Others of the bootstrap's clusters are in answers to istioctl's --address 127.0.0.1 as well. */
const struct dump_want *endpoints_met(struct dump_reader *r, struct str name)
{
	r->part->n_endpoint_lists++;
	if (!r->part->endpoints_builtin && (str_is(name, "xds-grpc") || cluster_name_comes_by_cds(name)))
		r->part->endpoints_builtin = true;
	return want_by_service(r, name);
}

static bool same_hosts(const struct proxy_endpoints *a, const struct proxy_endpoints *b)
{
	return a->n == b->n && a->n_healthy == b->n_healthy &&
	       addresses_same(a->addresses, a->n_addresses, b->addresses, b->n_addresses);
}

/* Of two lists by one name the longer counts. They are of several clusters: those that ask for one service, each with its own view of how
 * its hosts are, and one that has the service's name. Nothing tells whose is whose, but what each says is so in any case. */
void endpoints_keep(struct dump_reader *r, const struct dump_want *want, const struct proxy_endpoints *e)
{
	struct proxy_endpoints *old = r->endpoints[want->index], *kept = old;

	if (!old || old->n < e->n)
		kept = arena_copy(r->scratch, e, sizeof(*e));
	if (old) {
		kept->mixed = old->mixed || !same_hosts(old, e);
		kept->dropped = old->dropped < e->dropped ? old->dropped : e->dropped;
	}
	r->endpoints[want->index] = kept;
}

void endpoints_new_section(struct dump_reader *r)
{
	if (r->endpoints_section && r->endpoints_section != r->section)
		memset(r->endpoints, 0, r->wants->n_clusters * sizeof(*r->endpoints));
	r->endpoints_section = r->section;
	r->part->kinds |= DUMP_ENDPOINTS;
}

/* ---- lists of them ---- */

typedef void endpoints_member(struct dump_reader *, struct proxy_endpoints *, int key);

/* Endpoints with a name: a ClusterLoadAssignment or a ClusterStatus. The name may come late: then all of them were counted in
 * vain. */
static void read_named(struct dump_reader *r, enum key_table table, endpoints_member *member)
{
	char                    buf[LIMIT_CLUSTER_NAME_BYTES];
	struct arena_mark       mark = arena_mark(r->scratch);
	struct proxy_endpoints  e = { .by_cluster = table == KEYS_STATUS };
	const struct dump_want *want = NULL;
	int                     key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, table, &key)) {
		struct json_place place;
		struct json_text  t;

		if (key != K_NAME && key != K_CLUSTER_NAME) {
			member(r, &e, key);
			continue;
		}
		if (!json_scan_string(r->scan, buf, sizeof(buf), &t) || !(want = endpoints_met(r, t.text))) {
			json_scan_leave(r->scan);
			break;
		}
		place = json_scan_place(r->scan);
		e.pos = tell_place(r, &place, t.text.n + 2);
	}
	if (want)
		endpoints_keep(r, want, &e);
	else
		arena_reset(r->scratch, mark);
}

void endpoint_configs_read(struct dump_reader *r)
{
	int key;

	endpoints_new_section(r);
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		if (json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_ASSIGNMENT, &key))
				if (key == K_ENDPOINT_ENTRY)
					read_named(r, KEYS_ASSIGNMENT, assignment_member);
}

static void status_member(struct dump_reader *r, struct proxy_endpoints *e, int key)
{
	if (key == K_HOST_STATUSES)
		host_statuses_read(r, e);
}

void cluster_statuses_read(struct dump_reader *r)
{
	endpoints_new_section(r);
	if (json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_named(r, KEYS_STATUS, status_member);
}
