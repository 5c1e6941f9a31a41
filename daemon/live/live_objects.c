#include "live/live_objects.h"

#include "base/arena.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "names/hostname.h"
#include "names/object_owner.h"

/* ---- reading ---- */

static struct str meta_of(const struct node *object, const char *key)
{
	return node_get_text(node_get(object, "metadata"), key);
}

struct str live_object_name(const struct node *object)
{
	return meta_of(object, "name");
}

struct str live_object_namespace(const struct node *object)
{
	struct str namespace = meta_of(object, "namespace");

	return str_present(namespace) ? namespace : STR("default");
}

struct str live_object_created(const struct node *object)
{
	return meta_of(object, "creationTimestamp");
}

/* Where an object was kept. */
struct kept_object {
	struct str           key; /* "KIND NAMESPACE/NAME" */
	const struct node ***list;
	size_t               at;
};

static struct str kept_key(const void *item)
{
	return ((const struct kept_object *)item)->key;
}

static struct str key_of(struct arena *arena, struct str kind, struct str namespace, struct str name)
{
	return STR_CONCAT(arena, kind, STR(" "), namespace, STR("/"), name);
}

/* An object that was given before, by another file perhaps. NULL: it is new, and noted. */
static const struct kept_object *known(struct arena *arena, struct live_objects *live, const struct node ***list,
                                       size_t n, const struct node *object)
{
	struct kept_object *made = ARENA_NEW(arena, struct kept_object);

	if (!live->by_name.arena)
		hash_init(&live->by_name, arena, kept_key);
	made->key =
		key_of(arena, node_get_text(object, "kind"), live_object_namespace(object), live_object_name(object));
	made->list = list;
	made->at = n;
	return hash_add(&live->by_name, made);
}

const struct node *live_object_named(const struct live_objects *live, struct str kind, struct str namespace,
                                     struct str name)
{
	struct arena             *arena = live->by_name.arena;
	const struct kept_object *kept = arena ? hash_get(&live->by_name, key_of(arena, kind, namespace, name)) : NULL;

	return kept ? (*kept->list)[kept->at] : NULL;
}

static void append(struct arena *arena, const struct node ***list, size_t *n, size_t *cap, const struct node *object)
{
	*list = ARENA_LIST(arena, *list, *n, cap, const struct node *);
	(*list)[(*n)++] = object;
}

/* Of one that is given twice the later counts. */
static void keep(struct arena *arena, struct live_objects *live, const struct node ***list, size_t *n, size_t *cap,
                 const struct node *object)
{
	const struct kept_object *old =
		str_present(live_object_name(object)) ? known(arena, live, list, *n, object) : NULL;

	if (old)
		(*old->list)[old->at] = object;
	else
		append(arena, list, n, cap, object);
}

/* istiod's MeshConfig is text in a ConfigMap, `istio` or `istio-REVISION`. One that cannot be read tells nothing. */
static void take_mesh_config(struct arena *arena, struct live_objects *live, const struct node *map)
{
	struct str       text = node_get_text(node_get(map, "data"), "mesh");
	struct document *doc = NULL;
	struct diags     unseen;

	if (!str_present(text) || !str_has_prefix(live_object_name(map), STR("istio")))
		return;
	diags_init(&unseen, arena);
	if (!documents_read(arena, source_from_bytes(arena, STR("mesh"), text), &live_object_limits, &doc, &unseen) ||
	    !doc || doc->root.kind != NODE_MAP)
		return;
	append(arena, &live->mesh_maps, &live->n_mesh_maps, &live->cap_mesh_maps, map);
	append(arena, &live->mesh_configs, &live->n_mesh_configs, &live->cap_mesh_configs, &doc->root);
}

static void take(struct arena *arena, struct live_objects *live, const struct node *object)
{
	struct str kind = node_get_text(object, "kind"), version = node_get_text(object, "apiVersion");

	if (str_is(kind, "Service") && str_is(version, "v1"))
		keep(arena, live, &live->services, &live->n_services, &live->cap_services, object);
	else if (str_is(kind, "Namespace") && str_is(version, "v1"))
		keep(arena, live, &live->namespaces, &live->n_namespaces, &live->cap_namespaces, object);
	else if (str_is(kind, "ConfigMap") && str_is(version, "v1"))
		take_mesh_config(arena, live, object);
	else if ((str_is(kind, "WasmPlugin") || str_is(kind, "TrafficExtension")) &&
	         str_has_prefix(version, STR("extensions.istio.io/")))
		keep(arena, live, &live->plugins, &live->n_plugins, &live->cap_plugins, object);
	if (!str_has_prefix(version, STR("networking.istio.io/")))
		return;
	if (str_is(kind, "Sidecar"))
		keep(arena, live, &live->sidecars, &live->n_sidecars, &live->cap_sidecars, object);
	else if (str_is(kind, "ServiceEntry"))
		keep(arena, live, &live->service_entries, &live->n_service_entries, &live->cap_service_entries, object);
	else if (str_is(kind, "DestinationRule"))
		keep(arena, live, &live->destination_rules, &live->n_destination_rules, &live->cap_destination_rules,
		     object);
	else if (str_is(kind, "VirtualService"))
		keep(arena, live, &live->virtual_services, &live->n_virtual_services, &live->cap_virtual_services,
		     object);
	else if (str_is(kind, "EnvoyFilter"))
		keep(arena, live, &live->envoy_filters, &live->n_envoy_filters, &live->cap_envoy_filters, object);
}

