/* entry_choosing.h - what entry_choice.c and entry_ports.c share: our entry of a public host among the live ones. */
#ifndef CALLOUT_PLAN_ENTRY_CHOOSING_H
#define CALLOUT_PLAN_ENTRY_CHOOSING_H

#include "plan/entry_choice.h"
#include "plan/entry_order.h"

/* What happens to the entries of a class, or to one alone where a Sidecar looks it up, in some view. */
struct entry_mark {
	struct entry_class *class;
	const struct entry *alone;           /* NULL: all of the class */
	bool                is_out_of_sight; /* it hides ours, but is not seen itself */
	bool                meets_ours;      /* it was taken, and now ours comes first, or is united with it */
	bool                is_gone;         /* ours is looked up in its place, and is not seen there */
	bool                is_mixed; /* it stays the first, and is of our namespace: its ports get our addresses */
	bool                is_ruled; /* it stays the first, and our DestinationRule reaches the proxies */
	const struct entry *hides;    /* it comes before ours where the filter runs: its first; NULL: it does not */
	unsigned char      *carried;  /* what it has on each port of the shared host (entry_ports.c); NULL: not read */
	struct entry_mark  *next, *next_hiding;
};

struct choosing {
	struct arena              *arena; /* given back with the answer */
	const struct manifest     *manifest;
	const struct shared_host  *shared;
	const struct mesh         *mesh;
	const struct live_objects *live;
	const struct node         *common; /* the root namespace's Sidecar; NULL: none */
	struct entry_order        *order;
	struct entry               ours;
	bool                       looks_up;             /* as FEATURE_EXACT_HOSTS_LOOKED_UP says */
	struct hash                looked;               /* the namespaces whose sidecars were asked for losses */
	struct entry_mark         *marks;                /* of all classes that have one */
	struct entry_mark         *hiding, **hiding_end; /* in the order of the views */
	bool                       is_taken;             /* is ours taken in a proxy that runs the filter? … */
	bool                       is_taken_alone;       /* … united with none, where a Sidecar looks it up? */
};

/* What follows for each port, once the classes are marked: written into the arena. */
struct entry_answer *entry_ports_answer(const struct choosing *, struct arena *);

#endif
