/* WasmPlugins and TrafficExtensions, which carry one filter each. */
#include "base/arena.h"
#include "import/importing.h"

static struct str module_url(struct importer *im, struct str url)
{
	if (!str_present(url) || str_find_str(url, STR("://"), 0) < url.n)
		return url;
	return STR_CONCAT(im->arena, STR("oci://"), url); /* istiod: an image without a scheme */
}

static void build_wasm(struct importer *im, struct found_manifest *m, const struct node *spec)
{
	static const char *const copied[] = { "sha256", "imagePullPolicy", "imagePullSecret", "pluginName" };
	struct node             *wasm = put(im->arena, m->filter, "wasm", NODE_MAP);

	put_text(im->arena, wasm, "url", module_url(im, text_at(spec, "url")));
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (!str_has_prefix(text_at(spec, copied[i]), STR("UNSPECIFIED")))
			put_text(im->arena, wasm, copied[i], text_at(spec, copied[i]));
	put_copy(im->arena, wasm, "env", node_get(node_get(spec, "vmConfig"), "env"));
}

static void build_order(struct importer *im, struct found_manifest *m, const struct node *spec)
{
	struct str phase = text_at(spec, "phase");

	if (!str_has_prefix(phase, STR("UNSPECIFIED")))
		put_text(im->arena, m->filter, "phase", phase);
	put_copy(im->arena, m->filter, "priority", node_get(spec, "priority"));
}

static void build_strategy(struct importer *im, struct found_manifest *m, struct str strategy)
{
	if (!str_is(strategy, "FAIL_CLOSE"))
		put_text(im->arena, m->filter, "failStrategy", strategy);
}

static void build_wasm_filter(struct importer *im, struct found_manifest *m, const struct node *spec,
                              const struct node *wasm)
{
	build_wasm(im, m, wasm);
	build_order(im, m, spec);
	build_strategy(im, m, text_at(wasm, "failStrategy"));
	put_copy(im->arena, m->filter, "match", node_get(spec, "match"));
	m->config = put_copy(im->arena, m->filter, "config", node_get(wasm, "pluginConfig"));
}

/* Entries that are not carried are reported. */
static void tell_others(struct importer *im, const struct object_entry *e, const struct node *spec, bool extension)
{
	static const char *const plugin_names[] = {
		"selector",        "targetRefs",   "targetRef",  "url",   "sha256",       "imagePullPolicy",
		"imagePullSecret", "pluginConfig", "pluginName", "phase", "failStrategy", "priority",
		"vmConfig",        "match",        "type",       NULL
	};
	static const char *const extension_names[] = { "selector", "targetRefs", "phase", "priority",
		                                       "match",    "wasm",       "lua",   NULL };
	static const char *const part_names[] = { "url",          "sha256",     "imagePullPolicy", "imagePullSecret",
		                                  "pluginConfig", "pluginName", "failStrategy",    "vmConfig",
		                                  "type",         NULL };

	import_only(im, e, spec, extension ? extension_names : plugin_names);
	if (extension)
		import_only(im, e, node_get(spec, "wasm"), part_names);
}

static void build_lua_filter(struct importer *im, struct found_manifest *m, const struct object_entry *e,
                             const struct node *spec, const struct node *lua)
{
	struct node *to = put(im->arena, m->filter, "lua", NODE_MAP);

	put_text(im->arena, to, "inline", carrier_script(im, e, lua, text_at(lua, "inlineCode")));
	m->code = to->first;
	build_order(im, m, spec);
	put_copy(im->arena, m->filter, "match", node_get(spec, "match"));
}

static const char *why_no_filter(const struct node *wasm, const struct node *lua)
{
	if (str_is(text_at(wasm, "type"), "NETWORK"))
		return "a filter of type NETWORK does not see HTTP requests";
	return str_present(text_at(wasm, "url")) || lua ? NULL : "it names no module";
}

void import_plugin(struct importer *im, const struct object_entry *e)
{
	bool                   extension = str_is(e->kind, "TrafficExtension");
	const struct node     *spec = node_get(e->root, "spec"), *lua = extension ? node_get(spec, "lua") : NULL;
	const struct node     *wasm = extension ? node_get(spec, "wasm") : spec;
	const char            *why = why_no_filter(wasm, lua);
	struct found_manifest *m;

	if (why) {
		import_skip(im, e, spec, why);
		return;
	}
	m = carrier_manifest(im, e, true);
	if (!carrier_begin(im, m, e))
		return;
	carrier_tell_name(im, e, m);
	m->spec = spec;
	tell_others(im, e, spec, extension);
	if (lua)
		build_lua_filter(im, m, e, spec, lua);
	else
		build_wasm_filter(im, m, spec, wasm);
	if (extension)
		put_text(im->arena, m->filter, "kind", STR("TrafficExtension"));
}
