/* entry_view.h - which entries of a public host proxies of one kind and namespace take, by the Sidecar that trims them. */
#ifndef CALLOUT_LIVE_ENTRY_VIEW_H
#define CALLOUT_LIVE_ENTRY_VIEW_H

#include "live/entry_order.h"

/* Proxies of one kind and namespace. */
struct view {
	struct str namespace;
	bool               own_first; /* sidecars */
	const struct node *sidecar;   /* which trims them; NULL: none */
	bool               looks_up;  /* does istiod look exact hosts up (FEATURE_EXACT_HOSTS_LOOKED_UP)? */
};

/* A list of ports, sorted once it is complete. */
struct taken_ports {
	uint16_t *items;
	size_t    n, cap;
};

/* An entry that comes to the live ones, and its ports. */
struct coming_entry {
	const struct entry *entry;
	struct taken_ports  ports;
};

/* What they take. */
struct taken_entries {
	const struct entry        *first; /* NULL: they see none */
	const struct entry        *other; /* of another listener, but not united with the first; NULL: none */
	const struct coming_entry *coming;
	bool                       whole;       /* all ports of all that are united with it */
	bool                       alone;       /* all ports of it alone */
	bool                       with_coming; /* the coming entry is the first, or is united with it */
	struct taken_ports         ports;       /* besides, these of all that are united with it; sorted */
};

/* Of all that are not left out of the order's question, and of the one that comes (NULL: none). */
void entry_view_take(struct arena *, struct entry_order *, const struct view *, const struct coming_entry *,
                     struct taken_entries *ret);
/* The entry that says what the port is. NULL: they do not have it. */
const struct entry *entry_view_says(struct entry_order *, const struct taken_entries *, unsigned port);
/* Does the view's Sidecar let in the host's entries of a namespace on that port? */
bool entry_view_lets_in(struct entry_order *, const struct view *, struct str namespace, unsigned port);
/* Are they united wherever one of them is taken? */
bool entry_view_unites(const struct entry *, const struct entry *);

/* Adds a port, at the end. */
void taken_ports_add(struct arena *, struct taken_ports *, unsigned port);
void taken_ports_sort(struct taken_ports *);
/* Of sorted ones: is the port among them? Which is it, 0 the first? n where it is none. */
bool   taken_ports_have(const struct taken_ports *, unsigned port);
size_t taken_ports_find(const struct taken_ports *, unsigned port);

#endif
