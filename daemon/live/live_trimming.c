/* What Sidecars trim of a plan. */
#include "live/live_trimming.h"

#include "base/arena.h"
#include "live/live_egress.h"
#include "live/live_index.h"
#include "live/live_key.h"
#include "live/live_scope.h"
#include "live/live_sidecar.h"
#include "names/mesh_table.h"

static int64_t service_port(const struct mesh *mesh, const struct expected_cluster *e)
{
	if (e->kind == CLUSTER_SERVICE || e->upstream->isolated == TRI_NO)
		return e->upstream->port;
	return mesh->spec->isolated_port;
}

/* The most VirtualServices that are asked for the sake of one host. */
enum { ROUTES_LOOKED_AT = 64 };

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

/* The namespace of the proxies that it trims. That of the root namespace goes for those of the manifest's, or of any other if
 * the manifest is there, too. */
static struct str proxies_of(const struct context *c, const struct node *sidecar)
{
	struct str own = live_object_namespace(sidecar), root = c->mesh->spec->root_namespace;

	if (!str_eq(own, root))
		return own;
	return str_eq(c->manifest->metadata->namespace, root) ? STR("") : c->manifest->metadata->namespace;
}

static bool takes_out(const struct context *c)
{
	return feature_in_some(FEATURE_HOSTS_TAKEN_OUT, c->mesh->versions);
}

/* The destinations of a VirtualService that a listener lets in come with it, on the ports that it names; one with a port of its own
 * keeps that port (istio pilot/pkg/model/sidecar.go collectImportedServices). */
static bool brings(const struct context *c, const struct node *sidecar, const struct node *virtual_service)
{
	int64_t      port = service_port(c->mesh, c->expected);
	bool         chooses = feature_in_some(FEATURE_ROUTES_BY_NAMESPACE, c->mesh->versions);
	struct str   for_whom = chooses ? proxies_of(c, sidecar) : STR_ABSENT;
	unsigned     other;
	enum routing routing;

	if (!live_sidecar_imports(sidecar, virtual_service, proxies_of(c, sidecar), port, takes_out(c)))
		return false;
	routing = live_routes_to(c->arena, virtual_service, for_whom, c->expected->service_host, (unsigned)port,
	                         c->mesh->spec->cluster_domain, &other);
	return routing == ROUTES ||
	       (routing == ROUTES_OTHER_PORT &&
	        !live_sidecar_imports(sidecar, virtual_service, proxies_of(c, sidecar), -1, takes_out(c)));
}

static bool is_routed_to(const struct context *c, const struct node *sidecar)
{
	const struct live_refs *routes = &live_host(c->live, c->expected->service_host)->routes;

	for (size_t i = 0; i < routes->n && i < ROUTES_LOOKED_AT; i++)
		if (brings(c, sidecar, routes->items[i]))
			return true;
	return false;
}

static bool trims(const struct context *c, const struct node *sidecar)
{
	return !live_sidecar_covers(sidecar, proxies_of(c, sidecar), service_namespace(c), c->expected->service_host,
	                            service_port(c->mesh, c->expected), takes_out(c)) &&
	       !is_routed_to(c, sidecar);
}

static void tell(const struct context *c, const struct node *sidecar)
{
	struct str   host = c->expected->service_host, namespace = service_namespace(c);
	struct str   own = live_object_namespace(sidecar), proxies = proxies_of(c, sidecar);
	struct diag *d = diag_at(c->diags, CO_SIDECAR_TRIMS, c->expected->upstream->node,
	                         ARGS(STR_CONCAT(c->arena, own, STR("/"), live_object_name(sidecar)), host));

	diag_relate(c->diags, d, node_pos(node_get(sidecar, "spec")), "the Sidecar is here", NO_ARGS);
	diag_help(c->diags, d, "add \"{}\" to its egress hosts",
	          ARGS(str_eq(namespace, proxies) ? STR_CONCAT(c->arena, STR("./"), host)
	                                          : STR_CONCAT(c->arena, namespace, STR("/"), host)));
}

/* ---- the Sidecars of a target ---- */

/* Which one the proxies of a namespace have. */
struct governed {
	struct str namespace;
	const struct node *sidecar;
};

/* Those that apply to proxies with these labels, found once for all upstreams. */
struct target_sidecars {
	struct live_answer is;
	const struct node *own;     /* in the manifest's namespace; NULL: none */
	struct governed *elsewhere; /* in all others, but for those that let in all that the manifest's namespace has */
	size_t           n_elsewhere, cap_elsewhere;
};

