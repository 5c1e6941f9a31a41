/* Envoy's statistics: lines of "name: value" from /stats, or {"stats":[{"name","value"}]} from /stats?format=json. They are
 * cumulative, and name no node. */
#include "dump/peek.h"
#include "dump/reading.h"

/* ---- what counts ---- */

/* extension_config_discovery.http_filter.NAME.config_fail; NAME is the resource's own, dots and slashes kept. */
static struct proxy_plugin *plugin_of_stat(struct dump_reader *r, struct str name)
{
	static const struct str prefix = STR_INIT("extension_config_discovery.http_filter.");
	static const struct str ends[] = { STR_INIT(".config_fail"), STR_INIT(".update_rejected") };

	if (!str_has_prefix(name, prefix))
		return NULL;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_has_suffix(name, ends[i]) && name.n > prefix.n + ends[i].n)
			return plugin_of(r, str_slice(name, prefix.n, name.n - ends[i].n));
	return NULL;
}

/* cluster.NAME.upstream_cx_total; istiod ends alt_stat_name with a semicolon. Envoy writes '_' where a name has ':'. */
enum count { COUNT_CONNECTS, COUNT_FAILED, COUNT_HOSTS, COUNT_HEALTHY, COUNT_DEGRADED, COUNT_EXCLUDED, COUNTS };

static enum count count_of(struct str name, struct str *cluster)
{
	static const struct str prefix = STR_INIT("cluster.");
	static const struct str ends[COUNTS] = {
		STR_INIT(".upstream_cx_total"),  STR_INIT(".upstream_cx_connect_fail"), STR_INIT(".membership_total"),
		STR_INIT(".membership_healthy"), STR_INIT(".membership_degraded"),      STR_INIT(".membership_excluded")
	};
	unsigned i = 0;

	while (i < COUNTS && !str_has_suffix(name, ends[i]))
		i++;
	if (i < COUNTS)
		*cluster = str_slice(name, prefix.n, name.n - ends[i].n);
	return (enum count)i;
}

static uint64_t *number_of(struct proxy_counts *c, enum count count)
{
	uint64_t *numbers[COUNTS] = {
		[COUNT_CONNECTS] = &c->connects.n, [COUNT_FAILED] = &c->connects.n_failed,
		[COUNT_HOSTS] = &c->n_hosts,       [COUNT_HEALTHY] = &c->n_healthy,
		[COUNT_DEGRADED] = &c->n_degraded, [COUNT_EXCLUDED] = &c->n_excluded,
	};

	return numbers[count];
}

static const struct dump_want *want_counted(struct dump_reader *r, struct str name)
{
	const struct dump_want *want = hash_get(&r->wants->by_name, name);

	return want || !str_has_suffix(name, STR(";")) ? want
	                                               : hash_get(&r->wants->by_name, str_slice(name, 0, name.n - 1));
}

static void count_met(struct dump_reader *r, struct str name, uint64_t value, const struct json_place *place)
{
	struct str              cluster = STR_ABSENT;
	enum count              count = count_of(name, &cluster);
	const struct dump_want *want = count < COUNTS ? want_counted(r, cluster) : NULL;
	struct proxy_counts    *c;

	if (!want)
		return;
	if (!r->counts)
		r->counts = ARENA_ARRAY(r->scratch, r->wants->n_clusters, struct proxy_counts);
	c = &r->counts[want->index];
	*number_of(c, count) = value;
	c->has_hosts = c->has_hosts || count == COUNT_HOSTS;
	c->has_healthy = c->has_healthy || count == COUNT_HEALTHY;
	c->has_degraded = c->has_degraded || count == COUNT_DEGRADED;
	if (count == COUNT_HOSTS)
		c->hosts_pos = tell_place(r, place, name.n);
	else if (count <= COUNT_FAILED && value)
		c->connects.pos = tell_place(r, place, name.n);
}

static void stat_met(struct dump_reader *r, struct str name, uint64_t value, const struct json_place *place)
{
	struct proxy_plugin *p;

	if (str_is(name, "cluster_manager.cds.update_rejected")) {
		r->part->cds_rejected = value;
		r->part->has_cds_stats = true;
		r->part->stats_pos = tell_place(r, place, name.n);
	} else if (str_is(name, "cluster_manager.warming_clusters")) {
		r->part->warming = value;
	} else if (str_has_prefix(name, STR("cluster."))) {
		count_met(r, name, value, place);
	} else if (value && (p = plugin_of_stat(r, name))) {
		p->config_fail += value;
		p->stats_pos = tell_place(r, place, name.n);
	}
}

/* ---- JSON ---- */

