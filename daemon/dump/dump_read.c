/* One dump from its first byte to its last: which of the formats it is, and what of it is kept. */
#include "dump/near_index.h"
#include "dump/peek.h"
#include "dump/reading.h"

/* ---- the reader ---- */

static void release_arena(void *arena)
{
	arena_free(arena);
}

struct dump_reader *dump_reader_in_blocks(struct arena *arena, const struct dump_wants *wants, bool strict,
                                          size_t block_bytes)
{
	struct json_scan_options options = { .max_bytes = LIMIT_DUMP_BYTES, .block_bytes = block_bytes };
	struct dump_reader      *r = ARENA_NEW(arena, struct dump_reader);

	r->arena = arena;
	r->wants = wants;
	r->flags = strict ? JSON_SCAN_STRICT : 0;
	r->cap = LIMIT_DUMP_BYTES;
	r->scan = json_scan_new(arena, &options);
	r->inflate = json_inflate_new(arena);
	keys_prepare(r->keys);
	r->scratch = arena_new(LIMIT_DUMP_MEMORY);
	if (!r->scratch)
		arena_exhausted(arena);
	arena_share_run(r->scratch, arena);
	arena_defer(arena, release_arena, r->scratch);
	r->near = ARENA_ARRAY(arena, wants->n_clusters + 1, struct near_list);
	r->near_index = near_index_new(arena, wants);
	return r;
}

struct dump_reader *dump_reader_new(struct arena *arena, const struct dump_wants *wants, bool strict)
{
	return dump_reader_in_blocks(arena, wants, strict, 0);
}

void dump_reader_cap(struct dump_reader *r, uint64_t bytes)
{
	r->cap = bytes < LIMIT_DUMP_BYTES ? bytes : LIMIT_DUMP_BYTES;
	json_scan_cap(r->scan, r->cap);
}

uint64_t dump_reader_bytes(const struct dump_reader *r)
{
	return r->bytes;
}

static void begin(struct dump_reader *r, struct source *source, struct diags *diags)
{
	size_t n = r->wants->n_clusters;

	r->diags = diags;
	r->source = source;
	r->bytes = 0;
	r->part = ARENA_NEW(r->scratch, struct proxy_part);
	r->part->source = source;
	r->clusters = ARENA_ARRAY(r->scratch, n + 1, struct proxy_cluster *);
	r->times = ARENA_ARRAY(r->scratch, n + 1, unsigned);
	r->endpoints = ARENA_ARRAY(r->scratch, n + 1, struct proxy_endpoints *);
	r->plugins = ARENA_ARRAY(r->scratch, r->wants->n_plugins + 1, struct proxy_plugin *);
	r->counts = NULL;
	list_filter_begin(&r->list_filter);
	near_reset(r);
	r->met = NULL;
	r->section = r->clusters_section = r->endpoints_section = 0;
	r->is_ztunnel = r->is_kubernetes = r->is_status = r->is_several = r->v2 = false;
	r->message = STR_ABSENT;
	r->n_sync = r->n_plugins = 0;
	r->titled = 0;
}

/* ---- an object: a dump of sections, or one section by itself ---- */

static void read_section(struct dump_reader *r);

static void read_configs(struct dump_reader *r)
{
	r->part->configs = true;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		r->section++;
		read_section(r);
	}
}

/* Entries that /config_dump?resource=… gives as sections of their own are one list. */
static void read_loose_cluster(struct dump_reader *r)
{
	if (r->clusters_section == 0)
		r->clusters_section = r->section;
	r->part->kinds |= DUMP_CLUSTERS;
	r->met = NULL;
	cluster_read(r, LIST_ACTIVE);
	if (r->met && r->clusters[r->met->index]) /* of too many copies none is kept */
		r->clusters[r->met->index]->loose = true;
}

static void read_member(struct dump_reader *r, int key)
{
	switch (key) {
	case K_CONFIGS:
		if (r->section == 0)
			read_configs(r);
		break;
	case K_ACTIVE_CLUSTERS_CAMEL:
		r->part->camel = true;
		clusters_read(r, LIST_ACTIVE, true);
		break;
	case K_STATIC_CLUSTERS:
	case K_ACTIVE_CLUSTERS:
		clusters_read(r, LIST_ACTIVE, key == K_ACTIVE_CLUSTERS);
		break;
	case K_WARMING_CLUSTERS:
		clusters_read(r, LIST_WARMING, true);
		break;
	case K_CLUSTER_ENTRY:
		read_loose_cluster(r);
		break;
	case K_STATIC_ENDPOINTS:
	case K_DYNAMIC_ENDPOINTS:
		endpoint_configs_read(r);
		break;
	case K_STATIC_LISTENERS:
	case K_DYNAMIC_LISTENERS:
		listeners_read(r, key == K_DYNAMIC_LISTENERS);
		break;
	case K_ECDS_FILTERS:
		plugins_read(r);
		break;
	case K_ECDS_ENTRY:
		plugin_entry_read(r);
		break;
	case K_BOOTSTRAP:
		bootstrap_read(r);
		break;
	case K_CLUSTER_STATUSES:
		cluster_statuses_read(r);
		break;
	case K_STATS:
		stats_json_read(r);
		break;
	case K_LAST_UPDATED:
		r->dated = true;
		break;
	case K_WARMING_SECRETS:
		warming_secrets_read(r);
		break;
	case K_SECRETS:
	case K_ROUTES:
	case K_ENDPOINT_ENTRY:
	case K_LISTENER_ENTRY:
		r->part->kinds |= DUMP_OTHER;
		break;
	case K_ZTUNNEL:
		r->is_ztunnel = true;
		break;
	case K_KUBERNETES:
		r->is_kubernetes = true;
		r->is_status = json_scan_string_is(r->scan, STR("Status")) || r->is_status;
		break;
	case K_MESSAGE:
		r->message = take_text(r);
		break;
	default:
		break;
	}
}

