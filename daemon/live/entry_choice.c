/* Whose proxies are looked into: for what the others lose to ours, and for where ours loses. Who comes first in them is found in
 * entry_order.c, what follows for the ports in entry_ports.c. */
#include "base/arena.h"
#include "live/entry_choosing.h"
#include "live/live_key.h"
#include "live/live_sidecar.h"
#include "names/mesh_table.h"

/* ---- our entry ---- */

/* As it will be: without labels, and the newest, unless it is there already: then the live one does not count. */
static void read_ours(struct choosing *c)
{
	const struct upstream *u = c->shared->owner_upstream;
	struct str namespace = c->shared->owner->metadata->namespace;
	struct strings to = strings_sorted(c->arena, plan_export_to(c->arena, c->shared->owner, c->mesh, u));

	c->ours = (struct entry){ .created = STR("~"), .name = STR("~") }; /* after every time */
	entry_order_export(c->arena, &c->ours, namespace, &to);
	c->ours.class = entry_order_class(c->arena, c->order, namespace, &to,
	                                  field_word(resolution_words, upstream_resolution(u)));
	c->order->question++;
	for (struct entry *e = entry_order_in(c->order, namespace); e; e = e->next_of_namespace) {
		if (!live_object_is_ours(c->arena, e->object, c->manifest, c->shared))
			continue;
		e->left_out = c->order->question;
		c->ours.created = e->created;
		c->ours.name = e->name;
	}
}

static void set_sidecar(const struct choosing *c, struct view *v, const struct node *sidecar)
{
	v->sidecar = sidecar;
	v->looks_up = c->looks_up;
}

/* ---- views ---- */

typedef void look(struct choosing *, const struct view *);

/* Sidecars are not in the root namespace, but in others. */
static void look_into(struct choosing *c, look *at, struct str namespace, bool own_first)
{
	const struct view v = { .namespace = namespace, .own_first = own_first };

	if (!(own_first && str_eq(namespace, c->mesh->spec->root_namespace)))
		at(c, &v);
}

/* Wherever an entry may be the first by a Sidecar, and in a namespace that nobody names. */
static void look_into_sidecars(struct choosing *c, look *at, bool own_first)
{
	look_into(c, at, STR(""), own_first);
	for (size_t i = 0; own_first && i < c->live->n_sidecars; i++)
		look_into(c, at, live_object_namespace(c->live->sidecars[i]), own_first);
}

/* The namespaces that entries are in or exported to, and that have Sidecars; what is said of one that nobody names goes for all others. */
static void look_everywhere(struct choosing *c, look *at, bool own_first)
{
	look_into_sidecars(c, at, own_first);
	for (size_t i = 0; i < c->order->n; i++) {
		const struct entry *e = c->order->sorted[i];

		look_into(c, at, e->namespace, own_first);
		for (size_t k = 0; e->narrow && k < e->visibility.n; k++)
			look_into(c, at, e->visibility.items[k], own_first);
	}
}

static void look_where_seen(struct choosing *c, look *at, const struct entry *e, bool own_first)
{
	look_into(c, at, e->namespace, own_first);
	for (size_t i = 0; e->narrow && i < e->visibility.n; i++)
		look_into(c, at, e->visibility.items[i], own_first);
}

/* ---- what the others lose ---- */

/* Gateways obey no Sidecar. In a namespace each Sidecar of some workloads, and that of the others, has a view. */
static void look_for_losses(struct choosing *c, const struct view *v)
{
	struct view             at = *v;
	const struct live_refs *sidecars;
	const struct node      *own;

	if (!v->own_first) {
		entry_marks_losses(c, v);
		return;
	}
	if (!hash_add_string(&c->looked, v->namespace))
		return;
	own = live_sidecar_own(c->live, v->namespace, NULL, STR_ABSENT);
	set_sidecar(c, &at, own ? own : c->common);
	entry_marks_losses(c, &at);
	sidecars = &live_namespace(c->live, v->namespace)->sidecars;
	for (size_t i = 0; i < sidecars->n; i++) {
		set_sidecar(c, &at, sidecars->items[i]);
		if (live_sidecar_labels(at.sidecar))
			entry_marks_losses(c, &at);
	}
}

/* Our addresses are mixed with those of our namespace's entries, wherever these are seen. */
static void check_mixed(struct choosing *c, bool own_first)
{
	bool is_wide = false;

	for (const struct entry *e = entry_order_in(c->order, c->ours.namespace); e; e = e->next_of_namespace) {
		if (e->left_out == c->order->question)
			continue;
		is_wide = is_wide || !e->narrow;
		look_where_seen(c, look_for_losses, e, own_first);
	}
	if (is_wide)
		look_into_sidecars(c, look_for_losses, own_first);
}

