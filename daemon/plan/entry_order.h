/* entry_order.h - the live ServiceEntries of a public host, as istiod compares them. They are read once, and asked for each entry of ours
 * beside them, whose live form does not count then. */
#ifndef CALLOUT_PLAN_ENTRY_ORDER_H
#define CALLOUT_PLAN_ENTRY_ORDER_H

#include "plan/live_index.h"

struct entry_mark; /* see entry_choosing.h */

/* What was said of a class or an entry, and for which question. */
struct entry_said {
	unsigned           asked;
	struct entry_mark *mark;
};

/* Entries that are united, wherever one of them is taken. */
struct entry_class {
	struct str        key;
	struct entry     *first, **end; /* in the order of the objects, by next_of_class */
	struct entry_said said;
};

struct entry {
	const struct node *object; /* NULL: ours */
	size_t             at;     /* its number among the host's */
	struct str namespace;
	struct str     created, name; /* RFC 3339 in UTC, so that the order of texts is that of times */
	struct strings visibility;    /* sorted */
	bool           narrow;        /* exported to some namespaces only */
	struct entry_class *class;    /* of ours: NULL if there is none like it */
	struct entry     *next_of_class, *next_of_namespace;
	unsigned          left_out; /* of which question */
	struct entry_said said;     /* of it alone */
};

/* Entries in the order in which they are taken. */
struct entry_line {
	struct str                name;
	struct entry_place       *first, **end;
	const struct entry_place *at; /* the first of all that are not left out of the question … */
	unsigned                  asked;
};

struct entry_order {
	struct live_answer is;
	struct entry     **sorted; /* by who comes first where none has an advantage by its namespace */
	size_t             n;
	struct hash        classes, namespaces;
	struct hash        own, by_name;  /* the lines of a namespace, and of those exported to it */
	struct hash        from, from_to; /* of what a namespace exports to all, and by name: "FROM TO" */
	struct hash        by_age;        /* of all of a namespace, the oldest first */
	struct entry_line  wide;          /* of those that are exported to all */
	unsigned           question;
};

/* Proxies of one kind and namespace. */
struct view {
	struct str namespace;
	bool               own_first; /* sidecars */
	const struct node *sidecar;   /* which trims them; NULL: none */
	bool looks_up; /* of a namespace's entries it takes none but the oldest, see live_sidecar_looks_up */
};

/* Never NULL. It lives as long as the live objects. */
struct entry_order *entry_order_of(const struct live_objects *, struct str host);
/* The first entry of a namespace, by next_of_namespace; NULL: there is none. */
struct entry *entry_order_in(const struct entry_order *, struct str namespace);
/* The class of entries without labels and selector that are like this; NULL: there is none. export_to is sorted. */
struct entry_class *entry_order_class(struct arena *, const struct entry_order *, struct str namespace,
                                      const struct strings *export_to, struct str resolution);
/* Sets namespace, visibility and narrow by exportTo. */
void entry_order_export(struct arena *, struct entry *, struct str namespace, const struct strings *export_to);

/* Is it exported to the namespace? */
bool entry_order_sees(const struct entry *, struct str namespace);
/* Which the proxies take of all that are not left out of the order's question. NULL: they see none. */
struct entry *entry_order_first(struct arena *, struct entry_order *, const struct view *);
/* The oldest of a namespace that is not left out; NULL: there is none. */
struct entry *entry_order_oldest(struct entry_order *, struct str namespace);
/* Does the first of the two come before the other, in these proxies? */
bool entry_order_precedes(const struct entry *, const struct entry *, const struct view *);
/* Is it older? Of one age, by name. */
bool entry_order_is_older(const struct entry *, const struct entry *);
/* Does the view's Sidecar let in the host's entries of a namespace? */
bool entry_order_lets_in(const struct entry_order *, struct str namespace, const struct view *);
/* spec.resolution, NONE where it has none. */
struct str entry_order_resolution(const struct node *object);

#endif