/* What a section without entries is, only its type tells. */
static void read_section_type(struct dump_reader *r)
{
	char             buf[128];
	struct json_text t;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return;
	if (str_has_suffix(t.text, STR("admin.v3.ListenersConfigDump")))
		r->titled |= DUMP_LISTENERS;
	else if (str_has_suffix(t.text, STR("admin.v3.EcdsConfigDump")))
		r->titled |= DUMP_PLUGINS;
	if (str_has_suffix(t.text, STR("admin.v3.ClustersConfigDump")))
		r->part->kinds |= DUMP_CLUSTERS;
	else if (str_has_prefix(t.text, STR("type.googleapis.com/envoy.admin.")))
		r->part->kinds |= DUMP_OTHER;
}

static void read_section(struct dump_reader *r)
{
	struct proxy_cluster *met;
	int                   key;

	r->dated = false;
	r->met = NULL;
	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TOP, &key))
		if (key == K_TYPE_URL)
			read_section_type(r);
		else
			read_member(r, key);
	met = r->met ? r->clusters[r->met->index] : NULL;
	if (met && met->loose) /* Envoy dates each entry, unless a mask leaves that out */
		met->masked = !r->dated || !met->has_type;
}

/* ---- an array: what its elements are, their members tell ---- */

struct element {
	unsigned                kinds; /* what its members so far belong to */
	struct str              name;
	struct json_place       place;
	struct proxy_cluster    cluster;
	struct proxy_endpoints  endpoints;
	struct sync_read        sync;
	const struct dump_want *want; /* of its name */
};

enum { ELEMENT_ENDPOINTS = DUMP_ENDPOINTS, ELEMENT_ASSIGNMENT = DUMP_OTHER << 1 };

static void element_member(struct dump_reader *r, struct element *e, int key)
{
	switch (key) {
	case K_NAME:
		e->name = take_text(r);
		e->place = json_scan_place(r->scan);
		break;
	case K_CLUSTER_NAME:
		e->name = take_text(r);
		e->place = json_scan_place(r->scan);
		e->kinds |= ELEMENT_ASSIGNMENT;
		break;
	case K_ENDPOINTS:
		e->kinds |= ELEMENT_ASSIGNMENT;
		assignment_member(r, &e->endpoints, key);
		break;
	case K_POLICY:
		assignment_member(r, &e->endpoints, key);
		break;
	case K_HOST_STATUSES:
		e->kinds |= ELEMENT_ENDPOINTS;
		host_statuses_read(r, &e->endpoints);
		break;
	case K_OBSERVABILITY_NAME:
	case K_EDS_SERVICE_NAME:
		e->kinds |= ELEMENT_ENDPOINTS;
		break;
	case K_FILTER_CHAINS:
	case K_DEFAULT_CHAIN:
	case K_TRAFFIC_DIRECTION:
		e->kinds |= DUMP_LISTENERS;
		listener_member(r, key);
		break;
	case K_VIRTUAL_HOSTS:
		e->kinds |= DUMP_OTHER;
		break;
	case K_CONFIGS:
		r->is_several = true;
		break;
	case K_PROXY:
	case K_CLUSTER_SENT:
	case K_CLUSTER_ACKED:
	case K_RESOURCES:
		e->kinds |= DUMP_SYNC;
		sync_member(r, &e->sync, key);
		break;
	case K_TYPE_URL:
	case K_METADATA:
	case K_CIRCUIT_BREAKERS: /* a ClusterStatus has them as well */
		cluster_member(r, &e->cluster, key);
		break;
	default:
		e->kinds |= DUMP_CLUSTERS;
		cluster_member(r, &e->cluster, key);
		break;
	}
}

