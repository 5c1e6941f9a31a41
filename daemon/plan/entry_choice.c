/* Who owns a host name, as istiod decides it (measured: tests/conformance/neighbours, istio pilot/pkg/model/sidecar.go
 * and push_context.go):
 *
 * The first of all ServiceEntries of the host that the proxy may see is taken. In sidecars those of the proxy's own
 * namespace come first; then those that are exported to few before those exported to all; then the older ones. Entries
 * of the same namespace with equal exportTo, labels, resolution and workloadSelector are united with the first one, all others vanish
 * (canMergeServices).
 *
 * So the first of a view is one of three: the first of its own namespace, the first that is exported to it by name, the first
 * that is exported to all. They are found once, and each view costs the same however many entries there are. */
#include "plan/entry_choice.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "plan/live_key.h"

/* Entries that are united, wherever one of them is taken. */
struct class
{
	struct str key;
	bool       meets_ours; /* in some view it was taken, and now ours comes first, or is united with it */
};

struct entry {
	const struct node *object; /* NULL: ours */
	struct str namespace;
	struct str     created;    /* RFC 3339 in UTC, so that the order of texts is that of times */
	struct strings visibility; /* sorted */
	bool           narrow;     /* exported to some namespaces only */
	struct class *class;
};

/* The first entry of a namespace, or of those exported to it by name. */
struct first {
	struct str namespace;
	const struct entry *entry;
};

/* Proxies of one kind and namespace. */
struct view {
	struct str namespace;
	bool own_first; /* sidecars */
};

struct context {
	struct arena             *arena; /* given back with the answer */
	const struct manifest    *manifest;
	const struct shared_host *shared;
	const struct mesh        *mesh;
	struct entry             *entries; /* ours is the last */
	size_t                    n;
	struct hash               classes;
	struct hash               own, by_name; /* of struct first */
	const struct entry       *wide;         /* the first that is exported to all */
	const struct entry       *before;       /* see struct entry_answer */
};

/* ---- reading ---- */

/* The names of namespaces, "*" for all of them, as the set that istiod compares. */
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

static struct str resolution_of(const struct node *object)
{
	const struct node *n = node_get(node_get(object, "spec"), "resolution");

	return n && n->kind == NODE_STRING ? node_text(n) : STR("NONE");
}

static struct str class_key(const void *class)
{
	return ((const struct class *)class)->key;
}

/* What all of a class have in common; no labels are as good as none. */
static struct class *class_of(struct context *c, const struct entry *e, struct str resolution,
                              const struct node *labels, const struct node *selected)
{
	struct class *class = ARENA_NEW(c->arena, struct class), *known;
	struct buf b;

	live_key_begin(&b, c->arena);
	live_key_add(&b, e->namespace);
	live_key_add(&b, resolution);
	for (size_t i = 0; i < e->visibility.n; i++)
		live_key_add(&b, e->visibility.items[i]);
	buf_char(&b, ';');
	live_key_add_labels(&b, labels);
	live_key_add_labels(&b, selected);
	class->key = buf_str(&b);
	known = hash_add(&c->classes, class);
	return known ? known : class;
}

