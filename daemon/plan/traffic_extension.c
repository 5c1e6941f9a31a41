/* TrafficExtension, Istio 1.30's successor of WasmPlugin, which carries Lua as well. Only when asked for: a version
 * bump must not switch kinds live. */
#include "base/arena.h"
#include "base/limits.h"
#include "plan/planner.h"

static const struct record *wasm_part(struct planner *p, const struct filter *f)
{
	const struct wasm          *w = f->wasm;
	struct record              *r = record_new(p->arena, &wasm_vm_type);
	const struct record *const *list;
	size_t                      n;

	set_string(r, VM_URL, w->url);
	set_string(r, VM_SHA256, wasm_sha256(p));
	set_string(r, VM_PULL_POLICY, field_word(pull_policy_words, w->image_pull_policy));
	set_string(r, VM_PULL_SECRET, w->image_pull_secret);
	set_tree(r, VM_CONFIG, config_fill(p, f->config));
	set_string(r, VM_PLUGIN_NAME, w->plugin_name);
	set_string(r, VM_FAIL_STRATEGY, fail_strategy_text(p));
	list = env_records(p, &n);
	set_records(r, VM_ENV, list, n);
	return r;
}

static struct str lua_part(struct planner *p, const struct filter *f)
{
	struct str code = config_fill_text(p, p->manifest->artifacts.lua_code);

	if (code.n > LIMIT_LUA_BYTES)
		planner_fail(p, CO_OUT_OF_RANGE, f->lua->node, node_get(f->lua->node, "file") ? "file" : "inline",
		             ARGS(STR("the script"), str_fmt(p->arena, "at most %d bytes", LIMIT_LUA_BYTES),
		                  str_from_uint(p->arena, code.n)));
	return code;
}

struct resource traffic_extension_plan(struct planner *p)
{
	const struct filter        *f = p->manifest->spec->filter;
	struct record              *r = record_new(p->arena, &traffic_extension_type);
	struct object_meta          meta = object_meta(p, STR(""), NULL, 0, NULL, 0);
	const struct pair          *pairs;
	const struct record *const *list;
	size_t                      n;

	planner_lacks(p, FEATURE_TRAFFIC_EXTENSION, CO_VERSION_KIND, f->node, "kind");
	set_string(r, TE_NAME, meta.name);
	set_string(r, TE_NAMESPACE, meta.namespace);
	set_pairs(r, TE_LABELS, meta.labels, meta.n_labels);
	set_pairs(r, TE_ANNOTATIONS, meta.annotations, meta.n_annotations);
	pairs = selector_pairs(p, &n);
	set_pairs(r, TE_SELECTOR, pairs, n);
	list = filter_target_refs(p, &n);
	set_records(r, TE_TARGET_REFS, list, n);
	set_string(r, TE_PHASE, field_word(phase_words, f->phase));
	set_int(r, TE_PRIORITY, f->priority);
	list = match_records(p, &n);
	set_records(r, TE_MATCH, list, n);
	if (f->wasm)
		set_record(r, TE_WASM, wasm_part(p, f));
	else
		set_string(r, TE_LUA_CODE, lua_part(p, f));
	return (struct resource){ "TrafficExtension", meta.namespace, meta.name, r, f->node };
}
