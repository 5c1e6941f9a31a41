/* Sidecars: which one applies to the filter's proxies, and what it trims of them. */
#include "plan/live_sidecar.h"

#include "base/arena.h"

/* ---- which one applies to the filter's proxies ---- */

enum rank { RANK_NONE, RANK_ROOT, RANK_NAMESPACE, RANK_WORKLOAD };

/* istio pilot/pkg/model/sidecar.go: by workload, else the namespace's own, else the root namespace's. */
static enum rank sidecar_rank(const struct node *sidecar, struct str namespace, const struct node *workload,
                              struct str root_namespace)
{
	const struct node *labels = node_get(node_get(node_get(sidecar, "spec"), "workloadSelector"), "labels");
	struct str         own = live_object_namespace(sidecar);

	if (str_eq(own, namespace)) {
		if (!labels || labels->count == 0)
			return RANK_NAMESPACE;
		return workload && live_labels_within(labels, workload) ? RANK_WORKLOAD : RANK_NONE;
	}
	return str_eq(own, root_namespace) && (!labels || labels->count == 0) ? RANK_ROOT : RANK_NONE;
}

/* Of several of one rank the oldest counts, by name where they are of one age (istio pilot/pkg/model/push_context.go
 * initSidecarScopes, sortConfigByCreationTime). */
static bool is_older(const struct node *a, const struct node *b)
{
	int order = str_cmp(live_object_created(a), live_object_created(b));

	return order < 0 || (order == 0 && str_cmp(live_object_name(a), live_object_name(b)) < 0);
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

static int64_t service_port(const struct mesh *mesh, const struct expected_cluster *e)
{
	if (e->kind == CLUSTER_SERVICE || e->upstream->isolated == TRI_NO)
		return e->upstream->port;
	return mesh->spec->isolated_port;
}

/* ---- what it trims of a plan ---- */

struct context {
	struct arena                  *arena;
	const struct live_objects     *live;
	const struct manifest         *manifest;
	const struct mesh             *mesh;
	const struct expected_cluster *expected;
	struct diags                  *diags;
};

static struct str service_namespace(const struct context *c)
{
	return c->expected->kind == CLUSTER_SERVICE ? c->expected->upstream->service->namespace
	                                            : c->manifest->metadata->namespace;
}

/* Which the filter's proxies surely have; NULL: none. */
static const struct node *target_labels(const struct context *c)
{
	const struct selector *selector = c->manifest->spec->target->selector;

	return selector ? selector->match_labels : NULL;
}

static const struct node *sidecar_of(const struct context *c, struct str namespace)
{
	return live_sidecar(c->live, namespace, target_labels(c), c->mesh->spec->root_namespace, STR_ABSENT);
}

static bool trims(const struct context *c, const struct node *sidecar)
{
	return !live_sidecar_covers(sidecar, service_namespace(c), c->expected->service_host,
	                            service_port(c->mesh, c->expected));
}

static void tell(const struct context *c, const struct node *sidecar)
{
	struct str   host = c->expected->service_host, namespace = service_namespace(c);
	struct str   own = live_object_namespace(sidecar);
	struct diag *d = diag_at(c->diags, CO_SIDECAR_TRIMS, c->expected->upstream->node,
	                         ARGS(STR_CONCAT(c->arena, own, STR("/"), live_object_name(sidecar)), host));

	diag_relate(c->diags, d, node_pos(node_get(sidecar, "spec")), "the Sidecar is here", NO_ARGS);
	diag_help(c->diags, d, "add \"{}\" to its egress hosts",
	          ARGS(str_eq(namespace, own) ? STR_CONCAT(c->arena, STR("./"), host)
	                                      : STR_CONCAT(c->arena, namespace, STR("/"), host)));
}

/* Of the Sidecars of namespaces that a filter of the root namespace reaches; one stands for all. Those of other workloads
 * never apply, and of a namespace's several others one counts: so many are asked whether they are the one. */
enum { SIDECARS_ASKED = 16 };

static void check_elsewhere(const struct context *c)
{
	const struct node *workload = target_labels(c);
	struct str         root = c->mesh->spec->root_namespace;
	unsigned           asked = 0;

	for (size_t i = 0; i < c->live->n_sidecars && asked < SIDECARS_ASKED; i++) {
		const struct node *sidecar = c->live->sidecars[i];
		struct str         own = live_object_namespace(sidecar);

		if (str_eq(own, root) || sidecar_rank(sidecar, own, workload, root) == RANK_NONE || !trims(c, sidecar))
			continue;
		asked++;
		if (sidecar_of(c, own) != sidecar)
			continue;
		tell(c, sidecar);
		return;
	}
}

void live_sidecar_check(struct arena *arena, const struct live_objects *live, const struct manifest *m,
                        const struct mesh *mesh, const struct expected_cluster *e, struct diags *diags)
{
	struct context     c = { arena, live, m, mesh, e, diags };
	const struct node *sidecar = sidecar_of(&c, m->metadata->namespace);

	if (sidecar && trims(&c, sidecar))
		tell(&c, sidecar);
	else if (str_eq(m->metadata->namespace, mesh->spec->root_namespace))
		check_elsewhere(&c);
}
