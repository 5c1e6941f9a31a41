/* An array: what its elements are, their members tell. */
#include "dump/reading.h"

/* Of the same facts as DUMP_ENDPOINTS, but as istiod sends them. */
enum { ASSIGNMENT = DUMP_OTHER << 1 };

struct element {
	unsigned               kinds; /* what its members so far belong to: of dump_kind, and ASSIGNMENT */
	struct str             name;
	struct json_place      place;
	struct proxy_cluster   cluster;
	struct proxy_endpoints endpoints;
	struct sync_read       sync;
};

/* ---- members ---- */

static void read_name(struct dump_reader *r, struct element *e, int key)
{
	(void)key;
	e->name = take_text(r);
	e->place = json_scan_place(r->scan);
}

static void read_cluster(struct dump_reader *r, struct element *e, int key)
{
	cluster_member(r, &e->cluster, key);
}

static void read_assignment(struct dump_reader *r, struct element *e, int key)
{
	assignment_member(r, &e->endpoints, key);
}

static void read_host_statuses(struct dump_reader *r, struct element *e, int key)
{
	(void)key;
	host_statuses_read(r, &e->endpoints);
}

static void read_listener(struct dump_reader *r, struct element *e, int key)
{
	(void)e;
	listener_member(r, key);
}

static void note_several(struct dump_reader *r, struct element *e, int key)
{
	(void)e;
	(void)key;
	r->is_several = true;
}

static void note_ztunnel(struct dump_reader *r, struct element *e, int key)
{
	(void)e;
	(void)key;
	r->is_ztunnel = true;
}

static void read_sync(struct dump_reader *r, struct element *e, int key)
{
	sync_member(r, &e->sync, key);
}

struct member {
	unsigned kinds; /* what an element is that has it; 0: several have it */
	void (*read)(struct dump_reader *, struct element *, int key); /* NULL: only that it is there is of use */
};

static const struct member members[K_N] = {
	[K_NAME] = { 0, read_name },
	[K_CLUSTER_NAME] = { ASSIGNMENT, read_name },
	[K_ENDPOINTS] = { ASSIGNMENT, read_assignment },
	[K_POLICY] = { 0, read_assignment },
	[K_HOST_STATUSES] = { DUMP_ENDPOINTS, read_host_statuses },
	[K_OBSERVABILITY_NAME] = { DUMP_ENDPOINTS, NULL },
	[K_EDS_SERVICE_NAME] = { DUMP_ENDPOINTS, NULL },
	[K_FILTER_CHAINS] = { DUMP_LISTENERS, read_listener },
	[K_DEFAULT_CHAIN] = { DUMP_LISTENERS, read_listener },
	[K_TRAFFIC_DIRECTION] = { DUMP_LISTENERS, read_listener },
	[K_ADDRESS] = { 0, read_listener },
	[K_VIRTUAL_HOSTS] = { DUMP_OTHER, NULL },
	[K_CONFIGS] = { 0, note_several },
	[K_ZTUNNEL] = { 0, note_ztunnel },
	[K_PROXY] = { DUMP_SYNC, read_sync },
	[K_CLUSTER_SENT] = { DUMP_SYNC, read_sync },
	[K_CLUSTER_ACKED] = { DUMP_SYNC, read_sync },
	[K_EXTENSION_SENT] = { DUMP_SYNC, read_sync },
	[K_EXTENSION_ACKED] = { DUMP_SYNC, read_sync },
	[K_RESOURCES] = { DUMP_SYNC, read_sync },
	[K_XDS_CONFIGS] = { DUMP_SYNC, read_sync },
	[K_NODE] = { 0, read_sync },
	[K_TYPE_URL] = { 0, read_cluster },
	[K_METADATA] = { 0, read_cluster },
	[K_CIRCUIT_BREAKERS] = { 0, read_cluster }, /* a ClusterStatus has them as well */
};

/* All others of KEYS_ELEMENT are those of a Cluster alone. */
static struct member member_of(int key)
{
	static const struct member of_cluster = { DUMP_CLUSTERS, read_cluster };

	return members[key].kinds || members[key].read ? members[key] : of_cluster;
}

static void element_member(struct dump_reader *r, struct element *e, int key)
{
	struct member m = member_of(key);

	e->kinds |= m.kinds;
	if (m.read)
		m.read(r, e, key);
}

/* ---- the whole ---- */

static void keep_element(struct dump_reader *r, struct element *e)
{
	const struct dump_want *want;

	if (e->kinds & DUMP_SYNC) {
		sync_keep(r, &e->sync);
	} else if (e->kinds & (DUMP_ENDPOINTS | ASSIGNMENT)) {
		endpoints_new_section(r);
		want = endpoints_met(r, e->name);
		e->endpoints.by_cluster = e->kinds & DUMP_ENDPOINTS;
		e->endpoints.pos = want ? tell_place(r, &e->place, e->name.n + 2) : POS_NONE;
		if (want)
			endpoints_keep(r, want, &e->endpoints);
	} else if (e->kinds & DUMP_CLUSTERS) {
		r->part->kinds |= DUMP_CLUSTERS;
		r->part->has_dynamic = true;
		want = cluster_name_met(r, e->name, &e->place);
		e->cluster.active = true;
		if (want) {
			e->cluster.pos = tell_place(r, &e->place, e->name.n + 2);
			cluster_keep(r, want, &e->cluster);
		} else if (e->cluster.n_owners && near_wants_owner(r, e->name)) {
			near_owner(r, e->name, e->cluster.owners[0]);
		}
	} else {
		if (e->kinds & DUMP_LISTENERS)
			listener_filter_add(&r->listener_filter, &r->listener);
		r->part->kinds |= e->kinds;
	}
}

/* Any element. Clusters after the first one are read by cluster_read, which leaves those that nobody wants. */
static void read_element(struct dump_reader *r)
{
	struct arena_mark mark = arena_mark(r->scratch);
	struct element    e = { 0 };
	bool              kept;
	int               key;

	if (!json_scan_enter_object(r->scan))
		return;
	cluster_begin(&e.cluster);
	r->listener = (struct listener_facts){ 0 };
	while (next_key(r, KEYS_ELEMENT, &key))
		element_member(r, &e, key);
	kept = e.kinds & DUMP_SYNC || (str_present(e.name) && want_by_service(r, e.name)) || e.kinds & DUMP_LISTENERS;
	if (e.kinds && !r->is_ztunnel &&
	    (str_present(e.name) || !(e.kinds & ~(unsigned)(DUMP_SYNC | DUMP_LISTENERS | DUMP_OTHER))))
		keep_element(r, &e);
	if (!kept)
		arena_reset(r->scratch, mark);
}

void elements_read(struct dump_reader *r)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		if (r->part->kinds == DUMP_CLUSTERS)
			cluster_read(r, LIST_ACTIVE);
		else
			read_element(r);
}
