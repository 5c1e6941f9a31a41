/* Does the proxy run the filter, and with the manifest's configuration? */
#include <stdlib.h>

#include "base/limits.h"
#include "json/json_tree.h"
#include "verify/judging.h"

/* ---- what the plan put into the object ---- */

struct wanted_plugin {
	bool               lua;
	struct str         code;    /* of Lua */
	const struct node *config;  /* NULL: none */
	struct str         root_id; /* absent: unset */
	struct str         policy;  /* what the manifest's failStrategy is in Envoy's words */
};

static const struct record *record_of(const struct record *r, unsigned variable)
{
	return r && r->values[variable].type == VALUE_RECORD ? r->values[variable].as.record : NULL;
}

static struct str string_of(const struct record *r, unsigned variable)
{
	const struct value *v = r ? &r->values[variable] : NULL;

	return v && v->type == VALUE_STRING ? str_of(v->as.text, v->n) : STR_ABSENT;
}

static const struct node *tree_of(const struct record *r, unsigned variable)
{
	return r && r->values[variable].type == VALUE_TREE ? r->values[variable].as.tree : NULL;
}

/* An EnvoyFilter carries the configuration as text. */
static struct str text_in_envoy_filter(const struct record *r)
{
	const struct value *list = &r->values[EF_CONFIGS];

	if (list->type != VALUE_RECORDS || list->n == 0)
		return STR_ABSENT;
	return string_of(record_of(record_of(list->as.records[0], WC_CONFIG), WX_CONFIGURATION), WJ_JSON);
}

static const struct node *parsed(struct arena *arena, struct str text)
{
	struct diags     unseen;
	struct document *doc;

	if (text.n == 0)
		return NULL;
	diags_init(&unseen, arena);
	doc = json_tree_read(arena, source_from_bytes(arena, STR("configuration"), text), &unseen);
	return doc && !doc->next ? &doc->root : NULL;
}

/* Where its ports or directions are several, each listener gets the same code. */
static struct str code_in_envoy_filter(const struct record *r)
{
	const struct value  *list = &r->values[EF_LUA_FILTERS];
	const struct record *lua;

	if (list->type != VALUE_RECORDS || list->n == 0)
		return STR_ABSENT;
	lua = record_of(list->as.records[0], FP_LUA);
	return str_present(string_of(lua, LF_SOURCE)) ? string_of(lua, LF_SOURCE) : string_of(lua, LF_INLINE);
}

static struct str policy_of(const struct filter *f)
{
	return f->fail_strategy == FAIL_OPEN     ? STR("FAIL_OPEN")
	       : f->fail_strategy == FAIL_RELOAD ? STR("FAIL_RELOAD")
	                                         : STR("FAIL_CLOSED");
}

static struct wanted_plugin wanted(struct arena *arena, const struct verify_item *item)
{
	const struct record *r = item->plan->n_filters ? item->plan->filters[0].record : NULL;
	struct wanted_plugin w = { .lua = item->manifest->spec->filter->lua != NULL,
		                   .policy = policy_of(item->manifest->spec->filter) };

	if (!r)
		return w;
	if (w.lua && r->type == &traffic_extension_type)
		w.code = string_of(r, TE_LUA_CODE);
	else if (w.lua && r->type == &envoy_filter_type)
		w.code = code_in_envoy_filter(r);
	if (w.lua)
		return w;
	w.root_id = item->manifest->spec->filter->wasm ? item->manifest->spec->filter->wasm->plugin_name : STR_ABSENT;
	if (r->type == &wasm_plugin_type)
		w.config = tree_of(r, WP_CONFIG);
	else if (r->type == &traffic_extension_type)
		w.config = tree_of(record_of(r, TE_WASM), VM_CONFIG);
	else if (r->type == &envoy_filter_type)
		w.config = parsed(arena, text_in_envoy_filter(r));
	return w;
}

/* ---- comparing ---- */

static bool same_number(const struct node *a, const struct node *b)
{
	char x[64], y[64];

	if (a->text_n >= sizeof(x) || b->text_n >= sizeof(y))
		return str_eq(node_text(a), node_text(b));
	memcpy(x, a->text_p, a->text_n);
	memcpy(y, b->text_p, b->text_n);
	x[a->text_n] = y[b->text_n] = 0;
	return strtod(x, NULL) <= strtod(y, NULL) && strtod(x, NULL) >= strtod(y, NULL);
}