static void read_entry(struct context *c, const struct node *object)
{
	const struct node *spec = node_get(object, "spec");
	struct entry      *e = &c->entries[c->n++];

	*e = (struct entry){ .object = object,
		             .namespace = live_object_namespace(object),
		             .created = live_object_created(object) };
	e->visibility = visibility_of(c->arena, live_export_to(c->arena, object), e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
	e->class = class_of(c, e, resolution_of(object), node_get(node_get(object, "metadata"), "labels"),
	                    node_get(node_get(spec, "workloadSelector"), "labels"));
}

/* As it will be: without labels, and the newest, unless it is there already. */
static void read_ours(struct context *c, struct str created)
{
	const struct upstream *u = c->shared->owner_upstream;
	struct strings         to = plan_export_to(c->arena, c->shared->owner, c->mesh, u);
	struct entry          *e = &c->entries[c->n++];

	*e = (struct entry){ .namespace = c->shared->owner->metadata->namespace, .created = created };
	e->visibility = visibility_of(c->arena, to, e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
	e->class = class_of(c, e, field_word(resolution_words, upstream_resolution(u)), NULL, NULL);
}

static const struct entry *ours(const struct context *c)
{
	return &c->entries[c->n - 1];
}

static void read_entries(struct context *c, const struct live_refs *found)
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
static void add_first(struct context *c, struct hash *to, struct str namespace, const struct entry *e)
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

static bool is_seen(const struct entry *e, struct str namespace)
{
	return !e->narrow || strings_have(&e->visibility, namespace);
}

/* Of all but ours. */
static void find_firsts(struct context *c)
{
	size_t               n = c->n - 1;
	const struct entry **sorted = ARENA_ARRAY(c->arena, n + 1, const struct entry *);

	for (size_t i = 0; i < n; i++)
		sorted[i] = &c->entries[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare_for_sort);
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = sorted[i];

		if (is_seen(e, e->namespace))
			add_first(c, &c->own, e->namespace, e);
		for (size_t k = 0; e->narrow && k < e->visibility.n; k++)
			add_first(c, &c->by_name, e->visibility.items[k], e);
		if (!e->narrow && !c->wide)
			c->wide = e;
	}
}

/* Without ours. NULL: the proxies see none. */
static const struct entry *first_of(const struct context *c, const struct view *v)
{
	const struct entry *found = v->own_first ? first_in(&c->own, v->namespace) : NULL;

	if (!found)
		found = first_in(&c->by_name, v->namespace);
	return found ? found : c->wide;
}

static bool ours_precedes(const struct context *c, const struct entry *e, const struct view *v)
{
	bool own = str_eq(ours(c)->namespace, v->namespace);

	if (v->own_first && own != str_eq(e->namespace, v->namespace))
		return own;
	return compare_entries(ours(c), e) < 0;
}

/* ---- whose proxies ---- */

typedef void look(struct context *, const struct view *);

static void look_for_losses(struct context *c, const struct view *v)
{
	const struct entry *before = first_of(c, v);

	if (before && (before->class == ours(c)->class || ours_precedes(c, before, v)))
		before->class->meets_ours = true;
}

static void look_for_ours(struct context *c, const struct view *v)
{
	const struct entry *before = first_of(c, v);

	if (!c->before && before && before->class != ours(c)->class && !ours_precedes(c, before, v))
		c->before = before;
}

/* Those that see ours; sidecars are not in the root namespace, but in others. */
static void look_into(struct context *c, look *at, struct str namespace, bool own_first)
{
	const struct view v = { namespace, own_first };

	if (is_seen(ours(c), namespace) && !(own_first && str_eq(namespace, c->mesh->spec->root_namespace)))
		at(c, &v);
}

/* The namespaces that entries are in or exported to; what is said of one that nobody names goes for all others. */
static void look_everywhere(struct context *c, look *at, bool own_first)
{
	look_into(c, at, STR(""), own_first);
	for (const struct entry *e = c->entries; e < ours(c); e++) {
		look_into(c, at, e->namespace, own_first);
		for (size_t i = 0; e->narrow && i < e->visibility.n; i++)
			look_into(c, at, e->visibility.items[i], own_first);
	}
}

/* What is lost is lost in all proxies that see ours, whatever proxies the manifest is for. */
static void check_theirs(struct context *c)
{
	for (int own_first = 1; own_first >= 0; own_first--) {
		look_into(c, look_for_losses, ours(c)->namespace, own_first);
		for (size_t i = 0; ours(c)->narrow && i < ours(c)->visibility.n; i++)
			look_into(c, look_for_losses, ours(c)->visibility.items[i], own_first);
		if (!ours(c)->narrow)
			look_everywhere(c, look_for_losses, own_first);
	}
}

/* A filter of the root namespace runs in all the others. */
static void check_ours(struct context *c)
{
	const struct target *t = c->manifest->spec->target;
	bool                 in_sidecar = t->proxy == PROXY_SIDECAR;
	bool                 in_root = str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace);

	look_into(c, look_for_ours, t->waypoint ? t->waypoint->namespace : c->manifest->metadata->namespace,
	          in_sidecar);
	if (in_root && !t->waypoint)
		look_everywhere(c, look_for_ours, in_sidecar);
}

/* ---- ports ---- */

/* 0: it has none that could be one. */
static uint64_t port_number(const struct node *port)
{
	const struct node *number = node_get(port, "number");
	uint64_t           n;

	return number && str_to_uint(node_text(number), 65535, &n) ? n : 0;
}

static const struct node *ports_of(const struct entry *e)
{
	return node_get(node_get(e->object, "spec"), "ports");
}

