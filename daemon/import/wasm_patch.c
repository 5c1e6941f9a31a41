/* The Wasm filter of an EnvoyFilter: fetched by istio-agent (config_discovery), or handed to Envoy in the patch itself. */
#include "base/arena.h"
#include "import/importing.h"
#include "json/json_tree.h"

/* A filter of ours was given JSON. */
static void take_text(struct importer *im, const struct object_entry *e, struct found_manifest *m, const struct node *n)
{
	struct diags           ignored;
	const struct document *doc;

	if (node_text(n).n == 0)
		return;
	diags_init(&ignored, im->arena);
	doc = json_tree_read(im->arena, source_from_bytes(im->arena, STR("configuration"), node_text(n)), &ignored);
	if (!doc || doc->root.kind != NODE_MAP)
		import_lost(im, e, n, STR("a configuration that is no JSON map"));
	else
		m->config = put_copy(im->arena, m->filter, "config", &doc->root);
}

/* Text, or an Any that holds a StringValue or a Struct. */
static void take_configuration(struct importer *im, const struct object_entry *e, struct found_manifest *m,
                               const struct node *n)
{
	if (n && n->kind == NODE_MAP)
		n = node_get(n, "value") ? node_get(n, "value") : n;
	if (!n || n->kind == NODE_NULL)
		return;
	if (n->kind != NODE_MAP)
		take_text(im, e, m, n);
	else if (node_get(n, "@type"))
		import_lost(im, e, n, STR_CONCAT(im->arena, STR("a configuration of "), text_at(n, "@type")));
	else
		m->config = put_copy(im->arena, m->filter, "config", n);
}

static void take_env(struct importer *im, struct node *wasm, const struct node *variables)
{
	const struct node *values = node_member(variables, "key_values"),
			  *hosts = node_member(variables, "host_env_keys");
	struct node *list = values || hosts ? put(im->arena, wasm, "env", NODE_LIST) : NULL;

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

/* Where the module is; absent: in the patch itself. */
static struct str url_of(struct importer *im, const struct node *code)
{
	static const char *const remote[] = { "remote", "http_uri", "uri", NULL };
	static const char *const local[] = { "local", "filename", NULL };
	const struct node       *uri = node_at(code, remote), *file = node_at(code, local);

	if (uri)
		return node_text(uri);
	return file ? STR_CONCAT(im->arena, STR("file://"), node_text(file)) : STR_ABSENT;
}

/* What else is said of the filter and its machine, such as a vm_id that it shares with another. */
static void tell_lost(struct importer *im, const struct object_entry *e, const struct node *config)
{
	static const char *const names[] = { "name",      "root_id",        "vm_config", "configuration",
		                             "fail_open", "failure_policy", NULL };
	static const char *const vm_names[] = { "runtime", "code", "environment_variables", NULL };
	static const char *const remote_names[] = { "http_uri", "sha256", NULL };
	const struct node       *vm = node_member(config, "vm_config");

	import_only(im, e, config, names);
	import_only(im, e, vm, vm_names);
	import_only(im, e, node_get(node_get(vm, "code"), "remote"), remote_names);
}

bool import_wasm_patch(struct importer *im, const struct object_entry *e, struct found_manifest *m,
                       const struct node *config, bool discovered)
{
	const struct node *vm = node_member(config, "vm_config"), *code = node_get(vm, "code");
	struct str         url = url_of(im, code), sha256 = text_at(node_get(code, "remote"), "sha256");
	struct str         policy = text_at(config, "failure_policy"); /* in the place of fail_open since Envoy 1.33 */
	struct node       *wasm;

	if (!str_present(url)) {
		import_skip_part(im, e, config, "Wasm filter", text_at(config, "name"),
		                 "the module is neither fetched nor a file of the proxy");
		return false;
	}
	wasm = put(im->arena, m->filter, "wasm", NODE_MAP);
	put_text(im->arena, wasm, "url", url);
	put_text(im->arena, wasm, "sha256", sha256);
	put_text(im->arena, wasm, "pluginName", text_at(config, "root_id"));
	take_env(im, wasm, node_member(vm, "environment_variables"));
	if (discovered && str_present(sha256))
		put_text(im->arena, m->filter, "kind", STR("EnvoyFilter"));
	else
		import_note(im, e, config,
		            "a WasmPlugin will carry the filter, from Istio 1.12; delete this EnvoyFilter");
	if (str_is(text_at(config, "fail_open"), "true") || str_is(policy, "FAIL_OPEN"))
		put_text(im->arena, m->filter, "failStrategy", STR("FAIL_OPEN"));
	else if (str_is(policy, "FAIL_RELOAD"))
		put_text(im->arena, m->filter, "failStrategy", policy);
	take_configuration(im, e, m, node_get(config, "configuration"));
	tell_lost(im, e, config);
	return true;
}