static bool is_number(const struct node *n)
{
	return n->kind == NODE_INT || n->kind == NODE_FLOAT;
}

static const struct node *first_difference(const struct node *a, const struct node *b, const struct node **other);

static const struct node *map_difference(const struct node *a, const struct node *b, const struct node **other)
{
	NODE_EACH (child, a) {
		const struct node *twin = node_get_str(b, node_key(child)), *at;

		*other = NULL;
		if (!twin)
			return child;
		at = first_difference(child, twin, other);
		if (at)
			return at;
	}
	*other = b;
	return a->count == b->count ? NULL : a;
}

static const struct node *list_difference(const struct node *a, const struct node *b, const struct node **other)
{
	const struct node *twin = b->first;

	*other = b;
	if (a->count != b->count)
		return a;
	NODE_EACH (child, a) {
		const struct node *at = first_difference(child, twin, other);

		if (at)
			return at;
		twin = twin->next;
	}
	return NULL;
}

/* The first value of a that b has not; *other is what b has there, or NULL. Depth is that of trees, which is capped. */
static const struct node *first_difference(const struct node *a, const struct node *b, const struct node **other)
{
	bool same;

	*other = b;
	if (is_number(a) && is_number(b))
		return same_number(a, b) ? NULL : a;
	if (a->kind != b->kind)
		return a;
	if (a->kind == NODE_MAP)
		return map_difference(a, b, other);
	if (a->kind == NODE_LIST)
		return list_difference(a, b, other);
	same = a->kind == NODE_NULL || str_eq(node_text(a), node_text(b));
	return same ? NULL : a;
}

static struct str value_text(struct arena *arena, const struct node *n)
{
	if (!n)
		return STR("nothing");
	if (!node_is_scalar(n))
		return node_kind_text(n);
	return n->kind == NODE_STRING ? STR_CONCAT(arena, STR("\""), node_text(n), STR("\""))
	       : n->kind == NODE_NULL ? STR("null")
	                              : node_text(n);
}

static bool is_cluster(const struct verify_item *item, const struct node *n)
{
	for (size_t i = 0; n->kind == NODE_STRING && i < item->plan->n_expected; i++)
		if (str_eq(item->plan->expected[i].name, node_text(n)))
			return true;
	return false;
}

/* Lines from 1; absent: the code is the manifest's, or is not shown. */
static struct str code_difference(struct arena *arena, struct str wanted, const struct proxy_plugin *p)
{
	uint64_t line = 1;
	size_t   at = 0;

	if (!str_present(p->code) || !str_present(wanted) || p->code_cut || str_eq(p->code, wanted))
		return STR_ABSENT;
	for (; at < p->code.n && at < wanted.n && p->code.p[at] == wanted.p[at]; at++)
		line += wanted.p[at] == '\n';
	return STR_CONCAT(arena, STR("its code is another one from line "), str_from_uint(arena, line), STR(" on"));
}

/* Nothing said closes; a word that is not known is not judged. */
static struct str policy_difference(struct arena *arena, struct str wanted, const struct proxy_plugin *p)
{
	struct str has = p->failure_policy;

	if (!str_present(has) || str_is(has, "UNSPECIFIED"))
		has = STR("FAIL_CLOSED");
	if (!p->wasm || str_eq(has, wanted) || !str_has_prefix(has, STR("FAIL_")))
		return STR_ABSENT;
	return STR_CONCAT(arena, STR("its failure policy is "), has, STR(", not "), wanted);
}