static void keep_element(struct dump_reader *r, struct element *e)
{
	const struct dump_want *want;

	if (e->kinds & DUMP_SYNC) {
		sync_keep(r, &e->sync);
	} else if (e->kinds & (ELEMENT_ENDPOINTS | ELEMENT_ASSIGNMENT)) {
		endpoints_new_section(r);
		want = endpoints_met(r, e->name);
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
	while (next_key(r, KEYS_ELEMENT, &key))
		element_member(r, &e, key);
	kept = e.kinds & DUMP_SYNC || (str_present(e.name) && want_by_service(r, e.name)) || e.kinds & DUMP_LISTENERS;
	if (e.kinds && (str_present(e.name) || !(e.kinds & ~(unsigned)(DUMP_SYNC | DUMP_LISTENERS | DUMP_OTHER))))
		keep_element(r, &e);
	if (!kept)
		arena_reset(r->scratch, mark);
}

static void read_array(struct dump_reader *r)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		if (r->part->kinds == DUMP_CLUSTERS)
			cluster_read(r, LIST_ACTIVE);
		else
			read_element(r);
}

/* ---- the whole ---- */

/* JSON, but with nothing in it that a proxy would say. */
static bool refuse_foreign(struct dump_reader *r, struct str head)
{
	struct diag *d;
	struct pos   pos;

	source_tell_place(r->source, 0, 1, 1);
	pos = pos_at(r->source, 0, 0);
	if (r->v2) {
		diag_add(r->diags, CO_DUMP_V2, r->v2_pos, NO_ARGS);
		return true;
	}
	if (r->part->kinds)
		return false;
	if (r->is_ztunnel) {
		d = diag_add(r->diags, CO_DUMP_ZTUNNEL, pos, NO_ARGS);
		diag_help(r->diags, d, "dump the proxy that runs the filter: the sidecar, gateway or waypoint",
		          NO_ARGS);
	} else if (r->is_status) {
		d = diag_add(r->diags, CO_DUMP_FOREIGN, pos,
		             ARGS(STR_CONCAT(r->scratch, STR("an error of the API server: "),
		                             str_present(r->message) ? r->message : STR("it does not say why"))));
		diag_help(r->diags, d, "run the command alone and see that it prints a dump", NO_ARGS);
	} else if (r->is_several) {
		d = diag_add(r->diags, CO_DUMP_FOREIGN, pos, ARGS(STR("a list of dumps")));
		diag_help(r->diags, d, "give each dump as a file of its own (`jq '.[0]'` takes one out)", NO_ARGS);
	} else if (r->is_kubernetes) {
		d = diag_add(r->diags, CO_DUMP_FOREIGN, pos, ARGS(STR("a Kubernetes object")));
		diag_help(r->diags, d, "live objects are given with --objects, manifests with -f", NO_ARGS);
	} else if (is_hollow(head) || r->part->configs) {
		d = diag_add(r->diags, CO_DUMP_NOTHING, pos, NO_ARGS);
		diag_help(r->diags, d, "run the command without --fqdn, --port, --subset, --direction and mask",
		          NO_ARGS);
	} else {
		d = diag_add(r->diags, CO_DUMP_FOREIGN, pos, ARGS(STR("JSON of another kind")));
		diag_help(r->diags, d,
		          "verify reads what `istioctl proxy-config … -o json` or Envoy's /config_dump print", NO_ARGS);
	}
	return true;
}

static bool scan_whole(struct dump_reader *r, struct peek *peek)
{
	struct json_input input;
	enum json_kind    kind;
	bool              whole;

	peek_input(peek, &input);
	json_scan_open(r->scan, &input, r->flags);
	kind = json_scan_kind(r->scan);
	if (kind == JSON_OBJECT)
		read_section(r);
	else if (kind == JSON_ARRAY)
		read_array(r);
	whole = json_scan_finish(r->scan);
	r->bytes = json_scan_bytes(r->scan);
	if (!whole)
		scan_fault_add(r, json_scan_error(r->scan));
	return whole;
}

static bool read_whole(struct dump_reader *r, struct peek *peek)
{
	struct str head = peek_head(peek);

	if (peek->error) {
		diag_add(r->diags, CO_CANNOT_READ, POS_NONE,
		         ARGS(r->source->name, str_copy(r->scratch, str_c(strerror(peek->error)))));
		return false;
	}
	if (head_is_stats(head))
		return stats_text_read(r, peek);
	if ((!peek->gzip || head.n) && foreign_add(r, head))
		return false;
	return scan_whole(r, peek) && !refuse_foreign(r, head);
}

struct proxy_part *dump_read(struct dump_reader *r, struct arena *keep, struct source *source,
                             const struct json_input *input, struct diags *diags)
{
	struct arena_mark  mark = arena_mark(r->scratch);
	struct peek       *peek = ARENA_NEW(r->scratch, struct peek);
	struct proxy_part *part = NULL;

	begin(r, source, diags);
	peek_begin(peek, input, r->inflate);
	if (read_whole(r, peek))
		part = part_keep(r, keep);
	arena_reset(r->scratch, mark);
	return part;
}
