/* live_index.h - live objects by the host that they are about, so that many upstreams and proxies beside many objects cost no more
 * than both together. */
#ifndef CALLOUT_PLAN_LIVE_INDEX_H
#define CALLOUT_PLAN_LIVE_INDEX_H

#include "plan/live_objects.h"

struct live_refs {
	const struct node **items; /* in the order in which they were read, each once */
	size_t              n, cap;
};

/* A host. Short names are those of services of the object's namespace. */
struct live_host {
	struct str       host;
	struct live_refs entries; /* ServiceEntries that have it */
	struct live_refs rules;   /* DestinationRules for it */
	struct live_refs routes;  /* VirtualServices with a destination of it */
};

/* Once all objects are read. */
void live_objects_index(struct arena *, struct live_objects *, struct str cluster_domain);

/* The DestinationRules that say something of the host: those for it, else those of the longest pattern that fits (istio
 * pilot/pkg/model/push_context.go, MostSpecificHostMatch). */
const struct live_refs *live_rules(const struct live_objects *, struct arena *, struct str host);

/* Never NULL: an empty one where nothing is about the host, or nothing was indexed. */
const struct live_host *live_host(const struct live_objects *, struct str host);

#endif