/* Absent: the configuration is the manifest's. */
static struct str config_difference(struct arena *arena, const struct verify_item *item, const struct wanted_plugin *w,
                                    const struct proxy_plugin *p)
{
	const struct node *has = parsed(arena, p->configuration), *at, *other = NULL;
	bool               wants = w->config && w->config->count;

	if (!str_eq(p->root_id, w->root_id) && (p->root_id.n || w->root_id.n))
		return STR_CONCAT(arena, STR("pluginName is "), p->root_id.n ? p->root_id : STR("unset"), STR(", not "),
		                  w->root_id.n ? w->root_id : STR("unset"));
	if (p->configuration_cut)
		return STR_ABSENT;
	if (p->configuration.n && !has)
		return STR("it is no JSON");
	if (!wants || !has)
		return !wants == (!has || has->count == 0)
		               ? STR_ABSENT
		               : (wants ? STR("it has no configuration")
		                        : STR("it has a configuration, and should have none"));
	at = first_difference(w->config, has, &other);
	if (!at)
		return STR_ABSENT;
	if (!at->parent)
		return STR("it has more or other keys");
	return STR_CONCAT(arena, is_cluster(item, at) ? STR("the cluster name at ") : STR(""), node_path(arena, at),
	                  STR(" is "), value_text(arena, other), STR(", not "), value_text(arena, at));
}

static const struct env_var *wanted_variable(const struct wasm *wasm, struct str name)
{
	for (size_t i = 0; i < wasm->env.n; i++) {
		const struct env_var *e = (const struct env_var *)wasm->env.items + i;

		if (str_eq(e->name, name))
			return e;
	}
	return NULL;
}

static struct str variable_text(struct arena *arena, bool set, bool from_host, struct str value)
{
	return !set ? STR("not set") : from_host ? STR("the host's") : STR_CONCAT(arena, STR("\""), value, STR("\""));
}

/* istio-agent adds and strips variables of its own. */
static struct str environment_difference(struct arena *arena, const struct wasm *wasm, const struct proxy_plugin *p)
{
	if (!wasm || !p->wasm || p->n_env > KEPT_ENV)
		return STR_ABSENT;
	for (size_t i = 0; i < wasm->env.n; i++) {
		const struct env_var *e = (const struct env_var *)wasm->env.items + i;
		const struct setting *has = setting_find(p->env, p->n_env, e->name);
		bool                  host = e->value_from == ENV_HOST, same = has && host == !str_present(has->value);

		if (same && (host || str_eq(has->value, e->value)))
			continue;
		return STR_CONCAT(arena, STR("the variable "), e->name, STR(" is "),
		                  variable_text(arena, has != NULL, has && !str_present(has->value),
		                                has ? has->value : STR("")),
		                  STR(", not "), variable_text(arena, true, host, e->value));
	}
	for (size_t i = 0; i < p->n_env; i++)
		if (!str_has_prefix(p->env[i].key, STR("ISTIO_META_")) && !wanted_variable(wasm, p->env[i].key))
			return STR_CONCAT(arena, STR("the variable "), p->env[i].key,
			                  STR(" is set, and should not be"));
	return STR_ABSENT;
}

/* ---- the verdict ---- */

static struct plugin_row *add_row(struct verification *v, const struct verify_item *item,
                                  const struct proxy_state *proxy, enum plugin_verdict verdict, struct str detail)
{
	struct plugin_row *row = ARENA_NEW(v->arena, struct plugin_row);

	*row = (struct plugin_row){ .manifest = item->manifest, .proxy = proxy, .verdict = verdict, .detail = detail };
	if (proxy->plugins[item->plugin])
		row->pos = proxy->plugins[item->plugin]->pos;
	*v->last_plugin = row;
	v->last_plugin = &row->next;
	v->plugin_counts[verdict]++;
	return row;
}

/* To be added to what the dump shows. */
static struct str not_taken(const struct proxy_state *proxy)
{
	return proxy->sync && !sync_state_is_well(&proxy->sync->plugins)
	               ? STR("; the proxy has not taken the extensions that istiod sent last")
	               : STR("");
}

static struct str failure(struct arena *arena, const struct proxy_state *proxy, const struct proxy_plugin *p,
                          struct str name)
{
	const struct proxy_sync *sync = proxy->sync;

	if (p->rbac)
		return p->rbac_allows ? STR("istio-agent put a filter that lets all requests pass in its place: the "
		                            "module could not be had")
		                      : STR("istio-agent put a filter that refuses all requests in its place: the "
		                            "module could not be had");
	if (p->refused)
		return p->refusal;
	if (sync && str_present(sync->plugins.error) && plugin_is_named(name, sync->plugins.error))
		return STR_CONCAT(arena, STR("Envoy told istiod: "), sync->plugins.error);
	if (p->config_fail && p->seen)
		return str_fmt(arena, "Envoy refused its configuration %llu times, by its statistics",
		               (unsigned long long)p->config_fail);
	return STR_ABSENT;
}

