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
#include "plan/entry_choice.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "plan/live_key.h"
#include "plan/live_sidecar.h"

/* Entries that are united, wherever one of them is taken. */
struct class
{
	struct str key;
	bool       meets_ours; /* in some view it was taken, and now ours comes first, or is united with it */
	bool       mixes;      /* in some view it stays the first, with our addresses and rule on the ports of both */
	const struct entry *hides;   /* it comes before ours where the filter runs: its first; NULL: it does not */
	unsigned char      *carried; /* enum carried, for each port of the shared host; NULL: none can be ours */
	struct class       *next;    /* of those that hide ours */
};

/* What a class has on a port of ours. */
enum carried { CARRIED_NOT, CARRIED_HTTP1, CARRIED_HTTP2 };

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
	bool               own_first; /* sidecars */
	const struct node *sidecar;   /* which trims them; NULL: none */
};

struct context {
	struct arena              *arena; /* given back with the answer */
	const struct manifest     *manifest;
	const struct shared_host  *shared;
	const struct mesh         *mesh;
	const struct live_objects *live;
	const struct node         *common;  /* the root namespace's Sidecar; NULL: none */
	struct entry              *entries; /* ours is the last */
	size_t                     n;
	struct hash                classes;
	struct hash                own, by_name;         /* of struct first */
	struct hash                from, from_to;        /* what a namespace exports to all, and by name: "FROM TO" */
	struct hash                looked;               /* the namespaces whose sidecars were asked for losses */
	const struct entry        *wide;                 /* the first that is exported to all */
	const struct entry       **sorted;               /* all but ours */
	struct class              *hiding, **hiding_end; /* in the order of the views */
};

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

/* What the manifest says stays as it is. */
static struct strings strings_sorted(struct arena *arena, struct strings list)
{
	struct strings s = { .items = ARENA_ARRAY(arena, list.n + 1, struct str), .n = list.n };

