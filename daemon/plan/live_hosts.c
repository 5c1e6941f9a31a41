/* Who owns a host name, as istiod decides it (measured: tests/conformance/neighbours, istio pilot/pkg/model/sidecar.go
 * and push_context.go):
 *
 * The first of all ServiceEntries of the host that the proxy may see is taken. In sidecars those of the proxy's own
 * namespace come first; then those that are exported to few before those exported to all; then the older ones. Entries
 * of the same namespace with equal exportTo, labels, resolution and workloadSelector are united with the first one, all others vanish
 * (canMergeServices). */
#include "plan/live_hosts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "plan/live_index.h"

struct entry {
	const struct node *object; /* NULL: ours */
	struct str namespace;
	struct str         created;           /* RFC 3339 in UTC, so that the order of texts is that of times */
	struct strings     visibility;        /* sorted */
	const struct node *labels, *selected; /* its own, and those that its workloadSelector wants; NULL: none */
	struct str         resolution;
	bool               narrow; /* exported to some namespaces only */
	/* what comes of it in some view: of the first ports that it lists those that would vanish; is ours taken over? */
	uint64_t lost[LIMIT_LIST_ITEMS / 64];
	bool     taken;
};

/* Proxies of one kind and namespace. */
struct view {
	struct str namespace;
	bool own_first; /* sidecars */
};

/* Of the namespaces that objects name, so many are looked at; what is found in them is of one kind. */
enum { VIEWS = 16 };

struct context {
	struct arena             *arena;
	const struct plan        *plan;
	const struct upstream    *upstream;
	const struct shared_host *shared; /* of all manifests of the run */
	struct diags             *diags;
	struct entry             *entries; /* ours is the last */
	size_t                    n;
	const struct entry       *missing_behind; /* which comes before ours where the filter runs; NULL: none */
	struct view               views[VIEWS];
	size_t                    n_views;
};

/* ---- reading ---- */

/* The names of namespaces, "*" for all of them, as the set that istiod compares. */
static struct strings visibility_of(struct context *c, struct strings to, struct str namespace)
{
	struct strings names = { .items = ARENA_ARRAY(c->arena, to.n + 1, struct str) };

	for (size_t i = 0; i < to.n; i++)
		names.items[names.n++] = str_is(to.items[i], ".") ? namespace : to.items[i];
	if (to.n == 0)
		names.items[names.n++] = STR("*");
	strings_sort(&names);
	return names;
}

static struct strings export_to_in(struct context *c, const struct node *object)
{
	const struct node *list = node_get(node_get(object, "spec"), "exportTo");
	struct strings     to = { .items = ARENA_ARRAY(c->arena, list ? list->count + 1 : 1, struct str) };

	NODE_EACH (n, list)
		to.items[to.n++] = node_text(n);
	return to;
}

static struct str resolution_of(const struct node *object)
{
	const struct node *n = node_get(node_get(object, "spec"), "resolution");

	return n && n->kind == NODE_STRING ? node_text(n) : STR("NONE");
}

static void read_entry(struct context *c, const struct node *object)
{
	struct entry *e = &c->entries[c->n++];

	e->object = object;
	e->namespace = live_object_namespace(object);
	e->created = live_object_created(object);
	e->visibility = visibility_of(c, export_to_in(c, object), e->namespace);
	e->labels = node_get(node_get(object, "metadata"), "labels");
	e->selected = node_get(node_get(node_get(object, "spec"), "workloadSelector"), "labels");
	e->resolution = resolution_of(object);
	e->narrow = !strings_have(&e->visibility, STR("*"));
}

/* As it will be: without labels, and the newest, unless it is there already. */
static void read_ours(struct context *c, const struct mesh *mesh, struct str created)
{
	const struct manifest *m = c->plan->manifest;
	struct entry          *e = &c->entries[c->n++];

	*e = (struct entry){ .namespace = m->metadata->namespace,
		             .created = created,
		             .resolution = field_word(resolution_words, upstream_resolution(c->upstream)) };
	e->visibility = visibility_of(c, plan_export_to(c->arena, m, mesh, c->upstream), e->namespace);
	e->narrow = !strings_have(&e->visibility, STR("*"));
}

static void read_entries(struct context *c, const struct live_objects *live, const struct mesh *mesh)
{
	const struct live_refs *found = &live_host(live, c->upstream->host)->entries;
	struct str              created = STR("~"); /* after every time */

	c->entries = ARENA_ARRAY(c->arena, found->n + 1, struct entry);
	for (size_t i = 0; i < found->n; i++) {
		const struct node *object = found->items[i];

		if (live_object_is_ours(c->arena, object, c->plan->manifest, c->shared))
			created = live_object_created(object);
		else
			read_entry(c, object);
	}
	read_ours(c, mesh, created);
}

