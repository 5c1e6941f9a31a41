/* proxy_merge.h - merges the parts of one proxy. */
#ifndef CALLOUT_DUMP_PROXY_MERGE_H
#define CALLOUT_DUMP_PROXY_MERGE_H

#include "dump/proxy_state.h"

/* Fills in the state from all of its parts. On entry its wants, name and parts are set and the rest is zero. What only
 * one part has is shared with it; the rest is in the arena. */
void proxy_state_merge(struct arena *, struct proxy_state *);

/* Do the two tell different things of what they both have? Only where what they tell is enough to say so. */
bool cluster_differs(const struct proxy_cluster *, const struct proxy_cluster *);

#endif
