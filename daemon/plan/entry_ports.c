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
#include "names/hostname.h"
#include "plan/entry_choosing.h"

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

/* What other entries of our namespace have on a port of ours. */
struct shared_place {
	const struct upstream *upstream;
	const struct entry    *older;  /* the oldest of those before ours; NULL: ours is the oldest */
	const struct entry    *adding; /* one that gives its addresses in any case; NULL: none */
	const struct entry    *united; /* the one united with ours that says what the port is; NULL: ours does */
	bool                   united_http2;
};

struct ports {
	bool                  remain[65536]; /* in the proxies once ours is first */
	uint16_t              ours[65536];   /* 1: the first port of the shared host … */
	struct shared_place  *places;        /* of each */
	struct entry_effect **last;          /* of each, and of the lost ones before them */
};

struct answering {
	const struct choosing *context;
	struct arena          *arena; /* of the answer */
	struct ports          *ports;
	struct entry_answer   *answer;
};

/* ---- reading ---- */

/* What a class has on a port of ours. */
enum carried { CARRIED_NOT, CARRIED_HTTP1, CARRIED_HTTP2 };

/* As istiod reads it (istio pkg/config/protocol/instance.go). */
static enum carried carried_by(const struct node *port)
{
	const struct node *protocol = node_get(port, "protocol");
	struct str         p = protocol ? node_text(protocol) : STR("");

	return str_eq_nocase(p, STR("HTTP2")) || str_eq_nocase(p, STR("GRPC")) || str_eq_nocase(p, STR("GRPC-WEB"))
	               ? CARRIED_HTTP2
	               : CARRIED_HTTP1;
}

static bool is_left_out(const struct choosing *c, const struct entry *e)
{
	return e->left_out == c->order->question;
}

static bool rotates(const struct entry *e)
{
	return str_is(entry_order_resolution(e->object), "DNS_ROUND_ROBIN");
}

/* The first of those united with ours says what a port is; so does ours, if it is older. */
static void read_place(const struct choosing *c, struct shared_place *at, const struct entry *e,
                       const struct node *port)
{
	if (entry_order_is_older(e, &c->ours) && (!at->older || entry_order_is_older(e, at->older)))
		at->older = e;
	if (!rotates(e) && (!at->adding || entry_order_is_older(e, at->adding)))
		at->adding = e;
	if (e->class == c->ours.class && entry_order_is_older(e, &c->ours) &&
	    (!at->united || entry_order_is_older(e, at->united))) {
		at->united = e;
		at->united_http2 = carried_by(port) == CARRIED_HTTP2;
	}
}

static void read_ports(const struct choosing *c, struct ports *ret)
{
	uint16_t n = 0;

	ret->places = ARENA_ARRAY(c->arena, c->shared->n_ports + 1, struct shared_place);
	for (const struct shared_port *p = c->shared->ports; p; p = p->next) {
		ret->places[n].upstream = p->upstream;
		ret->ours[p->upstream->port] = ++n;
		ret->remain[p->upstream->port] = true;
	}
	for (const struct entry *e = entry_order_in(c->order, c->ours.namespace); e; e = e->next_of_namespace) {
		if (is_left_out(c, e))
			continue;
		NODE_EACH (port, ports_of(e)) {
			uint64_t number = port_number(port);

			if (ret->ours[number])
				read_place(c, &ret->places[ret->ours[number] - 1], e, port);
			if (e->class == c->ours.class)
				ret->remain[number] = true;
		}
	}
}

/* ---- what is taken over ---- */

/* Do our addresses get into the cluster? */
static bool gives_addresses(const struct shared_place *at)
{
	return upstream_resolution(at->upstream) != RESOLUTION_DNS_ROUND_ROBIN || !at->older;
}

/* A cluster without DNS takes no names. */
static bool takes_addresses(const struct entry *e, const struct upstream *u)
{
	struct str resolution = entry_order_resolution(e->object);

	if (!str_is(resolution, "STATIC"))
		return !str_is(resolution, "NONE");
	for (size_t i = 0; i < u->endpoints.n; i++)
		if (ip_is(((const struct endpoint *)u->endpoints.items)[i].address))
			return true;
	return false;
}

