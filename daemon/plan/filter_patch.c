/* The filter itself as patches of an EnvoyFilter: at which places of the proxy, where in the chain, and what it runs. */
#include "base/arena.h"
#include "manifest/module_url.h"
#include "plan/planner.h"

static struct str filter_name(struct planner *p)
{
	return STR_CONCAT(p->arena, STR("callout."), p->manifest->metadata->namespace, STR("."),
	                  p->manifest->metadata->name);
}

static const struct record *lua_record(struct planner *p)
{
	struct record *r = record_new(p->arena, &lua_filter_type);
	struct str     code = config_fill_text(p, p->manifest->artifacts.lua_code);

	set_string(r, LF_NAME, filter_name(p));
	set_string(r, planner_knows(p, FEATURE_LUA_DEFAULT_SOURCE) ? LF_SOURCE : LF_INLINE, code);
	return r;
}

static const struct record *wasm_record(struct planner *p)
{
	struct record *r = record_new(p->arena, &wasm_filter_type);

	set_string(r, WF_NAME, filter_name(p));
	return r;
}

/* ---- where in the proxy ---- */

struct filter_place {
	struct str context;
	int64_t    port; /* INT_ABSENT: all */
};

static bool place_is_covered(const struct filter_place *places, size_t n, struct filter_place wanted)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(places[i].context, wanted.context) &&
		    (places[i].port == wanted.port || places[i].port == INT_ABSENT))
			return true;
	return false;
}

static void add_context(struct filter_place *places, size_t *n, struct str context, const struct match *m)
{
	struct filter_place all = { context, INT_ABSENT };

	for (size_t i = 0; m && i < m->ports.n; i++) {
		struct filter_place one = { context, ((const struct match_port *)m->ports.items)[i].number };

		if (!place_is_covered(places, *n, one))
			places[(*n)++] = one;
	}
	if ((!m || m->ports.n == 0) && !place_is_covered(places, *n, all))
		places[(*n)++] = all;
}

/* CLIENT means outbound traffic and gateways, SERVER inbound traffic and waypoints (istio pilot/pkg/model/extensions.go). */
static void add_match(struct planner *p, struct filter_place *places, size_t *n, const struct match *m)
{
	unsigned mode = m ? m->mode : MATCH_UNSET;

	if (p->manifest->spec->target->proxy == PROXY_GATEWAY) {
		add_context(places, n, STR("GATEWAY"), m);
		return;
	}
	if (mode != MATCH_CLIENT)
		add_context(places, n, STR("SIDECAR_INBOUND"), m);
	if (mode != MATCH_SERVER && p->manifest->spec->target->proxy == PROXY_SIDECAR)
		add_context(places, n, STR("SIDECAR_OUTBOUND"), m);
}

static const struct match *match_at(const struct filter *f, size_t i)
{
	return (const struct match *)f->match.items + i;
}

static size_t max_places(const struct filter *f)
{
	size_t n = 2;

	for (size_t i = 0; i < f->match.n; i++)
		n += 2 * (match_at(f, i)->ports.n + 1);
	return n;
}

static size_t filter_places(struct planner *p, const struct filter *f, struct filter_place **ret)
{
	struct filter_place *places = *ret = ARENA_ARRAY(p->arena, max_places(f), struct filter_place);
	size_t               n = 0;

	/* entries without ports first: they cover those with */
	for (size_t i = 0; i < f->match.n; i++)
		if (match_at(f, i)->ports.n == 0)
			add_match(p, places, &n, match_at(f, i));
	for (size_t i = 0; i < f->match.n; i++)
		if (match_at(f, i)->ports.n)
			add_match(p, places, &n, match_at(f, i));
	if (f->match.n == 0)
		add_match(p, places, &n, NULL);
	return n;
}

/* ---- in the chain of filters ---- */

/* istiod has no anchor that is always there but the router, which ends every chain: AUTHN goes first, all else right
 * before the router. (patch.filterClass is in the API, but no code of istiod honours it.) */
