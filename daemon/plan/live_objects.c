#include "plan/live_objects.h"

#include "base/arena.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "names/hostname.h"
#include "plan/live_hosts.h"
#include "plan/live_services.h"

/* ---- reading ---- */

static struct str text_of(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_STRING ? node_text(n) : STR_ABSENT;
}

static struct str meta_of(const struct node *object, const char *key)
{
	return text_of(node_get(object, "metadata"), key);
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

/* An object that was given before, by another file perhaps. NULL: it is new, and noted. */
static const struct kept_object *known(struct arena *arena, struct live_objects *live, const struct node ***list,
                                       size_t n, const struct node *object)
{
	struct kept_object *made = ARENA_NEW(arena, struct kept_object);

	if (!live->by_name.arena)
		hash_init(&live->by_name, arena, kept_key);
	made->key = STR_CONCAT(arena, text_of(object, "kind"), STR(" "), live_object_namespace(object), STR("/"),
	                       live_object_name(object));
	made->list = list;
	made->at = n;
	return hash_add(&live->by_name, made);
}

static void append(struct arena *arena, const struct node ***list, size_t *n, size_t *cap, const struct node *object)
{
	if (*n == *cap) {
		const struct node **larger = ARENA_ARRAY(arena, *cap ? *cap * 2 : 32, const struct node *);

		if (*n)
			memcpy(larger, *list, *n * sizeof(*larger));
		*list = larger;
		*cap = *cap ? *cap * 2 : 32;
	}
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
	struct str       text = text_of(node_get(map, "data"), "mesh");
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
	struct str kind = text_of(object, "kind"), version = text_of(object, "apiVersion");

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

/* A Status is the answer of a request that failed, and says nothing of what there is. */
static bool is_object(const struct node *n)
{
	struct str kind = text_of(n, "kind");

	return str_present(kind) && !(str_is(kind, "Status") && str_is(text_of(n, "apiVersion"), "v1"));
}

bool live_objects_read(struct arena *arena, const struct source *source, struct live_objects *live, struct diags *diags)
{
	struct document *doc;
	bool             ok = documents_read(arena, source, &live_object_limits, &doc, diags), any = false;

	for (; doc; doc = doc->next) {
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
			any = any || is_object(&doc->root);
		}
	}
	if (ok && !any) {
		diag_add(diags, CO_NO_OBJECTS, pos_at(source, 0, 1), NO_ARGS);
		ok = false;
	}
	return ok;
}

/* ---- Sidecars: which one applies to the filter's proxies ---- */

struct context {
	struct arena              *arena;
	const struct live_objects *live;
	const struct manifest     *manifest;
	const struct mesh         *mesh;
	struct diags              *diags;
};

enum rank { RANK_NONE, RANK_ROOT, RANK_NAMESPACE, RANK_WORKLOAD };

static bool labels_within(const struct node *labels, const struct node *of)
{
	NODE_EACH (label, labels) {
		const struct node *n = node_get_str(of, node_key(label));

		if (!n || !str_eq(node_text(n), node_text(label)))
			return false;
	}
	return true;
}

/* istio pilot/pkg/model/sidecar.go: by workload, else the namespace's own, else the root namespace's. */
static enum rank sidecar_rank(const struct node *sidecar, struct str namespace, const struct node *workload,
                              struct str root_namespace)
{
	const struct node *labels = node_get(node_get(node_get(sidecar, "spec"), "workloadSelector"), "labels");
	struct str         own = live_object_namespace(sidecar);

	if (str_eq(own, namespace)) {
		if (!labels || labels->count == 0)
			return RANK_NAMESPACE;
		return workload && labels_within(labels, workload) ? RANK_WORKLOAD : RANK_NONE;
	}
	return str_eq(own, root_namespace) && (!labels || labels->count == 0) ? RANK_ROOT : RANK_NONE;
}

/* Of several of one rank the oldest counts, by name where they are of one age (istio pilot/pkg/model/push_context.go
 * initSidecarScopes, sortConfigByCreationTime). */
static bool is_older(const struct node *a, const struct node *b)
{
	struct str x = meta_of(a, "creationTimestamp"), y = meta_of(b, "creationTimestamp");
	int        order = str_cmp(x, y);

	return order < 0 || (order == 0 && str_cmp(meta_of(a, "name"), meta_of(b, "name")) < 0);
}

/* Istiods of other revisions pass an object with this label over. */
static bool is_of_other_revision(const struct node *object, struct str revision)
{
	const struct node *label = node_get(node_get(node_get(object, "metadata"), "labels"), "istio.io/rev");

	return label && str_present(revision) && !str_eq(node_text(label), revision);
}

const struct node *live_sidecar(const struct live_objects *live, struct str namespace, const struct node *labels,
                                struct str root_namespace, struct str revision)
{
	const struct node *best = NULL;
	enum rank          best_rank = RANK_NONE;

