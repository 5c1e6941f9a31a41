/* Who owns a host name, as istiod decides it (measured: tests/conformance/neighbours, istio pilot/pkg/model/sidecar.go
 * and push_context.go):
 *
 * The first of all ServiceEntries of the host that the proxy may see is taken. In sidecars those of the proxy's own
 * namespace come first; then those that are exported to few before those exported to all; then the older ones. Entries
 * of the same namespace with equal exportTo, labels, resolution and workloadSelector are united with the first one, all others vanish
 * (canMergeServices).
 *
 * So the first of a view is one of three: the first of its own namespace, the first that is exported to it by name, the first
 * that is exported to all. Each has a line, and each view costs the same however many entries there are. A Sidecar takes
 * the first of those that it lets in: for each namespace that it names, one of two.
 *
 * Since Istio 1.31 a Sidecar's listener whose hosts are all exact looks them up: of each namespace that it names it gets the oldest
 * entry alone, or none if that one is not exported to the proxies; of several the proxies' own is taken, else the oldest. */
#include "plan/entry_order.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "plan/live_key.h"
#include "plan/live_sidecar.h"

struct entry_place {
	struct entry       *entry;
	struct entry_place *next;
};

/* ---- reading ---- */

/* The names of namespaces, "*" for all of them. */
static struct strings visibility_of(struct arena *arena, const struct strings *to, struct str namespace)
{
	struct strings names = { .items = ARENA_ARRAY(arena, to->n + 1, struct str) };

	for (size_t i = 0; i < to->n; i++)
		names.items[names.n++] = str_is(to->items[i], ".") ? namespace : to->items[i];
	if (to->n == 0)
		names.items[names.n++] = STR("*");
	strings_sort(&names);
	return names;
}

void entry_order_export(struct arena *arena, struct entry *e, struct str namespace, const struct strings *to)
{
	e->namespace = namespace;
	e->visibility = visibility_of(arena, to, namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
}

struct str entry_order_resolution(const struct node *object)
{
	struct str text = node_get_text(node_get(object, "spec"), "resolution");

	return str_present(text) ? text : STR("NONE");
}

/* What all of a class have in common; no labels are as good as none. exportTo counts as it stands: "." and the namespace's
 * name, or "*" and nothing, mean the same and are not united. */
static struct str class_key_of(struct arena *arena, struct str namespace, const struct strings *export_to,
                               struct str resolution, const struct node *labels, const struct node *selected)
{
	struct buf b;

	live_key_begin(&b, arena);
	live_key_add(&b, namespace);
	live_key_add(&b, resolution);
	for (size_t i = 0; i < export_to->n; i++)
		live_key_add(&b, export_to->items[i]);
	buf_char(&b, ';');
	live_key_add_labels(&b, labels);
	live_key_add_labels(&b, selected);
	return buf_str(&b);
}

static void add_to_class(struct arena *arena, struct entry_order *o, struct str key, struct entry *e)
{
	struct entry_class *class = hash_get(&o->classes, key);

	if (!class) {
		class = ARENA_NEW(arena, struct entry_class);
		class->key = key;
		class->end = &class->first;
		hash_add(&o->classes, class);
	}
	e->class = class;
	*class->end = e;
	class->end = &e->next_of_class;
}

static void add_to_namespace(struct entry_order *o, struct entry *e)
{
	struct entry *first = hash_add(&o->namespaces, e);

	if (first) {
		e->next_of_namespace = first->next_of_namespace;
		first->next_of_namespace = e;
	}
}

static struct entry *read_entry(struct arena *arena, struct entry_order *o, const struct node *object, size_t at)
{
	const struct node *spec = node_get(object, "spec");
	struct strings     to = live_export_to(arena, object);
	struct entry      *e = ARENA_NEW(arena, struct entry);

	*e = (struct entry){
		.object = object, .at = at, .created = live_object_created(object), .name = live_object_name(object)
	};
	entry_order_export(arena, e, live_object_namespace(object), &to);
	add_to_class(arena, o,
	             class_key_of(arena, e->namespace, &to, entry_order_resolution(object),
	                          node_get(node_get(object, "metadata"), "labels"),
	                          node_get(node_get(spec, "workloadSelector"), "labels")),
	             e);
	add_to_namespace(o, e);
	return e;
}

struct entry *entry_order_in(const struct entry_order *o, struct str namespace)
{
	return hash_get(&o->namespaces, namespace);
}

struct entry_class *entry_order_class(struct arena *arena, const struct entry_order *o, struct str namespace,
                                      const struct strings *export_to, struct str resolution)
{
	return hash_get(&o->classes, class_key_of(arena, namespace, export_to, resolution, NULL, NULL));
}

/* ---- who comes first ---- */

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
	const struct entry *a = *(struct entry *const *)x, *b = *(struct entry *const *)y;
	int                 order = compare_entries(a, b);

	return order ? order : (a->at > b->at) - (a->at < b->at);
}

