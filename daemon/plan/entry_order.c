/* Who owns a host name, as istiod decides it (measured: tests/conformance/neighbours, istio pilot/pkg/model/sidecar.go
 * and push_context.go):
 *
 * The first of all ServiceEntries of the host that the proxy may see is taken. In sidecars those of the proxy's own
 * namespace come first; then those that are exported to few before those exported to all; then the older ones. Entries
 * of the same namespace with equal exportTo, labels, resolution and workloadSelector are united with the first one, all others vanish
 * (canMergeServices). Of a namespace's entries that are not united the addresses still are: each is one of the host, the
 * namespace and the port (initServiceRegistry), and so is the DestinationRule. A cluster of ours is there, then, though another
 * entry of our namespace comes first, if that one has the port.
 *
 * So the first of a view is one of three: the first of its own namespace, the first that is exported to it by name, the first
 * that is exported to all. They are found once, and each view costs the same however many entries there are. A Sidecar takes
 * the first of those that it lets in: for each namespace that it names, one of two. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "plan/entry_choosing.h"
#include "plan/live_key.h"
#include "plan/live_sidecar.h"

/* ---- reading ---- */

/* The names of namespaces, "*" for all of them. */
static struct strings visibility_of(struct arena *arena, struct strings to, struct str namespace)
{
	struct strings names = { .items = ARENA_ARRAY(arena, to.n + 1, struct str) };

	for (size_t i = 0; i < to.n; i++)
		names.items[names.n++] = str_is(to.items[i], ".") ? namespace : to.items[i];
	if (to.n == 0)
		names.items[names.n++] = STR("*");
	strings_sort(&names);
	return names;
}

struct str entry_order_resolution(const struct node *object)
{
	const struct node *n = node_get(node_get(object, "spec"), "resolution");

	return n && n->kind == NODE_STRING ? node_text(n) : STR("NONE");
}

static struct str class_key(const void *class)
{
	return ((const struct class *)class)->key;
}

/* What all of a class have in common; no labels are as good as none. exportTo counts as it stands: "." and the namespace's
 * name, or "*" and nothing, mean the same and are not united. */
static struct class *class_of(struct choosing *c, const struct entry *e, const struct strings *export_to,
                              struct str resolution, const struct node *labels, const struct node *selected)
{
	struct class *class = ARENA_NEW(c->arena, struct class), *known;
	struct buf b;

	live_key_begin(&b, c->arena);
	live_key_add(&b, e->namespace);
	live_key_add(&b, resolution);
	for (size_t i = 0; i < export_to->n; i++)
		live_key_add(&b, export_to->items[i]);
	buf_char(&b, ';');
	live_key_add_labels(&b, labels);
	live_key_add_labels(&b, selected);
	class->key = buf_str(&b);
	known = hash_add(&c->classes, class);
	return known ? known : class;
}

