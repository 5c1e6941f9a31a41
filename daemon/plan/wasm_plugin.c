/* WasmPlugin, and the parts of it that TrafficExtension shares. */
#include "base/arena.h"
#include "manifest/module_url.h"
#include "plan/planner.h"

/* The manifest's checksum, else that of `binary`; none if the URL has a digest already. */
struct str wasm_sha256(const struct planner *p)
{
	const struct wasm *w = p->manifest->spec->filter->wasm;
	struct module_url  url;

	if (str_present(w->sha256) || module_url_parse(w->url, &url))
		return w->sha256;
	return str_present(url.digest) ? STR_ABSENT : p->manifest->artifacts.binary_sha256;
}

/* Written out if all versions know the field. Older versions always fail closed, so there FAIL_CLOSE may be left
 * out. */
struct str fail_strategy_text(struct planner *p)
{
	const struct filter *f = p->manifest->spec->filter;
	unsigned             strategy = f->fail_strategy ? f->fail_strategy : FAIL_CLOSE;

	if (strategy == FAIL_RELOAD)
		planner_lacks(p, FEATURE_FAIL_RELOAD, CO_VERSION_FIELD, f->node, "failStrategy");
	else if (strategy == FAIL_OPEN)
		planner_lacks(p, FEATURE_FAIL_STRATEGY, CO_VERSION_FIELD, f->node, "failStrategy");
	return planner_knows(p, FEATURE_FAIL_STRATEGY) ? field_word(fail_strategy_words, strategy) : STR_ABSENT;
}

const struct record *const *env_records(struct planner *p, size_t *ret_n)
{
	const struct wasm    *w = p->manifest->spec->filter->wasm;
	const struct record **list = ARENA_ARRAY(p->arena, w->env.n + 1, const struct record *);

	if (w->env.n)
		planner_lacks(p, FEATURE_WASM_VM_CONFIG, CO_VERSION_FIELD, w->node, "env");
	for (size_t i = 0; i < w->env.n; i++) {
		const struct env_var *e = (const struct env_var *)w->env.items + i;
		struct record        *r = record_new(p->arena, &env_type);

		set_string(r, ENV_NAME, e->name);
		set_string(r, ENV_VALUE, e->value);
		set_string(r, ENV_VALUE_FROM, field_word(env_source_words, e->value_from));
		list[i] = r;
	}
	*ret_n = w->env.n;
	return list;
}

static const struct record *match_record(struct planner *p, const struct match *m)
{
	struct record        *r = record_new(p->arena, &match_type);
	const struct record **ports = ARENA_ARRAY(p->arena, m->ports.n + 1, const struct record *);

	for (size_t i = 0; i < m->ports.n; i++) {
		struct record *port = record_new(p->arena, &number_type);

		set_int(port, NUMBER_NUMBER, ((const struct match_port *)m->ports.items)[i].number);
		ports[i] = port;
	}
	set_string(r, MATCH_MODE, field_word(match_mode_words, m->mode));
	set_records(r, MATCH_PORTS, ports, m->ports.n);
	return r;
}

const struct record *const *match_records(struct planner *p, size_t *ret_n)
{
	const struct filter  *f = p->manifest->spec->filter;
	const struct record **list = ARENA_ARRAY(p->arena, f->match.n + 1, const struct record *);
	size_t                n = 0;

	for (size_t i = 0; i < f->match.n; i++) {
		const struct match *m = (const struct match *)f->match.items + i;

		if (m->mode == MATCH_UNSET && m->ports.n == 0)
			n = f->match.n; /* `{}` matches all traffic, whatever else is listed */
	}
	*ret_n = 0;
	for (size_t i = 0; i < f->match.n && n == 0; i++)
		list[(*ret_n)++] = match_record(p, (const struct match *)f->match.items + i);
	return list;
}

static void attach(struct planner *p, struct record *r)
{
	const struct target        *t = p->manifest->spec->target;
	const struct pair          *pairs;
	const struct record *const *refs;
	size_t                      n;

	pairs = selector_pairs(p, &n);
	set_pairs(r, WP_SELECTOR, pairs, n);
	refs = filter_target_refs(p, &n);
	if (n)
		planner_lacks(p, FEATURE_WASM_TARGET_REFS, CO_VERSION_FIELD, t->node,
		              t->target_refs.node ? "targetRefs" : "waypoint");
	set_records(r, WP_TARGET_REFS, refs, n);
}

struct resource wasm_plugin_plan(struct planner *p)
{
	const struct filter        *f = p->manifest->spec->filter;
	const struct wasm          *w = f->wasm;
	struct record              *r = record_new(p->arena, &wasm_plugin_type);
	struct object_meta          meta = object_meta(p, STR(""), NULL, 0, NULL, 0);
	const struct record *const *list;
	size_t                      n;

	planner_lacks(p, FEATURE_WASM_PLUGIN, CO_VERSION_KIND, f->node, "kind");
	set_string(r, WP_NAME, meta.name);
	set_string(r, WP_NAMESPACE, meta.namespace);
	set_pairs(r, WP_LABELS, meta.labels, meta.n_labels);
	set_pairs(r, WP_ANNOTATIONS, meta.annotations, meta.n_annotations);
	attach(p, r);
	set_string(r, WP_URL, w->url);
	set_string(r, WP_SHA256, wasm_sha256(p));
	set_string(r, WP_PULL_POLICY, field_word(pull_policy_words, w->image_pull_policy));
	set_string(r, WP_PULL_SECRET, w->image_pull_secret);
	set_tree(r, WP_CONFIG, config_fill(p, f->config));
	set_string(r, WP_PLUGIN_NAME, w->plugin_name);
	set_string(r, WP_PHASE, field_word(phase_words, f->phase));
	set_int(r, WP_PRIORITY, f->priority);
	set_string(r, WP_FAIL_STRATEGY, fail_strategy_text(p));
	list = env_records(p, &n);
	set_records(r, WP_ENV, list, n);
	list = match_records(p, &n);
	if (n)
		planner_lacks(p, FEATURE_WASM_MATCH, CO_VERSION_FIELD, f->node, "match");
	set_records(r, WP_MATCH, list, n);
	return (struct resource){ "WasmPlugin", meta.namespace, meta.name, r, f->node };
}