bool entry_order_precedes(const struct entry *a, const struct entry *b, const struct view *v)
{
	bool own = str_eq(a->namespace, v->namespace);
	int  order = str_cmp(a->created, b->created);

	if (v->own_first && own != str_eq(b->namespace, v->namespace))
		return own;
	if (v->looks_up)
		return order < 0 || (order == 0 && str_cmp(a->namespace, b->namespace) < 0);
	return compare_entries(a, b) < 0;
}

bool entry_order_is_older(const struct entry *a, const struct entry *b)
{
	int order = str_cmp(a->created, b->created);

	return order < 0 || (order == 0 && str_cmp(a->name, b->name) < 0);
}

bool entry_order_sees(const struct entry *e, struct str namespace)
{
	return !e->narrow || strings_have(&e->visibility, namespace);
}

/* ---- lines ---- */

static void append(struct arena *arena, struct entry_line *line, struct entry *e)
{
	struct entry_place *place = ARENA_NEW(arena, struct entry_place);

	place->entry = e;
	if (!line->end)
		line->end = &line->first;
	*line->end = place;
	line->end = &place->next;
}

static void add_to_line(struct arena *arena, struct hash *lines, struct str name, struct entry *e)
{
	struct entry_line *line = hash_get(lines, name);

	if (!line) {
		line = ARENA_NEW(arena, struct entry_line);
		line->name = name;
		hash_add(lines, line);
	}
	append(arena, line, e);
}

/* Few are left out, and each line passes them over once for each question. */
static struct entry *first_in(const struct entry_order *o, struct entry_line *line)
{
	if (!line)
		return NULL;
	if (line->asked != o->question) {
		line->asked = o->question;
		line->at = line->first;
		while (line->at && line->at->entry->left_out == o->question)
			line->at = line->at->next;
	}
	return line->at ? line->at->entry : NULL;
}

static struct str from_to(struct arena *arena, struct str from, struct str to)
{
	return STR_CONCAT(arena, from, STR(" "), to);
}

static void put_in_lines(struct arena *arena, struct entry_order *o, struct entry *e)
{
	if (entry_order_sees(e, e->namespace))
		add_to_line(arena, &o->own, e->namespace, e);
	for (size_t k = 0; e->narrow && k < e->visibility.n; k++) {
		add_to_line(arena, &o->by_name, e->visibility.items[k], e);
		add_to_line(arena, &o->from_to, from_to(arena, e->namespace, e->visibility.items[k]), e);
	}
	if (!e->narrow) {
		add_to_line(arena, &o->from, e->namespace, e);
		append(arena, &o->wide, e);
	}
}

static struct entry *first_of_all(struct entry_order *o, const struct view *v)
{
	struct entry *found = v->own_first ? first_in(o, hash_get(&o->own, v->namespace)) : NULL;

	if (!found)
		found = first_in(o, hash_get(&o->by_name, v->namespace));
	return found ? found : first_in(o, &o->wide);
}

struct entry *entry_order_oldest(struct entry_order *o, struct str namespace)
{
	return first_in(o, hash_get(&o->by_age, namespace));
}

/* ---- what a Sidecar lets in ---- */

