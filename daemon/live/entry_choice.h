/* entry_choice.h - which live ServiceEntries of a public host lose to ours, and where ours loses: the answer is found once for
 * all upstreams and manifests that share the host. */
#ifndef CALLOUT_LIVE_ENTRY_CHOICE_H
#define CALLOUT_LIVE_ENTRY_CHOICE_H

#include "live/live_index.h"

/* What happens to a live ServiceEntry. Both lists are in the order of the objects. */
struct entry_effect {
	struct entry_effect *next;
	const struct node   *object;
	size_t               at;    /* the entry's number */
	struct str           name;  /* NS/NAME */
	struct str           ports; /* "port 80", "ports 80, 443" that would vanish; absent where one is taken over */
};

/* What the filter finds in the place of its cluster. */
enum entry_loss {
	LOSS_CLUSTER,   /* none of that name */
	LOSS_ADDRESSES, /* else one, with the other entry's … */
	LOSS_RESOLUTION,
	LOSS_PROTOCOL,
	LOSS_MIXED, /* or one with the addresses of both, which Envoy refuses */
};

/* Which live ServiceEntry takes our cluster away where the filter runs. */
struct entry_hiding {
	const struct node *object; /* NULL: none */
	struct str         name;   /* NS/NAME */
	enum entry_loss    loss;
};

struct entry_answer {
	struct live_answer         is;
	const struct entry_effect *lost;
	/* Whose port ours takes over, and who hides it: for each port of the shared host, in its order. */
	const struct entry_effect **taken;
	struct entry_hiding        *hidden;
};

/* Never NULL. It lives as long as the live objects; the arena is as it was. */
const struct entry_answer *entry_choose(struct arena *, const struct live_objects *, const struct manifest *,
                                        const struct shared_host *, const struct mesh *);

#endif
