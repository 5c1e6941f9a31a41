/* entry_order.h - the live ServiceEntries of a public host, as istiod compares them. They are read once, and asked for each entry of ours
 * beside them, whose live form does not count then. */
#ifndef CALLOUT_LIVE_ENTRY_ORDER_H
#define CALLOUT_LIVE_ENTRY_ORDER_H

#include "live/entry_lines.h"
#include "live/live_index.h"

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
	struct entry *next_of_class, *next_of_namespace;
	unsigned      left_out; /* of which question */
};

/* The lines of those that have a port. */
struct entry_lines {
	struct str        key;           /* the port as bytes; absent: any */
	struct hash       own, by_name;  /* of a namespace, and of those exported to it */
	struct hash       from, from_to; /* of what a namespace exports to all, and by name: "FROM TO" */
	struct entry_line wide;          /* of those that are exported to all */
};

struct entry_order {
	struct live_answer is;
	struct arena      *arena;
	struct entry     **sorted; /* by who comes first where none has an advantage by its namespace */
	struct entry     **aged;   /* the oldest first */
	struct entry_said *said;   /* of each by its number, alone */
	size_t             n;
	struct hash        classes, namespaces;
	struct entry_lines all;
	struct hash        by_age;             /* the lines of all of a namespace, the oldest first */
	struct hash        by_port, of_class;  /* struct entry_lines; the lines of all of a class and port */
	bool               has_lines_of_ports; /* is by_port read? */
	bool               has_ports;          /* is of_class? */
	struct hash        egress;             /* struct live_egress of each Sidecar that was asked for */
	unsigned           question;
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
/* Is it left out of the question that is asked now? */
bool entry_order_leaves_out(const struct entry_order *, const struct entry *);
/* The lines of a port (0: any); NULL: no entry has it. */
struct entry_lines *entry_order_lines(struct entry_order *, unsigned port);
/* The first that a namespace exports by name to another; NULL: there is none. */
struct entry *entry_order_from_to(struct arena *, const struct entry_order *, const struct entry_lines *,
                                  struct str from, struct str to);
/* The oldest of a namespace that is not left out; NULL: there is none. */
struct entry *entry_order_oldest(const struct entry_order *, struct str namespace);
/* The oldest of a class that has the port and is not left out; NULL: there is none. */
struct entry *entry_order_oldest_of(struct entry_order *, const struct entry_class *, unsigned port);
/* Below 0: the first of the two comes before the other where none has an advantage by its namespace. */
int entry_order_compare(const struct entry *, const struct entry *);
/* Is it older? Of one age, by name. */
bool entry_order_is_older(const struct entry *, const struct entry *);
/* spec.resolution, NONE where it has none. */
struct str entry_order_resolution(const struct node *object);
/* spec.ports of a ServiceEntry, and the number of one of them; 0: it has none that could be one. */
const struct node *entry_order_ports(const struct entry *);
unsigned           entry_order_port(const struct node *port);

#endif
