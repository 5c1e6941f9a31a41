/* snippet.h - the call to an upstream, in the languages that filters are written in. */
#ifndef CALLOUT_REPORT_SNIPPET_H
#define CALLOUT_REPORT_SNIPPET_H

#include "base/buf.h"
#include "plan/plan.h"
#include "wasm/toolchain.h"

/* Every language of Wasm, or Lua alone for a Lua filter; with the cluster's name and the three pseudo-headers. */
void snippet_write(struct buf *, const struct manifest *, const struct expected_cluster *);

/* In the language of one SDK; SDK_ANY: in all of them. NULL: a cluster whose name is still to be found. */
void snippet_write_for(struct buf *, enum sdk_language, const struct expected_cluster *);

#endif
