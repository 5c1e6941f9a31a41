/* Manifests of several namespaces that take the same public host: in which proxies one ServiceEntry hides the other with
 * all its ports (live/entry_view.c says who comes first; measured: tests/conformance/random, neighbours/pairs.py). */
#include "base/arena.h"
#include "names/mesh_table.h"
#include "plan/planner.h"

static bool exports_to_all(const struct shared_host *shared)
{
	return str_is(shared->export_to.items[0], "*");
}

static bool is_seen_in(const struct shared_host *shared, struct str namespace)
{
	const struct strings *to = &shared->export_to;
	bool                  is_home = str_eq(shared->owner->metadata->namespace, namespace);

	if (exports_to_all(shared))
		return true;
	for (size_t i = 0; i < to->n; i++)
		if (str_eq(to->items[i], namespace) || (is_home && str_is(to->items[i], ".")))
			return true;
	return false;
}

/* What the filter finds in the other entry: NULL when it is a cluster of the same name and settings, else the first setting
 * that differs; *ret_there tells whether there is one of that name. */
static const char *difference(struct arena *arena, const struct shared_host *shared, const struct upstream *u,
                              bool *ret_there)
{
	*ret_there = false;
	for (const struct shared_port *p = shared->ports; p; p = p->next) {
		if (p->upstream->port != u->port)
			continue;
		*ret_there = true;
		if (upstream_resolution(u) != upstream_resolution(p->upstream))
			return "resolution";
		return shared_port_difference(arena, u, p->upstream);
	}
	return "port";
}

struct context {
	struct arena            *arena;
	const struct mesh       *mesh;
	const struct neighbours *neighbours;
	struct diags            *diags;
};

/* Whose turn an entry is among those that the proxies of a namespace see: exported to few by the namespace itself, exported to few, or
 * to all. The first two are one for versions that go by age. */
static unsigned turn_of(const struct shared_host *shared, struct str where, bool by_age)
{
	if (exports_to_all(shared))
		return 2;
	return by_age || !str_eq(shared->owner->metadata->namespace, where);
}

/* Does another entry come before ours? CAN: in some versions, or when it is the older one, and which that is, is not known yet. */
enum precedence { NEVER_FIRST, CAN_BE_FIRST, IS_FIRST };

/* Sidecars prefer an entry of their own namespace, in older versions only by its turn. Of one turn it is the older. */
static enum precedence precedence_in(const struct context *c, const struct manifest *m, const struct shared_host *mine,
                                     const struct shared_host *other, struct str where)
{
	bool     by_age = feature_in_some(FEATURE_EXPORTS_BY_AGE, c->mesh->versions);
	bool     is_sidecar = m->spec->target->proxy == PROXY_SIDECAR;
	bool     some_prefer = is_sidecar && feature_in_some(FEATURE_ONE_SIDECAR_SCOPE, c->mesh->versions);
	bool     all_prefer = is_sidecar && feature_in_all(FEATURE_ONE_SIDECAR_SCOPE, c->mesh->versions);
	bool     mine_is_home = str_eq(mine->owner->metadata->namespace, where);
	unsigned turn = turn_of(other, where, by_age), my_turn = turn_of(mine, where, by_age);

	if (!is_seen_in(other, where) || !is_seen_in(mine, where))
		return NEVER_FIRST;
	if (some_prefer && str_eq(other->owner->metadata->namespace, where))
		return all_prefer ? IS_FIRST : CAN_BE_FIRST;
	if ((all_prefer && mine_is_home) || turn > my_turn)
		return NEVER_FIRST;
	return turn == my_turn || (some_prefer && mine_is_home) ? CAN_BE_FIRST : IS_FIRST;
}

/* A filter of the root namespace runs in every one: in that of the other entry, and in those to which it is exported by name. */
static enum precedence precedence_somewhere(const struct context *c, const struct manifest *m,
                                            const struct shared_host *mine, const struct shared_host *other)
{
	const struct strings *to = &other->export_to;
	enum precedence       most = precedence_in(c, m, mine, other, other->owner->metadata->namespace);

	for (size_t i = 0; i < to->n && most != IS_FIRST; i++) {
		enum precedence there = NEVER_FIRST;

		if (!str_is(to->items[i], ".")) /* that is its home, which was asked of */
			there = precedence_in(c, m, mine, other, to->items[i]);
		most = there > most ? there : most;
	}
	return most;
}

static enum precedence precedence_of(const struct context *c, const struct manifest *m, const struct shared_host *mine,
                                     const struct shared_host *other)
{
	return manifest_is_everywhere(m, c->mesh) ? precedence_somewhere(c, m, mine, other)
	                                          : precedence_in(c, m, mine, other, manifest_proxies_namespace(m));
}

/* The most namespaces with entries of one host that are compared. */
enum { HOSTS_COMPARED = 256 };

static void warn_hidden(const struct context *c, const struct upstream *u, const struct shared_host *other,
                        enum precedence how)
{
	const struct upstream *theirs = other->owner_upstream;
	bool                   there;
	const char            *field = difference(c->arena, other, u, &there);
	struct str             where = other->owner->metadata->namespace, entry, would;
	struct diag           *d;

	/* Before entries were united all of them stayed, with all ports. */
	if (!field || (!there && !feature_in_some(FEATURE_ENTRIES_UNITED_ALIKE, c->mesh->versions)))
		return;
	entry = STR_CONCAT(c->arena, manifest_id(c->arena, other->owner), STR("."), theirs->name);
	would = there ? STR_CONCAT(c->arena, STR("have the other entry's "), str_c(field)) : STR("be missing");
	d = diag_at(c->diags, CO_SHARED_HIDDEN, node_get(u->node, "isolated"),
	            ARGS(entry, how == IS_FIRST ? STR("comes before") : STR("can come before"),
	                 STR_CONCAT(c->arena, STR("upstream "), u->name), would));
	diag_relate(c->diags, d, node_pos(node_get(theirs->node, "isolated")), "it is made here, in namespace {}",
	            ARGS(where));
}

static void check_upstream(const struct context *c, const struct manifest *m, const struct upstream *u)
{
	const struct shared_host *mine = neighbours_shared(c->arena, c->neighbours, m, u);
	const struct shared_host *other = hash_get(&c->neighbours->hosts, u->host);

	for (unsigned n = 0; other && n < HOSTS_COMPARED; other = other->next, n++) {
		enum precedence how = other == mine ? NEVER_FIRST : precedence_of(c, m, mine, other);

		if (how != NEVER_FIRST)
			warn_hidden(c, u, other, how);
	}
}

/* Can another namespace's entry come before this one's? Not in sidecars of versions in which they prefer their own namespace. */
static bool can_be_hidden(const struct manifest *m, const struct mesh *mesh)
{
	return m->spec->target->proxy != PROXY_SIDECAR || manifest_is_everywhere(m, mesh) ||
	       !feature_in_all(FEATURE_ONE_SIDECAR_SCOPE, mesh->versions);
}

void hidden_hosts_check(struct arena *arena, const struct inputs *inputs, const struct mesh *mesh,
                        const struct neighbours *neighbours, struct diags *diags)
{
	const struct context c = { arena, mesh, neighbours, diags };

	for (size_t i = 0; i < inputs->n_manifests; i++) {
		const struct manifest *m = inputs->manifests[i];

		for (size_t k = 0; can_be_hidden(m, mesh) && k < manifest_upstreams(m); k++) {
			const struct upstream *u = manifest_upstream(m, k);

			if (upstream_is_shared(m, u, mesh))
				check_upstream(&c, m, u);
		}
	}
}
