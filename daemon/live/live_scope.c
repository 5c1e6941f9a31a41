/* Sources: istio pkg/kube/namespace/filter.go (discoverySelectors), pkg/config/model.go (LabelsInRevision),
 * pilot/pkg/model/sidecar.go (collectImportedServices), push_context.go (virtualServiceDestinations). */
#include "live/live_scope.h"
#include "live/live_sidecar.h"

#include "base/arena.h"

static struct str text_below(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && node_is_scalar(n) ? node_text(n) : STR_ABSENT;
}

static const struct node *labels_of(const struct node *object)
{
	return node_get(node_get(object, "metadata"), "labels");
}

struct str live_object_revision(const struct node *object)
{
	return text_below(labels_of(object), "istio.io/rev");
}

/* ---- MeshConfig ---- */

static bool is_mesh_config(const struct node *map, struct str root_namespace, struct str revision)
{
	struct str name = live_object_name(map);

	if (!str_eq(live_object_namespace(map), root_namespace))
		return false;
	if (str_is(name, "istio"))
		return !str_present(revision) || str_is(revision, "default");
	return str_present(revision) && str_has_prefix(name, STR("istio-")) &&
	       str_eq(str_slice(name, 6, name.n), revision);
}

const struct node *live_mesh_config(const struct live_objects *live, struct str root_namespace, struct str revision)
{
	for (size_t i = 0; i < live->n_mesh_maps; i++)
		if (is_mesh_config(live->mesh_maps[i], root_namespace, revision))
			return live->mesh_configs[i];
	return NULL;
}

/* ---- discoverySelectors ---- */

static bool has_value(const struct node *values, struct str value)
{
	NODE_EACH (v, values)
		if (str_eq(node_text(v), value))
			return true;
	return false;
}

/* One of a LabelSelector's matchExpressions. */
static bool expression_fits(const struct node *expression, const struct node *labels)
{
	struct str         key = text_below(expression, "key"), op = text_below(expression, "operator");
	const struct node *label = str_present(key) ? node_get_str(labels, key) : NULL;
	const struct node *values = node_get(expression, "values");

	if (str_is(op, "Exists"))
		return label != NULL;
	if (str_is(op, "DoesNotExist"))
		return label == NULL;
	if (str_is(op, "In"))
		return label && has_value(values, node_text(label));
	return str_is(op, "NotIn") && !(label && has_value(values, node_text(label)));
}

static bool selector_fits(const struct node *selector, const struct node *labels)
{
	NODE_EACH (wanted, node_get(selector, "matchLabels")) {
		const struct node *label = node_get_str(labels, node_key(wanted));

		if (!label || !str_eq(node_text(label), node_text(wanted)))
			return false;
	}
	NODE_EACH (expression, node_get(selector, "matchExpressions"))
		if (!expression_fits(expression, labels))
			return false;
	return true;
}

enum discovery live_namespace_discovered(const struct live_objects *live, const struct node *mesh_config,
                                         struct str namespace)
{
	const struct node *selectors = node_get(mesh_config, "discoverySelectors"), *object = NULL;

	if (!mesh_config)
		return DISCOVERY_UNKNOWN;
	if (!selectors || selectors->kind != NODE_LIST || selectors->count == 0)
		return DISCOVERY_YES;
	for (size_t i = 0; i < live->n_namespaces; i++)
		if (str_eq(live_object_name(live->namespaces[i]), namespace))
			object = live->namespaces[i];
	if (!object)
		return DISCOVERY_UNKNOWN;
	NODE_EACH (selector, selectors)
		if (selector_fits(selector, labels_of(object)))
			return DISCOVERY_YES;
	return DISCOVERY_NO;
}

/* ---- VirtualServices ---- */

struct route_search {
	struct arena *arena;
	struct str    host, namespace, domain;
	unsigned      port;
	enum routing  found;
	unsigned      other_port;
};

/* A short name is one of the VirtualService's namespace (istio pilot/pkg/model/virtualservice.go). */
static bool is_host(const struct route_search *s, struct str host)
{
	if (str_eq(host, s->host))
		return true;
	return str_eq(live_whole_host(s->arena, host, s->namespace, s->domain), s->host);
}

static void look_at_destination(void *ctx, const struct node *destination)
{
	struct route_search *s = ctx;
	struct str host = text_below(destination, "host"), number = text_below(node_get(destination, "port"), "number");
	uint64_t   port = 0;

	if (!str_present(host) || !is_host(s, host))
		return;
	if (str_present(number))
		str_to_uint(number, 65535, &port);
	if (port == 0 || port == s->port) {
		s->found = ROUTES;
	} else if (s->found == ROUTES_NOT) {
		s->found = ROUTES_OTHER_PORT;
		s->other_port = (unsigned)port;
	}
}

enum routing live_routes_to(struct arena *arena, const struct node *virtual_service, struct str proxies,
                            struct str host, unsigned port, struct str cluster_domain, unsigned *other_port)
{
	struct route_search s = { .arena = arena,
		                  .host = host,
		                  .namespace = live_object_namespace(virtual_service),
		                  .domain = cluster_domain,
		                  .port = port };

	live_each_destination(virtual_service, proxies, look_at_destination, &s);
	if (s.found == ROUTES_OTHER_PORT)
		*other_port = s.other_port;
	return s.found;
}

static bool routes_through(const struct node *virtual_service, bool mesh)
{
	const struct node *gateways = node_get(node_get(virtual_service, "spec"), "gateways");

	if (!gateways || gateways->count == 0)
		return mesh; /* the default */
	NODE_EACH (gateway, gateways)
		if (str_is(node_text(gateway), "mesh") == mesh)
			return true;
	return false;
}

bool live_routes_mesh(const struct node *virtual_service)
{
	return routes_through(virtual_service, true);
}

bool live_routes_gateways(const struct node *virtual_service)
{
	return routes_through(virtual_service, false);
}

bool live_sidecar_imports(const struct node *sidecar, const struct node *virtual_service, struct str namespace,
                          int64_t port, bool takes_out)
{
	if (!live_routes_mesh(virtual_service) || !live_object_exported(virtual_service, namespace))
		return false;
	NODE_EACH (host, node_get(node_get(virtual_service, "spec"), "hosts"))
		if (live_sidecar_covers(sidecar, namespace, live_object_namespace(virtual_service), node_text(host),
		                        port, takes_out))
			return true;
	return false;
}
