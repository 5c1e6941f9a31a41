/* What the listeners of a Sidecar make of the entries of a host (istio pilot/pkg/model/sidecar.go selectServices, appendSidecarServices;
 * measured: tests/conformance/neighbours):
 *
 * Each listener takes the first of those that it lets in and that have its port, and all others of that one's namespace, with
 * this port alone. The first listener's first is the host's; of what the others take only that is added which is united with it.
 *
 * Since Istio 1.31 a listener whose hosts are all exact looks them up: of each namespace that it names it gets the oldest entry
 * alone, or none if that one is not exported to the proxies; of several the proxies' own is taken, else the oldest.
 *
 * Before Istio 1.22 no more was asked of entries to be united than one namespace, and where no Sidecar was, all entries stayed: of two
 * clusters of one name the first was kept (pilot/pkg/networking/core/v1alpha3/cluster_builder.go normalizeClusters). Before 1.24 the
 * proxies' own namespace came first behind a Sidecar only (sidecar.go DefaultSidecarScopeForNamespace). */
#include "live/entry_view.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "live/live_egress.h"

/* ---- ports ---- */

void taken_ports_add(struct arena *arena, struct taken_ports *ports, unsigned port)
{
	ports->items = ARENA_LIST(arena, ports->items, ports->n, &ports->cap, uint16_t);
	ports->items[ports->n++] = (uint16_t)port;
}

