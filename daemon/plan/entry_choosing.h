/* entry_choosing.h - what entry_choice.c, entry_order.c and entry_ports.c share: the ServiceEntries of one public host, ours among
 * them, as istiod compares them. */
#ifndef CALLOUT_PLAN_ENTRY_CHOOSING_H
#define CALLOUT_PLAN_ENTRY_CHOOSING_H

#include "plan/entry_choice.h"

/* Entries that are united, wherever one of them is taken. */
struct class
{
	struct str key;
	bool       meets_ours; /* in some view it was taken, and now ours comes first, or is united with it */
	bool       mixes;      /* in some view it stays the first, with our addresses and rule on the ports of both */
	const struct entry *hides;   /* it comes before ours where the filter runs: its first; NULL: it does not */
	unsigned char      *carried; /* what it has on each port of the shared host (entry_ports.c); NULL: not read */
	struct class       *next;    /* of those that hide ours */
};

struct entry {
	const struct node *object; /* NULL: ours */
	struct str namespace;
	struct str     created;    /* RFC 3339 in UTC, so that the order of texts is that of times */
	struct strings visibility; /* sorted */
	bool           narrow;     /* exported to some namespaces only */
	struct class *class;
};

/* Proxies of one kind and namespace. */
struct view {
	struct str namespace;
	bool               own_first; /* sidecars */
	const struct node *sidecar;   /* which trims them; NULL: none */
};

struct choosing {
	struct arena              *arena; /* given back with the answer */
	const struct manifest     *manifest;
	const struct shared_host  *shared;
	const struct mesh         *mesh;
	const struct live_objects *live;
	const struct node         *common;  /* the root namespace's Sidecar; NULL: none */
	struct entry              *entries; /* ours is the last */
	size_t                     n;
	struct hash                classes;
	struct hash                own, by_name;  /* the first entry of a namespace, or of those exported to it */
	struct hash                from, from_to; /* what a namespace exports to all, and by name: "FROM TO" */
	struct hash                looked;        /* the namespaces whose sidecars were asked for losses */
	const struct entry        *wide;          /* the first that is exported to all */
	const struct entry       **sorted;        /* all but ours */
	struct class              *hiding, **hiding_end; /* in the order of the views */
};

/* Reads the live entries and ours, and finds the first ones. Of c all that was handed in is set. */
void entry_order_read(struct choosing *c, const struct live_refs *found);

const struct entry *entry_order_ours(const struct choosing *);
/* Is it exported to the namespace? */
bool entry_order_sees(const struct entry *, struct str namespace);
/* Does the view's Sidecar let it in? */
bool entry_order_lets_in(const struct choosing *, const struct entry *, const struct view *);
/* Which of all but ours the proxies take. NULL: they see none. */
const struct entry *entry_order_first(const struct choosing *, const struct view *);
/* Does the first of the two come before the other, in these proxies? */
bool entry_order_precedes(const struct entry *, const struct entry *, const struct view *);
/* spec.resolution, NONE where it has none. */
struct str entry_order_resolution(const struct node *object);

/* What follows for each port, once the classes are marked: written into the arena. */
struct entry_answer *entry_ports_answer(const struct choosing *, struct arena *);

#endif
