/* EnvoyFilters: the clusters that they add, and the filter. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "import/importing.h"
#include "json/json_write.h"
#include "live/live_patches.h"

static const char *const referenced_services = "envoyfilter.istio.io/referenced-services";

struct patches {
	const struct object_entry *origin;
	struct found_manifest     *manifest;
	const struct node         *filter; /* the value of the first HTTP_FILTER patch */
	const struct node         *config; /* of EXTENSION_CONFIG, in whatever object */
	bool                       first;
	bool                       any; /* in a place of context ANY */
	struct places              places;
};

static struct str context_of(const struct node *patch)
{
	return text_at(node_get(patch, "match"), "context");
}

static bool is_attached(const struct object_entry *e)
{
	const struct node *refs = node_get(node_get(e->root, "spec"), "targetRefs");

	return refs && refs->count;
}

/* An inbound cluster is a waypoint's where the object is attached to one, or is ours; elsewhere a sidecar's like another. */
static enum target_proxy proxy_of_context(const struct object_entry *e, struct str context)
{
	if (str_is(context, "GATEWAY"))
		return TARGET_GATEWAY;
	if (str_is(context, "SIDECAR_INBOUND") && (str_present(e->manifest) || is_attached(e)))
		return TARGET_WAYPOINT;
	return TARGET_SIDECAR;
}

static void tell_patch(struct importer *im, const struct object_entry *e, const struct node *patch)
{
	static const char *const names[] = { "operation", "value", NULL };

	import_only(im, e, node_get(patch, "patch"), names);
}

static void take_cluster(struct importer *im, struct patches *p, const struct node *patch, const struct node *value)
{
	struct found_manifest *m = p->manifest;
	struct str prefix = STR_CONCAT(im->arena, STR("filter."), m->namespace, STR("."), m->name, STR("."));
	struct found_upstream *u = import_envoy_cluster(im, p->origin, value, prefix);

	/* For ADD istiod looks at no cluster of the match (InsertedClusters in cluster_patch.go). */
	static const char *const match_names[] = { "context", "cluster", NULL };
	struct found_cluster    *c;

	if (!u)
		return;
	tell_patch(im, p->origin, patch);
	import_only(im, p->origin, node_get(patch, "match"), match_names);
	if (str_present(p->origin->manifest) && str_is(context_of(patch), "SIDECAR_INBOUND"))
		m->is_waypoint = true; /* those of sidecars are outbound */
	c = ARENA_NEW(im->arena, struct found_cluster);
	*c = (struct found_cluster){ NULL, u, m, proxy_of_context(p->origin, context_of(patch)) };
	*im->last_cluster = c;
	im->last_cluster = &c->next;
}

static struct str lua_code(const struct node *config)
{
	static const char *const path[] = { "default_source_code", "inline_string", NULL };
	const struct node       *source = node_at(config, path);

	return source ? node_text(source) : text_at(config, "inline_code");
}

static bool is_wasm(const struct node *value)
{
	return node_member(value, "config_discovery") ||
	       str_ends_with_nocase(config_type(value), STR("filters.http.wasm.v3.Wasm"));
}

static bool same_value(struct arena *arena, const struct node *x, const struct node *y)
{
	struct buf a, b;

	buf_init(&a, arena, LIMIT_DOCUMENT_BYTES);
	buf_init(&b, arena, LIMIT_DOCUMENT_BYTES);
	json_write(&a, x, 0);
	json_write(&b, y, 0);
	return str_eq(buf_str(&a), buf_str(&b));
}

/* A manifest has one filter; it may stand in several places. */
static bool is_the_filter(struct importer *im, const struct patches *p, const struct node *value)
{
	const char *what = "another HTTP filter, ";

	if (!is_wasm(value) && !str_present(lua_code(typed_config(value))))
		what = "the HTTP filter ";
	else if (!p->filter || same_value(im->arena, p->filter, value))
		return true;
	import_lost(im, p->origin, value,
	            STR_CONCAT(im->arena, str_c(what),
	                       str_present(text_at(value, "name")) ? text_at(value, "name") : STR("without a name")));
	return false;
}

