/* Who owns a host name, as istiod decides it (measured: tests/conformance/neighbours, istio pilot/pkg/model/sidecar.go
 * and push_context.go):
 *
 * The first of all ServiceEntries of the host that the proxy may see is taken. In sidecars those of the proxy's own
 * namespace come first; then those that are exported to few before those exported to all; then the older ones. Entries
 * of the same namespace with equal exportTo and labels are united with the first one, all others vanish. */
#include "plan/live_hosts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "plan/live_index.h"

struct entry {
	const struct node *object; /* NULL: ours */
	struct str namespace;
	struct str created; /* RFC 3339 in UTC, so that the order of texts is that of times */
	struct str visibility;
	struct str labels;
	bool       own;    /* of the proxy's namespace */
	bool       narrow; /* exported to some namespaces only */
};

struct context {
	struct arena             *arena;
	const struct plan        *plan;
	const struct upstream    *upstream;
	const struct shared_host *shared; /* of all manifests of the run */
	struct diags             *diags;
	struct entry             *entries; /* ours is the last */
	size_t                    n;
};

/* ---- reading ---- */

static struct str meta_text(const struct node *object, const char *key)
{
	const struct node *n = node_get(node_get(object, "metadata"), key);

	return n && n->kind == NODE_STRING ? node_text(n) : STR("");
}

static void add_visible(struct buf *b, struct str to, struct str namespace)
{
	buf_add(b, str_is(to, ".") ? namespace : to);
	buf_char(b, ',');
}

static struct str visibility_of(struct context *c, const struct node *object, struct str namespace)
{
	const struct node *list = node_get(node_get(object, "spec"), "exportTo");
	struct buf         b;

	if (!list || list->count == 0)
		return STR("*,");
	buf_init(&b, c->arena, 64 * KIB);
	NODE_EACH (n, list)
		add_visible(&b, node_text(n), namespace);
	return buf_str(&b);
}

static struct str labels_of(struct context *c, const struct node *object)
{
	struct buf b;

	buf_init(&b, c->arena, 64 * KIB);
	NODE_EACH (n, node_get(node_get(object, "metadata"), "labels")) {
		buf_add(&b, node_key(n));
		buf_char(&b, '=');
		buf_add(&b, node_text(n));
		buf_char(&b, ',');
	}
	return buf_str(&b);
}

static void read_entry(struct context *c, const struct node *object)
{
	struct entry *e = &c->entries[c->n++];

	e->object = object;
	e->namespace = live_object_namespace(object);
	e->created = meta_text(object, "creationTimestamp");
	e->visibility = visibility_of(c, object, e->namespace);
	e->labels = labels_of(c, object);
	e->own = str_eq(e->namespace, c->plan->manifest->metadata->namespace);
	e->narrow = str_find_str(e->visibility, STR("*,"), 0) == e->visibility.n;
}

/* As it will be: without labels, and the newest, unless it is there already. */
static void read_ours(struct context *c, const struct mesh *mesh, struct str created)
{
	const struct strings *to = &c->upstream->export_to;
	struct str namespace = c->plan->manifest->metadata->namespace;
	bool          to_all = to->n == 0 && str_eq(namespace, mesh->spec->root_namespace);
	struct entry *e = &c->entries[c->n++];
	struct buf    b;

	buf_init(&b, c->arena, 64 * KIB);
	for (size_t i = 0; i < to->n; i++)
		add_visible(&b, to->items[i], namespace);
	if (to->n == 0)
		add_visible(&b, to_all ? STR("*") : STR("."), namespace);
	*e = (struct entry){ NULL, namespace, created, buf_str(&b), STR(""), true, false };
	e->narrow = str_find_str(e->visibility, STR("*,"), 0) == e->visibility.n;
}

static void read_entries(struct context *c, const struct live_objects *live, const struct mesh *mesh)
{
	const struct live_refs *found = &live_host(live, c->upstream->host)->entries;
	struct str              created = STR("~"); /* after every time */

	c->entries = ARENA_ARRAY(c->arena, found->n + 1, struct entry);
	for (size_t i = 0; i < found->n; i++) {
		const struct node *object = found->items[i];

		if (live_object_is_ours(c->arena, object, c->plan->manifest, c->shared))
			created = meta_text(object, "creationTimestamp");
		else if (live_object_exported(object, c->plan->manifest->metadata->namespace))
			read_entry(c, object);
	}
	read_ours(c, mesh, created);
}

