/* Who owns a host name, as istiod decides it (measured: tests/conformance/neighbours, istio pilot/pkg/model/sidecar.go
 * and push_context.go):
 *
 * The first of all ServiceEntries of the host that the proxy may see is taken. In sidecars those of the proxy's own
 * namespace come first; then those that are exported to few before those exported to all; then the older ones. Entries
 * of the same namespace with equal exportTo, labels, resolution and workloadSelector are united with the first one, all others vanish
 * (canMergeServices).
 *
 * So the first of a view is one of three: the first of its own namespace, the first that is exported to it by name, the first
 * that is exported to all. Each has a line, and each view costs the same however many entries there are. What Sidecars make of that is
 * in entry_view.c. */
#include "live/entry_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "live/live_key.h"

/* ---- reading ---- */

/* The names of namespaces, "*" for all of them; none where it is exported to nobody ("~"). */
static struct strings visibility_of(struct arena *arena, const struct strings *to, struct str namespace)
{
	struct strings names = { .items = ARENA_ARRAY(arena, to->n + 1, struct str) };

	for (size_t i = 0; i < to->n; i++)
		if (!str_is(to->items[i], "~"))
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

const struct node *entry_order_ports(const struct entry *e)
{
	return node_get(node_get(e->object, "spec"), "ports");
}

unsigned entry_order_port(const struct node *port)
{
	const struct node *number = node_get(port, "number");
	uint64_t           n;

	return number && str_to_uint(node_text(number), 65535, &n) ? (unsigned)n : 0;
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

int entry_order_compare(const struct entry *a, const struct entry *b)
{
	int order = str_cmp(a->created, b->created);

	if (a->narrow != b->narrow)
		return a->narrow ? -1 : 1;
	return order ? order : str_cmp(a->namespace, b->namespace);
}

static int compare_for_sort(const void *x, const void *y)
{
	const struct entry *a = *(struct entry *const *)x, *b = *(struct entry *const *)y;
	int                 order = entry_order_compare(a, b);

	return order ? order : (a->at > b->at) - (a->at < b->at);
}

bool entry_order_is_older(const struct entry *a, const struct entry *b)
{
	int order = str_cmp(a->created, b->created);

	return order < 0 || (order == 0 && str_cmp(a->name, b->name) < 0);
}

static int compare_ages(const void *x, const void *y)
{
	const struct entry *a = *(struct entry *const *)x, *b = *(struct entry *const *)y;

	return entry_order_is_older(b, a) - entry_order_is_older(a, b);
}

bool entry_order_sees(const struct entry *e, struct str namespace)
{
	return !e->narrow || strings_have(&e->visibility, namespace);
}

bool entry_order_leaves_out(const struct entry_order *o, const struct entry *e)
{
	return e->left_out == o->question;
}

/* ---- lines ---- */

struct entry *entry_order_oldest(const struct entry_order *o, struct str namespace)
{
	return entry_line_first(hash_get(&o->by_age, namespace), o->question);
}

static struct str from_to(struct arena *arena, struct str from, struct str to)
{
	return STR_CONCAT(arena, from, STR(" "), to);
}

struct entry *entry_order_from_to(struct arena *arena, const struct entry_order *o, const struct entry_lines *lines,
                                  struct str from, struct str to)
{
	return entry_line_first(hash_get(&lines->from_to, from_to(arena, from, to)), o->question);
}

static void put_in_lines(struct arena *arena, struct entry_lines *lines, struct entry *e)
{
	if (entry_order_sees(e, e->namespace))
		entry_lines_append(arena, &lines->own, e->namespace, e);
	for (size_t k = 0; e->narrow && k < e->visibility.n; k++) {
		entry_lines_append(arena, &lines->by_name, e->visibility.items[k], e);
		entry_lines_append(arena, &lines->from_to, from_to(arena, e->namespace, e->visibility.items[k]), e);
	}
	if (!e->narrow) {
		entry_lines_append(arena, &lines->from, e->namespace, e);
		entry_line_append(arena, &lines->wide, e);
	}
}

static void init_lines(struct entry_lines *lines, struct arena *arena)
{
	hash_init(&lines->own, arena, entry_line_name);
	hash_init(&lines->by_name, arena, entry_line_name);
	hash_init(&lines->from, arena, entry_line_name);
	hash_init(&lines->from_to, arena, entry_line_name);
}

/* ---- lines by port, which only some Sidecars need ---- */

/* The bytes of a port, and of a class besides. */
struct port_key {
	char p[sizeof(void *) + sizeof(uint16_t)];
};

static struct str port_key(struct port_key *room, const struct entry_class *class, unsigned port)
{
	uint16_t number = (uint16_t)port;
	size_t   n = class ? sizeof(void *) : 0;

	memcpy(room->p, &class, n);
	memcpy(room->p + n, &number, sizeof(number));
	return (struct str){ room->p, n + sizeof(number) };
}

static void put_in_lines_of(struct entry_order *o, unsigned port, struct entry *e)
{
	struct port_key     room;
	struct str          key = port_key(&room, NULL, port);
	struct entry_lines *lines = hash_get(&o->by_port, key);

	if (!lines) {
		lines = ARENA_NEW(o->arena, struct entry_lines);
		lines->key = str_copy(o->arena, key);
		init_lines(lines, o->arena);
		hash_add(&o->by_port, lines);
	}
	put_in_lines(o->arena, lines, e);
}

struct entry_lines *entry_order_lines(struct entry_order *o, unsigned port)
{
	struct port_key room;

	if (port == 0)
		return &o->all;
	for (size_t i = 0; !o->has_lines_of_ports && i < o->n; i++)
		NODE_EACH (at, entry_order_ports(o->sorted[i]))
			put_in_lines_of(o, entry_order_port(at), o->sorted[i]);
	o->has_lines_of_ports = true;
	return hash_get(&o->by_port, port_key(&room, NULL, port));
}

static void put_in_class(struct entry_order *o, unsigned port, struct entry *e)
{
	struct port_key room;
	struct str      key = port_key(&room, e->class, port);

	if (!hash_get(&o->of_class, key))
		key = str_copy(o->arena, key);
	entry_lines_append(o->arena, &o->of_class, key, e);
}

struct entry *entry_order_oldest_of(struct entry_order *o, const struct entry_class *class, unsigned port)
{
	struct port_key room;

	for (size_t i = 0; !o->has_ports && i < o->n; i++)
		NODE_EACH (at, entry_order_ports(o->aged[i]))
			put_in_class(o, entry_order_port(at), o->aged[i]);
	o->has_ports = true;
	return class ? entry_line_first(hash_get(&o->of_class, port_key(&room, class, port)), o->question) : NULL;
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

static struct str lines_key(const void *lines)
{
	return ((const struct entry_lines *)lines)->key;
}

static struct str egress_key(const void *egress)
{
	return ((const struct live_answer *)egress)->key;
}

static void put_by_age(struct arena *arena, struct entry_order *o)
{
	o->aged = ARENA_ARRAY(arena, o->n + 1, struct entry *);
	for (size_t i = 0; i < o->n; i++)
		o->aged[i] = o->sorted[i];
	if (o->n)
		qsort(o->aged, o->n, sizeof(*o->aged), compare_ages);
	for (size_t i = 0; i < o->n; i++)
		entry_lines_append(arena, &o->by_age, o->aged[i]->namespace, o->aged[i]);
}

static struct entry_order *read_order(struct arena *arena, const struct live_refs *found, struct str host)
{
	struct entry_order *o = ARENA_NEW(arena, struct entry_order);

	o->is.key = str_copy(arena, host);
	o->arena = arena;
	hash_init(&o->classes, arena, class_key);
	hash_init(&o->namespaces, arena, namespace_of);
	init_lines(&o->all, arena);
	hash_init(&o->by_age, arena, entry_line_name);
	hash_init(&o->by_port, arena, lines_key);
	hash_init(&o->of_class, arena, entry_line_name);
	hash_init(&o->egress, arena, egress_key);
	o->sorted = ARENA_ARRAY(arena, found->n + 1, struct entry *);
	o->said = ARENA_ARRAY(arena, found->n + 1, struct entry_said);
	for (; o->n < found->n; o->n++)
		o->sorted[o->n] = read_entry(arena, o, found->items[o->n], o->n);
	if (o->n)
		qsort(o->sorted, o->n, sizeof(*o->sorted), compare_for_sort);
	for (size_t i = 0; i < o->n; i++)
		put_in_lines(arena, &o->all, o->sorted[i]);
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
