/* The hosts of a cluster: is there one that a filter's call gets? By lists of endpoints, and by statistics. */
#include "verify/host_load.h"
#include "verify/judging.h"

/* remedy: absent where that of the code helps. */
static bool no_hosts(struct judging *j, struct pos pos, struct str why, struct str remedy)
{
	reason_remedy(reason_add(j, CO_NO_HOSTS, true, pos, why), remedy);
	return true;
}

/* What DNS was asked for: the cluster's own list has names in the place of addresses. */
static struct str names_asked(const struct judging *j)
{
	enum { SHOWN = 3 };
	const struct proxy_cluster *c = j->cluster;
	struct str                  names[SHOWN];
	size_t                      n = 0;

	for (size_t i = 0; i < c->n_addresses && i < KEPT_ADDRESSES && n < SHOWN; i++) {
		size_t k = 0;

		while (k < n && !str_eq(names[k], c->addresses[i].host))
			k++;
		if (k == n)
			names[n++] = c->addresses[i].host;
	}
	return join_strings(j->arena, names, n, SHOWN);
}

static bool empty(struct judging *j, struct pos pos)
{
	const struct expected_cluster *e = j->expected;
	struct str names = cluster_is_dns(j->cluster) ? names_asked(j) : STR(""), remedy = STR_ABSENT;

	if (names.n)
		return no_hosts(j, pos, TEXT(j, STR("it has no hosts: DNS has no address of "), names),
		                TEXT(j, STR("see that the proxy can resolve "), names));
	if (e->kind == CLUSTER_SERVICE)
		remedy = TEXT(
			j,
			STR("see that pods stand behind the Service, and are ready: `kubectl get endpointslices -n "),
			j->upstream->service->namespace, STR(" -l kubernetes.io/service-name="),
			j->upstream->service->name, STR("`"));
	return no_hosts(j, pos, STR("it has no endpoints"), remedy);
}

/* A cluster that no list of endpoints has: istioctl leaves out those without hosts, and with `--status healthy` those without healthy ones, of
 * which Envoy may call the others. Only where none can be unhealthy, or those are not called, it is the same. */
static bool lists_may_lack_unhealthy(const struct proxy_cluster *c)
{
	return c->panic > 0 && !c->fails_in_panic && (c->type == CLUSTER_EDS || c->watched);
}

/* Lists of endpoints: all of the proxy's, and this cluster is not in them. With --cluster istioctl prints one alone. */
static bool endpoints_are_whole(const struct proxy_state *proxy)
{
	for (size_t i = 0; i < proxy->n_parts; i++)
		if (proxy->parts[i]->endpoints_builtin && proxy->parts[i]->n_endpoint_lists > 1)
			return true;
	return false;
}

/* Lists that were read before it was known by which name they have its endpoints, and can be read once, could not tell. */
static bool knows_service(const struct judging *j)
{
	return !cluster_has_other_service(j->cluster) || hash_get(&j->proxy->wants->by_name, j->cluster->eds_service);
}

static const char *how_far(const struct call_outcomes *o, const char *in_part)
{
	return o->by_draining ? ", unless those that are not drain, which only /clusters?format=json tells"
	       : o->by_policy
	               ? ", unless its endpoints have another overprovisioning_factor, which only /config_dump?include_eds tells"
	       : o->answered ? in_part
	                     : "";
}

/* Absent: enough of its hosts are well for every call. */
static struct str health_fault(const struct judging *j, const struct call_outcomes *o, size_t n, size_t n_healthy)
{
	if (o->by_switch)
		return str_fmt(j->arena,
		               "%zu of its %zu hosts are healthy, less than its panic threshold%s, and "
		               "fail_traffic_on_panic lets no call pass then",
		               n_healthy, n, how_far(o, " in one of its priorities"));
	if (o->by_degraded)
		return str_fmt(j->arena,
		               "%zu of its %zu hosts are healthy or degraded, and its hashes find no degraded ones%s",
		               n_healthy, n, how_far(o, ", to which some calls go"));
	if (o->too_few)
		return str_fmt(
			j->arena,
			"only %zu of its %zu hosts are healthy or degraded: Envoy then calls healthy ones of the first "
			"priority alone, and it has none%s",
			n_healthy, n, how_far(o, ", for some calls"));
	if (n_healthy > 0 && !o->without_hosts)
		return STR_ABSENT;
	if (n_healthy > 0)
		return str_fmt(j->arena, "%zu of its %zu hosts are healthy, and calls go to a priority that has none%s",
		               n_healthy, n, how_far(o, ", too"));
	return str_fmt(j->arena, "its hosts (%zu) are all unhealthy%s", n,
	               o->answered      ? ": Envoy tries them nevertheless"
	               : o->by_locality ? "" /* which judge_hashes tells */
	                                : ", and its panic threshold is 0");
}

