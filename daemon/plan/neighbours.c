/* What manifests of one run must know of each other: public hosts that they share, names that they both use. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "names/hostname.h"
#include "names/labels.h"
#include "plan/planner.h"

/* ---- shared hosts ---- */

struct collector {
	struct arena      *arena;
	struct inputs     *inputs;
	const struct mesh *mesh;
	struct neighbours *neighbours;
	struct diags      *diags;
	struct hash        cluster_names; /* of struct taken_name */
	bool               ok;
};

static struct planner planner_for(struct collector *c, const struct manifest *m)
{
	return (struct planner){ c->arena, c->diags, m, c->mesh, c->neighbours, NULL, true };
}

static const struct node *field_or_upstream(const struct upstream *u, const char *field)
{
	const struct node *n = node_get(u->node, field);

	return n ? n : node_get(u->node, "host");
}

/* Does the first place come later in the input? Manifests of two sources are in the order in which they were read. */
static bool comes_later(const struct manifest *a, const struct node *in_a, const struct manifest *b,
                        const struct node *in_b)
{
	return a == b ? in_a->offset > in_b->offset : a->number > b->number;
}

/* Reported at the place that comes later in the input, with the earlier as related. */
static struct diag *quarrel(struct collector *c, const struct manifest *other, const struct upstream *others,
                            const struct manifest *m, const struct upstream *u, const char *field)
{
	const struct node *mine = field_or_upstream(u, field), *theirs = field_or_upstream(others, field);
	bool               mine_is_later = comes_later(m, mine, other, theirs);
	const struct node *later = mine_is_later ? mine : theirs, *earlier = mine_is_later ? theirs : mine;
	struct str         who = manifest_id(c->arena, mine_is_later ? m : other);
	struct str         with = m == other ? STR("itself") : STR("another manifest");
	struct diag       *d = diag_at(c->diags, CO_QUARREL, later, ARGS(who, with, str_c(field), u->host));

	diag_relate(c->diags, d, node_pos(earlier), "the other setting is here", NO_ARGS);
	c->ok = false;
	return d;
}

static void add_owner(struct collector *c, struct shared_host *shared, struct str id)
{
	if (shared->n_owners && str_eq(shared->owners[shared->n_owners - 1], id))
		return; /* manifests come sorted */
	shared->owners = ARENA_LIST(c->arena, shared->owners, shared->n_owners, &shared->cap_owners, struct str);
	shared->owners[shared->n_owners++] = id;
	hash_add_string(&shared->owned_by, id);
}

static struct str shared_key(const void *shared)
{
	return ((const struct shared_host *)shared)->key;
}

static struct str shared_host_name(const void *shared)
{
	return ((const struct shared_host *)shared)->host;
}

static struct shared_host *new_shared(struct collector *c, struct str key, const struct manifest *m,
                                      const struct upstream *u)
{
	struct shared_host *shared = ARENA_NEW(c->arena, struct shared_host), *first;

	*shared = (struct shared_host){ .key = key, .host = u->host, .owner = m, .owner_upstream = u };
	shared->export_to = upstream_export_to(c->arena, u, m, c->mesh);
	hash_init(&shared->owned_by, c->arena, hash_string);
	hash_add(&c->neighbours->shared, shared);
	first = hash_add(&c->neighbours->hosts, shared);
	if (first) {
		shared->next = first->next;
		first->next = shared;
	}
	return shared;
}

static bool same_target(const struct manifest *a, const struct manifest *b)
{
	const struct selector *x = a->spec->target->selector, *y = b->spec->target->selector;

	return a == b || (a->spec->target->proxy == b->spec->target->proxy && x && y &&
	                  labels_equal(x->match_labels, y->match_labels));
}

/* A DestinationRule with a workloadSelector applies to the selected workloads alone: any other owner of the host
 * would call it in plaintext. */
static void check_selection(struct collector *c, struct shared_host *shared, const struct manifest *m,
                            const struct upstream *u)
{
	const struct manifest *other = shared->owner;
	const struct upstream *others = shared->owner_upstream;
	bool                   selects = upstream_needs_selector(m, u);

	if (shared->selecting) {
		other = shared->selecting_manifest;
		others = shared->selecting;
	} else if (shared->elsewhere && same_target(m, other)) {
		other = shared->elsewhere;
		others = shared->elsewhere_upstream;
	}
	if ((selects || shared->selecting) && !same_target(m, other)) {
		diag_help(c->diags, quarrel(c, other, others, m, u, "target.selector"),
		          "with credentialName the DestinationRule is for the sidecars of one selector: let one of the "
		          "two be isolated, or use certificate files",
		          NO_ARGS);
	} else if (selects && !shared->selecting) {
		shared->selecting = u;
		shared->selecting_manifest = m;
	}
	if (!shared->elsewhere && !same_target(m, shared->owner)) {
		shared->elsewhere = m;
		shared->elsewhere_upstream = u;
	}
}

/* Does the host's entry differ from what the upstream wants of it? Then that was reported. */
static bool differs(struct collector *c, const struct shared_host *shared, const struct manifest *m,
                    const struct upstream *u)
{
	const struct shared_port *first = shared->ports;
	struct planner            mine = planner_for(c, m), theirs;
	const char               *field;

	if (!first)
		return false;
	theirs = planner_for(c, first->manifest);
	field = shared_host_difference(&mine, u, &theirs, first->upstream);
	if (field)
		quarrel(c, first->manifest, first->upstream, m, u, field);
	return field;
}

