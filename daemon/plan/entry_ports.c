/* What becomes of the ports of a public host, once it is known whose entries come first (entry_order.c). */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
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

struct ports {
	bool                  remain[65536]; /* in the proxies once ours is first */
	uint16_t              ours[65536];   /* 1: the first port of the shared host … */
	struct entry_effect **last;          /* of each, and of the lost ones behind them */
};

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

static void read_ports(const struct choosing *c, struct ports *ret)
{
	uint16_t n = 0;

	for (const struct shared_port *p = c->shared->ports; p; p = p->next) {
		ret->ours[p->upstream->port] = ++n;
		ret->remain[p->upstream->port] = true;
	}
	for (const struct entry *e = c->entries; e < entry_order_ours(c); e++)
		if (e->class == entry_order_ours(c)->class)
			NODE_EACH (port, ports_of(e))
				ret->remain[port_number(port)] = true;
}

/* The first entry of a class says what a port is. */
static void read_carried(const struct choosing *c, const struct ports *ports)
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
static bool hides_port(const struct choosing *c, const struct class *class, const struct upstream *u,
                       enum carried carried, const char **ret_field)
{
	bool http2 = u->protocol == PROTOCOL_HTTP2 || u->protocol == PROTOCOL_GRPC;

	*ret_field = NULL;
	if (carried == CARRIED_NOT)
		return true;
	if (!str_eq(class->hides->namespace, entry_order_ours(c)->namespace))
		*ret_field = "addresses";
	else if (!str_eq(entry_order_resolution(class->hides->object),
	                 field_word(resolution_words, upstream_resolution(u))))
		*ret_field = "resolution";
	else if (upstream_resolution(u) == RESOLUTION_DNS_ROUND_ROBIN)
		return true;
	else if (http2 != (carried == CARRIED_HTTP2))
		*ret_field = "protocol";
	return *ret_field;
}

/* ---- the answer ---- */

struct answering {
	const struct choosing *context;
	struct arena          *arena; /* of the answer */
	struct ports          *ports;
	struct entry_answer   *answer;
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
	const struct choosing *c = a->context;
	size_t                 n = c->shared->n_ports;

	a->ports = ARENA_NEW(c->arena, struct ports);
	a->ports->last = ARENA_ARRAY(c->arena, n + 1, struct entry_effect *);
	a->answer->taken = ARENA_ARRAY(a->arena, n + 1, const struct entry_effect *);
	read_ports(c, a->ports);
	for (const struct entry *e = c->entries; e < entry_order_ours(c); e++)
		if (e->class->meets_ours || e->class->mixes)
			add_effects(a, e);
	read_carried(c, a->ports);
	a->answer->hidden = ARENA_ARRAY(a->arena, n + 1, struct entry_hiding);
	for (const struct shared_port *p = c->shared->ports; p; p = p->next) {
		size_t shared = a->ports->ours[p->upstream->port];

		add_hiding(a, p->upstream, shared, &a->answer->hidden[shared - 1]);
	}
}

struct entry_answer *entry_ports_answer(const struct choosing *c, struct arena *arena)
{
	struct answering a = { c, arena, NULL, ARENA_NEW(arena, struct entry_answer) };

	answer_into(&a);
	return a.answer;
}