/* How many of the sets of labels that its hosts have belong to its default subset. */
static size_t default_subset_fits(const struct proxy_cluster *c, const struct label_sets *sets)
{
	const struct socket_match wanted = { .labels = c->default_subset };
	size_t                    n = 0;

	for (size_t i = 0; i < sets->n; i++)
		n += socket_match_fits(&sets->items[i], &wanted);
	return n;
}

enum subset_hosts { SUBSET_OF_NONE, SUBSET_OF_SOME, SUBSET_OF_ALL };

/* Which of its hosts get the calls that ask for no subset. */
static enum subset_hosts default_subset(const struct judging *j)
{
	static const struct label_sets none = { 0 };
	const struct proxy_cluster    *c = j->cluster;
	const struct label_sets       *sets = c->type != CLUSTER_EDS ? &c->host_subsets
	                                      : j->endpoints         ? &j->endpoints->subsets
	                                                             : &none;
	bool                           exact = sets->n && !sets->cut && !c->default_subset.cut && !c->lists_of_labels;
	size_t                         n_fit = default_subset_fits(c, sets);

	if (c->subsets != SUBSETS_DEFAULT || (exact && (n_fit == sets->n || (n_fit == 0 && c->panics_beyond))))
		return SUBSET_OF_ALL;
	return exact && n_fit == 0 ? SUBSET_OF_NONE : SUBSET_OF_SOME;
}

/* Where all that is known of its hosts is how they are configured, checks and ejection can have made each of them unwell: would Envoy call
 * them then? */
static bool may_panic(const struct proxy_cluster *c)
{
	struct host_levels unwell = c->levels;

	for (size_t i = 0; i < KEPT_LEVELS; i++)
		unwell.items[i].n_healthy = unwell.items[i].n_degraded = unwell.items[i].n_weighted_healthy = 0;
	return c->watched && call_outcomes_of(c, &unwell).answered;
}

/* Of a subset it is not known which of the hosts that are well are in it. certain: the list tells how its hosts are. */
static bool judge_health(struct judging *j, struct pos pos, const struct host_levels *l, size_t n, size_t n_healthy,
                         bool certain)
{
	struct call_outcomes o = call_outcomes_of(j->cluster, l);
	struct str           fault = health_fault(j, &o, n, n_healthy);

	if (!str_present(fault))
		return false;
	reason_add(j, CO_NONE_HEALTHY, certain, pos, fault);
	j->verdict->conditional = true;
	return certain && !o.answered && (n_healthy == 0 || default_subset(j) != SUBSET_OF_SOME);
}

bool judge_subsets(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	enum subset_hosts           hosts = default_subset(j);
	const struct str            remedy = STR(
			   "Istio sets no lb_subset_config: give it fallback_policy ANY_ENDPOINT in the EnvoyFilter that does, or call "
				      "another cluster");

	if (c->subsets == SUBSETS_REFUSE)
		return no_hosts(
			j, c->pos,
			STR("its hosts are chosen by subset (lb_subset_config without a fallback), and a filter's call asks "
		            "for none"),
			remedy);
	if (hosts == SUBSET_OF_ALL)
		return false;
	no_hosts(j, c->pos,
	         hosts == SUBSET_OF_NONE
	                 ? STR("a filter's call gets hosts of its default subset only (lb_subset_config), and none "
	                       "of its hosts is in that")
	                 : STR("a filter's call gets hosts of its default subset only (lb_subset_config)"),
	         remedy);
	j->verdict->conditional = true;
	return hosts == SUBSET_OF_NONE;
}

/* What is in no table of hashes is never chosen (measured); policies without one take such hosts nevertheless. */
bool judge_hashes(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	const struct host_levels *l = c->type != CLUSTER_EDS ? &c->levels : j->endpoints ? &j->endpoints->levels : NULL;
	struct call_outcomes      o;

	if (c->hashes == HASHES_NONE)
		return false;
	if (c->hashes == HASHES_RING && c->no_ring)
		return no_hosts(
			j, c->pos, STR("its ring of hashes is empty: minimum_ring_size is 0"),
			STR("raise minimum_ring_size where the cluster is made (consistentHash.ringHash in a DestinationRule)"));
	if (!l)
		return false;
	if (c->by_locality && !c->weight_blind && host_levels_lack_policy(c, l)) {
		reason_remedy(
			reason_add(
				j, CO_NO_HOSTS, false, c->pos,
				STR("by the weights of localities its hashes choose (locality_weighted_lb_config), which only "
		                    "/config_dump?include_eds tells")),
			STR("take `istioctl proxy-config all -o json`"));
		j->verdict->conditional = true;
		return false;
	}
	o = call_outcomes_of(c, l);
	if (!o.by_locality)
		return false;
	no_hosts(
		j, c->pos,
		o.answered
			? STR("some of its hosts are in localities without a load_balancing_weight, and by these its hashes "
	                      "choose (locality_weighted_lb_config)")
			: STR("its hosts are in localities without a load_balancing_weight, and by these its hashes "
	                      "choose (locality_weighted_lb_config)"),
		STR("give the localities weights (localityLbSetting in the DestinationRule that won), or take another "
	            "balancer than consistentHash"));
	j->verdict->conditional = true;
	return !o.answered && default_subset(j) != SUBSET_OF_SOME;
}

