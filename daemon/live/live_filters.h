/* live_filters.h - the EnvoyFilters of others that add a planned cluster, too, or remove it. */
#ifndef CALLOUT_LIVE_LIVE_FILTERS_H
#define CALLOUT_LIVE_LIVE_FILTERS_H

#include "live/live_objects.h"

/* Warns of them, if they may attach to proxies that run the filter. */
void live_filters_check(struct arena *, const struct live_objects *, const struct plan *, const struct mesh *,
                        const struct expected_cluster *, struct diags *);

#endif