/* The CRD's bound on ServiceEntry.spec.ports. */
static void too_many_ports(struct collector *c, const struct upstream *u)
{
	struct str   ports = STR_CONCAT(c->arena, STR("ports of "), u->host, STR(" under its public name"));
	struct diag *d =
		diag_at(c->diags, CO_TOO_MANY_INPUTS, u->node, ARGS(str_from_uint(c->arena, LIMIT_LIST_ITEMS), ports));

	diag_help(c->diags, d, "let some of these upstreams be isolated", NO_ARGS);
	c->ok = false;
}

/* Ports stay in the order of their numbers. Upstreams of one port must agree on what is set for it. */
static void add_port(struct collector *c, struct shared_host *shared, const struct manifest *m,
                     const struct upstream *u)
{
	struct shared_port **at = &shared->ports, *port;

	while (*at && (*at)->upstream->port < u->port)
		at = &(*at)->next;
	if (*at && (*at)->upstream->port == u->port) {
		const char *field = shared_port_difference(c->arena, u, (*at)->upstream);

		if (field)
			quarrel(c, (*at)->manifest, (*at)->upstream, m, u, field);
		return;
	}
	if (shared->n_ports == LIMIT_LIST_ITEMS) {
		too_many_ports(c, u);
		return;
	}
	shared->n_ports++;
	port = ARENA_NEW(c->arena, struct shared_port);
	*port = (struct shared_port){ *at, u, m };
	*at = port;
}

static void share(struct collector *c, const struct manifest *m, const struct upstream *u)
{
	struct str          key = STR_CONCAT(c->arena, m->metadata->namespace, STR("/"), u->host);
	struct shared_host *shared = hash_get(&c->neighbours->shared, key);

	if (!shared)
		shared = new_shared(c, key, m, u);
	add_owner(c, shared, manifest_id(c->arena, m));
	check_selection(c, shared, m, u);
	if (!differs(c, shared, m, u))
		add_port(c, shared, m, u);
}

/* ---- names of one's own ---- */

struct taken_name {
	struct taken_name     *next;
	const struct manifest *manifest;
	const struct upstream *upstream;
};

/* Do both select by one label, with different values? */
static bool selectors_exclude(const struct manifest *a, const struct manifest *b)
{
	const struct selector *x = a->spec->target->selector, *y = b->spec->target->selector;

	return x && y && labels_exclude(x->match_labels, y->match_labels);
}

/* Can one proxy run the filters of both manifests? Those of the root namespace reach every proxy of their kind,
 * others the proxies of their own namespace. */
static bool can_meet(const struct collector *c, const struct manifest *a, const struct manifest *b)
{
	struct str root = c->mesh->spec->root_namespace;

	if (a->spec->target->proxy != b->spec->target->proxy || selectors_exclude(a, b))
		return false;
	return str_eq(a->metadata->namespace, b->metadata->namespace) || str_eq(a->metadata->namespace, root) ||
	       str_eq(b->metadata->namespace, root);
}

enum { NAMES_COMPARED = 64 }; /* of one name; more users of it than that were all reported already */

static struct str taken_key(const void *taken)
{
	return ((const struct taken_name *)taken)->upstream->cluster_name;
}

static void take_cluster_name(struct collector *c, const struct manifest *m, const struct upstream *u)
{
	struct taken_name *taken = ARENA_NEW(c->arena, struct taken_name), *first;
	unsigned           compared = 0;

	*taken = (struct taken_name){ NULL, m, u };
	first = hash_add(&c->cluster_names, taken);
	for (const struct taken_name *other = first; other && compared < NAMES_COMPARED;
	     other = other->next, compared++) {
		const struct node *mine = node_get(u->node, "clusterName"),
				  *theirs = node_get(other->upstream->node, "clusterName");
		bool later = comes_later(m, mine, other->manifest, theirs);

		if (!can_meet(c, m, other->manifest))
			continue;
		diag_relate(c->diags,
		            diag_at(c->diags, CO_CLUSTER_NAME_TWICE, later ? mine : theirs, ARGS(u->cluster_name)),
		            node_pos(later ? theirs : mine), "the other one is here", NO_ARGS);
		c->ok = false;
		break;
	}
	if (first) {
		taken->next = first->next;
		first->next = taken;
	}
}

/* ---- the whole ---- */

static int compare_manifests(const void *x, const void *y)
{
	const struct manifest *a = *(struct manifest *const *)x, *b = *(struct manifest *const *)y;
	int                    c = str_cmp(a->metadata->namespace, b->metadata->namespace);

	return c ? c : str_cmp(a->metadata->name, b->metadata->name);
}

/* By name, so that the owner of a shared host does not depend on the order of the list. */
static void collect_manifest(struct collector *c, const struct manifest *m)
{
	size_t                  n = manifest_upstreams(m);
	const struct upstream **sorted = manifest_upstreams_sorted(c->arena, m);

	for (size_t i = 0; i < n; i++) {
		const struct upstream *u = sorted[i];

		if (upstream_is_shared(m, u, c->mesh))
			share(c, m, u);
		if (str_present(u->cluster_name))
			take_cluster_name(c, m, u);
	}
}

bool neighbours_collect(struct arena *arena, struct inputs *inputs, const struct mesh *mesh, struct neighbours *ret,
                        struct diags *diags)
{
	struct collector c = {
		.arena = arena, .inputs = inputs, .mesh = mesh, .neighbours = ret, .diags = diags, .ok = true
	};

	hash_init(&ret->shared, arena, shared_key);
	hash_init(&ret->hosts, arena, shared_host_name);
	hash_init(&c.cluster_names, arena, taken_key);
	if (inputs->n_manifests)
		qsort(inputs->manifests, inputs->n_manifests, sizeof(*inputs->manifests), compare_manifests);
	for (size_t i = 0; i < inputs->n_manifests; i++)
		collect_manifest(&c, inputs->manifests[i]);
	hidden_hosts_check(arena, inputs, mesh, ret, diags);
	return c.ok;
}