struct import {
	struct arena       *arena;
	struct entry_order *order;
	const struct view  *view;
	struct entry       *first;
};

static void consider(struct import *i, struct entry *e)
{
	if (e && (!i->first || entry_order_precedes(e, i->first, i->view)))
		i->first = e;
}

static void import(void *data, struct str namespace)
{
	struct import      *i = data;
	struct entry_order *o = i->order;
	struct entry       *oldest;

	if (i->view->looks_up) {
		oldest = entry_order_oldest(o, namespace);
		if (oldest && entry_order_sees(oldest, i->view->namespace) &&
		    entry_order_lets_in(o, namespace, i->view))
			consider(i, oldest);
		return;
	}
	if (str_is(namespace, "*")) {
		consider(i, first_of_all(o, i->view));
		return;
	}
	consider(i, first_in(o, hash_get(&o->from, namespace)));
	consider(i, first_in(o, hash_get(&o->from_to, from_to(i->arena, namespace, i->view->namespace))));
}

bool entry_order_lets_in(const struct entry_order *o, struct str namespace, const struct view *v)
{
	return !v->sidecar || live_sidecar_covers(v->sidecar, v->namespace, namespace, o->is.key, -1);
}

struct entry *entry_order_first(struct arena *arena, struct entry_order *o, const struct view *v)
{
	const struct node *egress = node_get(node_get(v->sidecar, "spec"), "egress");
	struct import      i = { arena, o, v, NULL };

	if (!egress || egress->count == 0)
		return first_of_all(o, v);
	live_sidecar_each(v->sidecar, v->namespace, o->is.key, import, &i);
	return i.first && entry_order_lets_in(o, i.first->namespace, v) ? i.first : NULL;
}

/* ---- the whole ---- */

static struct str class_key(const void *class)
{
	return ((const struct entry_class *)class)->key;
}

static struct str namespace_of(const void *entry)
{
	return ((const struct entry *)entry)->namespace;
}

static struct str line_name(const void *line)
{
	return ((const struct entry_line *)line)->name;
}

static int compare_ages(const void *x, const void *y)
{
	const struct entry *a = *(struct entry *const *)x, *b = *(struct entry *const *)y;

	return entry_order_is_older(b, a) - entry_order_is_older(a, b);
}

static void put_by_age(struct arena *arena, struct entry_order *o)
{
	struct entry **list = ARENA_ARRAY(arena, o->n + 1, struct entry *);

	for (size_t i = 0; i < o->n; i++)
		list[i] = o->sorted[i];
	if (o->n)
		qsort(list, o->n, sizeof(*list), compare_ages);
	for (size_t i = 0; i < o->n; i++)
		add_to_line(arena, &o->by_age, list[i]->namespace, list[i]);
}

static struct entry_order *read_order(struct arena *arena, const struct live_refs *found, struct str host)
{
	struct entry_order *o = ARENA_NEW(arena, struct entry_order);

	o->is.key = str_copy(arena, host);
	hash_init(&o->classes, arena, class_key);
	hash_init(&o->namespaces, arena, namespace_of);
	hash_init(&o->own, arena, line_name);
	hash_init(&o->by_name, arena, line_name);
	hash_init(&o->from, arena, line_name);
	hash_init(&o->from_to, arena, line_name);
	hash_init(&o->by_age, arena, line_name);
	o->sorted = ARENA_ARRAY(arena, found->n + 1, struct entry *);
	for (; o->n < found->n; o->n++)
		o->sorted[o->n] = read_entry(arena, o, found->items[o->n], o->n);
	if (o->n)
		qsort(o->sorted, o->n, sizeof(*o->sorted), compare_for_sort);
	for (size_t i = 0; i < o->n; i++)
		put_in_lines(arena, o, o->sorted[i]);
	put_by_age(arena, o);
	return o;
}

struct entry_order *entry_order_of(const struct live_objects *live, struct str host)
{
	struct entry_order *o = hash_get(&live->memory->orders, host);

	if (!o) {
		o = read_order(live->memory->arena, &live_host(live, host)->entries, host);
		hash_add(&live->memory->orders, o);
	}
	return o;
}
