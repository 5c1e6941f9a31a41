/* Can a filter call the cluster? Measured with Wasm and Lua filters on Envoy 1.36 to 1.40; tests/conformance/verify repeats it. */
#include "names/hostname.h"
#include "verify/judging.h"

/* ---- kinds of clusters ---- */

static struct str cluster_is(const struct judging *j, const char *what)
{
	return TEXT(j, STR("it is of type "), j->cluster->type_text, STR(": "), str_c(what));
}

/* What Network::Utility::parseInternetAddressAndPort takes: "10.0.0.5:80", "[2001:db8::1]:80". */
static bool is_socket_address(struct str s)
{
	struct str host;
	unsigned   port;

	if (!host_port_split(s, &host, &port))
		return false;
	return s.p[0] == '[' ? ip_is_v6(host) : ip_is_v4(host);
}

/* The address is what the call says in a header: of those that HTTP itself has, what they say is known. */
static bool judge_address_header(struct judging *j, struct str header)
{
	bool       is_authority = str_eq_nocase(header, STR(":authority")) || str_eq_nocase(header, STR("host"));
	struct str authority = is_authority ? j->expected->authority : STR_ABSENT;

	if (!is_authority && str_has_prefix(header, STR(":"))) {
		reason_add(j, CO_NOT_ORIGINAL_DST, true, j->cluster->pos,
		           TEXT(j, cluster_is(j, "it dials the address in the header "), header,
		                STR(", which never holds one")));
		return true;
	}
	if (str_present(authority) && !is_socket_address(authority)) {
		reason_add(j, CO_NOT_ORIGINAL_DST, true, j->cluster->pos,
		           TEXT(j, cluster_is(j, "it dials the address in the header "), header,
		                STR(", and the call's authority "), authority, STR(" is no IP address with a port")));
		return true;
	}
	reason_add(j, CO_NOT_ORIGINAL_DST, true, j->cluster->pos,
	           TEXT(j, cluster_is(j, "the filter must name the address in the header "), header));
	j->verdict->conditional = true;
	return false;
}

/* Measured, with ports that upstream_port_override changes and with a metadata_key, which a call has nothing for. */
static bool judge_original_dst(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;

	if (!c->http_header) {
		reason_add(j, CO_NOT_ORIGINAL_DST, true, c->pos,
		           cluster_is(j, "a filter's call has no original destination, and is refused"));
		return true;
	}
	return judge_address_header(j, str_present(c->header_name) ? c->header_name : STR("x-envoy-original-dst-host"));
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

/* Measured in 1.36.4 and 1.40.0: without the extension Envoy ends in the call; with it, and without a tunnel, the call fails. */
static bool judge_other(struct judging *j)
{
	if (!str_is(j->cluster->type_text, "envoy.clusters.reverse_connection"))
		return judge_aggregate(j);
	reason_add(j, CO_CLUSTER_KIND, true, j->cluster->pos,
	           cluster_is(j, "a call needs a tunnel that its host has opened, and Envoy does not survive it unless "
	                         "its bootstrap has the extension for reverse tunnels"));
	j->verdict->conditional = true;
	return false;
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

bool judge_hostless(struct judging *j)
{
	static bool (*const by_type[])(struct judging *) = {
		[CLUSTER_STATIC] = judge_hosts,
		[CLUSTER_STRICT_DNS] = judge_hosts,
		[CLUSTER_LOGICAL_DNS] = judge_hosts,
		[CLUSTER_EDS] = judge_hosts,
		[CLUSTER_ORIGINAL_DST] = judge_original_dst,
		[CLUSTER_FORWARD_PROXY] = judge_forward_proxy,
		[CLUSTER_OTHER_TYPE] = judge_other,
	};
	return by_type[j->cluster->type](j);
}

/* How many hosts it has; 0: nothing tells. Those of a name are as many as DNS says, which statistics count. */
static size_t hosts_counted(const struct judging *j)
{
	if (j->endpoints)
		return j->endpoints->n;
	if (j->counts->has_hosts)
		return (size_t)j->counts->n_hosts;
	return j->cluster->type == CLUSTER_STRICT_DNS ? 0 : j->cluster->n_endpoints;
}

/* A pool stays when its calls are done, so hosts that have none yet cannot be called (measured). The limit is for all workers together,
 * and each has pools of its own; how many workers there are, no dump tells. */
static void judge_pools(struct judging *j)
{
	enum { MOST_WORKERS = 256 };
	const struct proxy_cluster *c = j->cluster;
	size_t                      n = hosts_counted(j);
	struct str                  hosts = n ? str_fmt(j->arena, "its %zu hosts", n) : STR("its hosts");

	if (!c->max_pools || c->max_pools / (n ? n : 1) >= MOST_WORKERS)
		return;
	reason_add(j, CO_BREAKER_OPEN, c->max_pools < n, c->pos,
	           TEXT(j,
	                str_fmt(j->arena, "its circuit breaker has %llu connection pools for ",
	                        (unsigned long long)c->max_pools),
	                hosts, c->max_pools < n ? STR("") : STR(", and each of Envoy's workers needs one for each"),
	                STR(": max_connection_pools")));
	j->verdict->conditional = true;
}

bool judge_limits(struct judging *j)
{
	bool bad = judge_subsets(j);

	bad = judge_hashes(j) || bad;
	bad = judge_secrets(j) || bad;
	if (cluster_leads_on(j->cluster))
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
