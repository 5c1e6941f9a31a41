#include "plan/live_objects.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "names/hostname.h"

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

static struct str namespace_of(const struct node *object)
{
	struct str namespace = meta_of(object, "namespace");

	return str_present(namespace) ? namespace : STR("default");
}

static void keep(struct arena *arena, const struct node ***list, size_t *n, size_t *cap, const struct node *object)
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

static void take(struct arena *arena, struct live_objects *live, const struct node *object)
{
	struct str kind = text_of(object, "kind");

	if (!str_has_prefix(text_of(object, "apiVersion"), STR("networking.istio.io/")))
		return;
	if (str_is(kind, "Sidecar"))
		keep(arena, &live->sidecars, &live->n_sidecars, &live->cap_sidecars, object);
	else if (str_is(kind, "ServiceEntry"))
		keep(arena, &live->service_entries, &live->n_service_entries, &live->cap_service_entries, object);
}

bool live_objects_read(struct arena *arena, const struct source *source, struct live_objects *live, struct diags *diags)
{
	struct document *doc;
	bool             ok = documents_read(arena, source, &live_object_limits, &doc, diags);

	for (; doc; doc = doc->next) {
		const struct node *items = node_get(&doc->root, "items");

		if (doc->root.kind != NODE_MAP) {
			diag_at(diags, CO_NOT_A_MAP, &doc->root, ARGS(node_kind_text(&doc->root)));
			ok = false;
		} else if (items && items->kind == NODE_LIST) {
			NODE_EACH (item, items)
				take(arena, live, item);
		} else {
			take(arena, live, &doc->root);
		}
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
static enum rank sidecar_rank(const struct context *c, const struct node *sidecar)
{
	const struct selector *selector = c->manifest->spec->target->selector;
	const struct node     *labels = node_get(node_get(node_get(sidecar, "spec"), "workloadSelector"), "labels");
	struct str namespace = namespace_of(sidecar);

	if (str_eq(namespace, c->manifest->metadata->namespace)) {
		if (!labels || labels->count == 0)
			return RANK_NAMESPACE;
		return selector && labels_within(labels, selector->match_labels) ? RANK_WORKLOAD : RANK_NONE;
	}
	return str_eq(namespace, c->mesh->spec->root_namespace) && (!labels || labels->count == 0) ? RANK_ROOT
	                                                                                           : RANK_NONE;
}

static const struct node *applying_sidecar(const struct context *c)
{
	const struct node *best = NULL;
	enum rank          best_rank = RANK_NONE;

	for (size_t i = 0; i < c->live->n_sidecars; i++) {
		enum rank rank = sidecar_rank(c, c->live->sidecars[i]);

		if (rank > best_rank) {
			best = c->live->sidecars[i];
			best_rank = rank;
		}
	}
	return best;
}

/* "ns/host", with "." for the Sidecar's own namespace, "*" for any, "~" for none; host with a leading "*." or "*". */
static bool egress_covers(struct str entry, struct str own_namespace, struct str namespace, struct str host)
{
	struct str where, pattern = str_cut(entry, '/', &where);

	if (!pattern.p || str_is(where, "~"))
		return false;
	if (str_is(where, "."))
		where = own_namespace;
	return (str_is(where, "*") || str_eq(where, namespace)) && hostname_matches(pattern, host);
}

/* Without egress listeners a Sidecar trims nothing; one with a port keeps only services of that port. */
static bool sidecar_covers(const struct node *sidecar, struct str namespace, struct str host, int64_t port)
{
	const struct node *egress = node_get(node_get(sidecar, "spec"), "egress");

	if (!egress || egress->count == 0)
		return true;
	NODE_EACH (listener, egress) {
		const struct node *number = node_get(node_get(listener, "port"), "number");
		uint64_t           only;

		if (number && str_to_uint(node_text(number), 65535, &only) && (int64_t)only != port)
			continue;
		NODE_EACH (entry, node_get(listener, "hosts"))
			if (egress_covers(node_text(entry), namespace_of(sidecar), namespace, host))
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
	const struct node *sidecar = applying_sidecar(c);
	struct str namespace =
		e->kind == CLUSTER_SERVICE ? e->upstream->service->namespace : c->manifest->metadata->namespace;
	struct diag *d;

	if (!sidecar || sidecar_covers(sidecar, namespace, e->service_host, service_port(c, e)))
		return;
	d = diag_at(c->diags, CO_SIDECAR_TRIMS, e->upstream->node,
	            ARGS(STR_CONCAT(c->arena, namespace_of(sidecar), STR("/"), meta_of(sidecar, "name")),
	                 e->service_host));
	diag_relate(c->diags, d, node_pos(node_get(sidecar, "spec")), "the Sidecar is here", NO_ARGS);
	diag_help(c->diags, d, "add \"{}\" to its egress hosts",
	          ARGS(str_eq(namespace, namespace_of(sidecar))
	                       ? STR_CONCAT(c->arena, STR("./"), e->service_host)
	                       : STR_CONCAT(c->arena, namespace, STR("/"), e->service_host)));
}

/* ---- ServiceEntries of the same public host ---- */

static bool names_host(const struct node *entry, struct str host)
{
	NODE_EACH (n, node_get(node_get(entry, "spec"), "hosts"))
		if (str_eq(node_text(n), host))
			return true;
	return false;
}

static bool is_ours(const struct context *c, const struct node *entry)
{
	const struct node *annotations = node_get(node_get(entry, "metadata"), "annotations");

	return str_eq(namespace_of(entry), c->manifest->metadata->namespace) &&
	       node_get(annotations, "callout.dev/manifests");
}

static bool exported_to(const struct node *entry, struct str namespace)
{
	const struct node *list = node_get(node_get(entry, "spec"), "exportTo");

	if (!list || list->count == 0)
		return true;
	NODE_EACH (n, list)
		if (str_is(node_text(n), "*") || str_eq(node_text(n), namespace))
			return true;
	return false;
}

/* Two entries of one namespace unite their ports only when visibility and labels are equal; ours has no labels. */
static bool unites_with(const struct node *entry, const struct upstream *u)
{
	const struct node *list = node_get(node_get(entry, "spec"), "exportTo");
	const struct node *labels = node_get(node_get(entry, "metadata"), "labels");
	struct str         first = list && list->first ? node_text(list->first) : STR("*");
	struct str         ours = u->export_to.n ? u->export_to.items[0] : STR(".");

	return (!labels || labels->count == 0) && str_eq(first, ours) && (!list || list->count <= 1);
}

static bool we_carry(const struct plan *plan, struct str host, struct str port)
{
	for (size_t i = 0; i < plan->n_expected; i++) {
		const struct upstream *u = plan->expected[i].upstream;
		uint64_t               number;

		if (u->isolated == TRI_NO && str_eq(u->host, host) && str_to_uint(port, 65535, &number) &&
		    (int64_t)number == u->port)
			return true;
	}
	return false;
}

/* "port 80", "ports 80, 443": of the entry, but for those that we carry; absent when none is left. */
static struct str lost_ports(const struct context *c, const struct plan *plan, const struct node *entry,
                             struct str host)
{
	struct buf b;
	size_t     n = 0;

	buf_init(&b, c->arena, 4 * KIB);
	NODE_EACH (port, node_get(node_get(entry, "spec"), "ports")) {
		const struct node *number = node_get(port, "number");

		if (!number || we_carry(plan, host, node_text(number)))
			continue;
		if (n++)
			buf_lit(&b, ", ");
		buf_add(&b, node_text(number));
	}
	return n ? STR_CONCAT(c->arena, n == 1 ? STR("port ") : STR("ports "), buf_str(&b)) : STR_ABSENT;
}

static void check_hidden(const struct context *c, const struct plan *plan, const struct expected_cluster *e)
{
	const struct upstream *u = e->upstream;

	for (size_t i = 0; i < c->live->n_service_entries; i++) {
		const struct node *entry = c->live->service_entries[i];
		bool               same_namespace = str_eq(namespace_of(entry), c->manifest->metadata->namespace);
		struct str         lost;

		if (!names_host(entry, u->host) || is_ours(c, entry))
			continue;
		if (same_namespace ? unites_with(entry, u) : !exported_to(entry, c->manifest->metadata->namespace))
			continue;
		lost = lost_ports(c, plan, entry, u->host);
		if (str_present(lost))
			diag_relate(c->diags,
			            diag_at(c->diags, CO_SHARED_HIDES_OBJECT, node_get(u->node, "isolated"),
			                    ARGS(STR_CONCAT(c->arena, STR("upstream "), u->name),
			                         STR_CONCAT(c->arena, namespace_of(entry), STR("/"),
			                                    meta_of(entry, "name")),
			                         lost)),
			            node_pos(node_get(entry, "spec")), "the ServiceEntry is here", NO_ARGS);
	}
}

void live_objects_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                        const struct mesh *mesh, struct diags *diags)
{
	struct context c = { arena, live, plan->manifest, mesh, diags };

	for (size_t i = 0; i < plan->n_expected; i++) {
		const struct expected_cluster *e = &plan->expected[i];

		if (e->kind != CLUSTER_SERVICE_ENTRY && e->kind != CLUSTER_SERVICE)
			continue;
		if (plan->manifest->spec->target->proxy == PROXY_SIDECAR)
			check_sidecar(&c, e);
		if (e->kind == CLUSTER_SERVICE_ENTRY && e->upstream->isolated == TRI_NO)
			check_hidden(&c, plan, e);
	}
}
