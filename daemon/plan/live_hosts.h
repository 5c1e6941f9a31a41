/* live_hosts.h - what a public host name does to the ServiceEntries that have it already, and they to it. */
#ifndef CALLOUT_PLAN_LIVE_HOSTS_H
#define CALLOUT_PLAN_LIVE_HOSTS_H

#include "plan/live_objects.h"

/* Adds warnings for an upstream with isolated: false. */
void live_hosts_check(struct arena *, const struct live_objects *, const struct plan *, const struct upstream *,
                      const struct shared_host *, const struct mesh *, struct diags *);

#endif