	for (size_t i = 0; i < list.n; i++)
		s.items[i] = list.items[i];
	strings_sort(&s);
	return s;
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

/* What all of a class have in common; no labels are as good as none. exportTo counts as it stands: "." and the namespace's
 * name, or "*" and nothing, mean the same and are not united. */
static struct class *class_of(struct context *c, const struct entry *e, const struct strings *export_to,
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

static void read_entry(struct context *c, const struct node *object)
{
	const struct node *spec = node_get(object, "spec");
	struct strings     to = live_export_to(c->arena, object);
	struct entry      *e = &c->entries[c->n++];

	*e = (struct entry){ .object = object,
		             .namespace = live_object_namespace(object),
		             .created = live_object_created(object) };
	e->visibility = visibility_of(c->arena, to, e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
	e->class = class_of(c, e, &to, resolution_of(object), node_get(node_get(object, "metadata"), "labels"),
	                    node_get(node_get(spec, "workloadSelector"), "labels"));
}

/* As it will be: without labels, and the newest, unless it is there already. */
static void read_ours(struct context *c, struct str created)
{
	const struct upstream *u = c->shared->owner_upstream;
	struct strings         to = strings_sorted(c->arena, plan_export_to(c->arena, c->shared->owner, c->mesh, u));
	struct entry          *e = &c->entries[c->n++];

	*e = (struct entry){ .namespace = c->shared->owner->metadata->namespace, .created = created };
	e->visibility = visibility_of(c->arena, to, e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
	e->class = class_of(c, e, &to, field_word(resolution_words, upstream_resolution(u)), NULL, NULL);
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

static struct str from_to(const struct context *c, struct str from, struct str to)
{
	return STR_CONCAT(c->arena, from, STR(" "), to);
}

/* Of all but ours. */
static void find_firsts(struct context *c)
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

		if (is_seen(e, e->namespace))
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

static bool precedes(const struct entry *a, const struct entry *b, const struct view *v)
{
	bool own = str_eq(a->namespace, v->namespace);

	if (v->own_first && own != str_eq(b->namespace, v->namespace))
		return own;
	return compare_entries(a, b) < 0;
}

static const struct entry *first_of_all(const struct context *c, const struct view *v)
{
	const struct entry *found = v->own_first ? first_in(&c->own, v->namespace) : NULL;

	if (!found)
		found = first_in(&c->by_name, v->namespace);
	return found ? found : c->wide;
}

/* ---- what a Sidecar lets in ---- */

struct import {
	const struct context *context;
	const struct view    *view;
	const struct entry   *first;
};

static void consider(struct import *i, const struct entry *e)
{
	if (e && (!i->first || precedes(e, i->first, i->view)))
		i->first = e;
}

static void import(void *data, struct str namespace)
{
	struct import        *i = data;
	const struct context *c = i->context;

	if (str_is(namespace, "*")) {
		consider(i, first_of_all(c, i->view));
		return;
	}
	consider(i, first_in(&c->from, namespace));
	consider(i, first_in(&c->from_to, from_to(c, namespace, i->view->namespace)));
}

static bool is_let_in(const struct context *c, const struct entry *e, const struct view *v)
{
	return !v->sidecar || live_sidecar_covers(v->sidecar, v->namespace, e->namespace, c->shared->host, -1);
}

/* Without ours. NULL: the proxies see none. */
static const struct entry *first_of(const struct context *c, const struct view *v)
{
	const struct node *egress = node_get(node_get(v->sidecar, "spec"), "egress");
	struct import      i = { c, v, NULL };

	if (!egress || egress->count == 0)
		return first_of_all(c, v);
	live_sidecar_each(v->sidecar, v->namespace, c->shared->host, import, &i);
	return i.first && is_let_in(c, i.first, v) ? i.first : NULL;
}

static bool ours_precedes(const struct context *c, const struct entry *e, const struct view *v)
{
	return precedes(ours(c), e, v);
}

/* ---- whose proxies ---- */

typedef void look(struct context *, const struct view *);

static void look_for_losses_in(struct context *c, const struct view *v)
{
	const struct entry *before = first_of(c, v);

	if (!before || !is_let_in(c, ours(c), v))
		return;
	if (before->class == ours(c)->class || ours_precedes(c, before, v))
		before->class->meets_ours = true;
	else if (str_eq(before->namespace, ours(c)->namespace))
		before->class->mixes = true;
}

/* Gateways obey no Sidecar. In a namespace each Sidecar of some workloads, and that of the others, has a view. */
static void look_for_losses(struct context *c, const struct view *v)
{
	struct view             at = *v;
	const struct live_refs *sidecars;

	if (!v->own_first) {
		look_for_losses_in(c, v);
		return;
	}
	if (hash_get(&c->looked, v->namespace))
		return;
	add_first(c, &c->looked, v->namespace, NULL);
	at.sidecar = live_sidecar_own(c->live, v->namespace, NULL, STR_ABSENT);
	if (!at.sidecar)
		at.sidecar = c->common;
	look_for_losses_in(c, &at);
	sidecars = live_sidecars_in(c->live, v->namespace);
	for (size_t i = 0; i < sidecars->n; i++) {
		at.sidecar = sidecars->items[i];
		if (live_sidecar_selects(at.sidecar))
			look_for_losses_in(c, &at);
	}
}

static void look_for_ours(struct context *c, const struct view *v)
{
	const struct entry *before = first_of(c, v);

	if (!before || before->class == ours(c)->class || before->class->hides || ours_precedes(c, before, v))
		return;
	before->class->hides = before;
	*c->hiding_end = before->class;
	c->hiding_end = &before->class->next;
}

/* Those that see ours; sidecars are not in the root namespace, but in others. */
static void look_into(struct context *c, look *at, struct str namespace, bool own_first)
{
	const struct view v = { namespace, own_first, NULL };

	if (is_seen(ours(c), namespace) && !(own_first && str_eq(namespace, c->mesh->spec->root_namespace)))
		at(c, &v);
}

/* The namespaces that entries are in or exported to, and that have Sidecars; what is said of one that nobody names goes for all others. */
static void look_everywhere(struct context *c, look *at, bool own_first)
{
	look_into(c, at, STR(""), own_first);
	for (size_t i = 0; own_first && i < c->live->n_sidecars; i++)
		look_into(c, at, live_object_namespace(c->live->sidecars[i]), own_first);
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

/* As istiod reads it (istio pkg/config/protocol/instance.go). */
static enum carried carried_by(const struct node *port)
{
	const struct node *protocol = node_get(port, "protocol");
	struct str         p = protocol ? node_text(protocol) : STR("");

	return str_eq_nocase(p, STR("HTTP2")) || str_eq_nocase(p, STR("GRPC")) || str_eq_nocase(p, STR("GRPC-WEB"))
	               ? CARRIED_HTTP2
	               : CARRIED_HTTP1;
}

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

/* The first entry of a class says what a port is. */
static void read_carried(const struct context *c, const struct ports *ports)
{
	for (size_t i = 0; i < c->n - 1; i++) {
		struct class *class = c->sorted[i]->class;

		if (!class->hides)
			continue;
		if (!class->carried)
			class->carried = ARENA_ARRAY(c->arena, c->shared->n_ports + 1, unsigned char);
		NODE_EACH (port, ports_of(c->sorted[i])) {
			uint16_t shared = ports->ours[port_number(port)];

			if (shared && class->carried[shared] == CARRIED_NOT)
				class->carried[shared] = (unsigned char)carried_by(port);
		}
	}
}

/* Is our cluster missing on this port where the class comes first? *ret_field: see struct entry_hiding. Envoy takes no
 * LOGICAL_DNS cluster with two addresses. */
static bool hides_port(const struct context *c, const struct class *class, const struct upstream *u,
                       enum carried carried, const char **ret_field)
{
	bool http2 = u->protocol == PROTOCOL_HTTP2 || u->protocol == PROTOCOL_GRPC;

	*ret_field = NULL;
	if (carried == CARRIED_NOT)
		return true;
	if (!str_eq(class->hides->namespace, ours(c)->namespace))
		*ret_field = "addresses";
	else if (!str_eq(resolution_of(class->hides->object), field_word(resolution_words, upstream_resolution(u))))
		*ret_field = "resolution";
	else if (upstream_resolution(u) == RESOLUTION_DNS_ROUND_ROBIN)
		return true;
	else if (http2 != (carried == CARRIED_HTTP2))
		*ret_field = "protocol";
	return *ret_field;
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
		if (number == 0 || ports->remain[number] || !e->class->meets_ours)
			continue;
		if (n++)
			buf_lit(&lost, ", ");
		buf_uint(&lost, number);
	}
	if (n)
		add_effect(a, &ports->last[0], &a->answer->lost, e, name, ports_text(a->arena, buf_str(&lost), n));
}

static void add_hiding(const struct answering *a, const struct upstream *u, size_t shared, struct entry_hiding *ret)
{
	for (const struct class *class = a->context->hiding; class; class = class->next) {
		const struct entry *e = class->hides;
		const char         *field;

		if (!hides_port(a->context, class, u, class->carried[shared], &field))
			continue;
		*ret = (struct entry_hiding){ e->object,
			                      STR_CONCAT(a->arena, e->namespace, STR("/"), live_object_name(e->object)),
			                      field };
		return;
	}
}

static void answer_into(struct answering *a)
{
	const struct context *c = a->context;
	size_t                n = c->shared->n_ports;

	a->ports = ARENA_NEW(c->arena, struct ports);
	a->ports->last = ARENA_ARRAY(c->arena, n + 1, struct entry_effect *);
	a->answer->taken = ARENA_ARRAY(a->arena, n + 1, const struct entry_effect *);
	read_ports(c, a->ports);
	for (const struct entry *e = c->entries; e < ours(c); e++)
		if (e->class->meets_ours || e->class->mixes)
			add_effects(a, e);
	read_carried(c, a->ports);
	a->answer->hidden = ARENA_ARRAY(a->arena, n + 1, struct entry_hiding);
	for (const struct shared_port *p = c->shared->ports; p; p = p->next) {
		size_t shared = a->ports->ours[p->upstream->port];

		add_hiding(a, p->upstream, shared, &a->answer->hidden[shared - 1]);
	}
}

static struct entry_answer *answer_of(struct arena *arena, struct arena *scratch, const struct live_objects *live,
                                      const struct manifest *m, const struct shared_host *shared,
                                      const struct mesh *mesh)
{
	struct context   c = { .arena = scratch,
		               .manifest = m,
		               .shared = shared,
		               .mesh = mesh,
		               .live = live,
		               .common = live_sidecar_common(live, mesh->spec->root_namespace, STR_ABSENT) };
	struct answering a = { &c, arena, NULL, ARENA_NEW(arena, struct entry_answer) };

	c.hiding_end = &c.hiding;
	hash_init(&c.classes, scratch, class_key);
	hash_init(&c.own, scratch, first_namespace);
	hash_init(&c.by_name, scratch, first_namespace);
	hash_init(&c.from, scratch, first_namespace);
	hash_init(&c.from_to, scratch, first_namespace);
	hash_init(&c.looked, scratch, first_namespace);
	read_entries(&c, &live_host(live, shared->host)->entries);
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
		answer = answer_of(live->memory->arena, scratch, live, m, shared, mesh);
		answer->is.key = str_copy(live->memory->arena, key);
		hash_add(&live->memory->entries, answer);
	}
	arena_reset(scratch, mark);
	return answer;
}
