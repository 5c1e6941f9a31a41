/* live_index.h - live objects by the host that they are about, so that the time for many upstreams and proxies and many
 * objects is the sum of both, not the product. */
#ifndef CALLOUT_LIVE_LIVE_INDEX_H
#define CALLOUT_LIVE_LIVE_INDEX_H

#include "live/live_objects.h"

struct live_refs {
	const struct node **items; /* in the order in which they were read; none appears twice */
	size_t              n, cap;
};

/* What is about one host. A short name in an object means a service of the object's own namespace. */
struct live_host {
	struct str       host;
	struct live_refs entries; /* ServiceEntries that list it */
	struct live_refs rules;   /* DestinationRules for it */
	struct live_refs local;   /* those of them that proxies of their own namespace may have */
	struct live_refs routes;  /* VirtualServices that route to it */
};

/* The EnvoyFilters that add a cluster of one name. */
struct live_cluster {
	struct str       name;
	struct live_refs adders;
};

/* What is in one namespace. */
struct live_namespace {
	struct str       name;
	struct live_refs sidecars;
	struct live_refs patchers; /* EnvoyFilters that merge something into clusters or remove some */
	bool             serves;   /* there are Services */
};

/* Something found out of the objects; whoever finds it has it as the first member of a struct. */
struct live_answer {
	struct str key;
};

/* What was found out, so that it is found once. */
struct live_memory {
	struct arena    *arena;           /* in which the answers are */
	struct hash      orders;          /* of struct entry_order, see entry_order.h */
	struct hash      entries;         /* of struct entry_answer, see entry_choice.h */
	struct hash      rules;           /* of struct rule_answer, see live_rules.c */
	struct hash      of_services;     /* of struct service_rules, see live_services.c */
	struct hash      sidecars;        /* of struct target_sidecars, see live_sidecar.c */
	struct hash      clusters;        /* of struct live_cluster */
	struct live_refs patchers;        /* those of all namespaces */
	unsigned         suggestions;     /* of Services that may be meant */
	bool             sidecars_select; /* is a Sidecar for some workloads only? */
};

/* Builds the index. To be called once, after all objects are read. */
void live_objects_index(struct arena *, struct live_objects *, struct str cluster_domain);

/* Where the DestinationRules are that apply to the host: those for it, else those with the longest wildcard that matches (istio
 * pilot/pkg/model/push_context.go, MostSpecificHostMatch). Never NULL. */
const struct live_host *live_rules(const struct live_objects *, struct arena *, struct str host);

/* The DestinationRules of a namespace for the host or pattern. */
const struct live_refs *live_rules_in(const struct live_objects *, struct arena *, struct str namespace,
                                      struct str host);

/* What is about the host. Never NULL: it is empty if nothing is, or if nothing was indexed. */
const struct live_host *live_host(const struct live_objects *, struct str host);

/* The EnvoyFilters that add a cluster of this name, and those that merge something into any or remove one. Never NULL; live may
 * be. */
const struct live_refs *live_adders(const struct live_objects *live, struct str cluster);
const struct live_refs *live_patchers(const struct live_objects *live);

/* What is in the namespace. Never NULL, as above. */
const struct live_namespace *live_namespace(const struct live_objects *, struct str name);

#endif
