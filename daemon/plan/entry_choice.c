/* Whose proxies are looked into: for what the others lose to ours, and for where ours loses. Who comes first in them is found in
 * entry_order.c, what follows for the ports in entry_ports.c. */
#include "base/arena.h"
#include "plan/entry_choosing.h"
#include "plan/live_sidecar.h"

static bool ours_precedes(const struct choosing *c, const struct entry *e, const struct view *v)
{
	return entry_order_precedes(entry_order_ours(c), e, v);
}

typedef void look(struct choosing *, const struct view *);

static void look_for_losses_in(struct choosing *c, const struct view *v)
{
	const struct entry *before = entry_order_first(c, v);

	if (!before || !entry_order_lets_in(c, entry_order_ours(c), v))
		return;
	if (before->class == entry_order_ours(c)->class || ours_precedes(c, before, v))
		before->class->meets_ours = true;
	else if (str_eq(before->namespace, entry_order_ours(c)->namespace))
		before->class->mixes = true;
}

/* Gateways obey no Sidecar. In a namespace each Sidecar of some workloads, and that of the others, has a view. */
static void look_for_losses(struct choosing *c, const struct view *v)
{
	struct view             at = *v;
	const struct live_refs *sidecars;

	if (!v->own_first) {
		look_for_losses_in(c, v);
		return;
	}
	if (!hash_add_string(&c->looked, v->namespace))
		return;
	at.sidecar = live_sidecar_own(c->live, v->namespace, NULL, STR_ABSENT);
	if (!at.sidecar)
		at.sidecar = c->common;
	look_for_losses_in(c, &at);
	sidecars = &live_namespace(c->live, v->namespace)->sidecars;
	for (size_t i = 0; i < sidecars->n; i++) {
		at.sidecar = sidecars->items[i];
		if (live_sidecar_selects(at.sidecar))
			look_for_losses_in(c, &at);
	}
}

static void look_for_ours(struct choosing *c, const struct view *v)
{
	const struct entry *before = entry_order_first(c, v);

	if (!before || before->class == entry_order_ours(c)->class || before->class->hides ||
	    ours_precedes(c, before, v))
		return;
	before->class->hides = before;
	*c->hiding_end = before->class;
	c->hiding_end = &before->class->next;
}

/* Those that see ours; sidecars are not in the root namespace, but in others. */
static void look_into(struct choosing *c, look *at, struct str namespace, bool own_first)
{
	const struct view v = { namespace, own_first, NULL };

	if (entry_order_sees(entry_order_ours(c), namespace) &&
	    !(own_first && str_eq(namespace, c->mesh->spec->root_namespace)))
		at(c, &v);
}

/* The namespaces that entries are in or exported to, and that have Sidecars; what is said of one that nobody names goes for all others. */
static void look_everywhere(struct choosing *c, look *at, bool own_first)
{
	look_into(c, at, STR(""), own_first);
	for (size_t i = 0; own_first && i < c->live->n_sidecars; i++)
		look_into(c, at, live_object_namespace(c->live->sidecars[i]), own_first);
	for (const struct entry *e = c->entries; e < entry_order_ours(c); e++) {
		look_into(c, at, e->namespace, own_first);
		for (size_t i = 0; e->narrow && i < e->visibility.n; i++)
			look_into(c, at, e->visibility.items[i], own_first);
	}
}

/* What is lost is lost in all proxies that see ours, whatever proxies the manifest is for. */
static void check_theirs(struct choosing *c)
{
	const struct entry *ours = entry_order_ours(c);

	for (int own_first = 1; own_first >= 0; own_first--) {
		look_into(c, look_for_losses, ours->namespace, own_first);
		for (size_t i = 0; ours->narrow && i < ours->visibility.n; i++)
			look_into(c, look_for_losses, ours->visibility.items[i], own_first);
		if (!ours->narrow)
			look_everywhere(c, look_for_losses, own_first);
	}
}

/* A filter of the root namespace runs in all the others. */
static void check_ours(struct choosing *c)
{
	const struct target *t = c->manifest->spec->target;
	bool                 in_sidecar = t->proxy == PROXY_SIDECAR;
	bool                 in_root = str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace);

	look_into(c, look_for_ours, t->waypoint ? t->waypoint->namespace : c->manifest->metadata->namespace,
	          in_sidecar);
	if (in_root && !t->waypoint)
		look_everywhere(c, look_for_ours, in_sidecar);
}

static struct entry_answer *answer_of(struct arena *arena, struct arena *scratch, const struct live_objects *live,
                                      const struct manifest *m, const struct shared_host *shared,
                                      const struct mesh *mesh)
{
	struct choosing c = { .arena = scratch,
		              .manifest = m,
		              .shared = shared,
		              .mesh = mesh,
		              .live = live,
		              .common = live_sidecar_common(live, mesh->spec->root_namespace, STR_ABSENT) };

	c.hiding_end = &c.hiding;
	hash_init(&c.looked, scratch, hash_string);
	entry_order_read(&c, &live_host(live, shared->host)->entries);
	check_theirs(&c);
	check_ours(&c);
	return entry_ports_answer(&c, arena);
}

/* What else the answer depends on: where the filter runs. */
static struct str key_of(struct arena *arena, const struct manifest *m, const struct shared_host *shared)
{
	const struct target *t = m->spec->target;
	struct str           home = t->waypoint ? t->waypoint->namespace : m->metadata->namespace;

	return STR_CONCAT(arena, field_word(proxy_words, t->proxy), STR(" "), home, STR(" "),
	                  t->waypoint ? STR("named ") : STR(""), shared->key);
}

const struct entry_answer *entry_choose(struct arena *scratch, const struct live_objects *live,
                                        const struct manifest *m, const struct shared_host *shared,
                                        const struct mesh *mesh)
{
	struct arena_mark    mark = arena_mark(scratch);
	struct str           key = key_of(scratch, m, shared);
	struct entry_answer *answer = hash_get(&live->memory->entries, key);

	if (!answer) {
		answer = answer_of(live->memory->arena, scratch, live, m, shared, mesh);
		answer->is.key = str_copy(live->memory->arena, key);
		hash_add(&live->memory->entries, answer);
	}
	arena_reset(scratch, mark);
	return answer;
}