static void set_filters(struct planner *p, struct record *r, const struct filter *f)
{
	struct filter_place  *places;
	size_t                n = filter_places(p, f, &places);
	const struct record **patches = ARENA_ARRAY(p->arena, n, const struct record *);
	const struct record  *lua = f->lua ? lua_record(p) : NULL, *wasm = f->wasm ? wasm_record(p) : NULL;
	bool                  first = f->phase == PHASE_AUTHN;

	for (size_t i = 0; i < n; i++) {
		struct record *patch = record_new(p->arena, &filter_patch_type);

		set_string(patch, FP_CONTEXT, places[i].context);
		set_int(patch, FP_PORT, places[i].port);
		set_string(patch, FP_OPERATION, first ? STR("INSERT_FIRST") : STR("INSERT_BEFORE"));
		if (!first)
			set_string(patch, FP_ANCHOR, STR("envoy.filters.http.router"));
		set_record(patch, FP_LUA, lua);
		set_record(patch, FP_WASM, wasm);
		patches[i] = patch;
	}
	set_records(r, lua ? EF_LUA_FILTERS : EF_WASM_FILTERS, patches, n);
	if (f->priority == INT_ABSENT)
		return;
	/* Filters apply by ascending priority: what is inserted first stands first before the router, and last at the front. */
	set_int(r, EF_PRIORITY, first ? f->priority : f->priority == INT32_MIN ? INT32_MAX : -f->priority);
}

/* ---- Wasm by EXTENSION_CONFIG: the agent downloads the module, before WasmPlugin was there ---- */

static void check_wasm_url(struct planner *p, const struct wasm *w)
{
	struct module_url url;

	if (module_url_parse(w->url, &url))
		return;
	if (url.scheme != URL_HTTP && url.scheme != URL_HTTPS)
		planner_fail(p, CO_KIND_CONFLICT, w->node, "url",
		             ARGS(STR("EnvoyFilter"), STR("a module that is not fetched by http(s)")));
	if (!str_present(wasm_sha256(p)))
		planner_fail(p, CO_KIND_CONFLICT, w->node, "url",
		             ARGS(STR("EnvoyFilter"), STR("a module without sha256")));
	if (str_present(w->image_pull_secret))
		planner_fail(p, CO_KIND_CONFLICT, w->node, "imagePullSecret",
		             ARGS(STR("EnvoyFilter"), STR("an imagePullSecret")));
}

static void set_env(struct planner *p, struct record *r, const struct wasm *w)
{
	struct pair *values = ARENA_ARRAY(p->arena, w->env.n + 1, struct pair);
	struct str  *hosts = ARENA_ARRAY(p->arena, w->env.n + 1, struct str);
	size_t       n_values = 0, n_hosts = 0;

	for (size_t i = 0; i < w->env.n; i++) {
		const struct env_var *e = (const struct env_var *)w->env.items + i;

		if (e->value_from == ENV_HOST)
			hosts[n_hosts++] = e->name;
		else
			values[n_values++] =
				(struct pair){ e->name, str_present(e->value) ? e->value : STR(""), false };
	}
	set_pairs(r, WX_ENV_PAIRS, values, n_values);
	set_strings(r, WX_ENV_HOST, hosts, n_hosts);
}

static const struct record *wasm_config_record(struct planner *p, const struct filter *f)
{
	struct record *r = record_new(p->arena, &wasm_config_type);
	struct record *configuration = record_new(p->arena, &wasm_configuration_type);
	struct str     json = config_json(p, f->config);

	check_wasm_url(p, f->wasm);
	if (f->fail_strategy == FAIL_RELOAD)
		planner_fail(p, CO_KIND_CONFLICT, f->node, "failStrategy",
		             ARGS(STR("EnvoyFilter"), STR("failStrategy FAIL_RELOAD")));
	set_string(r, WX_NAME, filter_name(p));
	set_string(r, WX_ROOT_ID, f->wasm->plugin_name);
	if (f->fail_strategy == FAIL_OPEN)
		set_bool(r, WX_FAIL_OPEN, true);
	set_string(r, WX_URL, f->wasm->url);
	set_string(r, WX_SHA256, wasm_sha256(p));
	if (str_present(json)) {
		set_string(configuration, WJ_JSON, json);
		set_record(r, WX_CONFIGURATION, configuration);
	}
	set_env(p, r, f->wasm);
	return r;
}

/* One resource serves both directions: a proxy's ECDS resources have one name space. */
static void set_configs(struct planner *p, struct record *r, const struct filter *f)
{
	bool                  is_gateway = p->manifest->spec->target->proxy == PROXY_GATEWAY;
	struct record        *patch = record_new(p->arena, &config_patch_type);
	const struct record **patches = ARENA_NEW(p->arena, const struct record *);

	set_string(patch, WC_CONTEXT, is_gateway ? STR("GATEWAY") : STR("ANY"));
	set_record(patch, WC_CONFIG, wasm_config_record(p, f));
	patches[0] = patch;
	set_records(r, EF_CONFIGS, patches, 1);
}

void filter_patches_set(struct planner *p, struct record *r, const struct filter *f)
{
	set_filters(p, r, f);
	if (f->wasm)
		set_configs(p, r, f);
}