/* Does our DestinationRule change anything where it reaches another entry's cluster? */
static bool rule_says_much(const struct upstream *u)
{
	return upstream_has_tls(u) || u->connection_pool || u->outlier_detection || u->connect_timeout.ms;
}

static bool is_taken_by(const struct choosing *c, const struct entry_mark *mark, const struct entry *e,
                        const struct shared_place *at)
{
	if (mark->meets_ours && (mark->alone || e->class != c->ours.class || !at->united))
		return true;
	return ((mark->is_mixed || mark->meets_ours) && gives_addresses(at) && takes_addresses(e, at->upstream)) ||
	       ((mark->is_ruled || mark->meets_ours) && rule_says_much(at->upstream));
}

static const struct entry_mark *mark_in(const struct choosing *c, const struct entry_said *said)
{
	static const struct entry_mark nothing = { 0 };

	return said->asked == c->order->question ? said->mark : &nothing;
}

static bool is_taken(const struct choosing *c, const struct entry *e, const struct shared_place *at)
{
	return is_taken_by(c, mark_in(c, &e->class->said), e, at) || is_taken_by(c, mark_in(c, &e->said), e, at);
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

/* Where ours is looked up no other port remains. */
static bool is_lost(const struct choosing *c, const struct ports *ports, const struct entry *e, uint64_t number)
{
	return number && ((!ports->remain[number] && mark_in(c, &e->class->said)->meets_ours) ||
	                  (!ports->ours[number] && mark_in(c, &e->said)->meets_ours) || mark_in(c, &e->said)->is_gone);
}

static void add_effects(struct answering *a, const struct entry *e)
{
	struct ports *ports = a->ports;
	struct str    name = STR_CONCAT(a->arena, e->namespace, STR("/"), e->name);
	size_t        i = 0, n = 0;
	struct buf    lost;

	buf_init(&lost, a->context->arena, 4 * KIB);
	NODE_EACH (port, ports_of(e)) {
		uint64_t number = port_number(port);
		uint16_t shared = ports->ours[number];

		if (i++ == LIMIT_LIST_ITEMS)
			break;
		if (shared && (!ports->last[shared] || ports->last[shared]->object != e->object) &&
		    is_taken(a->context, e, &ports->places[shared - 1]))
			add_effect(a, &ports->last[shared], &a->answer->taken[shared - 1], e, name, STR_ABSENT);
		if (!is_lost(a->context, ports, e, number))
			continue;
		if (n++)
			buf_lit(&lost, ", ");
		buf_uint(&lost, number);
	}
	if (n)
		add_effect(a, &ports->last[0], &a->answer->lost, e, name, ports_text(a->arena, buf_str(&lost), n));
}

static bool has_effect(const struct choosing *c, const struct ports *ports, const struct entry *e)
{
	if (is_left_out(c, e))
		return false;
	NODE_EACH (port, ports_of(e)) {
		uint64_t number = port_number(port);

		if (is_lost(c, ports, e, number) ||
		    (ports->ours[number] && is_taken(c, e, &ports->places[ports->ours[number] - 1])))
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
	return mark->meets_ours || mark->is_gone || mark->is_mixed || mark->is_ruled;
}

/* One alone is found among those of its class where these are looked at. */
static const struct entry *first_marked(const struct choosing *c, const struct entry_mark *mark)
{
	if (!has_any(mark) || (mark->alone && has_any(mark_in(c, &mark->class->said))))
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
			if (!has_effect(c, a->ports, e))
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

/* What is not seen has nothing. */
static const struct entry *first_carrying(const struct entry_mark *mark)
{
	if (mark->is_out_of_sight)
		return NULL;
	return mark->alone ? mark->alone : mark->class->first;
}

/* The first entry of a class says what a port is. */
static void read_carried(const struct choosing *c, const struct ports *ports)
{
	for (struct entry_mark *mark = c->hiding; mark; mark = mark->next_hiding) {
		const struct entry **first = ARENA_ARRAY(c->arena, c->shared->n_ports + 1, const struct entry *);

		mark->carried = ARENA_ARRAY(c->arena, c->shared->n_ports + 1, unsigned char);
		for (const struct entry *e = first_carrying(mark); e; e = next_marked(mark, e))
			NODE_EACH (port, ports_of(e)) {
				uint16_t shared = ports->ours[port_number(port)];

				if (!shared || is_left_out(c, e) ||
				    (first[shared] && (first[shared] == e || !entry_order_is_older(e, first[shared]))))
					continue;
				first[shared] = e;
				mark->carried[shared] = (unsigned char)carried_by(port);
			}
	}
}

static bool speaks_http2(const struct upstream *u)
{
	return u->protocol == PROTOCOL_HTTP2 || u->protocol == PROTOCOL_GRPC;
}

/* Of a cluster with our resolution and our namespace's addresses: whose it has in the place of ours, or besides. */
static const struct entry *spoilt_by(const struct shared_place *at, enum entry_loss *ret)
{
	if (upstream_resolution(at->upstream) != RESOLUTION_DNS_ROUND_ROBIN)
		return NULL;
	*ret = at->older ? LOSS_ADDRESSES : LOSS_MIXED;
	return at->older ? at->older : at->adding;
}

/* What becomes of our cluster on this port where the class comes first. NULL: it is as it should be. */
static const struct entry *hidden_by(const struct choosing *c, const struct entry_mark *mark,
                                     const struct shared_place *at, enum carried carried, enum entry_loss *ret)
{
	const struct upstream *u = at->upstream;

	if (carried == CARRIED_NOT)
		*ret = LOSS_CLUSTER;
	else if (!str_eq(mark->hides->namespace, c->ours.namespace))
		*ret = LOSS_ADDRESSES;
	else if (!str_eq(entry_order_resolution(mark->hides->object),
	                 field_word(resolution_words, upstream_resolution(u))))
		*ret = LOSS_RESOLUTION;
	else if (speaks_http2(u) != (carried == CARRIED_HTTP2))
		*ret = LOSS_PROTOCOL;
	else
		return spoilt_by(at, ret);
	return mark->hides;
}

/* The same where ours is taken. */
static const struct entry *spoilt_in(const struct shared_place *at, enum entry_loss *ret)
{
	if (at->united && at->united_http2 != speaks_http2(at->upstream)) {
		*ret = LOSS_PROTOCOL;
		return at->united;
	}
	return spoilt_by(at, ret);
}

static struct entry_hiding hiding_of(const struct answering *a, size_t place)
{
	const struct choosing     *c = a->context;
	const struct shared_place *at = &a->ports->places[place];
	const struct entry        *by = NULL;
	enum entry_loss            loss = LOSS_CLUSTER;

	for (const struct entry_mark *mark = c->hiding; mark && !by; mark = mark->next_hiding)
		by = hidden_by(c, mark, at, mark->carried[place + 1], &loss);
	if (!by && c->is_taken)
		by = spoilt_in(at, &loss);
	if (!by && c->is_taken_alone)
		by = spoilt_by(at, &loss);
	if (!by)
		return (struct entry_hiding){ 0 };
	return (struct entry_hiding){ by->object, STR_CONCAT(a->arena, by->namespace, STR("/"), by->name), loss };
}

/* ---- the answer ---- */

struct entry_answer *entry_ports_answer(const struct choosing *c, struct arena *arena)
{
	struct answering a = { c, arena, ARENA_NEW(c->arena, struct ports), ARENA_NEW(arena, struct entry_answer) };
	size_t           n = c->shared->n_ports;

	a.ports->last = ARENA_ARRAY(c->arena, n + 1, struct entry_effect *);
	a.answer->taken = ARENA_ARRAY(arena, n + 1, const struct entry_effect *);
	a.answer->hidden = ARENA_ARRAY(arena, n + 1, struct entry_hiding);
	read_ports(c, a.ports);
	find_effects(&a);
	read_carried(c, a.ports);
	for (size_t i = 0; i < n; i++)
		a.answer->hidden[i] = hiding_of(&a, i);
	return a.answer;
}
