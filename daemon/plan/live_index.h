/* live_index.h - live objects by the host that they are about, so that the time for many upstreams and proxies and many
 * objects is the sum of both, not the product. */
#ifndef CALLOUT_PLAN_LIVE_INDEX_H
#define CALLOUT_PLAN_LIVE_INDEX_H

#include "plan/live_objects.h"

struct live_refs {
	const struct node **items; /* in the order in which they were read; none appears twice */
	size_t              n, cap;
};

/* What is about one host. A short name in an object means a service of the object's own namespace. */
struct live_host {
	struct str       host;
	struct live_refs entries; /* ServiceEntries that list it */
	struct live_refs rules;   /* DestinationRules for it */
	struct live_refs routes;  /* VirtualServices that route to it */
};

/* Builds the index. To be called once, after all objects are read. */
void live_objects_index(struct arena *, struct live_objects *, struct str cluster_domain);

/* The DestinationRules that apply to the host: those for it, else those with the longest wildcard that matches (istio
 * pilot/pkg/model/push_context.go, MostSpecificHostMatch). */
const struct live_refs *live_rules(const struct live_objects *, struct arena *, struct str host);

/* What is about the host. Never NULL: it is empty if nothing is, or if nothing was indexed. */
const struct live_host *live_host(const struct live_objects *, struct str host);

#endif
