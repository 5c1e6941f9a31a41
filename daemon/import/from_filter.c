/* What carries a filter: WasmPlugin, TrafficExtension, and the patches of an EnvoyFilter. */
#include "base/arena.h"
#include "import/importing.h"
#include "json/json_tree.h"

static const char *const referenced_services = "envoyfilter.istio.io/referenced-services";

/* ---- whose it is ---- */

/* An EnvoyFilter for a waypoint elsewhere stands beside that: NAMESPACE.NAME in the waypoint's namespace. */
static struct found_manifest *manifest_for(struct importer *im, const struct object_entry *e)
{
	struct str namespace = e->namespace, name = label_from(im->arena, e->name), head, rest;
	struct found_manifest *m;

	if (str_present(e->manifest)) {
		name = str_cut(e->manifest, '/', &namespace);
		rest = str_cut(e->name, '.', &head);
		if (str_is(e->kind, "EnvoyFilter") && str_present(rest) && str_eq(rest, name))
		namespace = head;
	}
	m = find_manifest(im, namespace, name);
	if (!str_eq(namespace, e->namespace))
		m->waypoint_namespace = e->namespace;
	if (!m->metadata || m->metadata->parent != e->root)
		m->metadata = node_get(e->root, "metadata");
	return m;
}

static struct node *begin_filter(struct importer *im, struct found_manifest *m, const struct object_entry *e)
{
	if (m->filter)
		import_skip(im, e, e->root, "another object carries a filter of that manifest already");
	else
		m->filter = map_new(im->arena);
	return m->filter;
}

/* ---- WasmPlugin, TrafficExtension ---- */

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

void import_plugin(struct importer *im, const struct object_entry *e)
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
	const struct node       *spec = node_get(e->root, "spec"), *lua = node_get(spec, "lua"),
			  *wasm = node_get(spec, "wasm");
	bool                   extension = str_is(e->kind, "TrafficExtension");
	struct found_manifest *m = manifest_for(im, e);

	if (str_is(text_at(extension ? wasm : spec, "type"), "NETWORK")) {
		import_skip(im, e, spec, "a filter of type NETWORK does not see HTTP requests");
		return;
	}
	if (!begin_filter(im, m, e))
		return;
	m->spec = spec;
	import_only(im, e, spec, extension ? extension_names : plugin_names);
	if (extension)
		import_only(im, e, wasm, part_names);
	if (!extension) {
		build_wasm_filter(im, m, spec, spec);
		return;
	}
	if (lua) {
		put_text(im->arena, put(im->arena, m->filter, "lua", NODE_MAP), "inline", text_at(lua, "inlineCode"));
		m->code = node_entry(im->arena, node_entry(im->arena, m->filter, STR("lua")), STR("inline"));
		build_order(im, m, spec);
		put_copy(im->arena, m->filter, "match", node_get(spec, "match"));
	} else {
		build_wasm_filter(im, m, spec, wasm);
	}
	put_text(im->arena, m->filter, "kind", STR("TrafficExtension"));
}

/* ---- the patches of an EnvoyFilter ---- */

struct patches {
	const struct object_entry *origin;
	struct found_manifest     *manifest;
	const struct node         *filter; /* the value of the first HTTP_FILTER patch */
	const struct node         *config; /* of EXTENSION_CONFIG */
	bool                       inbound, outbound, gateway, first;
	struct node               *in_ports, *out_ports; /* lists of {number} */
};

static struct str context_of(const struct node *patch)
{
	return text_at(node_get(patch, "match"), "context");
}

static void note_context(struct found_manifest *m, struct str context)
{
	if (str_is(context, "GATEWAY"))
		m->proxy = TARGET_GATEWAY;
	else if (str_is(context, "SIDECAR_INBOUND"))
		m->proxy = TARGET_WAYPOINT;
}

static void take_cluster(struct importer *im, struct patches *p, const struct node *patch, const struct node *value)
{
	struct found_manifest *m = p->manifest;
	struct str prefix = STR_CONCAT(im->arena, STR("filter."), m->namespace, STR("."), m->name, STR("."));
	struct found_upstream *u = import_envoy_cluster(im, p->origin, value, prefix);

	if (!u)
		return;
	note_context(m, context_of(patch));
	add_upstream(m, u);
}