static int compare_ports(const void *x, const void *y)
{
	const uint16_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

void taken_ports_sort(struct taken_ports *ports)
{
	if (ports->n > 1)
		qsort(ports->items, ports->n, sizeof(*ports->items), compare_ports);
}

size_t taken_ports_find(const struct taken_ports *ports, unsigned port)
{
	uint16_t        number = (uint16_t)port;
	const uint16_t *found =
		ports->n ? bsearch(&number, ports->items, ports->n, sizeof(number), compare_ports) : NULL;

	return found ? (size_t)(found - ports->items) : ports->n;
}

bool taken_ports_have(const struct taken_ports *ports, unsigned port)
{
	return taken_ports_find(ports, port) < ports->n;
}

/* ---- one listener ---- */

struct taking {
	struct arena               *arena;
	struct entry_order         *order;
	const struct view          *view;
	const struct coming_entry  *coming;
	const struct live_listener *listener;
	bool                        looks_up;
	const struct entry         *first; /* of the listener */
	struct taken_entries       *taken;
};

static bool has_port(const struct taking *t, const struct entry *e, unsigned port)
{
	unsigned n = 0;

	if (port == 0)
		return true;
	if (t->coming && e == t->coming->entry)
		return taken_ports_have(&t->coming->ports, port);
	NODE_EACH (at, entry_order_ports(e))
		if (n++ < LIMIT_LIST_ITEMS && entry_order_port(at) == port)
			return true;
	return false;
}

/* Do all entries of the proxies' own namespace come first? */
static bool own_first(const struct view *v)
{
	return v->in_sidecars && (v->sidecar || v->rules.one_scope);
}

/* Do those come first that are exported to it? */
static bool own_exports_first(const struct view *v)
{
	return !v->rules.by_age;
}

/* Does the first of the two come before the other? */
static bool precedes(const struct taking *t, const struct entry *a, const struct entry *b)
{
	bool own = str_eq(a->namespace, t->view->namespace);
	int  order = str_cmp(a->created, b->created);

	if ((own_first(t->view) || (own_exports_first(t->view) && a->narrow && b->narrow)) &&
	    own != str_eq(b->namespace, t->view->namespace))
		return own;
	if (t->looks_up)
		return order < 0 || (order == 0 && str_cmp(a->namespace, b->namespace) < 0);
	return entry_order_compare(a, b) < 0;
}

static void consider(struct taking *t, const struct entry *e)
{
	if (e && (!t->first || precedes(t, e, t->first)))
		t->first = e;
}

static bool lets_in(const struct taking *t, const struct entry *e)
{
	return live_listener_lets_in(t->listener, t->view->namespace, e->namespace, t->view->rules.takes_out);
}

static void look_up(struct taking *t, struct str namespace)
{
	const struct entry *coming = t->coming ? t->coming->entry : NULL;
	const struct entry *oldest = entry_order_oldest(t->order, namespace);

	if (coming && str_eq(coming->namespace, namespace) && (!oldest || entry_order_is_older(coming, oldest)))
		oldest = coming;
	if (oldest && entry_order_sees(oldest, t->view->namespace) && lets_in(t, oldest) &&
	    has_port(t, oldest, t->listener->port))
		consider(t, oldest);
}

static bool is_let_in(const void *taking, const struct entry *e)
{
	return lets_in(taking, e);
}

static struct entry *first_let_in(const struct taking *t, struct entry_line *line)
{
	return t->listener->takes_out ? entry_line_first_that(line, t->order->question, is_let_in, t)
	                              : entry_line_first(line, t->order->question);
}

static void search_all(struct taking *t, struct entry_lines *lines)
{
	struct str namespace = t->view->namespace;
	struct entry *found = first_let_in(t, hash_get(&lines->own, namespace));

	if (found && !own_first(t->view) && !(own_exports_first(t->view) && found->narrow))
		found = NULL;
	if (!found)
		found = first_let_in(t, hash_get(&lines->by_name, namespace));
	consider(t, found ? found : first_let_in(t, &lines->wide));
}

static void search(struct taking *t, struct entry_lines *lines, struct str namespace)
{
	if (!lines || !live_listener_lets_in(t->listener, t->view->namespace, namespace, t->view->rules.takes_out))
		return;
	consider(t, entry_line_first(hash_get(&lines->from, namespace), t->order->question));
	consider(t, entry_order_from_to(t->arena, t->order, lines, namespace, t->view->namespace));
}

static void find_first(struct taking *t)
{
	const struct live_listener *l = t->listener;
	struct entry_lines         *lines = t->looks_up ? NULL : entry_order_lines(t->order, l->port);
	const struct entry         *coming = t->coming ? t->coming->entry : NULL;

	for (size_t i = 0; i < l->n; i++) {
		struct str where = l->imports[i].where;

		if (l->imports[i].is_taken_out)
			continue;
		if (str_is(where, "."))
			where = t->view->namespace;
		if (t->looks_up)
			look_up(t, where);
		else if (!str_is(where, "*"))
			search(t, lines, where);
		else if (lines)
			search_all(t, lines);
	}
	if (!t->looks_up && coming && entry_order_sees(coming, t->view->namespace) && lets_in(t, coming) &&
	    has_port(t, coming, l->port))
		consider(t, coming);
}

/* ---- all listeners ---- */

enum entry_uniting entry_view_uniting(const struct view *v)
{
	if (v->rules.unites_alike)
		return UNITES_ALIKE;
	return v->sidecar ? UNITES_NAMESPACE : UNITES_NONE;
}

/* Are they united wherever one of them is taken? */
static bool unites(const struct entry *a, const struct entry *b)
{
	return a == b || (a->class && a->class == b->class);
}

static void add_ports_of(struct taking *t, const struct entry *e)
{
	unsigned n = 0;

	if (t->coming && e == t->coming->entry) {
		for (size_t i = 0; i < t->coming->ports.n; i++)
			taken_ports_add(t->arena, &t->taken->ports, t->coming->ports.items[i]);
		return;
	}
	NODE_EACH (at, entry_order_ports(e))
		if (n++ < LIMIT_LIST_ITEMS)
			taken_ports_add(t->arena, &t->taken->ports, entry_order_port(at));
}

static void add_looked_up(struct taking *t)
{
	struct taken_entries *taken = t->taken;

	if (!unites(t->first, taken->first)) {
		taken->other = t->first;
		return;
	}
	if (t->listener->port)
		taken_ports_add(t->arena, &taken->ports, t->listener->port);
	else if (t->first == taken->first)
		taken->alone = true;
	else
		add_ports_of(t, t->first);
	if (t->coming && t->first == t->coming->entry)
		taken->with_coming = true;
}

/* By its namespace alone. */
static bool goes_with_first(const struct taking *t, const struct entry *e)
{
	return str_eq(e->namespace, t->taken->first->namespace) && entry_order_sees(e, t->view->namespace);
}

/* All of its namespace that are seen: those which are united with the host's first are, if it is. */
static void add_found(struct taking *t)
{
	struct taken_entries      *taken = t->taken;
	const struct coming_entry *coming = t->coming;
	enum entry_uniting         uniting = entry_view_uniting(t->view);

	if (uniting == UNITES_NONE)
		return; /* each port is searched for by itself */
	if (!str_eq(t->first->namespace, taken->first->namespace)) {
		taken->other = t->first;
		return;
	}
	if (t->listener->port)
		taken_ports_add(t->arena, &taken->ports, t->listener->port);
	else
		taken->whole = true;
	if (coming &&
	    (uniting == UNITES_ALIKE ? unites(coming->entry, taken->first) : goes_with_first(t, coming->entry)) &&
	    has_port(t, coming->entry, t->listener->port))
		taken->with_coming = true;
}

static struct live_egress *egress_of(struct entry_order *o, const struct view *v)
{
	struct str          key = { (const char *)&v->sidecar, sizeof(v->sidecar) };
	struct live_egress *egress = hash_get(&o->egress, key);

	if (!egress) {
		egress = live_egress_read(o->arena, v->sidecar, o->is.key);
		egress->is.key = str_copy(o->arena, key);
		hash_add(&o->egress, egress);
	}
	return egress;
}

void entry_view_take(struct arena *arena, struct entry_order *o, const struct view *v,
                     const struct coming_entry *coming, struct taken_entries *ret)
{
	const struct live_egress *egress = egress_of(o, v);

	*ret = (struct taken_entries){ .view = v, .arena = arena, .coming = coming };
	for (size_t i = 0; i < egress->n; i++) {
		const struct live_listener *l = &egress->listeners[i];
		struct taking               t = { .arena = arena,
			                          .order = o,
			                          .view = v,
			                          .coming = coming,
			                          .listener = l,
			                          .looks_up = v->rules.looks_up && l->is_exact,
			                          .taken = ret };

		find_first(&t);
		if (!t.first)
			continue;
		if (!ret->first)
			ret->first = t.first;
		if (t.looks_up)
			add_looked_up(&t);
		else
			add_found(&t);
	}
	taken_ports_sort(&ret->ports);
}

/* The first of the first one's namespace that has the port. */
static const struct entry *first_of_namespace(struct entry_order *o, const struct taken_entries *taken, unsigned port)
{
	const struct entry *coming = taken->coming ? taken->coming->entry : NULL;
	struct entry_lines *lines = entry_order_lines(o, port);
	struct str namespace = taken->first->namespace;
	struct taking t = { .order = o, .view = taken->view, .coming = taken->coming };

	if (lines) {
		consider(&t, entry_line_first(hash_get(&lines->from, namespace), o->question));
		consider(&t, entry_order_from_to(taken->arena, o, lines, namespace, taken->view->namespace));
	}
	if (taken->with_coming && has_port(&t, coming, port))
		consider(&t, coming);
	return t.first;
}

/* The first of all that has the port: no Sidecar lets others in. */
static const struct entry *first_of_all(struct entry_order *o, const struct taken_entries *taken, unsigned port)
{
	static struct live_import  any = { .where = { "*", 1 } };
	const struct live_listener listener = { .port = port, .imports = &any, .n = 1 };
	struct taking              t = {
			     .arena = taken->arena, .order = o, .view = taken->view, .coming = taken->coming, .listener = &listener
	};

	find_first(&t);
	return t.first;
}

const struct entry *entry_view_resolves(const struct taken_entries *taken, const struct entry *says)
{
	return entry_view_uniting(taken->view) == UNITES_NAMESPACE ? taken->first : says;
}

const struct entry *entry_view_says(struct entry_order *o, const struct taken_entries *taken, unsigned port)
{
	const struct taking t = { .coming = taken->coming };
	enum entry_uniting  uniting = entry_view_uniting(taken->view);
	const struct entry *oldest, *coming = taken->with_coming ? taken->coming->entry : NULL;

	if (!taken->first)
		return NULL;
	if (uniting == UNITES_NONE)
		return first_of_all(o, taken, port);
	if (taken->alone && has_port(&t, taken->first, port))
		return taken->first;
	if (!taken->whole && !taken_ports_have(&taken->ports, port))
		return NULL;
	if (uniting == UNITES_NAMESPACE)
		return first_of_namespace(o, taken, port);
	oldest = entry_order_oldest_of(o, taken->first->class, port);
	if (coming && has_port(&t, coming, port) && (!oldest || entry_order_is_older(coming, oldest)))
		return coming;
	return oldest;
}

bool entry_view_lets_in(struct entry_order *o, const struct view *v, struct str namespace, unsigned port)
{
	const struct live_egress *egress = egress_of(o, v);

	for (size_t i = 0; i < egress->n; i++) {
		const struct live_listener *l = &egress->listeners[i];

		if ((l->port == 0 || l->port == port) &&
		    live_listener_lets_in(l, v->namespace, namespace, v->rules.takes_out))
			return true;
	}
	return false;
}