/* ---- who is taken ---- */

static bool is_seen(const struct entry *e, const struct view *v)
{
	return !e->narrow || strings_have(&e->visibility, v->namespace);
}

static bool precedes(const struct entry *a, const struct entry *b, const struct view *v)
{
	bool own_a = str_eq(a->namespace, v->namespace), own_b = str_eq(b->namespace, v->namespace);
	int  order = str_cmp(a->created, b->created);

	if (v->own_first && own_a != own_b)
		return own_a;
	if (a->narrow != b->narrow)
		return a->narrow;
	return order < 0 || (order == 0 && str_cmp(a->namespace, b->namespace) < 0);
}

/* Of the first n. NULL: the proxies see none. */
static const struct entry *first_of(const struct context *c, size_t n, const struct view *v)
{
	const struct entry *first = NULL;

	for (size_t i = 0; i < n; i++)
		if (is_seen(&c->entries[i], v) && (!first || precedes(&c->entries[i], first, v)))
			first = &c->entries[i];
	return first;
}

static bool unite(const struct entry *a, const struct entry *b)
{
	return str_eq(a->namespace, b->namespace) && str_eq(a->resolution, b->resolution) &&
	       strings_include(&a->visibility, &b->visibility) && strings_include(&b->visibility, &a->visibility) &&
	       live_labels_equal(a->labels, b->labels) && live_labels_equal(a->selected, b->selected);
}

/* ---- ports ---- */

struct ports {
	uint64_t bits[65536 / 64];
};

static void ports_add(struct ports *p, uint64_t number)
{
	p->bits[number / 64] |= (uint64_t)1 << number % 64;
}

static bool ports_have(const struct ports *p, uint64_t number)
{
	return p->bits[number / 64] >> number % 64 & 1;
}

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

/* Those that the proxies have once ours is there: of the first entry, and of all that are united with it. */
static void read_ports(const struct context *c, const struct entry *after, struct ports *ret)
{
	const struct entry *ours = &c->entries[c->n - 1];

	for (const struct shared_port *p = c->shared->ports; p && unite(after, ours); p = p->next)
		ports_add(ret, (uint64_t)p->upstream->port);
	for (const struct entry *e = c->entries; e < ours; e++)
		if (unite(after, e))
			NODE_EACH (port, ports_of(e))
				ports_add(ret, port_number(port));
}

/* ---- one view ---- */

static void mark_losses(const struct context *c, struct entry *e, const struct entry *after, const struct ports *remain)
{
	bool   with_ours = unite(after, &c->entries[c->n - 1]);
	size_t i = 0;

	NODE_EACH (port, ports_of(e)) {
		uint64_t number = port_number(port);

		if (i < LIMIT_LIST_ITEMS && number && !ports_have(remain, number))
			e->lost[i / 64] |= (uint64_t)1 << i % 64;
		e->taken = e->taken || (with_ours && (int64_t)number == c->upstream->port);
		i++;
	}
}

static void look_for_losses(struct context *c, struct view v)
{
	const struct entry *before = first_of(c, c->n - 1, &v), *after = first_of(c, c->n, &v);
	struct arena_mark   mark = arena_mark(c->arena);
	struct ports       *remain;

	if (!before || !is_seen(&c->entries[c->n - 1], &v))
		return;
	remain = ARENA_NEW(c->arena, struct ports);
	read_ports(c, after, remain);
	for (size_t i = 0; i + 1 < c->n; i++)
		if (unite(before, &c->entries[i]))
			mark_losses(c, &c->entries[i], after, remain);
	arena_reset(c->arena, mark);
}

static void look_for_ours(struct context *c, struct view v)
{
	const struct entry *ours = &c->entries[c->n - 1], *first = first_of(c, c->n, &v);

	if (!c->missing_behind && is_seen(ours, &v) && !unite(first, ours))
		c->missing_behind = first;
}

/* ---- whose proxies ---- */

static void add_view(struct context *c, struct str namespace, bool own_first)
{
	for (size_t i = 0; i < c->n_views; i++)
		if (str_eq(c->views[i].namespace, namespace) && c->views[i].own_first == own_first)
			return;
	if (c->n_views < VIEWS)
		c->views[c->n_views++] = (struct view){ namespace, own_first };
}

/* A filter of the root namespace runs in all the others: in those with an entry of their own, and in those to which one is
 * exported by name. */