static bool leave_open(struct judging *j, struct str why)
{
	j->verdict->unknown_why = why;
	j->verdict->health_unseen = true;
	return false;
}

bool judge_hosts(struct judging *j)
{
	const struct proxy_cluster   *c = j->cluster;
	const struct proxy_endpoints *e = j->endpoints;

	if (c->type != CLUSTER_EDS && c->n_endpoints == 0)
		return no_hosts(j, c->pos, STR("it has no endpoints: its load_assignment lists none"), STR_ABSENT);
	if (j->mixed && c->type != CLUSTER_STATIC) {
		j->verdict->remedy = STR(
			"add `istioctl proxy-config endpoint -o json`, or /clusters?format=json, both files as NAME=FILE");
		return leave_open(
			j,
			STR("it is there, but several clusters have endpoints by its name, and this dump does not tell "
		            "whose are whose"));
	}
	if (e && e->n == 0)
		return empty(j, e->pos);
	if (!e && endpoints_are_whole(j->proxy) && c->type != CLUSTER_STATIC && knows_service(j)) {
		if (lists_may_lack_unhealthy(c))
			return leave_open(
				j,
				STR("it is there, but not in the list of endpoints: it has none, or, if the list was asked for with --status "
			            "healthy, none that is healthy"));
		return empty(j, c->pos);
	}
	if (e)
		return judge_health(j, e->pos, host_levels_best(c, e), e->n, e->n_healthy, true);
	j->verdict->health_unseen = c->type != CLUSTER_STATIC || c->watched;
	return c->type != CLUSTER_EDS &&
	       judge_health(j, c->pos, &c->levels, c->n_endpoints, c->n_healthy, !may_panic(c));
}

/* ---- statistics ---- */

static void count_against(struct judging *j, enum diag_code code, bool certain, struct pos pos, struct str message)
{
	reason_add(j, code, certain, pos, message);
	j->verdict->counted_against = true;
}

static bool has_priorities(const struct proxy_cluster *c)
{
	size_t n = 0;

	for (size_t i = 0; i < KEPT_LEVELS; i++)
		n += c->levels.items[i].n + c->levels.items[i].n_excluded > 0;
	return n > 1;
}

/* Statistics do not tell the priorities of hosts: what becomes of calls is certain only where none is well in any of them. */
static void judge_membership(struct judging *j, const struct proxy_counts *count)
{
	size_t               n = (size_t)count->n_hosts, n_well = (size_t)(count->n_healthy + count->n_degraded);
	size_t               n_excluded = (size_t)(count->n_excluded < n ? count->n_excluded : n);
	struct host_levels   one = { .items = { { .n = n - n_excluded,
		                                  .n_excluded = n_excluded,
		                                  .n_healthy = (size_t)count->n_healthy,
		                                  .n_degraded = (size_t)count->n_degraded } } };
	struct call_outcomes o = call_outcomes_of(j->cluster, &one);
	struct str           fault = health_fault(j, &o, n, n_well);

	if (n == 0)
		count_against(j, CO_NO_HOSTS, true, count->hosts_pos, STR("it has no hosts: membership_total is 0"));
	else if (count->has_healthy && str_present(fault))
		count_against(j, CO_NONE_HEALTHY, n_well == 0 && count->has_degraded, count->hosts_pos, fault);
	else if (count->has_healthy && count->n_healthy < n && has_priorities(j->cluster))
		count_against(
			j, CO_NONE_HEALTHY, false, count->hosts_pos,
			str_fmt(j->arena,
		                "%llu of its %zu hosts are healthy, and a priority may have none, which statistics do not tell",
		                (unsigned long long)count->n_healthy, n));
}

void judge_statistics(struct judging *j)
{
	const struct proxy_counts   *count = j->counts;
	const struct proxy_connects *c = &count->connects;

	if (!j->endpoints && count->has_hosts && cluster_has_host_lists(j->cluster))
		judge_membership(j, count);
	if (c->n && c->n_failed >= c->n && !(j->endpoints && j->endpoints->connects.n))
		count_against(j, CO_NONE_CONNECTS, true, c->pos,
		              str_fmt(j->arena, "every connection that was tried so far failed (%llu of %llu)",
		                      (unsigned long long)c->n_failed, (unsigned long long)c->n));
}
