/* The platform team's policy. Every breach shows the policy's own line as a related place. */
#include "base/arena.h"
#include "manifest/check.h"
#include "manifest/module_url.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

static void breach(struct check *c, struct diag *d, const struct node *object, const char *field)
{
	const struct node *rule = node_get(object, field);

	diag_relate(c->diags, d, node_pos(rule ? rule : object), "the mesh's policy says so here", NO_ARGS);
}

/* ---- hosts ---- */

static bool matches_any(const struct strings *patterns, struct str address)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (hostname_matches(patterns->items[i], address))
			return true;
	return false;
}

/* The domains that a pod's resolver tries a name in before the name itself, which Envoy obeys (measured: STRICT_DNS to `db`,
 * `db.bank` and `db.bank.svc` reached the Service; so does a name with a dot at its end, which is not kept). Nodes may add
 * others, which nobody knows here. */
enum { SEARCH_NAMESPACE, SEARCH_SERVICES, SEARCH_CLUSTER, SEARCHES };

static struct str search_domain(const struct check *c, unsigned search)
{
	struct str cluster = hostname_without_dot(c->mesh->spec->cluster_domain);

	if (search == SEARCH_CLUSTER)
		return cluster;
	if (search == SEARCH_SERVICES)
		return STR_CONCAT(c->arena, STR("svc."), cluster);
	return STR_CONCAT(c->arena, c->manifest->metadata->namespace, STR(".svc."), cluster);
}

/* Is it the name of a Service within that domain, and not rather one of the public? `db.bank` and `example.com` look alike:
 * only namespaces that are known here tell. */
static bool names_service(const struct check *c, struct str name, unsigned search)
{
	struct str first, rest = str_cut(name, '.', &first);

	if (search == SEARCH_NAMESPACE)
		return !str_present(rest);
	if (search == SEARCH_SERVICES)
		return str_present(rest) && (str_eq_nocase(rest, c->manifest->metadata->namespace) ||
		                             str_eq_nocase(rest, c->mesh->spec->root_namespace));
	return str_ends_with_nocase(name, STR(".svc"));
}

/* Does the pattern say something of the name itself, and not only of the domain that it is searched in? */
static bool reaches_into_name(struct str pattern, struct str domain)
{
	return hostname_without_dot(pattern).n > domain.n + (str_has_prefix(pattern, STR("*.")) ? 2 : 0);
}

/* The denied name that a proxy finds under a shorter one; absent: none. */
static struct str denied_by_search(const struct check *c, struct str name)
{
	const struct strings *deny = &c->mesh->spec->policy->hosts->deny;

	name = hostname_without_dot(name);
	for (unsigned search = 0; search < SEARCHES && !ip_is(name); search++) {
		struct str domain = search_domain(c, search), full = STR_CONCAT(c->arena, name, STR("."), domain);
		bool       likely = names_service(c, name, search);

		for (size_t i = 0; i < deny->n; i++)
			if ((likely || reaches_into_name(deny->items[i], domain)) &&
			    hostname_matches(deny->items[i], full))
				return full;
	}
	return STR_ABSENT;
}

/* is_resolved: it is what a proxy's resolver is asked for. */
static void judge_address(struct check *c, struct str address, bool is_resolved, const struct node *object,
                          const char *field)
{
	const struct host_rules *rules = c->mesh->spec->policy->hosts;
	struct str               found = STR_ABSENT;
	struct diag             *d;
	bool                     denied;

	if (!str_present(address))
		return;
	denied = matches_any(&rules->deny, address);
	if (!denied && is_resolved)
		found = denied_by_search(c, address);
	if (denied || str_present(found)) {
		d = check_fail(c, CO_POLICY_HOST, object, field, ARGS(address, STR("denied")));
		if (str_present(found))
			diag_help(c->diags, d, "under this name a proxy's resolver finds {}", ARGS(found));
		breach(c, d, rules->node, "deny");
	} else if (rules->allow.node && !matches_any(&rules->allow, address)) {
		breach(c, check_fail(c, CO_POLICY_HOST, object, field, ARGS(address, STR("not allowed"))), rules->node,
		       "allow");
	}
}

/* Judges an existing cluster: by the host, if its name has Istio's form, else by the whole name. */
static void judge_cluster(struct check *c, const struct upstream *u)
{
	struct cluster_name name = cluster_name_parse(u->cluster);

	judge_address(c, cluster_name_is_istio(u->cluster) && name.host.n ? name.host : u->cluster, false, u->node,
	              "cluster");
}

/* A name that the author chose does not dial anything by itself, so it need not be in the allow list; but it may be
 * denied. */
static void judge_cluster_name(struct check *c, const struct upstream *u)
{
	const struct host_rules *rules = c->mesh->spec->policy->hosts;

	if (str_present(u->cluster_name) && matches_any(&rules->deny, u->cluster_name))
		breach(c, check_fail(c, CO_POLICY_HOST, u->node, "clusterName", ARGS(u->cluster_name, STR("denied"))),
		       rules->node, "deny");
}

static void check_hosts(struct check *c, const struct upstream *u)
{
	judge_address(c, u->host, true, u->node, "host");
	for (size_t i = 0; i < u->endpoints.n; i++) {
		const struct endpoint *e = (const struct endpoint *)u->endpoints.items + i;

		judge_address(c, e->address, true, e->node, "address");
	}
	if (u->service && str_present(u->service->name) && str_present(u->service->namespace))
		judge_address(c, upstream_service_host(c->arena, u, c->mesh), false, u->node, "service");
	if (str_present(u->cluster))
		judge_cluster(c, u);
	judge_cluster_name(c, u);
}

