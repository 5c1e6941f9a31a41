/* verify.h - what manifests expect against what proxies have: a verdict for each upstream and each plugin in each proxy.
 *
 *	dump_read, proxy_states_join (dump/) → verify_plan → verification_findings → report
 *
 * Pure: reads nothing, prints nothing. All strings of the result live in the arena given, in the manifests and in the
 * proxy states, which must outlive it.
 */
#ifndef CALLOUT_VERIFY_VERIFY_H
#define CALLOUT_VERIFY_VERIFY_H

#include "verify/verdict.h"

/* A manifest to verify: adds what its plan expects to the wants. plan: from plan_build with PLAN_ALL. */
struct verify_item verify_item_new(struct arena *, const struct plan *, struct dump_wants *);

/* Adds the verdicts of one manifest in one proxy. */
void verify_plan(struct verification *, struct verify_item *, const struct proxy_state *);

/* Adds the findings: one for each upstream and verdict, however many proxies share it. False: at least one says that
 * something is wrong. */
bool verification_findings(struct verification *, const struct verify_item *, size_t n_items,
                           const struct proxy_states *, struct diags *);

#endif
