/* What becomes of the ports of a public host, once it is known whose entries come first (entry_choice.c).
 *
 * Of one namespace's entries the addresses are mixed, whether or not they are united: each is one of the host, the namespace and the port
 * (istio pilot/pkg/model/push_context.go initServiceRegistry). But one with DNS_ROUND_ROBIN gives its own only where it is the oldest that
 * has the port (serviceregistry/serviceentry/conversion.go mergeServicesInstancesByNamespaceHost); Envoy takes no LOGICAL_DNS cluster with
 * two. So a cluster of ours may be there though another entry of our namespace comes first, and may be spoilt though ours does. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "live/entry_choosing.h"

struct answering {
	const struct choosing *context;
	struct arena          *arena; /* of the answer */
	struct entry_answer   *answer;
	struct entry_effect  **last; /* of each port */
	struct entry_effect   *last_lost;
};

/* ---- reading ---- */

static bool rotates(const struct entry *e)
{
	return str_is(entry_order_resolution(e->object), "DNS_ROUND_ROBIN");
}

/* Where it names no endpoints, only DNS finds some, or the selector of its workloads (conversion.go convertServiceEntryToInstances). */
static bool has_addresses(const struct entry *e)
{
	const struct node *spec = node_get(e->object, "spec"), *endpoints = node_get(spec, "endpoints");
	struct str         resolution = entry_order_resolution(e->object);

	return (endpoints && endpoints->count) || node_get(spec, "workloadSelector") || str_is(resolution, "DNS") ||
	       str_is(resolution, "DNS_ROUND_ROBIN");
}

static void read_addresses(const struct choosing *c, struct shared_place *at, const struct entry *e)
{
	if (!has_addresses(e))
		return;
	if (entry_order_is_older(e, &c->ours) && (!at->older || entry_order_is_older(e, at->older)))
		at->older = e;
	if (!rotates(e) && (!at->adding || entry_order_is_older(e, at->adding)))
		at->adding = e;
}

/* The first of those united with ours says what a port is; so does ours, if it is older. */
static void read_place(const struct choosing *c, struct shared_place *at, const struct entry *e,
                       const struct node *port)
{
	read_addresses(c, at, e);
	if (e->class == c->ours.class && entry_order_is_older(e, &c->ours) &&
	    (!at->united || entry_order_is_older(e, at->united))) {
		at->united = e;
		at->united_http2 = entry_loss_is_http2(port);
	}
}

void entry_ports_read(struct choosing *c)
{
	size_t n = 0;

	c->coming.entry = &c->ours;
	c->places = ARENA_ARRAY(c->arena, c->shared->n_ports + 1, struct shared_place);
	for (const struct shared_port *p = c->shared->ports; p; p = p->next) {
		c->places[n++].upstream = p->upstream;
		taken_ports_add(c->arena, &c->coming.ports, (unsigned)p->upstream->port); /* they come sorted */
	}
	for (const struct entry *e = entry_order_in(c->order, c->ours.namespace); e; e = e->next_of_namespace) {
		if (entry_order_leaves_out(c->order, e))
			continue;
		NODE_EACH (port, entry_order_ports(e)) {
			size_t place = taken_ports_find(&c->coming.ports, entry_order_port(port));

			if (place < n)
				read_place(c, &c->places[place], e, port);
		}
	}
}

/* ---- what is taken over ---- */

/* Do our addresses get into the cluster? */
static bool gives_addresses(const struct shared_place *at)
{
	return upstream_resolution(at->upstream) != RESOLUTION_DNS_ROUND_ROBIN || !at->older;
}

/* Does our DestinationRule change anything where it reaches another entry's cluster? What is of the mesh would have the mesh's TLS. */
static bool rule_says_much(const struct entry *e, const struct upstream *u)
{
	struct str location = node_get_text(node_get(e->object, "spec"), "location");

	return upstream_has_tls(u) || u->connection_pool || u->outlier_detection || u->connect_timeout.ms ||
	       str_is(location, "MESH_INTERNAL");
}

static bool is_taken_by(const struct choosing *c, const struct entry_mark *mark, const struct entry *e,
                        const struct shared_place *at)
{
	unsigned char on = mark->on ? mark->on[at - c->places] : 0;

	if (on & PORT_CHANGED || (mark->meets_ours && (e->class != c->ours.class || !at->united)))
		return true;
	return ((on & PORT_MIXED || mark->is_mixed || mark->meets_ours) && gives_addresses(at) &&
	        entry_loss_takes_addresses(entry_order_resolution(e->object), at->upstream)) ||
	       ((on & PORT_RULED || mark->is_ruled || mark->meets_ours) && rule_says_much(e, at->upstream));
}

static const struct entry_mark *mark_alone(const struct choosing *c, const struct entry *e)
{
	return entry_marks_said(c, &c->order->said[e->at]);
}

static bool is_taken(const struct choosing *c, const struct entry *e, const struct shared_place *at)
{
	return is_taken_by(c, entry_marks_said(c, &e->class->said), e, at) || is_taken_by(c, mark_alone(c, e), e, at);
}

/* ---- effects ---- */