static void read_entry(struct choosing *c, const struct node *object)
{
	const struct node *spec = node_get(object, "spec");
	struct strings     to = live_export_to(c->arena, object);
	struct entry      *e = &c->entries[c->n++];

	*e = (struct entry){ .object = object,
		             .namespace = live_object_namespace(object),
		             .created = live_object_created(object) };
	e->visibility = visibility_of(c->arena, to, e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
	e->class = class_of(c, e, &to, entry_order_resolution(object), node_get(node_get(object, "metadata"), "labels"),
	                    node_get(node_get(spec, "workloadSelector"), "labels"));
}

/* As it will be: without labels, and the newest, unless it is there already. */
static void read_ours(struct choosing *c, struct str created)
{
	const struct upstream *u = c->shared->owner_upstream;
	struct strings         to = strings_sorted(c->arena, plan_export_to(c->arena, c->shared->owner, c->mesh, u));
	struct entry          *e = &c->entries[c->n++];

	*e = (struct entry){ .namespace = c->shared->owner->metadata->namespace, .created = created };
	e->visibility = visibility_of(c->arena, to, e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
	e->class = class_of(c, e, &to, field_word(resolution_words, upstream_resolution(u)), NULL, NULL);
}

const struct entry *entry_order_ours(const struct choosing *c)
{
	return &c->entries[c->n - 1];
}

static void read_entries(struct choosing *c, const struct live_refs *found)
{
	struct str created = STR("~"); /* after every time */

	c->entries = ARENA_ARRAY(c->arena, found->n + 1, struct entry);
	for (size_t i = 0; i < found->n; i++) {
		const struct node *object = found->items[i];

		if (live_object_is_ours(c->arena, object, c->manifest, c->shared))
			created = live_object_created(object);
		else
			read_entry(c, object);
	}
	read_ours(c, created);
}

/* ---- who comes first ---- */

/* The first entry of a namespace, or of those exported to it by name. */
struct first {
	struct str namespace;
	const struct entry *entry;
};

/* Where none of the two has an advantage by its namespace. */
static int compare_entries(const struct entry *a, const struct entry *b)
{
	int order = str_cmp(a->created, b->created);

	if (a->narrow != b->narrow)
		return a->narrow ? -1 : 1;
	return order ? order : str_cmp(a->namespace, b->namespace);
}

static int compare_for_sort(const void *x, const void *y)
{
	const struct entry *a = *(const struct entry *const *)x, *b = *(const struct entry *const *)y;
	int                 order = compare_entries(a, b);

	return order ? order : (a > b) - (a < b);
}

static struct str first_namespace(const void *first)
{
	return ((const struct first *)first)->namespace;
}

/* Whoever was added before stays. */
static void add_first(struct choosing *c, struct hash *to, struct str namespace, const struct entry *e)
{
	struct first *f;

	if (hash_get(to, namespace))
		return;
	f = ARENA_NEW(c->arena, struct first);
	*f = (struct first){ namespace, e };
	hash_add(to, f);
}

static const struct entry *first_in(const struct hash *of, struct str namespace)
{
	const struct first *f = hash_get(of, namespace);

	return f ? f->entry : NULL;
}

bool entry_order_sees(const struct entry *e, struct str namespace)
{
	return !e->narrow || strings_have(&e->visibility, namespace);
}

static struct str from_to(const struct choosing *c, struct str from, struct str to)
{
	return STR_CONCAT(c->arena, from, STR(" "), to);
}

/* Of all but ours. */
static void find_firsts(struct choosing *c)
{
	size_t               n = c->n - 1;
	const struct entry **sorted = ARENA_ARRAY(c->arena, n + 1, const struct entry *);

	c->sorted = sorted;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &c->entries[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare_for_sort);
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = sorted[i];

		if (entry_order_sees(e, e->namespace))
			add_first(c, &c->own, e->namespace, e);
		for (size_t k = 0; e->narrow && k < e->visibility.n; k++) {
			add_first(c, &c->by_name, e->visibility.items[k], e);
			add_first(c, &c->from_to, from_to(c, e->namespace, e->visibility.items[k]), e);
		}
		if (!e->narrow)
			add_first(c, &c->from, e->namespace, e);
		if (!e->narrow && !c->wide)
			c->wide = e;
	}
}

bool entry_order_precedes(const struct entry *a, const struct entry *b, const struct view *v)
{
	bool own = str_eq(a->namespace, v->namespace);

	if (v->own_first && own != str_eq(b->namespace, v->namespace))
		return own;
	return compare_entries(a, b) < 0;
}

static const struct entry *first_of_all(const struct choosing *c, const struct view *v)
{
	const struct entry *found = v->own_first ? first_in(&c->own, v->namespace) : NULL;

	if (!found)
		found = first_in(&c->by_name, v->namespace);
	return found ? found : c->wide;
}

/* ---- what a Sidecar lets in ---- */

struct import {
	const struct choosing *context;
	const struct view     *view;
	const struct entry    *first;
};

static void consider(struct import *i, const struct entry *e)
{
	if (e && (!i->first || entry_order_precedes(e, i->first, i->view)))
		i->first = e;
}

static void import(void *data, struct str namespace)
{
	struct import         *i = data;
	const struct choosing *c = i->context;

	if (str_is(namespace, "*")) {
		consider(i, first_of_all(c, i->view));
		return;
	}
	consider(i, first_in(&c->from, namespace));
	consider(i, first_in(&c->from_to, from_to(c, namespace, i->view->namespace)));
}

bool entry_order_lets_in(const struct choosing *c, const struct entry *e, const struct view *v)
{
	return !v->sidecar || live_sidecar_covers(v->sidecar, v->namespace, e->namespace, c->shared->host, -1);
}

/* Without ours. NULL: the proxies see none. */
const struct entry *entry_order_first(const struct choosing *c, const struct view *v)
{
	const struct node *egress = node_get(node_get(v->sidecar, "spec"), "egress");
	struct import      i = { c, v, NULL };

	if (!egress || egress->count == 0)
		return first_of_all(c, v);
	live_sidecar_each(v->sidecar, v->namespace, c->shared->host, import, &i);
	return i.first && entry_order_lets_in(c, i.first, v) ? i.first : NULL;
}

void entry_order_read(struct choosing *c, const struct live_refs *found)
{
	hash_init(&c->classes, c->arena, class_key);
	hash_init(&c->own, c->arena, first_namespace);
	hash_init(&c->by_name, c->arena, first_namespace);
	hash_init(&c->from, c->arena, first_namespace);
	hash_init(&c->from_to, c->arena, first_namespace);
	read_entries(c, found);
	find_firsts(c);
}