/* Where else than a phase would put it, and for which listeners. */
static void tell_place(struct importer *im, const struct object_entry *e, const struct node *patch,
                       const struct node *listener)
{
	static const char *const match_names[] = { "context", "listener", NULL };
	static const char *const listener_names[] = { "portNumber", "filterChain", NULL };
	static const char *const chain_names[] = { "filter", NULL };
	static const char *const filter_names[] = { "name", "subFilter", NULL };
	const struct node       *chain = node_get(listener, "filterChain"), *filter = node_get(chain, "filter");
	struct str               beside = text_at(node_get(filter, "subFilter"), "name");

	import_only(im, e, node_get(patch, "match"), match_names);
	import_only(im, e, listener, listener_names);
	import_only(im, e, chain, chain_names);
	import_only(im, e, filter, filter_names);
	if (str_present(beside) && !str_ends_with_nocase(beside, STR("router")))
		import_lost(im, e, node_get(filter, "subFilter"),
		            STR_CONCAT(im->arena, STR("its place beside "), beside));
}

/* Before what? Where no filter is named, before all of them (EnvoyFilter.Patch.Operation of istio/api). */
static bool is_first(struct str operation, const struct node *listener)
{
	const struct node *filter = node_get(node_get(listener, "filterChain"), "filter");

	return str_is(operation, "INSERT_FIRST") ||
	       (str_is(operation, "INSERT_BEFORE") && !str_present(text_at(node_get(filter, "subFilter"), "name")));
}

/* Of context ANY, which is that of a patch without one. */
static bool is_for_any(const struct node *patch)
{
	return !str_present(context_of(patch)) || str_is(context_of(patch), "ANY");
}

static void take_http_filter(struct importer *im, struct patches *p, const struct node *patch, const struct node *value)
{
	const struct node *listener = node_get(node_get(patch, "match"), "listener");
	struct str         context = context_of(patch), operation = text_at(node_get(patch, "patch"), "operation");
	int64_t            port = int_at(listener, "portNumber");
	bool               any = is_for_any(patch);

	if (!is_the_filter(im, p, value))
		return;
	tell_patch(im, p->origin, patch);
	tell_place(im, p->origin, patch, listener);
	p->any = p->any || any;
	if (p->filter && p->first != is_first(operation, listener))
		import_lost(im, p->origin, patch,
		            STR("a filter in front of all others in one place, and behind them in another,"));
	p->filter = p->filter ? p->filter : value;
	p->first = p->first || is_first(operation, listener);
	if (str_is(context, "GATEWAY"))
		places_add(&p->places, PLACE_GATEWAY, port);
	if (any || str_is(context, "SIDECAR_INBOUND"))
		places_add(&p->places, PLACE_INBOUND, port);
	if (any || str_is(context, "SIDECAR_OUTBOUND"))
		places_add(&p->places, PLACE_OUTBOUND, port);
}

static void build_lua(struct importer *im, const struct patches *p, struct str code)
{
	struct found_manifest *m = p->manifest;
	struct node           *lua = put(im->arena, m->filter, "lua", NODE_MAP);

	put_text(im->arena, lua, "inline", carrier_script(im, p->origin, p->filter, code));
	m->code = lua->first;
}

static void build_patch_order(struct importer *im, const struct patches *p)
{
	int64_t priority = int_at(node_get(p->origin->root, "spec"), "priority");

	if (p->first)
		put_text(im->arena, p->manifest->filter, "phase", STR("AUTHN"));
	if (priority != INT64_MIN)
		put_int(im->arena, p->manifest->filter, "priority", p->first ? priority : -priority);
}

/* Gateways have the patches of context ANY as well as sidecars, unless the selector is for others. So it is of a WasmPlugin without
 * selector, but not of what a manifest makes of EnvoyFilters. */
static void tell_gateways(struct importer *im, const struct patches *p)
{
	const struct node *filter = p->manifest->filter, *spec = node_get(p->origin->root, "spec");
	const struct node *labels = node_get(node_get(spec, "workloadSelector"), "labels");

	if (p->any && p->manifest->proxy == TARGET_SIDECAR && !(labels && labels->count) && !is_attached(p->origin) &&
	    (node_get(filter, "lua") || node_get(filter, "kind")))
		import_note(
			im, p->origin, p->origin->root,
			"it was for gateways, too, and the manifest is for sidecars alone; where gateways run in the "
			"namespace, add one with proxy: gateway");
}

