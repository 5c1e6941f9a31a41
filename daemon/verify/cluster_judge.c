/* Can a filter call the cluster? Measured with Wasm and Lua filters on Envoy 1.36 to 1.40; tests/conformance/verify repeats it. */
#include "verify/host_load.h"
#include "verify/judging.h"

/* ---- kinds of clusters ---- */

static struct str cluster_is(const struct judging *j, const char *what)
{
	return TEXT(j, STR("it is of type "), j->cluster->type_text, STR(": "), str_c(what));
}

static bool judge_original_dst(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;

	if (!c->http_header) {
		reason_add(j, CO_NOT_ORIGINAL_DST, true, c->pos,
		           cluster_is(j, "a filter's call has no original destination, and is refused"));
		return true;
	}
	reason_add(j, CO_NOT_ORIGINAL_DST, true, c->pos,
	           TEXT(j, cluster_is(j, "the filter must name the address in the header "),
	                str_present(c->header_name) ? c->header_name : STR("x-envoy-original-dst-host")));
	j->verdict->conditional = true;
	return false;
}

static bool judge_forward_proxy(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;

	if (c->sub_clusters) {
		reason_add(j, CO_FORWARD_PROXY, true, c->pos,
		           STR("it is a dynamic forward proxy with sub_clusters_config: every call of a filter is "
		               "refused"));
		return true;
	}
	reason_add(j, CO_FORWARD_PROXY, true, c->pos,
	           STR("it is a dynamic forward proxy: it dials the call's :authority, and refuses a call with a body "
	               "to a name that it has not resolved before"));
	j->verdict->conditional = true;
	return false;
}

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

/* Of a subset it is not known which of the hosts that are well are in it. */
static bool judge_health(struct judging *j, struct pos pos, const struct host_levels *l, size_t n, size_t n_healthy)
{
	struct call_outcomes o = call_outcomes_of(j->cluster, l);
	struct str           fault = health_fault(j, &o, n, n_healthy);

	if (!str_present(fault))
		return false;
	reason_add(j, CO_NONE_HEALTHY, true, pos, fault);
	j->verdict->conditional = true;
	return !o.answered && (n_healthy == 0 || default_subset(j) != SUBSET_OF_SOME);
}

static bool judge_subsets(struct judging *j)
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
static bool judge_hashes(struct judging *j)
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

static bool judge_hosts(struct judging *j)
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
		return judge_health(j, e->pos, host_levels_best(c, e), e->n, e->n_healthy);
	j->verdict->health_unseen = c->type != CLUSTER_STATIC || c->watched;
	return c->type != CLUSTER_EDS && judge_health(j, c->pos, &c->levels, c->n_endpoints, c->n_healthy);
}

/* Without a secret that it names no connection is made (measured: 503, whose text says nothing of it since Envoy 1.38). */
static bool judge_secret(struct judging *j, struct str secret, bool certain)
{
	for (size_t i = 0; str_present(secret) && i < j->proxy->n_parts; i++) {
		const struct proxy_part *part = j->proxy->parts[i];

		for (size_t k = 0; k < part->n_waiting; k++)
			if (str_eq(part->waiting[k], secret)) {
				reason_add(j, CO_SECRET_ABSENT, certain, j->cluster->pos,
				           TEXT(j, STR("it waits for the secret "), secret,
				                STR(", which has not come")));
				return true;
			}
	}
	return false;
}

static bool judge_socket_secrets(struct judging *j)
{
	bool bad = judge_secret(j, j->cluster->tls.ca, true);

	return judge_secret(j, j->cluster->tls.certificate, true) || bad;
}

/* Those of the mesh's own mutual TLS, which its endpoints get that have the label for it. */
static bool judge_mesh_secrets(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	const struct label_sets    *seen = c->type != CLUSTER_EDS ? &c->labels
	                                   : j->endpoints         ? &j->endpoints->labels
	                                                          : NULL;
	bool                        unseen = !seen || seen->n == 0;
	size_t                      n = 0;

	for (size_t i = 0; c->mesh && !unseen && i < seen->n; i++)
		n += socket_match_fits(&seen->items[i], c->mesh);
	if (!c->mesh || (n == 0 && !unseen) ||
	    (!judge_secret(j, c->mesh->tls.ca, !unseen) && !judge_secret(j, c->mesh->tls.certificate, !unseen)))
		return false;
	j->verdict->conditional = true;
	return !unseen && n == seen->n && !seen->cut;
}

bool judge_secrets(struct judging *j)
{
	bool bad = judge_mesh_secrets(j);

	return judge_each_socket(j, judge_socket_secrets) || bad;
}

/* A list that Envoy was asked for by name does not say which list it is; clusters that Istio always sends never warm. */
static void judge_listing(struct judging *j)
{
	for (size_t i = 0; i < j->proxy->n_parts; i++)
		if (!j->cluster->loose || j->proxy->parts[i]->has_cds_builtin)
			return;
	reason_add(j, CO_WHY_WARMING, false, j->cluster->pos,
	           STR("this list of /config_dump?resource=… does not say whether its clusters are active or warming"));
	j->verdict->conditional = true;
}

