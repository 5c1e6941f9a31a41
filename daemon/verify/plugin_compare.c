/* Is the filter configured as the manifest says? Each of several configurations that listeners carry is compared. */
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

/* What stands behind a matcher may be a filter that runs others. */
static struct str kind_difference(struct arena *arena, bool lua, const struct proxy_plugin *p)
{
	struct str type = p->type, host = STR("type.googleapis.com/");

	if (!str_present(type) || str_has_suffix(type, lua ? STR(".lua.v3.Lua") : STR(".wasm.v3.Wasm")) ||
	    (p->matched && str_has_suffix(type, STR(".composite.v3.Composite"))))
		return STR_ABSENT;
	if (str_has_prefix(type, host))
		type = str_slice(type, host.n, type.n);
	return STR_CONCAT(arena, STR("it is no "), lua ? STR("Lua") : STR("Wasm"), STR(" filter, but "), type);
}

/* ---- all of it ---- */

static struct str difference(struct arena *arena, const struct verify_item *item, const struct wanted_plugin *w,
                             const struct proxy_plugin *p)
{
	struct str detail = kind_difference(arena, w->lua, p);

	if (str_present(detail))
		return detail;
	if (w->lua)
		return code_difference(arena, w->code, p);
	detail = p->matched && !p->wasm ? STR_ABSENT : config_difference(arena, item, w, p);
	if (!str_present(detail))
		detail = policy_difference(arena, w->policy, p);
	if (!str_present(detail))
		detail = environment_difference(arena, item->manifest->spec->filter->wasm, p);
	return detail;
}

/* What a listener carries that has the filter disabled is of no account where another one runs it. */
struct str plugin_difference(struct arena *arena, const struct verify_item *item, const struct proxy_plugin *p,
                             struct pos *at)
{
	struct wanted_plugin w = wanted(arena, item);

	for (const struct proxy_plugin *o = p; o; o = o->other) {
		struct str detail = o->disabled && p->enabled ? STR_ABSENT : difference(arena, item, &w, o);

		if (!str_present(detail))
			continue;
		*at = o->pos;
		if (o->of_route)
			return STR_CONCAT(arena, detail, STR("; a route has it"));
		return p->other ? STR_CONCAT(arena, detail,
		                             STR("; its listeners carry several, and this is one of them"))
		                : detail;
	}
	return STR_ABSENT;
}
