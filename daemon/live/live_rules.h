/* live_rules.h - which DestinationRule counts for a host: the one that is planned, or a live one. */
#ifndef CALLOUT_LIVE_LIVE_RULES_H
#define CALLOUT_LIVE_LIVE_RULES_H

#include "live/live_objects.h"

/* Adds warnings for an upstream with a ServiceEntry: a rule that takes the place of ours, or whose place ours takes.
 * The shared host is that of the upstream (neighbours_shared), or NULL. */
void live_rules_check(struct arena *, const struct live_objects *, const struct manifest *, const struct shared_host *,
                      const struct mesh *, const struct expected_cluster *, struct diags *);

#endif
