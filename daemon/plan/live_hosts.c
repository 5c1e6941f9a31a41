/* Tells of one upstream what entry_choice.h finds of its host. */
#include "plan/live_hosts.h"

#include "base/arena.h"
#include "plan/entry_choice.h"

struct context {
	const struct upstream *upstream;
	struct str             who;
	struct diags          *diags;
};

static void tell(const struct context *c, enum diag_code code, const struct node *object, const struct str *values,
                 size_t n)
{
	diag_relate(c->diags, diag_at(c->diags, code, node_get(c->upstream->node, "isolated"), values, n),
	            node_pos(node_get(object, "spec")), "the ServiceEntry is here", NO_ARGS);
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

static const struct entry_effect *taken_by(const struct entry_answer *answer, const struct shared_host *shared,
                                           const struct upstream *u)
{
	size_t i = 0;

	for (const struct shared_port *p = shared->ports; p; p = p->next, i++)
		if (p->upstream->port == u->port)
			return answer->taken[i];
	return NULL;
}

void live_hosts_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                      const struct upstream *u, const struct shared_host *shared, const struct mesh *mesh,
                      struct diags *diags)
{
	const struct entry_answer *answer = entry_choose(arena, live, plan->manifest, shared, mesh);
	struct context             c = { u, STR_CONCAT(arena, STR("upstream "), u->name), diags };

	tell_effects(arena, &c, answer->lost, taken_by(answer, shared, u));
	if (answer->before)
		tell(&c, CO_SHARED_HIDDEN, answer->before, ARGS(answer->before_name, c.who));
}