static void add_port(struct importer *im, struct node **list, int64_t port)
{
	if (port == INT64_MIN)
		return;
	if (!*list) {
		*list = map_new(im->arena);
		(*list)->kind = NODE_LIST;
	}
	put_int(im->arena, put_item(im->arena, *list, NODE_MAP), "number", port);
}

static void take_http_filter(struct importer *im, struct patches *p, const struct node *patch, const struct node *value)
{
	const struct node *listener = node_get(node_get(patch, "match"), "listener");
	struct str         context = context_of(patch), operation = text_at(node_get(patch, "patch"), "operation");
	int64_t            port = int_at(listener, "portNumber");
	bool               any = !str_present(context) || str_is(context, "ANY");

	p->filter = p->filter ? p->filter : value;
	p->first = p->first || str_is(operation, "INSERT_FIRST");
	if (str_is(context, "GATEWAY")) {
		p->gateway = true;
		add_port(im, &p->in_ports, port);
	}
	if (any || str_is(context, "SIDECAR_INBOUND")) {
		p->inbound = true;
		add_port(im, &p->in_ports, port);
	}
	if (any || str_is(context, "SIDECAR_OUTBOUND")) {
		p->outbound = true;
		add_port(im, &p->out_ports, port);
	}
}

static bool same_ports(const struct node *a, const struct node *b)
{
	const struct node *x = a ? a->first : NULL, *y = b ? b->first : NULL;

	for (; x && y; x = x->next, y = y->next)
		if (int_at(x, "number") != int_at(y, "number"))
			return false;
	return !x && !y;
}

static void put_match(struct importer *im, struct node *list, const char *mode, const struct node *ports)
{
	struct node *one = put_item(im->arena, list, NODE_MAP);

	put_text(im->arena, one, "mode", str_c(mode));
	put_copy(im->arena, one, "ports", ports);
}

/* Where the patches stand, as match entries; all of both directions is the default. */
static void build_match(struct importer *im, const struct patches *p)
{
	bool         both = p->inbound && p->outbound && same_ports(p->in_ports, p->out_ports);
	struct node *list;

	if ((both || p->gateway) && !p->in_ports)
		return;
	if (p->manifest->proxy == TARGET_WAYPOINT && !p->in_ports)
		return;
	list = put(im->arena, p->manifest->filter, "match", NODE_LIST);
	if (both || p->gateway) {
		put_match(im, list, NULL, p->in_ports);
		return;
	}
	if (p->inbound)
		put_match(im, list, "SERVER", p->in_ports);
	if (p->outbound)
		put_match(im, list, "CLIENT", p->out_ports);
}

static struct str lua_code(const struct node *config)
{
	static const char *const snake[] = { "default_source_code", "inline_string", NULL };
	static const char *const camel[] = { "defaultSourceCode", "inlineString", NULL };
	const struct node       *source = node_at(config, snake) ? node_at(config, snake) : node_at(config, camel);

	if (source)
		return node_text(source);
	return str_present(text_at(config, "inline_code")) ? text_at(config, "inline_code")
	                                                   : text_at(config, "inlineCode");
}

static void build_lua(struct importer *im, const struct patches *p, struct str code)
{
	struct found_manifest *m = p->manifest;
	struct node           *lua = put(im->arena, m->filter, "lua", NODE_MAP);

	put_text(im->arena, lua, "inline", code);
	m->code = lua->first;
}

/* The configuration is text; a filter of ours was given JSON. */
static void build_wasm_config(struct importer *im, const struct patches *p, struct str text)
{
	struct diags           ignored;
	const struct document *doc;

	if (!str_present(text))
		return;
	diags_init(&ignored, im->arena);
	doc = json_tree_read(im->arena, source_from_bytes(im->arena, STR("configuration"), text), &ignored);
	if (!doc || doc->root.kind != NODE_MAP)
		import_lost(im, p->origin, p->config, STR("a configuration that is no JSON map"));
	else
		p->manifest->config = put_copy(im->arena, p->manifest->filter, "config", &doc->root);
}

static void build_env(struct importer *im, struct node *wasm, const struct node *variables)
{
	const struct node *values = node_get(variables, "key_values"), *hosts = node_get(variables, "host_env_keys");
	struct node       *list = values || hosts ? put(im->arena, wasm, "env", NODE_LIST) : NULL;

	NODE_EACH (n, values) {
		struct node *one = put_item(im->arena, list, NODE_MAP);

		put_text(im->arena, one, "name", node_key(n));
		put_text(im->arena, one, "value", node_text(n));
	}
	NODE_EACH (n, hosts) {
		struct node *one = put_item(im->arena, list, NODE_MAP);

		put_text(im->arena, one, "name", node_text(n));
		put_text(im->arena, one, "valueFrom", STR("HOST"));
	}
}

