/* rule_choice.h - which DestinationRule istiod takes for a host in a proxy, as if ours were among the live ones, or not. */
#ifndef CALLOUT_LIVE_RULE_CHOICE_H
#define CALLOUT_LIVE_RULE_CHOICE_H

#include "live/live_objects.h"

struct rule {
	const struct node *object; /* NULL: ours */
	struct str         created, name;
	const struct node *labels;    /* that it selects; NULL: it selects all */
	struct strings     export_to; /* sorted */
	bool               has_policy, has_subsets;
};

struct rule_question {
	struct arena              *arena;
	const struct live_objects *live;
	const struct manifest     *manifest;
	const struct shared_host  *shared; /* of the host; NULL: it is not public */
	const struct mesh         *mesh;
	struct str                 host;
	struct rule                ours;      /* from rule_planned */
	bool                       with_ours; /* does the planned rule count? The live one of its name never does */
	bool                       by_export; /* FEATURE_RULES_BY_EXPORT */
	struct str                 proxies;   /* their namespace */
	const struct node         *labels;    /* of the proxy; NULL: none */
	const struct node         *watched;   /* a live rule, see rule_choice.has_watched; or NULL */
};

struct rule_choice {
	const struct rule *first;       /* gives the choice its name. NULL: the proxy has no rule */
	const struct rule *policy;      /* whose trafficPolicy counts. NULL: there is none */
	const struct rule *ours_within; /* with which ours was made one; NULL: it is not, or with one that selects */
	bool               has_watched; /* are the subsets of the watched rule in it? */
	const struct rule *list;        /* those of the proxies' own namespace, in istiod's order */
	size_t             n;           /* 0: it has none for the host, and those of others count */
	bool               is_wide;     /* those of the list are for a pattern, not for the very host */
};

/* The planned rule of an upstream, created when the live one was, or last of all. */
struct rule rule_planned(struct arena *, const struct live_objects *, const struct manifest *,
                         const struct shared_host *, const struct mesh *, const struct expected_cluster *);
/* Is it exported to this namespace? */
bool rule_is_exported(const struct rule *, struct str own, struct str namespace);
/* Is the live rule the planned one, of an earlier run? */
bool rule_is_ours(const struct rule_question *, const struct node *object);

struct rule_choice rule_choose(const struct rule_question *);

/* ---- its parts, for other sets of objects than live ones ---- */

struct rule rule_read(struct arena *, const struct node *object);
/* Rules of one namespace: that its own proxies see, that others see, that none but its own see. */
enum rule_list { RULES_LOCAL, RULES_EXPORTED, RULES_PRIVATE };
bool rule_is_in(enum rule_list, const struct rule *, struct str namespace);
/* Puts rules of one host and list into istiod's order. */
void rules_sort(struct rule *, size_t n);
/* Chooses among sorted rules of one list (ret->list, ret->n) and sets first, policy, has_watched and ours_within. Of the question
 * count by_export, proxies, labels and watched. all_seen: the proxies see them all. */
void rules_choose_among(const struct rule_question *, bool all_seen, struct rule_choice *ret);

/* The host itself, then the patterns that fit it, the longest first; absent after "*". Begins with *rest = host. */
struct str rule_next_pattern(struct arena *, struct str host, struct str *rest);

#endif
