/* proxy_merge.h - one proxy of its parts. */
#ifndef CALLOUT_DUMP_PROXY_MERGE_H
#define CALLOUT_DUMP_PROXY_MERGE_H

#include "dump/proxy_state.h"

/* Fills what the state's parts tell together. Its wants, name and parts are set, the rest is zero. The memory is the arena's;
 * what is not told twice stays that of the parts. */
void proxy_state_merge(struct arena *, struct proxy_state *);

#endif