	for (size_t i = 0; i < live->n_sidecars; i++) {
		enum rank rank = is_of_other_revision(live->sidecars[i], revision)
		                         ? RANK_NONE
		                         : sidecar_rank(live->sidecars[i], namespace, labels, root_namespace);

		if (rank > best_rank || (best && rank == best_rank && is_older(live->sidecars[i], best))) {
			best = live->sidecars[i];
			best_rank = rank;
		}
	}
	return best;
}

/* By its letters as they are: istiod compares them so (istio pilot/pkg/model/sidecar.go hostClassification). */
static bool host_fits(struct str pattern, struct str host)
{
	return pattern.n && pattern.p[0] == '*' ? str_has_suffix(host, str_slice(pattern, 1, pattern.n))
	                                        : str_eq(pattern, host);
}

/* "ns/host", with "." for the Sidecar's own namespace, "*" for any, "~" for none; host with a leading "*." or "*". */
static bool egress_covers(struct str where, struct str pattern, struct str own_namespace, struct str namespace,
                          struct str host)
{
	if (str_is(where, "."))
		where = own_namespace;
	return (str_is(where, "*") || str_eq(where, namespace)) && host_fits(pattern, host);
}

/* "~ns/host" takes out what another entry of the same listener lets in (Istio 1.31). */
static bool listener_covers(const struct node *listener, struct str own_namespace, struct str namespace,
                            struct str host)
{
	bool covers = false;

	NODE_EACH (entry, node_get(listener, "hosts")) {
		struct str where, pattern = str_cut(node_text(entry), '/', &where);

		if (!pattern.p || str_is(where, "~"))
			continue;
		if (where.n && where.p[0] == '~') {
			where = str_slice(where, 1, where.n);
			if (egress_covers(where, pattern, own_namespace, namespace, host))
				return false;
		} else {
			covers = covers || egress_covers(where, pattern, own_namespace, namespace, host);
		}
	}
	return covers;
}

/* Without egress listeners a Sidecar trims nothing; one with a port keeps only services of that port. */
bool live_sidecar_covers(const struct node *sidecar, struct str namespace, struct str host, int64_t port)
{
	const struct node *egress = node_get(node_get(sidecar, "spec"), "egress");

	if (!egress || egress->count == 0)
		return true;
	NODE_EACH (listener, egress) {
		const struct node *number = node_get(node_get(listener, "port"), "number");
		uint64_t           only;

		if (port && number && str_to_uint(node_text(number), 65535, &only) && (int64_t)only != port)
			continue;
		if (listener_covers(listener, live_object_namespace(sidecar), namespace, host))
			return true;
	}
	return false;
}

static int64_t service_port(const struct context *c, const struct expected_cluster *e)
{
	if (e->kind == CLUSTER_SERVICE || e->upstream->isolated == TRI_NO)
		return e->upstream->port;
	return c->mesh->spec->isolated_port;
}

static void check_sidecar(const struct context *c, const struct expected_cluster *e)
{
	const struct selector *selector = c->manifest->spec->target->selector;
	const struct node     *sidecar =
		live_sidecar(c->live, c->manifest->metadata->namespace, selector ? selector->match_labels : NULL,
	                     c->mesh->spec->root_namespace, STR_ABSENT);
	struct str namespace =
		e->kind == CLUSTER_SERVICE ? e->upstream->service->namespace : c->manifest->metadata->namespace;
	struct diag *d;

	if (!sidecar || live_sidecar_covers(sidecar, namespace, e->service_host, service_port(c, e)))
		return;
	d = diag_at(c->diags, CO_SIDECAR_TRIMS, e->upstream->node,
	            ARGS(STR_CONCAT(c->arena, live_object_namespace(sidecar), STR("/"), meta_of(sidecar, "name")),
	                 e->service_host));
	diag_relate(c->diags, d, node_pos(node_get(sidecar, "spec")), "the Sidecar is here", NO_ARGS);
	diag_help(c->diags, d, "add \"{}\" to its egress hosts",
	          ARGS(str_eq(namespace, live_object_namespace(sidecar))
	                       ? STR_CONCAT(c->arena, STR("./"), e->service_host)
	                       : STR_CONCAT(c->arena, namespace, STR("/"), e->service_host)));
}

/* ---- for whoever explains by objects ---- */

bool live_entry_names(const struct node *entry, struct str host)
{
	NODE_EACH (n, node_get(node_get(entry, "spec"), "hosts"))
		if (str_eq(node_text(n), host))
			return true;
	return false;
}

bool live_object_exported(const struct node *object, struct str namespace)
{
	const struct node *list = node_get(node_get(object, "spec"), "exportTo");
	bool               own = str_eq(live_object_namespace(object), namespace);

	if (!list || list->count == 0)
		return true;
	NODE_EACH (n, list)
		if (str_is(node_text(n), "*") || str_eq(node_text(n), namespace) || (own && str_is(node_text(n), ".")))
			return true;
	return false;
}

void live_objects_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                        const struct neighbours *neighbours, const struct mesh *mesh, struct diags *diags)
{
	struct context c = { arena, live, plan->manifest, mesh, diags };

	for (size_t i = 0; i < plan->n_expected; i++) {
		const struct expected_cluster *e = &plan->expected[i];

		if (e->kind != CLUSTER_SERVICE_ENTRY && e->kind != CLUSTER_SERVICE)
			continue;
		if (plan->manifest->spec->target->proxy == PROXY_SIDECAR)
			check_sidecar(&c, e);
		if (e->kind == CLUSTER_SERVICE)
			live_services_check(arena, live, plan->manifest, mesh, e, diags);
		if (e->kind == CLUSTER_SERVICE_ENTRY && e->upstream->isolated == TRI_NO)
			live_hosts_check(arena, live, plan, e->upstream,
			                 neighbours_shared(arena, neighbours, plan->manifest, e->upstream), mesh,
			                 diags);
	}
}
