/* live_trimming.h - the Sidecars that trim a planned host from the filter's proxies. */
#ifndef CALLOUT_LIVE_LIVE_TRIMMING_H
#define CALLOUT_LIVE_LIVE_TRIMMING_H

#include "live/live_objects.h"

/* Warns if a Sidecar would trim the host of a planned cluster from the filter's proxies. */
void live_trimming_check(struct arena *, const struct live_objects *, const struct manifest *, const struct mesh *,
                         const struct expected_cluster *, struct diags *);

#endif
