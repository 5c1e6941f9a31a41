/* Can a filter call the cluster? The measured table: wasm-confirmed.md 4.1, on Envoy 1.36 to 1.40. */
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
	           cluster_is(j, "the filter must name the address in the header x-envoy-original-dst-host"));
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
	               "to a "
	               "name that it has not resolved before"));
	j->verdict->conditional = true;
	return false;
}

static bool no_hosts(struct judging *j, struct pos pos, const char *why)
{
	reason_add(j, CO_NO_HOSTS, true, pos, str_c(why));
	return true;
}

/* Lists of endpoints: all of the proxy's, and this cluster is not in them. */
static bool endpoints_are_whole(const struct proxy_state *proxy)
{
	for (size_t i = 0; i < proxy->n_parts; i++)
		if (proxy->parts[i]->endpoints_builtin)
			return true;
	return false;
}

/* Whose endpoints go by a name of their own, lists that were read before the cluster could not tell. */
static bool has_other_service(const struct proxy_cluster *c)
{
	return str_present(c->eds_service) && !str_eq(c->eds_service, c->name);
}

static bool judge_hosts(struct judging *j)
{
	const struct proxy_cluster   *c = j->cluster;
	const struct proxy_endpoints *e = j->endpoints;
	bool                          dns = c->type == CLUSTER_STRICT_DNS || c->type == CLUSTER_LOGICAL_DNS;

	if (c->type != CLUSTER_EDS && c->n_endpoints == 0)
		return no_hosts(j, c->pos, "it has no endpoints: its load_assignment lists none");
	if (e && e->n == 0)
		return no_hosts(j, e->pos, dns ? "it has no hosts: its name does not resolve" : "it has no endpoints");
	if (!e && endpoints_are_whole(j->proxy) && c->type != CLUSTER_STATIC && !has_other_service(c))
		return no_hosts(j, c->pos, dns ? "it has no hosts: its name does not resolve" : "it has no endpoints");
	if (!e) {
		j->verdict->health_unseen = c->type != CLUSTER_STATIC;
		return false;
	}
	if (e->n_healthy > 0)
		return false;
	if (c->no_panic) {
		reason_add(j, CO_NONE_HEALTHY, true, e->pos,
		           str_fmt(j->arena, "its hosts (%zu) are all unhealthy, and its panic threshold is 0", e->n));
		return true;
	}
	reason_add(j, CO_NONE_HEALTHY, true, e->pos,
	           str_fmt(j->arena, "its hosts (%zu) are all unhealthy: Envoy tries them nevertheless", e->n));
	j->verdict->conditional = true;
	return false;
}

static bool judge_other_type(struct judging *j)
{
	reason_add(j, CO_CLUSTER_KIND, false, j->cluster->pos,
	           cluster_is(j, "whether a call succeeds depends on what it leads to"));
	j->verdict->conditional = true;
	return false;
}

bool judge_callable(struct judging *j)
{
	static bool (*const by_type[])(struct judging *) = {
		[CLUSTER_STATIC] = judge_hosts,
		[CLUSTER_STRICT_DNS] = judge_hosts,
		[CLUSTER_LOGICAL_DNS] = judge_hosts,
		[CLUSTER_EDS] = judge_hosts,
		[CLUSTER_ORIGINAL_DST] = judge_original_dst,
		[CLUSTER_FORWARD_PROXY] = judge_forward_proxy,
		[CLUSTER_OTHER_TYPE] = judge_other_type,
	};
	bool bad = by_type[j->cluster->type](j);

	if (j->cluster->zero_requests) {
		reason_add(j, CO_BREAKER_OPEN, true, j->cluster->pos,
		           TEXT(j, STR("its circuit breaker lets no request pass: "), j->cluster->zero_field,
		                STR(" is 0")));
		bad = true;
	}
	return bad;
}