static void add_views_elsewhere(struct context *c, bool own_first)
{
	for (const struct entry *e = c->entries; e < &c->entries[c->n - 1]; e++) {
		add_view(c, e->namespace, own_first);
		for (size_t i = 0; e->narrow && i < e->visibility.n; i++)
			add_view(c, e->visibility.items[i], own_first);
	}
}

/* Sidecars are not in the root namespace, but in others. */
static void check_ours(struct context *c, const struct mesh *mesh)
{
	const struct manifest *m = c->plan->manifest;
	const struct target   *t = m->spec->target;
	bool                   in_sidecar = t->proxy == PROXY_SIDECAR;
	bool                   in_root = str_eq(m->metadata->namespace, mesh->spec->root_namespace);
	struct str             home = t->waypoint ? t->waypoint->namespace : m->metadata->namespace;

	c->n_views = 0;
	add_view(c, in_root && in_sidecar ? STR("") : home, in_sidecar);
	if (in_root && !t->waypoint)
		add_views_elsewhere(c, in_sidecar);
	for (size_t i = 0; i < c->n_views; i++)
		if (!in_sidecar || !str_eq(c->views[i].namespace, mesh->spec->root_namespace))
			look_for_ours(c, c->views[i]);
}

/* What is lost is lost in all proxies that see ours, whatever proxies the manifest is for. */
static void check_theirs(struct context *c, const struct mesh *mesh)
{
	const struct entry *ours = &c->entries[c->n - 1];

	c->n_views = 0;
	for (size_t i = 0; i < ours->visibility.n; i++) {
		bool is_name = !str_is(ours->visibility.items[i], "*");
		struct str namespace = is_name ? ours->visibility.items[i] : ours->namespace;

		if (!str_eq(namespace, mesh->spec->root_namespace))
			add_view(c, namespace, true);
		add_view(c, namespace, false);
	}
	for (size_t i = 0; i < c->n_views; i++)
		look_for_losses(c, c->views[i]);
}

/* ---- findings ---- */

static void relate(const struct context *c, struct diag *d, const struct entry *e)
{
	diag_relate(c->diags, d, node_pos(node_get(e->object, "spec")), "the ServiceEntry is here", NO_ARGS);
}

static struct str name_of(const struct context *c, const struct entry *e)
{
	return STR_CONCAT(c->arena, e->namespace, STR("/"), live_object_name(e->object));
}

static void report_missing(const struct context *c, const struct entry *first)
{
	relate(c,
	       diag_at(c->diags, CO_SHARED_HIDDEN, node_get(c->upstream->node, "isolated"),
	               ARGS(name_of(c, first), STR_CONCAT(c->arena, STR("upstream "), c->upstream->name))),
	       first);
}

/* "port 80", "ports 80, 443"; absent when none would vanish. */
static struct str lost_ports(const struct context *c, const struct entry *e)
{
	struct buf b;
	size_t     n = 0, i = 0;

	buf_init(&b, c->arena, 4 * KIB);
	NODE_EACH (port, ports_of(e)) {
		if (i < LIMIT_LIST_ITEMS && e->lost[i / 64] >> i % 64 & 1) {
			if (n++)
				buf_lit(&b, ", ");
			buf_add(&b, node_text(node_get(port, "number")));
		}
		i++;
	}
	return n ? STR_CONCAT(c->arena, n == 1 ? STR("port ") : STR("ports "), buf_str(&b)) : STR_ABSENT;
}

static void report_losses(const struct context *c, const struct entry *e)
{
	const struct node *place = node_get(c->upstream->node, "isolated");
	struct str         who = STR_CONCAT(c->arena, STR("upstream "), c->upstream->name);
	struct str         lost = lost_ports(c, e);
	struct str         port = str_from_int(c->arena, c->upstream->port);

	if (str_present(lost))
		relate(c, diag_at(c->diags, CO_SHARED_HIDES_OBJECT, place, ARGS(who, name_of(c, e), lost)), e);
	if (e->taken)
		relate(c, diag_at(c->diags, CO_SHARED_TAKES_PORT, place, ARGS(who, port, name_of(c, e))), e);
}

void live_hosts_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                      const struct upstream *u, const struct shared_host *shared, const struct mesh *mesh,
                      struct diags *diags)
{
	struct context c = { .arena = arena, .plan = plan, .upstream = u, .shared = shared, .diags = diags };

	read_entries(&c, live, mesh);
	check_theirs(&c, mesh);
	check_ours(&c, mesh);
	for (size_t i = 0; i + 1 < c.n; i++)
		report_losses(&c, &c.entries[i]);
	if (c.missing_behind)
		report_missing(&c, c.missing_behind);
}
