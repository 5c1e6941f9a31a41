/* entry_view.h - which entries of a public host proxies of one kind and namespace take, by the Sidecar that trims them. */
#ifndef CALLOUT_LIVE_ENTRY_VIEW_H
#define CALLOUT_LIVE_ENTRY_VIEW_H

#include "live/entry_order.h"

/* How some versions of istiod list entries. */
struct entry_rules {
	bool unites_alike; /* FEATURE_ENTRIES_UNITED_ALIKE */
	bool one_scope;    /* FEATURE_ONE_SIDECAR_SCOPE */
	bool by_age;       /* FEATURE_EXPORTS_BY_AGE */
	bool looks_up;     /* FEATURE_EXACT_HOSTS_LOOKED_UP: exact hosts of a listener */
	bool takes_out;    /* FEATURE_HOSTS_TAKEN_OUT */
};

/* Which entries count beside the first. */
enum entry_uniting {
	UNITES_ALIKE,     /* those that are united with it */
	UNITES_NAMESPACE, /* all of its namespace, with its resolution */
	UNITES_NONE,      /* all: of each port the first that has it */
};

/* Proxies of one kind and namespace. */
struct view {
	struct str namespace;
	bool               in_sidecars; /* which know a namespace of their own */
	const struct node *sidecar;     /* which trims them; NULL: none */
	struct entry_rules rules;
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
	const struct view         *view;
	struct arena              *arena;
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
/* Which entries count beside the first? */
enum entry_uniting entry_view_uniting(const struct view *);
/* The entry by whose resolution a cluster is made that another entry says the port of. */
const struct entry *entry_view_resolves(const struct taken_entries *, const struct entry *says);

/* Adds a port, at the end. */
void taken_ports_add(struct arena *, struct taken_ports *, unsigned port);
void taken_ports_sort(struct taken_ports *);
/* Of sorted ones: is the port among them? Which is it, 0 the first? n where it is none. */
bool   taken_ports_have(const struct taken_ports *, unsigned port);
size_t taken_ports_find(const struct taken_ports *, unsigned port);

#endif