static void build_wasm_patch(struct importer *im, const struct patches *p)
{
	static const char *const path[] = { "typed_config", "config", NULL };
	static const char *const remote_path[] = { "vm_config", "code", "remote", NULL };
	const struct node       *config = node_at(p->config, path), *remote = node_at(config, remote_path);
	struct node             *wasm = put(im->arena, p->manifest->filter, "wasm", NODE_MAP);

	put_text(im->arena, wasm, "url", text_at(node_get(remote, "http_uri"), "uri"));
	put_text(im->arena, wasm, "sha256", text_at(remote, "sha256"));
	put_text(im->arena, wasm, "pluginName", text_at(config, "root_id"));
	build_env(im, wasm, node_get(node_get(config, "vm_config"), "environment_variables"));
	put_text(im->arena, p->manifest->filter, "kind", STR("EnvoyFilter"));
	if (str_is(text_at(config, "fail_open"), "true"))
		put_text(im->arena, p->manifest->filter, "failStrategy", STR("FAIL_OPEN"));
	build_wasm_config(im, p, text_at(node_get(config, "configuration"), "value"));
}

static void build_patch_order(struct importer *im, const struct patches *p)
{
	int64_t priority = int_at(node_get(p->origin->root, "spec"), "priority");

	if (p->first)
		put_text(im->arena, p->manifest->filter, "phase", STR("AUTHN"));
	if (priority != INT64_MIN)
		put_int(im->arena, p->manifest->filter, "priority", p->first ? priority : -priority);
}

static void build_filter(struct importer *im, const struct patches *p)
{
	struct str code = lua_code(node_get(p->filter, "typed_config"));

	if (!str_present(code) && !p->config) {
		import_skip(im, p->origin, p->filter, "its filter is neither Lua nor a Wasm module that is fetched");
		return;
	}
	if (!begin_filter(im, p->manifest, p->origin))
		return;
	if (p->gateway)
		p->manifest->proxy = TARGET_GATEWAY;
	if (str_present(code))
		build_lua(im, p, code);
	else
		build_wasm_patch(im, p);
	build_patch_order(im, p);
	build_match(im, p);
}

static void take_patch(struct importer *im, struct patches *p, const struct node *patch)
{
	const struct node *value = node_get(node_get(patch, "patch"), "value");
	struct str         to = text_at(patch, "applyTo"), operation = text_at(node_get(patch, "patch"), "operation");

	if (str_is(to, "CLUSTER") && str_is(operation, "ADD") && value)
		take_cluster(im, p, patch, value);
	else if (str_is(to, "HTTP_FILTER") && str_has_prefix(operation, STR("INSERT")) && value)
		take_http_filter(im, p, patch, value);
	else if (str_is(to, "EXTENSION_CONFIG") && str_is(operation, "ADD") && value)
		p->config = value;
	else
		import_lost(im, p->origin, patch,
		            STR_CONCAT(im->arena, STR("a patch of "), to, STR(" by "), operation));
}

static bool has_patch(const struct node *spec, const char *apply_to)
{
	NODE_EACH (patch, node_get(spec, "configPatches"))
		if (str_is(text_at(patch, "applyTo"), apply_to))
			return true;
	return false;
}

void import_envoy_filter(struct importer *im, const struct object_entry *e)
{
	static const char *const names[] = { "workloadSelector", "targetRefs", "configPatches", "priority", NULL };
	const struct node       *spec = node_get(e->root, "spec");
	struct str     services = text_at(node_get(node_get(e->root, "metadata"), "annotations"), referenced_services);
	struct patches p = { .origin = e };

	if (!has_patch(spec, "CLUSTER") && !has_patch(spec, "HTTP_FILTER") && !str_present(services)) {
		import_skip(im, e, e->root, "it adds neither a cluster nor an HTTP filter");
		return;
	}
	p.manifest = manifest_for(im, e);
	p.manifest->envoy_spec = spec;
	p.manifest->services = services;
	p.manifest->referenced = str_present(services);
	import_only(im, e, spec, names);
	NODE_EACH (patch, node_get(spec, "configPatches"))
		take_patch(im, &p, patch);
	if (p.filter)
		build_filter(im, &p);
}