/* What is lost is lost in all proxies that see ours, whatever proxies the manifest is for. */
static void check_theirs(struct choosing *c)
{
	for (int own_first = 1; own_first >= 0; own_first--) {
		look_where_seen(c, look_for_losses, &c->ours, own_first);
		if (!c->ours.narrow)
			look_everywhere(c, look_for_losses, own_first);
		else
			check_mixed(c, own_first);
	}
}

/* ---- where ours loses ---- */

static const struct node *target_labels(const struct manifest *m)
{
	const struct selector *selector = m->spec->target->selector;

	return selector ? selector->match_labels : NULL;
}

/* By the Sidecar of the proxies that surely run the filter. */
static void look_for_ours(struct choosing *c, const struct view *v)
{
	struct view        at = *v;
	const struct node *own;

	if (!hash_add_string(&c->looked_for, v->namespace))
		return;
	if (v->own_first) {
		own = live_sidecar_own(c->live, v->namespace, target_labels(c->manifest), STR_ABSENT);
		set_sidecar(c, &at, own ? own : c->common);
	}
	entry_marks_ours(c, &at);
}

/* A filter of the root namespace runs in all the others. */
static void check_ours(struct choosing *c)
{
	const struct target *t = c->manifest->spec->target;
	bool                 in_sidecar = t->proxy == PROXY_SIDECAR;
	bool                 in_root = str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace);

	look_into(c, look_for_ours, t->waypoint ? t->waypoint->namespace : c->manifest->metadata->namespace,
	          in_sidecar);
	if (in_root && !t->waypoint) {
		look_where_seen(c, look_for_ours, &c->ours, in_sidecar);
		look_everywhere(c, look_for_ours, in_sidecar);
	}
}

/* ---- the answer ---- */

/* As istiod does it that looks up exact hosts, or that does not. */
static void check_all(struct choosing *c, bool looks_up)
{
	c->looks_up = looks_up;
	hash_init(&c->looked, c->arena, hash_string);
	hash_init(&c->looked_for, c->arena, hash_string);
	c->is_taken_whole = false;
	check_theirs(c);
	check_ours(c);
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
		              .common = live_sidecar_common(live, mesh->spec->root_namespace, STR_ABSENT),
		              .order = entry_order_of(live, shared->host) };
	bool            looks_up = feature_in_some(FEATURE_EXACT_HOSTS_LOOKED_UP, mesh->versions);

	read_ours(&c);
	entry_ports_read(&c);
	if (looks_up)
		check_all(&c, true);
	if (!looks_up || (live->n_sidecars && !feature_in_all(FEATURE_EXACT_HOSTS_LOOKED_UP, mesh->versions)))
		check_all(&c, false);
	return entry_ports_answer(&c, arena);
}

/* What else the answer depends on: where the filter runs, which Sidecar its proxies have, and the versions, of which upgrade-check
 * asks for several. */
static struct str key_of(struct arena *arena, const struct live_objects *live, const struct manifest *m,
                         const struct shared_host *shared, const struct mesh *mesh)
{
	const struct target *t = m->spec->target;
	struct buf           b;

	live_key_begin(&b, arena);
	live_key_add(&b, shared->key);
	live_key_add(&b, field_word(proxy_words, t->proxy));
	live_key_add(&b, t->waypoint ? t->waypoint->namespace : m->metadata->namespace);
	buf_uint(&b, t->waypoint != NULL);
	buf_uint(&b, feature_in_some(FEATURE_EXACT_HOSTS_LOOKED_UP, mesh->versions));
	buf_uint(&b, feature_in_all(FEATURE_EXACT_HOSTS_LOOKED_UP, mesh->versions));
	if (t->proxy == PROXY_SIDECAR && live->memory->sidecars_select)
		live_key_add_labels(&b, target_labels(m));
	return buf_str(&b);
}

const struct entry_answer *entry_choose(struct arena *scratch, const struct live_objects *live,
                                        const struct manifest *m, const struct shared_host *shared,
                                        const struct mesh *mesh)
{
	struct arena_mark    mark = arena_mark(scratch);
	struct str           key = key_of(scratch, live, m, shared, mesh);
	struct entry_answer *answer = hash_get(&live->memory->entries, key);

	if (!answer) {
		answer = answer_of(live->memory->arena, scratch, live, m, shared, mesh);
		answer->is.key = str_copy(live->memory->arena, key);
		hash_add(&live->memory->entries, answer);
	}
	arena_reset(scratch, mark);
	return answer;
}
