/* live_hosts.h - how a public host name and the live ServiceEntries of the same host affect each other. */
#ifndef CALLOUT_LIVE_LIVE_HOSTS_H
#define CALLOUT_LIVE_LIVE_HOSTS_H

#include "live/live_objects.h"

/* Adds warnings for an upstream with isolated: false. */
void live_hosts_check(struct arena *, const struct live_objects *, const struct plan *, const struct upstream *,
                      const struct shared_host *, const struct mesh *, struct diags *);

#endif