static void build_filter(struct importer *im, const struct patches *p)
{
	static const char *const filter_names[] = { "name", "typed_config", "config", "config_discovery", NULL };
	static const char *const lua_names[] = { "@type", "default_source_code", "inline_code", NULL };
	const struct node       *config = typed_config(p->config ? p->config : p->filter);
	struct str               code = lua_code(typed_config(p->filter));

	if (!str_present(code) && !node_get(config, "config")) {
		import_skip_part(im, p->origin, p->filter, "HTTP filter", text_at(p->filter, "name"),
		                 "what its filter is, is said in none of the objects");
		return;
	}
	if (!carrier_begin(im, p->manifest, p->origin))
		return;
	import_only(im, p->origin, p->filter, filter_names);
	if (places_have(&p->places, PLACE_GATEWAY) &&
	    (places_have(&p->places, PLACE_INBOUND) || places_have(&p->places, PLACE_OUTBOUND)))
		import_lost(im, p->origin, p->filter, STR("the HTTP filter in sidecars, beside that in gateways,"));
	if (places_have(&p->places, PLACE_GATEWAY))
		p->manifest->proxy = TARGET_GATEWAY;
	else if (places_have(&p->places, PLACE_INBOUND) && !places_have(&p->places, PLACE_OUTBOUND) &&
	         (is_attached(p->origin) || p->manifest->is_waypoint)) /* a gateway has nothing inbound */
		p->manifest->proxy = TARGET_WAYPOINT;
	if (str_present(code)) {
		import_only(im, p->origin, typed_config(p->filter), lua_names);
		build_lua(im, p, code);
	} else if (!import_wasm_patch(im, p->origin, p->manifest, node_get(config, "config"), p->config)) {
		p->manifest->filter = NULL;
		return;
	}
	build_patch_order(im, p);
	places_build_match(im, p->manifest, &p->places);
	tell_gateways(im, p);
}

static void take_patch(struct importer *im, struct patches *p, const struct node *patch)
{
	const struct node *value = node_get(node_get(patch, "patch"), "value");
	struct str         to = text_at(patch, "applyTo"), operation = text_at(node_get(patch, "patch"), "operation");

	if (str_is(to, "CLUSTER") && live_operation_adds(operation) && value)
		take_cluster(im, p, patch, value);
	else if (str_is(to, "HTTP_FILTER") && str_has_prefix(operation, STR("INSERT")) && value)
		take_http_filter(im, p, patch, value);
	else if (extension_config_is_used(im, p->origin, patch))
		; /* it is taken with the filter that names it */
	else if (str_present(to) && str_present(operation))
		import_lost(im, p->origin, patch,
		            STR_CONCAT(im->arena, STR("a patch of "), to, STR(" by "), operation));
	else
		import_lost(im, p->origin, patch, STR("a patch without applyTo or operation"));
}

static bool has_patch(const struct node *spec, const char *apply_to)
{
	NODE_EACH (patch, node_get(spec, "configPatches"))
		if (str_is(text_at(patch, "applyTo"), apply_to))
			return true;
	return false;
}

/* Nothing but configurations of filters that stand in other objects. */
static bool is_configuration_alone(struct importer *im, const struct object_entry *e)
{
	const struct node *patches = node_get(node_get(e->root, "spec"), "configPatches");

	NODE_EACH (patch, patches)
		if (!extension_config_is_used(im, e, patch))
			return false;
	return patches && patches->count;
}

void import_envoy_filter(struct importer *im, const struct object_entry *e)
{
	static const char *const names[] = { "workloadSelector", "targetRefs", "configPatches", "priority", NULL };
	const struct node       *spec = node_get(e->root, "spec");
	struct str     services = text_at(node_get(node_get(e->root, "metadata"), "annotations"), referenced_services);
	struct patches p = { .origin = e };
	const struct node *patches = node_get(spec, "configPatches");

	if (is_configuration_alone(im, e)) {
		import_note(im, e, e->root,
		            "its configuration goes to the filter that names it; delete this EnvoyFilter");
		return;
	}
	if (!has_patch(spec, "CLUSTER") && !has_patch(spec, "HTTP_FILTER") && !str_present(services)) {
		import_skip(
			im, e, e->root,
			!patches && node_get(spec, "filters")
				? "filters is of an API that Istio no longer has: it does nothing; configPatches took its place"
				: "it adds neither a cluster nor an HTTP filter");
		return;
	}
	p.manifest = carrier_manifest(im, e, has_patch(spec, "HTTP_FILTER"));
	carrier_tell_name(im, e, p.manifest);
	p.manifest->envoy_spec = spec;
	p.manifest->services = services;
	p.manifest->referenced = str_present(services);
	import_only(im, e, spec, names);
	places_init(&p.places, im->arena, patches);
	NODE_EACH (patch, patches)
		take_patch(im, &p, patch);
	if (p.filter) {
		p.config = extension_config_of(im, e, p.filter);
		build_filter(im, &p);
	}
}
