/* live_merges.h - what live EnvoyFilters of others merge into the planned clusters of a manifest. */
#ifndef CALLOUT_LIVE_LIVE_MERGES_H
#define CALLOUT_LIVE_LIVE_MERGES_H

#include "live/live_objects.h"

/* Adds a finding for each patch, at the first upstream whose cluster it changes: a warning if it says what is called or how (addresses,
 * TLS, protocol), an info if it only sets limits. */
void live_merges_check(struct arena *, const struct live_objects *, const struct plan *, const struct mesh *,
                       struct diags *);

#endif