static void read_stat(struct dump_reader *r)
{
	char              buf[LIMIT_CLUSTER_NAME_BYTES];
	struct json_place place = { .offset = 0 };
	struct json_text  t;
	struct str        name = STR_ABSENT;
	uint64_t          value = 0;
	bool              has_value = false;
	int               key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_STAT, &key)) {
		if (key == K_VALUE) {
			has_value = json_scan_uint(r->scan, UINT64_MAX, &value);
		} else if (json_scan_string_copy(r->scan, buf, sizeof(buf), &t)) {
			name = t.text;
			if (str_has_prefix(name, STR("cluster_manager.")) || str_has_prefix(name, STR("cluster.")) ||
			    str_has_prefix(name, STR("extension_config_discovery.")))
				place = json_scan_place(r->scan);
		}
	}
	if (has_value && str_present(name))
		stat_met(r, name, value, &place);
}

void stats_json_read(struct dump_reader *r)
{
	r->part->kinds |= DUMP_STATS;
	if (json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_stat(r);
}

/* ---- text ---- */

/* One line of text, put together from the blocks it comes in; longer ones than any statistic we look for are cut. */
struct line_reader {
	struct dump_reader *reader;
	char                line[LIMIT_CLUSTER_NAME_BYTES];
	size_t              n;
	bool                cut;
	uint64_t            offset, start, number;
	uint64_t            bad; /* lines that are no statistic */
	uint64_t            bad_line, bad_offset;
};

/* "name: 17"; histograms are "name: P0(nan,2) …" or "No recorded values", gauges of text `name: "x"`. */
static void end_line(struct line_reader *l)
{
	struct json_place place = { l->start, l->number, 1 };
	struct str        line = str_of(l->line, l->n);
	size_t            colon;
	uint64_t          value;

	if (l->start == 0 && str_has_prefix(line, STR("\xef\xbb\xbf"))) /* as PowerShell writes UTF-8 */
		line = str_slice(line, 3, line.n);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	for (colon = line.n; colon > 1 && !(line.p[colon - 1] == ' ' && line.p[colon - 2] == ':'); colon--)
		;
	if (colon > 2 && str_to_uint(str_slice(line, colon, line.n), UINT64_MAX, &value)) {
		stat_met(l->reader, str_slice(line, 0, colon - 2), value, &place);
	} else if (line.n && !l->cut && str_find_str(line, STR(": "), 0) == line.n && l->bad++ == 0) {
		l->bad_line = l->number;
		l->bad_offset = l->start;
	}
	l->n = 0;
	l->cut = false;
	l->number++;
}

static void take_block(struct line_reader *l, struct str block)
{
	for (size_t i = 0; i < block.n; i++, l->offset++) {
		if (block.p[i] == '\n') {
			end_line(l);
			l->start = l->offset + 1;
		} else if (l->n < sizeof(l->line)) {
			l->line[l->n++] = block.p[i];
		} else {
			l->cut = true;
		}
	}
}

static bool add_fault(struct dump_reader *r, const struct json_filled *filled, uint64_t offset)
{
	struct json_error e = {
		.fault = filled->fault, .offset = offset, .line = 1, .column = 1, .error_number = filled->error_number
	};

	scan_fault_add(r, &e);
	return false;
}

bool stats_text_read(struct dump_reader *r, struct peek *in)
{
	unsigned char      block[32 * 1024];
	struct line_reader l = { .reader = r, .number = 1 };
	struct json_source source = { .inflate = r->inflate };
	struct json_filled filled = { .n = sizeof(block) };
	struct json_input  input;
	uint64_t           cap = r->cap < LIMIT_STATS_BYTES ? r->cap : LIMIT_STATS_BYTES;

	peek_input(in, &input);
	json_source_open(&source, &input);
	while (filled.n == sizeof(block)) {
		json_source_fill(&source, block, sizeof(block), &filled);
		take_block(&l, str_of((const char *)block, filled.n));
		r->bytes = l.offset;
		if (l.offset > cap) {
			diag_add(r->diags, CO_DUMP_TOO_LARGE, pos_at(r->source, 0, 0),
			         ARGS(str_from_uint(r->scratch, cap)));
			return false;
		}
		if (filled.fault != JSON_OK)
			return add_fault(r, &filled, l.offset);
	}
	if (l.n)
		end_line(&l);
	r->part->kinds |= DUMP_STATS;
	if (l.bad == 0)
		return true;
	diag_add(r->diags, CO_DUMP_STATS_LINE, tell_place(r, &(struct json_place){ l.bad_offset, l.bad_line, 1 }, 1),
	         NO_ARGS);
	return false;
}