static void add_effect(struct answering *a, struct entry_effect **last, const struct entry_effect **first,
                       const struct entry *e, struct str name, struct str ports)
{
	struct entry_effect *effect = ARENA_NEW(a->arena, struct entry_effect);

	*effect = (struct entry_effect){ NULL, e->object, e->at, name, ports };
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

/* In the proxies once ours is first? */
static bool remains(const struct choosing *c, unsigned number)
{
	return taken_ports_have(&c->coming.ports, number) || entry_order_oldest_of(c->order, c->ours.class, number);
}

static bool is_lost_by(const struct choosing *c, const struct entry_mark *mark, unsigned number)
{
	return (mark->meets_ours && !remains(c, number)) || (mark->is_cut && !taken_ports_have(&mark->kept, number)) ||
	       taken_ports_have(&mark->lost, number);
}

static bool is_lost(const struct choosing *c, const struct entry *e, unsigned number)
{
	return number &&
	       (is_lost_by(c, entry_marks_said(c, &e->class->said), number) || is_lost_by(c, mark_alone(c, e), number));
}

/* Is it a port of ours that is taken over? Then which: *ret. */
static bool takes_port(const struct choosing *c, const struct entry *e, unsigned number, size_t *ret)
{
	*ret = taken_ports_find(&c->coming.ports, number);
	return *ret < c->coming.ports.n && is_taken(c, e, &c->places[*ret]);
}

static void add_effects(struct answering *a, const struct entry *e)
{
	struct str name = STR_CONCAT(a->arena, e->namespace, STR("/"), e->name);
	size_t     i = 0, n = 0, place;
	struct buf lost;

	buf_init(&lost, a->context->arena, 4 * KIB);
	NODE_EACH (port, entry_order_ports(e)) {
		unsigned number = entry_order_port(port);

		if (i++ == LIMIT_LIST_ITEMS)
			break;
		if (takes_port(a->context, e, number, &place) &&
		    (!a->last[place] || a->last[place]->object != e->object))
			add_effect(a, &a->last[place], &a->answer->taken[place], e, name, STR_ABSENT);
		if (!is_lost(a->context, e, number))
			continue;
		if (n++)
			buf_lit(&lost, ", ");
		buf_uint(&lost, number);
	}
	if (n)
		add_effect(a, &a->last_lost, &a->answer->lost, e, name, ports_text(a->arena, buf_str(&lost), n));
}

static bool has_effect(const struct choosing *c, const struct entry *e)
{
	size_t place;

	if (entry_order_leaves_out(c->order, e))
		return false;
	NODE_EACH (port, entry_order_ports(e)) {
		unsigned number = entry_order_port(port);

		if (is_lost(c, e, number) || takes_port(c, e, number, &place))
			return true;
	}
	return false;
}

static int compare_places(const void *x, const void *y)
{
	const struct entry *a = *(const struct entry *const *)x, *b = *(const struct entry *const *)y;

	return (a->at > b->at) - (a->at < b->at);
}

static bool has_any(const struct entry_mark *mark)
{
	return mark->meets_ours || mark->is_mixed || mark->is_ruled || mark->on || mark->is_cut || mark->lost.n;
}

/* One alone is found among those of its class where these are looked at. */
static const struct entry *first_marked(const struct choosing *c, const struct entry_mark *mark)
{
	if (!has_any(mark) || (mark->alone && has_any(entry_marks_said(c, &mark->class->said))))
		return NULL;
	return mark->alone ? mark->alone : mark->class->first;
}

static const struct entry *next_marked(const struct entry_mark *mark, const struct entry *e)
{
	return mark->alone ? NULL : e->next_of_class;
}

/* In the order of the objects. Of each class so many as can be told of at most. */
static void find_effects(struct answering *a)
{
	const struct choosing *c = a->context;
	const struct entry   **found = NULL;
	size_t                 n = 0, cap = 0;

	for (const struct entry_mark *mark = c->marks; mark; mark = mark->next) {
		size_t end = n + LIMIT_FINDINGS_PER_SOURCE + 1;

		for (const struct entry *e = first_marked(c, mark); e && n < end; e = next_marked(mark, e)) {
			if (!has_effect(c, e))
				continue;
			found = ARENA_LIST(c->arena, found, n, &cap, const struct entry *);
			found[n++] = e;
		}
	}
	if (n)
		qsort(found, n, sizeof(*found), compare_places);
	for (size_t i = 0; i < n; i++)
		add_effects(a, found[i]);
}

/* ---- where ours is hidden ---- */

/* Where ours is united with another that says what the port is, or is taken by itself. */
static const struct entry *spoilt_in(const struct shared_place *at, enum entry_loss *ret)
{
	if (at->is_taken && at->united && at->united_http2 != entry_loss_speaks_http2(at->upstream)) {
		*ret = LOSS_PROTOCOL;
		return at->united;
	}
	return at->is_taken || at->is_taken_alone ? entry_loss_of_addresses(at, ret) : NULL;
}

static struct entry_hiding hiding_of(const struct answering *a, const struct shared_place *at)
{
	enum entry_loss     loss = at->loss;
	const struct entry *by = at->hidden_by ? at->hidden_by : spoilt_in(at, &loss);

	if (!by)
		return (struct entry_hiding){ 0 };
	return (struct entry_hiding){ by->object, STR_CONCAT(a->arena, by->namespace, STR("/"), by->name), loss };
}

/* ---- the answer ---- */

struct entry_answer *entry_ports_answer(const struct choosing *c, struct arena *arena)
{
	struct answering a = { .context = c, .arena = arena, .answer = ARENA_NEW(arena, struct entry_answer) };
	size_t           n = c->shared->n_ports;

	for (struct entry_mark *mark = c->marks; mark; mark = mark->next)
		taken_ports_sort(&mark->lost);
	a.last = ARENA_ARRAY(c->arena, n + 1, struct entry_effect *);
	a.answer->taken = ARENA_ARRAY(arena, n + 1, const struct entry_effect *);
	a.answer->hidden = ARENA_ARRAY(arena, n + 1, struct entry_hiding);
	find_effects(&a);
	for (size_t i = 0; i < n; i++)
		a.answer->hidden[i] = hiding_of(&a, &c->places[i]);
	return a.answer;
}
