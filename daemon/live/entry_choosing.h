/* entry_choosing.h - what the files share that choose between our entry of a public host and the live ones: entry_choice.c, entry_loss.c,
 * entry_marks.c, entry_ports.c. */
#ifndef CALLOUT_LIVE_ENTRY_CHOOSING_H
#define CALLOUT_LIVE_ENTRY_CHOOSING_H

#include "live/entry_choice.h"
#include "live/entry_view.h"

/* What happens to a port of ours in the hands of another. */
enum { PORT_CHANGED = 1, PORT_MIXED = 2, PORT_RULED = 4 };

/* What happens to the entries of a class, or to one alone where a Sidecar looks it up, in some view. */
struct entry_mark {
	struct entry_class *class;
	const struct entry *alone;      /* NULL: all of the class */
	bool                hides;      /* it comes before ours where the filter runs, and that was told of all ports */
	bool                meets_ours; /* it was taken, and now ours comes first, or is united with it */
	bool                is_mixed;   /* it stays the first, and is of our namespace: its ports get our addresses */
	bool                is_ruled;   /* it stays the first, and our DestinationRule reaches the proxies */
	/* Where a Sidecar lets things in by port, besides: */
	unsigned char     *on;     /* PORT_…, for each port of the shared host; NULL: nothing */
	bool               is_cut; /* where it was taken whole, all ports are lost … */
	struct taken_ports kept;   /* but these */
	struct taken_ports lost;   /* these are lost, of some view; sorted at the end */
	struct entry_mark *next;
};

/* What other entries of our namespace have on a port of ours. */
struct shared_place {
	const struct upstream *upstream;
	const struct entry    *older;  /* the oldest of those with addresses before ours; NULL: ours is the oldest */
	const struct entry    *adding; /* one that gives its addresses in any case; NULL: none */
	const struct entry    *united; /* the one united with ours that says what the port is; NULL: ours does */
	bool                   united_http2;
	/* Where the filter runs: */
	const struct entry *hidden_by; /* NULL: nobody … */
	enum entry_loss     loss;
	bool                is_taken, is_taken_alone; /* is ours taken, with what it is united with, or by itself? */
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
	struct coming_entry        coming;     /* the same, with the ports of the shared host … */
	struct shared_place       *places;     /* and what is on each of them */
	struct entry_rules         rules;      /* of the version that is asked about */
	unsigned                   told_apart; /* entries that were looked at one by one; see entry_marks.c */
	struct hash        looked, looked_for; /* the namespaces whose sidecars were asked for losses, and for ours */
	bool               is_taken_whole;     /* that ours is taken was told of all ports */
	struct entry_mark *marks;              /* of all classes that have one */
};

/* Reads the ports of the shared host, and what is on them. */
void entry_ports_read(struct choosing *);

/* What the others lose in a view, and how ours fares in one where the filter runs. */
void entry_marks_losses(struct choosing *, const struct view *);
void entry_marks_ours(struct choosing *, const struct view *);
/* What was said of a class or an entry; one that says nothing if nothing was. */
const struct entry_mark *entry_marks_said(const struct choosing *, const struct entry_said *);

/* What follows for each port, once the classes are marked: written into the arena. */
struct entry_answer *entry_ports_answer(const struct choosing *, struct arena *);
/* Does a cluster of that resolution take the upstream's addresses? */
bool entry_loss_takes_addresses(struct str resolution, const struct upstream *);
/* Of a cluster with our resolution and our namespace's addresses: whose it has in the place of ours, or besides. NULL: it is as it
 * should be. */
const struct entry *entry_loss_of_addresses(const struct shared_place *, enum entry_loss *ret);
/* The same where another entry says what the port is (NULL: none does), and one, perhaps ours, of what resolution it is; by is the one to
 * blame. */
const struct entry *entry_loss_where_hidden(const struct choosing *, const struct shared_place *,
                                            const struct entry *says, const struct entry *resolves,
                                            const struct entry *by, enum entry_loss *ret);
/* Does a port of a ServiceEntry mean HTTP/2, and does an upstream speak it? */
bool entry_loss_is_http2(const struct node *port);
bool entry_loss_speaks_http2(const struct upstream *);

#endif
