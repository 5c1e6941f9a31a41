/* Envoy's statistics: lines of "name: value" from /stats, or {"stats":[{"name","value"}]} from /stats?format=json. They are
 * cumulative, and name no node. */
#include "dump/lines.h"

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

void stat_met(struct dump_reader *r, struct str name, uint64_t value, const struct json_place *place)
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

/* "name: 17"; histograms are "name: P0(nan,2) …" or "No recorded values", gauges of text `name: "x"`. */
static bool stat_line_met(void *ctx, const struct text_line *l)
{
	struct str line = l->text;
	size_t     colon = line.n;
	uint64_t   value;

	while (colon > 1 && !(line.p[colon - 1] == ' ' && line.p[colon - 2] == ':'))
		colon--;
	if (colon > 2 && str_to_uint(str_slice(line, colon, line.n), UINT64_MAX, &value)) {
		stat_met(ctx, str_slice(line, 0, colon - 2), value, &l->place);
		return true;
	}
	return l->cut || str_find_str(line, STR(": "), 0) < line.n;
}

bool stats_text_read(struct dump_reader *r, struct peek *in)
{
	r->part->kinds |= DUMP_STATS;
	return lines_read(r, in, "the statistics", stat_line_met, r);
}
