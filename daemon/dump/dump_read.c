/* One dump from its first byte to its last: which of the formats it is, and what of it is kept. */
#include "dump/foreign.h"
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

const char *dump_reader_aside(const struct dump_reader *r)
{
	return r->aside;
}

bool dump_reader_is_other(const struct dump_reader *r)
{
	return r->is_other;
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
	r->listener_filter = (struct listener_filter){ 0 };
	near_reset(r);
	rds_begin(r);
	r->met = NULL;
	r->section = r->clusters_section = r->endpoints_section = 0;
	r->is_ztunnel = r->is_kubernetes = r->is_status = r->is_several = r->is_sync = r->warming = r->v2 =
		r->is_other = false;
	r->message = STR_ABSENT;
	r->pages = 0;
	r->aside = NULL;
	r->n_sync = r->n_plugins = 0;
	r->titled = 0;
}

/* ---- the whole ---- */

static void refuse(struct dump_reader *r, enum diag_code code, const char *help, const struct str *values, size_t n)
{
	r->is_other = true;
	diag_help(r->diags, diag_add(r->diags, code, pos_at(r->source, 0, 0), values, n), help, NO_ARGS);
}

static struct str status_text(struct dump_reader *r)
{
	return STR_CONCAT(r->scratch, STR("an error of the API server: "),
	                  str_present(r->message) ? r->message : STR("it does not say why"));
}

static const char nothing_of_list[] = "run the command without --fqdn, --port, --subset, --direction and mask";
/* Envoy's admin interface answers so, and istioctl where the proxy had extensions once. */
static const char nothing_of_object[] =
	"take `proxy-config all -o json`: mask or resource matched nothing, or it is `proxy-config ecds` "
	"of a proxy without extensions, and does not tell which";

/* JSON, but with nothing in it that a proxy would say. */
static bool refuse_foreign(struct dump_reader *r, struct str head)
{
	source_tell_place(r->source, 0, 1, 1);
	if (r->v2) {
		diag_add(r->diags, CO_DUMP_V2, r->v2_pos, NO_ARGS);
		return true;
	}
	if (r->part->kinds)
		return false;
	if (r->is_ztunnel)
		foreign_aside(r, CO_DUMP_ZTUNNEL, "a dump of ztunnel",
		              "dump the proxy that runs the filter: the sidecar, gateway or waypoint");
	else if (page_met(r))
		foreign_aside(r, CO_DUMP_FOREIGN, page_met(r), "ask the same port for /config_dump?include_eds");
	else if (r->is_status)
		refuse(r, CO_DUMP_FOREIGN, "run the command alone and see that it prints a dump", ARGS(status_text(r)));
	else if (r->is_several)
		refuse(r, CO_DUMP_FOREIGN, "give each dump as a file of its own (`jq '.[0]'` takes one out)",
		       ARGS(STR("a list of dumps")));
	else if (r->is_kubernetes)
		foreign_aside(r, CO_DUMP_FOREIGN, "a Kubernetes object",
		              "live objects are given with --objects, manifests with -f");
	else if (r->is_sync)
		refuse(r, CO_DUMP_FOREIGN, "it goes with the dumps of proxies that are connected to that istiod",
		       ARGS(STR("istiod's list of proxies, and none is in it")));
	else if (is_hollow(head) || r->part->configs)
		refuse(r, CO_DUMP_NOTHING,
		       head.n && head.p[0] == '{' && !r->part->configs ? nothing_of_object : nothing_of_list, NO_ARGS);
	else
		refuse(r, CO_DUMP_FOREIGN,
		       "verify reads what `istioctl proxy-config … -o json` or Envoy's /config_dump print",
		       ARGS(STR("JSON of another kind")));
	return true;
}

static void read_document(struct dump_reader *r)
{
	enum json_kind kind = json_scan_kind(r->scan);

	if (kind == JSON_OBJECT)
		section_read(r);
	else if (kind == JSON_ARRAY)
		elements_read(r);
}

/* Nothing but what istiod says of its proxies: `istioctl proxy-status -o json` prints the answer of each istiod, one behind the other, and
 * some of them may have no proxies. */
static bool is_sync(const struct dump_reader *r)
{
	return r->part->kinds == DUMP_SYNC || (r->is_sync && !r->part->kinds);
}

/* False: behind such a document, at the place, stands another one that is none. */
static bool read_documents(struct dump_reader *r, struct json_place *place)
{
	bool first = true;

	for (; first || json_scan_next_document(r->scan); first = false) {
		r->is_sync = false;
		*place = json_scan_place(r->scan);
		read_document(r);
		if (!is_sync(r))
			return first;
	}
	return true;
}

static bool scan_whole(struct dump_reader *r, struct peek *peek)
{
	struct json_error error;
	struct json_place behind;
	struct json_input input;
	bool              alone, whole;

	peek_input(peek, &input);
	json_scan_open(r->scan, &input, r->flags);
	alone = read_documents(r, &behind);
	rds_end(r);
	whole = json_scan_finish(r->scan);
	r->bytes = json_scan_bytes(r->scan);
	if (!whole)
		error = *json_scan_error(r->scan);
	else if (!alone)
		error = (struct json_error){
			.fault = JSON_TRAILING, .offset = behind.offset, .line = behind.line, .column = behind.column
		};
	else
		return true;
	scan_fault_add(r, &error);
	return false;
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
	if (head_is_metrics(head))
		return metrics_read(r, peek);
	if (head_is_clusters(head))
		return clusters_text_read(r, peek);
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