bool live_objects_read(struct arena *arena, const struct source *source, struct live_objects *live, struct diags *diags)
{
	struct document *docs;
	bool             ok = documents_read(arena, source, &live_object_limits, &docs, diags), any = false;

	for (struct document *doc = docs; doc; doc = doc->next) {
		const struct node *items = node_get(&doc->root, "items");

		if (doc->root.kind != NODE_MAP) {
			diag_at(diags, CO_NOT_A_MAP, &doc->root, ARGS(node_kind_text(&doc->root)));
			ok = false;
		} else if (items && items->kind == NODE_LIST) {
			NODE_EACH (item, items)
				take(arena, live, item);
			any = true;
		} else {
			take(arena, live, &doc->root);
			any = any || document_is_object(&doc->root);
		}
	}
	if (ok && !any) {
		documents_lack_objects(source, docs, diags);
		ok = false;
	}
	return ok;
}

/* ---- for whoever explains by objects ---- */

struct str live_whole_host(struct arena *arena, struct str host, struct str namespace, struct str cluster_domain)
{
	if (!str_present(host) || str_is(host, "*") || str_find(host, '.', 0) < host.n)
		return host;
	return STR_CONCAT(arena, host, STR("."), namespace, STR(".svc."), cluster_domain);
}

struct str live_rule_host(struct arena *arena, const struct node *rule, struct str cluster_domain)
{
	const struct node *n = node_get(node_get(rule, "spec"), "host");

	return live_whole_host(arena, n && node_is_scalar(n) ? node_text(n) : STR_ABSENT, live_object_namespace(rule),
	                       cluster_domain);
}

bool live_list_exports(const struct node *list, const struct node *object, struct str namespace)
{
	bool own = str_eq(live_object_namespace(object), namespace);

	if (!list || list->count == 0)
		return true;
	NODE_EACH (n, list)
		if (str_is(node_text(n), "*") || str_eq(node_text(n), namespace) || (own && str_is(node_text(n), ".")))
			return true;
	return false;
}

bool live_object_exported(const struct node *object, struct str namespace)
{
	return live_list_exports(node_get(node_get(object, "spec"), "exportTo"), object, namespace);
}

struct strings live_export_to(struct arena *arena, const struct node *object)
{
	const struct node *list = node_get(node_get(object, "spec"), "exportTo");
	struct strings     set = { 0 };

	if (!list || list->kind != NODE_LIST)
		return set;
	set.items = ARENA_ARRAY(arena, list->count + 1, struct str);
	NODE_EACH (n, list)
		set.items[set.n++] = node_text(n);
	strings_sort(&set);
	return set;
}

const struct node *live_sidecar_labels(const struct node *sidecar)
{
	const struct node *labels = node_get(node_get(node_get(sidecar, "spec"), "workloadSelector"), "labels");

	return labels && labels->count > 0 ? labels : NULL;
}

/* ---- VirtualServices ---- */

static void each_of_route(const struct node *route, destination_met *each, void *ctx)
{
	each(ctx, node_get(route, "mirror"));
	NODE_EACH (mirror, node_get(route, "mirrors"))
		each(ctx, node_get(mirror, "destination"));
	NODE_EACH (part, node_get(route, "route"))
		each(ctx, node_get(part, "destination"));
}

/* One of its matches names the namespace, or none names any. Of TLS and TCP routes istiod does not look at them (istio
 * pilot/pkg/model/push_context.go virtualServiceDestinationsFilteredBySourceNamespace). */
static bool is_for(const struct node *route, struct str proxies)
{
	bool is_for_others = false;

	NODE_EACH (match, node_get(route, "match")) {
		const struct node *n = node_get(match, "sourceNamespace");
		struct str         from = n && node_is_scalar(n) ? node_text(n) : STR("");

		if (from.n && str_eq(from, proxies))
			return true;
		is_for_others = is_for_others || from.n;
	}
	return !is_for_others;
}

void live_each_destination(const struct node *virtual_service, struct str proxies, destination_met *each, void *ctx)
{
	const struct node *spec = node_get(virtual_service, "spec");

	NODE_EACH (route, node_get(spec, "http"))
		if (!str_present(proxies) || is_for(route, proxies))
			each_of_route(route, each, ctx);
	NODE_EACH (route, node_get(spec, "tls"))
		each_of_route(route, each, ctx);
	NODE_EACH (route, node_get(spec, "tcp"))
		each_of_route(route, each, ctx);
}

/* ---- whose it is ---- */

static struct str text_in(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && node_is_scalar(n) ? node_text(n) : STR_ABSENT;
}

/* The owner's name is that of the manifest in the namespace. */
static bool is_owner(struct arena *arena, struct str id, const struct manifest *m, const struct shared_host *shared)
{
	return shared ? hash_get(&shared->owned_by, id) != NULL : str_eq(id, manifest_id(arena, m));
}

bool live_object_is_ours(struct arena *arena, const struct node *object, const struct manifest *m,
                         const struct shared_host *shared)
{
	const struct node *metadata = node_get(object, "metadata");
	struct str         rest = text_in(node_get(metadata, "annotations"), "callout.dev/manifests"), owner;
	struct str         label = text_in(node_get(metadata, "labels"), "callout.dev/manifest");
	struct str         home = object_owner_namespace(node_get_text(object, "kind"), live_object_namespace(object),
	                                                 text_in(metadata, "name"), label);

	if (!str_eq(home, m->metadata->namespace))
		return false;
	while (str_present(rest)) {
		rest = str_cut(rest, ',', &owner);
		if (is_owner(arena, owner, m, shared))
			return true;
	}
	return str_present(label) &&
	       is_owner(arena, STR_CONCAT(arena, m->metadata->namespace, STR("/"), label), m, shared);
}