struct ports {
	bool                  remain[65536]; /* in the proxies once ours is first */
	uint16_t              ours[65536];   /* 1: the first port of the shared host … */
	struct entry_effect **last;          /* of each, and of the lost ones behind them */
};

static void read_ports(const struct context *c, struct ports *ret)
{
	uint16_t n = 0;

	for (const struct shared_port *p = c->shared->ports; p; p = p->next) {
		ret->ours[p->upstream->port] = ++n;
		ret->remain[p->upstream->port] = true;
	}
	for (const struct entry *e = c->entries; e < ours(c); e++)
		if (e->class == ours(c)->class)
			NODE_EACH (port, ports_of(e))
				ret->remain[port_number(port)] = true;
}

/* ---- the answer ---- */

struct answering {
	const struct context *context;
	struct arena         *arena; /* of the answer */
	struct ports         *ports;
	struct entry_answer  *answer;
};

static void add_effect(struct answering *a, struct entry_effect **last, const struct entry_effect **first,
                       const struct entry *e, struct str name, struct str ports)
{
	struct entry_effect *effect = ARENA_NEW(a->arena, struct entry_effect);

	*effect = (struct entry_effect){ NULL, e->object, (size_t)(e - a->context->entries), name, ports };
	if (*last)
		(*last)->next = effect;
	else
		*first = effect;
	*last = effect;
}

/* "port 80", "ports 80, 443" */
static struct str ports_text(struct arena *arena, struct str list, size_t n)
{
	return STR_CONCAT(arena, n == 1 ? STR("port ") : STR("ports "), list);
}

static void add_effects(struct answering *a, const struct entry *e)
{
	struct ports *ports = a->ports;
	struct str    name = STR_CONCAT(a->arena, e->namespace, STR("/"), live_object_name(e->object));
	size_t        i = 0, n = 0;
	struct buf    lost;

	buf_init(&lost, a->context->arena, 4 * KIB);
	NODE_EACH (port, ports_of(e)) {
		uint64_t number = port_number(port);
		uint16_t shared = ports->ours[number];

		if (i++ == LIMIT_LIST_ITEMS)
			break;
		if (shared && (!ports->last[shared] || ports->last[shared]->object != e->object))
			add_effect(a, &ports->last[shared], &a->answer->taken[shared - 1], e, name, STR_ABSENT);
		if (number == 0 || ports->remain[number])
			continue;
		if (n++)
			buf_lit(&lost, ", ");
		buf_uint(&lost, number);
	}
	if (n)
		add_effect(a, &ports->last[0], &a->answer->lost, e, name, ports_text(a->arena, buf_str(&lost), n));
}

static void answer_into(struct answering *a)
{
	const struct context *c = a->context;
	size_t                n = c->shared->n_ports;

	a->ports = ARENA_NEW(c->arena, struct ports);
	a->ports->last = ARENA_ARRAY(c->arena, n + 1, struct entry_effect *);
	a->answer->taken = ARENA_ARRAY(a->arena, n, const struct entry_effect *);
	read_ports(c, a->ports);
	for (const struct entry *e = c->entries; e < ours(c); e++)
		if (e->class->meets_ours)
			add_effects(a, e);
	if (c->before) {
		a->answer->before = c->before->object;
		a->answer->before_name =
			STR_CONCAT(a->arena, c->before->namespace, STR("/"), live_object_name(c->before->object));
	}
}

static struct entry_answer *answer_of(struct arena *arena, struct arena *scratch, const struct live_refs *found,
                                      const struct manifest *m, const struct shared_host *shared,
                                      const struct mesh *mesh)
{
	struct context   c = { .arena = scratch, .manifest = m, .shared = shared, .mesh = mesh };
	struct answering a = { &c, arena, NULL, ARENA_NEW(arena, struct entry_answer) };

	hash_init(&c.classes, scratch, class_key);
	hash_init(&c.own, scratch, first_namespace);
	hash_init(&c.by_name, scratch, first_namespace);
	read_entries(&c, found);
	find_firsts(&c);
	check_theirs(&c);
	check_ours(&c);
	answer_into(&a);
	return a.answer;
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
		answer = answer_of(live->memory->arena, scratch, &live_host(live, shared->host)->entries, m, shared,
		                   mesh);
		answer->is.key = str_copy(live->memory->arena, key);
		hash_add(&live->memory->entries, answer);
	}
	arena_reset(scratch, mark);
	return answer;
}