/* Envoy counts these calls in upstream_rq_drop_overload, and refuses them; of the cluster that is called alone, not of those that an
 * aggregate leads to (measured). */
static bool judge_drops(struct judging *j)
{
	double dropped = j->cluster->dropped;
	bool   all;

	if (j->endpoints && j->endpoints->dropped > dropped)
		dropped = j->endpoints->dropped;
	all = dropped >= 100;
	if (dropped <= 0)
		return false;
	reason_add(j, CO_DROPS_CALLS, true, j->cluster->pos,
	           all ? STR("its endpoints' policy drops every call (drop_overloads)")
	               : str_fmt(j->arena, "its endpoints' policy drops %g %% of the calls (drop_overloads)", dropped));
	j->verdict->conditional = true;
	return all;
}

/* Each host was tried, and each connection failed: a port that nobody listens on, or a handshake that does not come about. */
bool judge_connections(struct judging *j)
{
	const struct proxy_endpoints *e = j->endpoints;

	if (!e || !e->connects.n || e->connects.n_failed < e->connects.n)
		return false;
	reason_add(j, CO_NONE_CONNECTS, e->n_untried == 0, e->connects.pos,
	           str_fmt(j->arena, "every connection to its hosts that was tried so far failed (%llu of %llu)%s",
	                   (unsigned long long)e->connects.n_failed, (unsigned long long)e->connects.n,
	                   e->n_untried ? "; others of its hosts were not tried" : ""));
	j->verdict->conditional = true;
	return e->n_untried == 0;
}

static void count_against(struct judging *j, enum diag_code code, bool certain, struct pos pos, struct str message)
{
	reason_add(j, code, certain, pos, message);
	j->verdict->counted_against = true;
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

bool judge_hostless(struct judging *j)
{
	static bool (*const by_type[])(struct judging *) = {
		[CLUSTER_STATIC] = judge_hosts,
		[CLUSTER_STRICT_DNS] = judge_hosts,
		[CLUSTER_LOGICAL_DNS] = judge_hosts,
		[CLUSTER_EDS] = judge_hosts,
		[CLUSTER_ORIGINAL_DST] = judge_original_dst,
		[CLUSTER_FORWARD_PROXY] = judge_forward_proxy,
		[CLUSTER_OTHER_TYPE] = judge_aggregate,
	};
	return by_type[j->cluster->type](j);
}

/* A pool stays when its calls are done, so hosts that have none yet cannot be called (measured). The limit is for all workers together,
 * and each has pools of its own; how many workers there are, no dump tells. */
static void judge_pools(struct judging *j)
{
	enum { MOST_WORKERS = 256 };
	const struct proxy_cluster *c = j->cluster;
	size_t                      n = j->endpoints ? j->endpoints->n : c->n_endpoints;

	if (!c->max_pools || n == 0 || c->max_pools / n >= MOST_WORKERS)
		return;
	reason_add(
		j, CO_BREAKER_OPEN, c->max_pools < n, c->pos,
		str_fmt(j->arena,
	                c->max_pools < n
	                        ? "its circuit breaker has %llu connection pools for its %zu hosts: max_connection_pools"
	                        : "its circuit breaker has %llu connection pools for its %zu hosts, and each of "
	                          "Envoy's workers needs one for each: max_connection_pools",
	                (unsigned long long)c->max_pools, n));
	j->verdict->conditional = true;
}

bool judge_limits(struct judging *j)
{
	bool bad = judge_subsets(j);

	bad = judge_hashes(j) || bad;
	bad = judge_secrets(j) || bad;
	if (cluster_is_aggregate(j->cluster))
		return bad;
	judge_pools(j);
	if (!j->cluster->zero_requests)
		return bad;
	reason_add(j, CO_BREAKER_OPEN, true, j->cluster->pos,
	           TEXT(j, STR("its circuit breaker lets no request pass: "), j->cluster->zero_field, STR(" is 0")));
	return true;
}

/* Those of the cluster that is called run, not those of the clusters that an aggregate leads to (measured). */
static void judge_http_filters(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;

	if (!c->n_http_filters)
		return;
	reason_add(j, CO_HTTP_FILTERS, false, c->pos,
	           TEXT(j, STR("each call goes through HTTP filters of its own, which may answer it themselves: "),
	                c->http_filter,
	                c->n_http_filters > 1 ? str_fmt(j->arena, " and %zu more", c->n_http_filters - 1) : STR("")));
	j->verdict->conditional = true;
}

bool judge_callable(struct judging *j)
{
	bool bad = judge_hostless(j);

	bad = judge_limits(j) || bad;
	bad = judge_drops(j) || bad;
	judge_http_filters(j);
	judge_listing(j);
	return bad;
}