/* ---- who is taken ---- */

static bool precedes(const struct entry *a, const struct entry *b, bool own_first)
{
	if (own_first && a->own != b->own)
		return a->own;
	if (a->narrow != b->narrow)
		return a->narrow;
	return str_cmp(a->created, b->created) < 0;
}

static const struct entry *first_of(const struct context *c, size_t n, bool own_first)
{
	const struct entry *first = n ? &c->entries[0] : NULL;

	for (size_t i = 1; i < n; i++)
		if (precedes(&c->entries[i], first, own_first))
			first = &c->entries[i];
	return first;
}

static bool unite(const struct entry *a, const struct entry *b)
{
	return str_eq(a->namespace, b->namespace) && str_eq(a->visibility, b->visibility) &&
	       str_eq(a->labels, b->labels);
}

/* ---- ports ---- */

static bool we_carry(const struct context *c, struct str port)
{
	uint64_t number;

	if (!str_to_uint(port, 65535, &number))
		return false;
	for (const struct shared_port *p = c->shared->ports; p; p = p->next)
		if (p->upstream->port == (int64_t)number)
			return true;
	return false;
}

static bool has_port(const struct entry *e, struct str port)
{
	NODE_EACH (n, node_get(node_get(e->object, "spec"), "ports")) {
		const struct node *number = node_get(n, "number");

		if (number && str_eq(node_text(number), port))
			return true;
	}
	return false;
}

static bool remains(const struct context *c, const struct entry *after, struct str port)
{
	const struct entry *ours = &c->entries[c->n - 1];

	if (unite(after, ours) && we_carry(c, port))
		return true;
	for (const struct entry *e = c->entries; e < ours; e++)
		if (unite(after, e) && has_port(e, port))
			return true;
	return false;
}

/* "port 80", "ports 80, 443": of the entry, those that are gone afterwards; absent when none is. */
static struct str lost_ports(const struct context *c, const struct entry *e, const struct entry *after)
{
	struct buf b;
	size_t     n = 0;

	buf_init(&b, c->arena, 4 * KIB);
	NODE_EACH (port, node_get(node_get(e->object, "spec"), "ports")) {
		const struct node *number = node_get(port, "number");

		if (!number || remains(c, after, node_text(number)))
			continue;
		if (n++)
			buf_lit(&b, ", ");
		buf_add(&b, node_text(number));
	}
	return n ? STR_CONCAT(c->arena, n == 1 ? STR("port ") : STR("ports "), buf_str(&b)) : STR_ABSENT;
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

static void report_losses(const struct context *c, const struct entry *e, const struct entry *after)
{
	const struct node *place = node_get(c->upstream->node, "isolated");
	struct str         who = STR_CONCAT(c->arena, STR("upstream "), c->upstream->name);
	struct str         lost = lost_ports(c, e, after);
	struct str         port = str_from_int(c->arena, c->upstream->port);

	if (str_present(lost))
		relate(c, diag_at(c->diags, CO_SHARED_HIDES_OBJECT, place, ARGS(who, name_of(c, e), lost)), e);
	if (has_port(e, port) && unite(after, &c->entries[c->n - 1]))
		relate(c, diag_at(c->diags, CO_SHARED_TAKES_PORT, place, ARGS(who, port, name_of(c, e))), e);
}

/* What is lost is lost in the namespace's sidecars, whatever proxies the manifest is for. */
void live_hosts_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                      const struct upstream *u, const struct shared_host *shared, const struct mesh *mesh,
                      struct diags *diags)
{
	/* From the root namespace an entry reaches proxies of all the others, where it is not their own. */
	bool                own_first = !str_eq(plan->manifest->metadata->namespace, mesh->spec->root_namespace);
	bool                in_sidecar = plan->manifest->spec->target->proxy == PROXY_SIDECAR;
	struct context      c = { arena, plan, u, shared, diags, NULL, 0 };
	const struct entry *before, *after, *ours;

	read_entries(&c, live, mesh);
	ours = &c.entries[c.n - 1];
	before = first_of(&c, c.n - 1, own_first);
	if (!before)
		return;
	after = first_of(&c, c.n, own_first);
	for (const struct entry *e = c.entries; e < ours; e++)
		if (unite(before, e))
			report_losses(&c, e, after);
	after = first_of(&c, c.n, own_first && in_sidecar);
	if (!unite(after, ours))
		report_missing(&c, after);
}