/* ---- upstreams ---- */

static void check_isolation(struct check *c, const struct upstream *u, const struct policy *p)
{
	const char *fault = NULL, *field = "host";

	if (upstream_via(u, c->manifest, c->mesh) == VIA_ENVOY_FILTER)
		return;
	if (u->isolated == TRI_NO) {
		fault = "takes its public host name";
		field = "isolated";
	} else if (c->mesh->spec->outbound_traffic_policy == TRAFFIC_REGISTRY_ONLY) {
		fault = "opens a way out for the namespace's applications under REGISTRY_ONLY";
	} else if (u->tls && u->tls->mode == TLS_MUTUAL) {
		fault = "lends its client certificate to the namespace's applications";
		field = "tls";
	}
	if (fault)
		breach(c, check_fail(c, CO_POLICY_ISOLATED, u->node, field, ARGS(u->host, str_c(fault))), p->node,
		       "requireIsolated");
}

/* "." is the manifest's own namespace, by whichever name the rule and the manifest call it. */
static bool exports_alike(struct str a, struct str b, struct str own)
{
	return str_eq(str_is(a, ".") ? own : a, str_is(b, ".") ? own : b);
}

static void check_export_to(struct check *c, const struct upstream *u, const struct policy *p)
{
	struct str     own = c->manifest->metadata->namespace;
	bool           root = str_eq(own, c->mesh->spec->root_namespace);
	struct str     implied = root ? STR("*") : STR(".");
	struct strings values = u->export_to;

	if (upstream_via(u, c->manifest, c->mesh) == VIA_ENVOY_FILTER)
		return;
	if (!values.node)
		values = (struct strings){ NULL, &implied, 1 };
	for (size_t i = 0; i < values.n; i++) {
		bool allowed = false;

		for (size_t k = 0; k < p->export_to.n; k++)
			allowed = allowed || exports_alike(p->export_to.items[k], values.items[i], own);
		if (!allowed)
			breach(c,
			       check_fail(c, CO_POLICY_EXPORT_TO, u->node, values.node ? "exportTo" : "host",
			                  ARGS(values.items[i])),
			       p->node, "exportTo");
	}
}

static void check_upstream_policy(struct check *c, const struct upstream *u, const struct policy *p)
{
	if (p->hosts)
		check_hosts(c, u);
	if (!upstream_is_host(u) || !u->tls)
		return;
	if (p->require_tls == TRI_YES && (!upstream_has_tls(u) || u->tls->insecure_skip_verify == TRI_YES))
		breach(c,
		       check_fail(c, CO_POLICY_TLS, u->node, node_get(u->node, "tls") ? "tls" : "host", ARGS(u->host)),
		       p->node, "requireTls");
	if (p->require_isolated == TRI_YES)
		check_isolation(c, u, p);
	if (p->export_to.node)
		check_export_to(c, u, p);
}

/* ---- the filter ---- */

static void check_module(struct check *c, const struct wasm *w, const struct policy *p)
{
	struct module_url url;
	bool              known = str_present(w->url) && !module_url_parse(w->url, &url), allowed = false;

	for (size_t i = 0; i < p->registries.n && str_present(w->url); i++)
		allowed = allowed || module_url_within(w->url, p->registries.items[i]);
	if (p->registries.node && str_present(w->url) && !allowed)
		breach(c, check_fail(c, CO_POLICY_REGISTRY, w->node, "url", ARGS(w->url)), p->node, "registries");
	if (p->require_sha256 == TRI_YES && known && !str_present(w->sha256) && !str_present(url.digest) &&
	    !str_present(c->manifest->artifacts.binary_sha256))
		breach(c, check_fail(c, CO_POLICY_SHA256, w->node, "url", NO_ARGS), p->node, "requireSha256");
}

static void check_fail_strategy(struct check *c, const struct filter *f, const struct policy *p)
{
	unsigned   strategy = f->lua ? FAIL_OPEN : f->fail_strategy ? f->fail_strategy : FAIL_CLOSE;
	struct str word = field_word(fail_strategy_words, strategy);

	for (size_t i = 0; i < p->fail_strategies.n; i++)
		if (str_eq(p->fail_strategies.items[i], word))
			return;
	breach(c, check_fail(c, CO_POLICY_FAIL_STRATEGY, f->node, f->lua ? "lua" : "failStrategy", ARGS(word)), p->node,
	       "failStrategies");
}

void check_policy(struct check *c)
{
	const struct policy *p = c->mesh->spec->policy;
	const struct filter *f = c->manifest->spec->filter;

	for (size_t i = 0; i < manifest_upstreams(c->manifest); i++)
		check_upstream_policy(c, manifest_upstream(c->manifest, i), p);
	if (!f)
		return;
	if (f->wasm)
		check_module(c, f->wasm, p);
	if (f->lua && p->lua == LUA_FORBIDDEN)
		breach(c, check_fail(c, CO_POLICY_LUA, f->node, "lua", NO_ARGS), p->node, "lua");
	if (p->fail_strategies.node && (f->wasm || f->lua))
		check_fail_strategy(c, f, p);
}