/* Is there a listener for any port that lets in all services of the namespace? */
static bool covers_all(const struct context *c, const struct node *sidecar, struct str proxies, struct str namespace)
{
	const struct node *egress = node_get(node_get(sidecar, "spec"), "egress");

	NODE_EACH (listener, egress)
		if (!live_egress_port(listener) && live_egress_covers_all(listener, proxies, namespace, takes_out(c)))
			return true;
	return !egress || egress->count == 0;
}

static void collect_elsewhere(const struct context *c, struct arena *arena, struct target_sidecars *ret)
{
	struct str         root = c->mesh->spec->root_namespace;
	const struct node *common = live_sidecar_common(c->live, root, STR_ABSENT);

	for (size_t i = 0; i < c->live->n_sidecars; i++) {
		const struct node *sidecar = c->live->sidecars[i];
		struct str         own = live_object_namespace(sidecar);

		if (str_eq(own, root) || live_namespace(c->live, own)->sidecars.items[0] != sidecar)
			continue;
		sidecar = live_sidecar_own(c->live, own, target_labels(c), STR_ABSENT);
		if (!sidecar)
			sidecar = common;
		if (!sidecar || covers_all(c, sidecar, own, c->manifest->metadata->namespace))
			continue;
		ret->elsewhere =
			ARENA_LIST(arena, ret->elsewhere, ret->n_elsewhere, &ret->cap_elsewhere, struct governed);
		ret->elsewhere[ret->n_elsewhere++] = (struct governed){ own, sidecar };
	}
}

static const struct target_sidecars *sidecars_of(const struct context *c)
{
	struct live_memory *memory = c->live->memory;
	struct str namespace = c->manifest->metadata->namespace, root = c->mesh->spec->root_namespace;
	struct target_sidecars *ret;
	struct buf              key;

	live_key_begin(&key, c->arena);
	live_key_add(&key, namespace);
	live_key_add_labels(&key, target_labels(c));
	ret = hash_get(&memory->sidecars, buf_str(&key));
	if (ret)
		return ret;
	ret = ARENA_NEW(memory->arena, struct target_sidecars);
	ret->is.key = str_copy(memory->arena, buf_str(&key));
	ret->own = live_sidecar(c->live, namespace, target_labels(c), root, STR_ABSENT);
	if (str_eq(namespace, root))
		collect_elsewhere(c, memory->arena, ret);
	hash_add(&memory->sidecars, ret);
	return ret;
}

/* ---- which proxies see the host ---- */

/* exportTo of the upstream's ServiceEntry, "." where it has none; no items: what exports it is not ours. */
static struct strings exported(const struct context *c)
{
	if (c->expected->kind != CLUSTER_SERVICE_ENTRY)
		return (struct strings){ 0 };
	return upstream_export_to(c->arena, c->expected->upstream, c->manifest, c->mesh);
}

static bool is_exported(const struct context *c, const struct strings *to, struct str namespace)
{
	return to->n == 0 || strings_have(to, STR("*")) || strings_have(to, namespace) ||
	       (str_eq(namespace, c->manifest->metadata->namespace) && strings_have(to, STR(".")));
}

/* Has the root namespace's Sidecar proxies of a namespace that sees the host? One of its own would count in its place. */
static bool governs_any(const struct context *c, const struct strings *to)
{
	struct str root = c->mesh->spec->root_namespace;

	if (to->n == 0 || strings_have(to, STR("*")))
		return true;
	for (size_t i = 0; i < to->n; i++)
		if (!str_is(to->items[i], ".") && !str_eq(to->items[i], root) &&
		    !live_sidecar_own(c->live, to->items[i], target_labels(c), STR_ABSENT))
			return true;
	return false;
}

static const struct node *find_trimming(const struct context *c)
{
	const struct target_sidecars *sidecars = sidecars_of(c);
	bool                          in_root = str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace);
	struct strings                to = exported(c);

	if (sidecars->own && trims(c, sidecars->own) && (!in_root || governs_any(c, &to)))
		return sidecars->own;
	for (size_t i = 0; i < sidecars->n_elsewhere; i++)
		if (is_exported(c, &to, sidecars->elsewhere[i].namespace) && trims(c, sidecars->elsewhere[i].sidecar))
			return sidecars->elsewhere[i].sidecar;
	return NULL;
}

void live_trimming_check(struct arena *arena, const struct live_objects *live, const struct manifest *m,
                         const struct mesh *mesh, const struct expected_cluster *e, struct diags *diags)
{
	struct context     c = { arena, live, m, mesh, e, diags };
	const struct node *sidecar = find_trimming(&c);

	if (sidecar)
		tell(&c, sidecar);
}