/* One dump shows it all: the extensions, and the listeners that ask for them. */
static bool shows_both(const struct proxy_state *proxy)
{
	enum { ALL = DUMP_NODE | DUMP_LISTENERS | DUMP_PLUGINS };

	for (size_t i = 0; i < proxy->n_parts; i++)
		if (proxy->parts[i]->configs && (proxy->parts[i]->kinds & ALL) == ALL &&
		    !part_is_intention(proxy->parts[i]))
			return true;
	return false;
}

/* Envoy keeps an extension while listeners that are no longer in use drain, which a dump does not show. Absent: it is in use, as far as can
 * be told. */
static struct str out_of_use(const struct proxy_state *proxy, const struct proxy_plugin *p)
{
	if (p->seen & PLUGIN_LISTENER)
		return p->active ? STR_ABSENT
		                 : STR("each listener that has it is still warming, and serves no requests yet");
	return p->seen & PLUGIN_ECDS && shows_both(proxy)
	               ? STR("the proxy still has the extension, but none of its listeners asks for it")
	               : STR_ABSENT;
}

static void judge_seen(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy,
                       const struct proxy_plugin *p)
{
	struct wanted_plugin w = wanted(v->arena, item);
	struct str           detail = failure(v->arena, proxy, p, proxy->wants->plugins[item->plugin]);

	if (str_present(detail)) {
		add_row(v, item, proxy, PLUGIN_FAILED, detail);
		return;
	}
	if (!w.lua && !(p->seen & PLUGIN_ECDS) && !p->wasm) {
		if (proxy->kinds & DUMP_PLUGINS)
			add_row(v, item, proxy, PLUGIN_FAILED,
			        STR_CONCAT(v->arena,
			                   STR("a listener asks for it, and the proxy has no such extension: it was "
			                       "refused or never came"),
			                   not_taken(proxy)));
		else
			add_row(v, item, proxy, PLUGIN_UNKNOWN, STR("a listener asks for it"));
		return;
	}
	detail = out_of_use(proxy, p);
	if (str_present(detail)) {
		struct plugin_row *row = add_row(v, item, proxy, PLUGIN_ABSENT, detail);

		if (p->seen & PLUGIN_LISTENER)
			row->remedy = STR(
				"wait, and dump it again; the proxy's /init_dump tells what its listeners wait for");
		return;
	}
	detail = w.lua ? code_difference(v->arena, w.code, p) : config_difference(v->arena, item, &w, p);
	if (!str_present(detail) && !w.lua)
		detail = policy_difference(v->arena, w.policy, p);
	if (!str_present(detail) && !w.lua)
		detail = environment_difference(v->arena, item->manifest->spec->filter->wasm, p);
	if (!str_present(detail) && p->seen & PLUGIN_LISTENER && !p->enabled && p->by_rds) {
		add_row(v, item, proxy, PLUGIN_UNKNOWN,
		        STR("its listeners have it disabled, and routes that come by RDS, which are not looked at, may "
		            "enable it"));
		return;
	}
	if (!str_present(detail) && p->seen & PLUGIN_LISTENER && !p->enabled)
		detail = STR("each listener that names it has it disabled, or all of its routes have");
	if (!str_present(detail))
		add_row(v, item, proxy, PLUGIN_PRESENT, detail);
	else
		add_row(v, item, proxy, PLUGIN_DIFFERS, STR_CONCAT(v->arena, detail, not_taken(proxy)));
}

void plugin_judge(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy)
{
	const struct proxy_plugin *p = proxy->plugins[item->plugin];
	bool                       lua;

	if (!item->manifest->spec->filter)
		return;
	lua = item->manifest->spec->filter->lua != NULL;
	if (p && (p->seen || p->refused)) {
		judge_seen(v, item, proxy, p);
	} else if (proxy->kinds & DUMP_LISTENERS || (!lua && proxy->kinds & DUMP_PLUGINS)) {
		struct pos at = POS_NONE;
		struct str why = explain_absent_plugin(v, item, proxy, &at);

		add_row(v, item, proxy, PLUGIN_ABSENT, why)->pos = at;
	} else {
		add_row(v, item, proxy, PLUGIN_UNKNOWN, STR_ABSENT);
	}
}
