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
	struct strings to = strings_sorted(c->arena, upstream_export_to(c->arena, u, c->shared->owner, c->mesh));

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

/* ---- views ---- */

typedef void look(struct choosing *, const struct view *);

/* Sidecars are not in the root namespace, but in others. */
static void look_into(struct choosing *c, look *at, struct str namespace, bool in_sidecars)
{
	const struct view v = { .namespace = namespace, .in_sidecars = in_sidecars, .rules = c->rules };

	if (!(in_sidecars && str_eq(namespace, c->mesh->spec->root_namespace)))
		at(c, &v);
}

/* Wherever an entry may be the first by a Sidecar, and in a namespace that nobody names. */
static void look_into_sidecars(struct choosing *c, look *at, bool in_sidecars)
{
	look_into(c, at, STR(""), in_sidecars);
	for (size_t i = 0; in_sidecars && i < c->live->n_sidecars; i++)
		look_into(c, at, live_object_namespace(c->live->sidecars[i]), in_sidecars);
}

/* The namespaces that entries are in or exported to, and that have Sidecars; what is said of one that nobody names goes for all others. */
static void look_everywhere(struct choosing *c, look *at, bool in_sidecars)
{
	look_into_sidecars(c, at, in_sidecars);
	for (size_t i = 0; i < c->order->n; i++) {
		const struct entry *e = c->order->sorted[i];

		look_into(c, at, e->namespace, in_sidecars);
		for (size_t k = 0; e->narrow && k < e->visibility.n; k++)
			look_into(c, at, e->visibility.items[k], in_sidecars);
	}
}

static void look_where_seen(struct choosing *c, look *at, const struct entry *e, bool in_sidecars)
{
	look_into(c, at, e->namespace, in_sidecars);
	for (size_t i = 0; e->narrow && i < e->visibility.n; i++)
		look_into(c, at, e->visibility.items[i], in_sidecars);
}

/* ---- what the others lose ---- */

/* Gateways obey no Sidecar. In a namespace each Sidecar of some workloads, and that of the others, has a view. */
static void look_for_losses(struct choosing *c, const struct view *v)
{
	struct view             at = *v;
	const struct live_refs *sidecars;
	const struct node      *own;

	if (!v->in_sidecars) {
		entry_marks_losses(c, v);
		return;
	}
	if (!hash_add_string(&c->looked, v->namespace))
		return;
	own = live_sidecar_own(c->live, v->namespace, NULL, STR_ABSENT);
	at.sidecar = own ? own : c->common;
	entry_marks_losses(c, &at);
	sidecars = &live_namespace(c->live, v->namespace)->sidecars;
	for (size_t i = 0; i < sidecars->n; i++) {
		at.sidecar = sidecars->items[i];
		if (live_sidecar_labels(at.sidecar))
			entry_marks_losses(c, &at);
	}
}

/* Our addresses are mixed with those of our namespace's entries, wherever these are seen. */
static void check_mixed(struct choosing *c, bool in_sidecars)
{
	bool is_wide = false;

	for (const struct entry *e = entry_order_in(c->order, c->ours.namespace); e; e = e->next_of_namespace) {
		if (e->left_out == c->order->question)
			continue;
		is_wide = is_wide || !e->narrow;
		look_where_seen(c, look_for_losses, e, in_sidecars);
	}
	if (is_wide)
		look_into_sidecars(c, look_for_losses, in_sidecars);
}

/* What is lost is lost in all proxies that see ours, whatever proxies the manifest is for. */
static void check_theirs(struct choosing *c)
{
	for (int in_sidecars = 1; in_sidecars >= 0; in_sidecars--) {
		look_where_seen(c, look_for_losses, &c->ours, in_sidecars);
		if (!c->ours.narrow)
			look_everywhere(c, look_for_losses, in_sidecars);
		else
			check_mixed(c, in_sidecars);
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
	if (v->in_sidecars) {
		own = live_sidecar_own(c->live, v->namespace, target_labels(c->manifest), STR_ABSENT);
		at.sidecar = own ? own : c->common;
	}
	entry_marks_ours(c, &at);
}

/* A filter of the root namespace runs in all the others. */
static void check_ours(struct choosing *c)
{
	const struct target *t = c->manifest->spec->target;
	bool                 in_sidecar = t->proxy == PROXY_SIDECAR;
	bool                 in_root = str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace);

	look_into(c, look_for_ours, manifest_proxies_namespace(c->manifest), in_sidecar);
	if (in_root && !t->waypoint) {
		look_where_seen(c, look_for_ours, &c->ours, in_sidecar);
		look_everywhere(c, look_for_ours, in_sidecar);
	}
}

/* ---- the answer ---- */

/* As one version does it. */
static void check_all(struct choosing *c, struct entry_rules rules)
{
	c->rules = rules;
	hash_init(&c->looked, c->arena, hash_string);
	hash_init(&c->looked_for, c->arena, hash_string);
	c->is_taken_whole = false;
	check_theirs(c);
	check_ours(c);
}

static const enum feature differences[] = { FEATURE_ENTRIES_UNITED_ALIKE, FEATURE_ONE_SIDECAR_SCOPE,
	                                    FEATURE_EXPORTS_BY_AGE, FEATURE_EXACT_HOSTS_LOOKED_UP,
	                                    FEATURE_HOSTS_TAKEN_OUT };
enum { DIFFERENCES = sizeof(differences) / sizeof(differences[0]) };

static struct entry_rules rules_of(int version)
{
	struct version_range one = { version, version };

	return (struct entry_rules){ .unites_alike = feature_in_all(FEATURE_ENTRIES_UNITED_ALIKE, one),
		                     .one_scope = feature_in_all(FEATURE_ONE_SIDECAR_SCOPE, one),
		                     .by_age = feature_in_all(FEATURE_EXPORTS_BY_AGE, one),
		                     .looks_up = feature_in_all(FEATURE_EXACT_HOSTS_LOOKED_UP, one),
		                     .takes_out = feature_in_all(FEATURE_HOSTS_TAKEN_OUT, one) };
}

/* The newest version below that does it in another way. 0: there is none in the range. */
static int next_below(const struct choosing *c, int version)
{
	int next = 0;

	for (size_t i = 0; i < DIFFERENCES; i++) {
		int  since = feature_table[differences[i]].since;
		bool counts = c->live->n_sidecars || (differences[i] != FEATURE_EXACT_HOSTS_LOOKED_UP &&
		                                      differences[i] != FEATURE_HOSTS_TAKEN_OUT);

		if (counts && since <= version && since > c->mesh->versions.low && since - 1 > next)
			next = since - 1;
	}
	return next;
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

	read_ours(&c);
	entry_ports_read(&c);
	for (int version = mesh->versions.high; version; version = next_below(&c, version))
		check_all(&c, rules_of(version));
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
	live_key_add(&b, manifest_proxies_namespace(m));
	buf_uint(&b, t->waypoint != NULL);
	for (size_t i = 0; i < DIFFERENCES; i++) {
		buf_uint(&b, feature_in_some(differences[i], mesh->versions));
		buf_uint(&b, feature_in_all(differences[i], mesh->versions));
	}
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
