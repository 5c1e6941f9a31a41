/* live_check.h - what live objects mean for the objects that are planned. */
#ifndef CALLOUT_LIVE_LIVE_CHECK_H
#define CALLOUT_LIVE_LIVE_CHECK_H

#include "live/live_objects.h"

/* Adds warnings for one planned manifest. Nothing is reported that the live objects do not show. */
void live_objects_check(struct arena *, const struct live_objects *, const struct plan *, const struct neighbours *,
                        const struct mesh *, struct diags *);

#endif
