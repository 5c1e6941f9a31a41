/* Tells of one upstream what entry_choice.h finds of its host. */
#include "live/live_hosts.h"

#include "base/arena.h"
#include "live/entry_choice.h"

struct context {
	const struct upstream *upstream;
	struct str             who;
	struct diags          *diags;
};

static struct diag *tell(const struct context *c, enum diag_code code, const struct node *object,
                         const struct str *values, size_t n)
{
	struct diag *d = diag_at(c->diags, code, node_get(c->upstream->node, "isolated"), values, n);

	diag_relate(c->diags, d, node_pos(node_get(object, "spec")), "the ServiceEntry is here", NO_ARGS);
	return d;
}

static void tell_lost(const struct context *c, const struct entry_effect *e)
{
	tell(c, CO_SHARED_HIDES_OBJECT, e->object, ARGS(c->who, e->name, e->ports));
}

static void tell_taken(const struct context *c, const struct entry_effect *e, struct str port)
{
	tell(c, CO_SHARED_TAKES_PORT, e->object, ARGS(c->who, port, e->name));
}

/* Of each entry what is lost, then what is taken over. */
static void tell_effects(struct arena *arena, const struct context *c, const struct entry_effect *lost,
                         const struct entry_effect *taken)
{
	struct str port = str_from_int(arena, c->upstream->port);

	while (lost || taken) {
		if (lost && (!taken || lost->at <= taken->at)) {
			tell_lost(c, lost);
			lost = lost->next;
		} else {
			tell_taken(c, taken, port);
			taken = taken->next;
		}
	}
}

static void tell_hidden(const struct context *c, const struct entry_hiding *h)
{
	static const char *const would[] = {
		[LOSS_CLUSTER] = "be missing",
		[LOSS_ADDRESSES] = "have the other entry's addresses",
		[LOSS_RESOLUTION] = "have the other entry's resolution",
		[LOSS_PROTOCOL] = "have the other entry's protocol",
		[LOSS_MIXED] = "have the addresses of both, which Envoy refuses with DNS_ROUND_ROBIN",
	};
	struct str how = h->loss == LOSS_MIXED ? STR("is mixed with") : STR("comes before");

	tell(c, CO_SHARED_HIDDEN, h->object, ARGS(h->name, how, c->who, str_c(would[h->loss])));
}

static size_t place_of(const struct shared_host *shared, const struct upstream *u)
{
	size_t i = 0;

	for (const struct shared_port *p = shared->ports; p && p->upstream->port != u->port; p = p->next)
		i++;
	return i;
}

void live_hosts_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                      const struct upstream *u, const struct shared_host *shared, const struct mesh *mesh,
                      struct diags *diags)
{
	const struct entry_answer *answer = entry_choose(arena, live, plan->manifest, shared, mesh);
	struct context             c = { u, STR_CONCAT(arena, STR("upstream "), u->name), diags };
	size_t                     place = place_of(shared, u);

	tell_effects(arena, &c, answer->lost, answer->taken[place]);
	if (answer->hidden[place].object)
		tell_hidden(&c, &answer->hidden[place]);
}
