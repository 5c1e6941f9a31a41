/* Envoy's statistics for Prometheus, /stats/prometheus: of what /stats tells that which keeps its name. Clusters lose theirs, or a part of
 * it, to the tags of Istio's bootstrap. */
#include "dump/foreign.h"
#include "dump/lines.h"

struct metrics {
	struct dump_reader *reader;
	bool                of_envoy;
};

/* The same as of /stats. */
static void metric_met(struct dump_reader *r, struct str name, uint64_t value, const struct json_place *place)
{
	static const struct str prefix = STR_INIT("envoy_extension_config_discovery_http_filter_");
	static const struct str ends[] = { STR_INIT("_config_fail"), STR_INIT("_update_rejected") };
	struct proxy_plugin    *p = NULL;

	if (str_is(name, "envoy_cluster_manager_cds_update_rejected")) {
		stat_met(r, STR("cluster_manager.cds.update_rejected"), value, place);
	} else if (str_is(name, "envoy_cluster_manager_warming_clusters")) {
		stat_met(r, STR("cluster_manager.warming_clusters"), value, place);
	} else if (value && str_has_prefix(name, prefix)) {
		for (size_t i = 0; i < 2 && !p; i++)
			if (str_has_suffix(name, ends[i]) && name.n > prefix.n + ends[i].n)
				p = plugin_of_metric(r, str_slice(name, prefix.n, name.n - ends[i].n));
		if (p) {
			p->config_fail += value;
			p->stats_pos = tell_place(r, place, name.n);
		}
	}
}

/* `name{label="value",…} 17`, or a comment. */
static bool metric_line_met(void *ctx, const struct text_line *l)
{
	struct metrics *m = ctx;
	struct str      line = l->text, name = str_slice(line, 0, str_find(line, '{', 0));
	size_t          blank = str_find_last(line, ' ');
	uint64_t        value;

	if (line.p[0] == '#' || l->cut)
		return true;
	if (blank == 0 || blank + 1 >= line.n)
		return false;
	name = name.n < blank ? name : str_slice(line, 0, blank);
	m->of_envoy = m->of_envoy || str_has_prefix(name, STR("envoy_"));
	if (str_to_uint(str_slice(line, blank + 1, line.n), UINT64_MAX, &value))
		metric_met(m->reader, name, value, &l->place);
	return true;
}

bool metrics_read(struct dump_reader *r, struct peek *in)
{
	struct metrics m = { .reader = r };

	r->part->kinds |= DUMP_STATS;
	if (!lines_read(r, in, "the statistics", metric_line_met, &m))
		return false;
	if (!m.of_envoy)
		foreign_aside(r, CO_DUMP_PROMETHEUS, "statistics for Prometheus, and none of them Envoy's",
		              "ask Envoy for /stats, or for /stats/prometheus");
	return m.of_envoy;
}
