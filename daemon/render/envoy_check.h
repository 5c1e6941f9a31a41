/* envoy_check.h - Envoy's own field constraints on clusters that an EnvoyFilter adds.
 *
 * Istio's webhook does not check them, and a cluster that breaks one makes Envoy refuse the whole CDS update: a new
 * proxy then gets no cluster at all (istio-confirmed.md 4). So the rendered tree is checked, whatever the templates.
 */
#ifndef CALLOUT_RENDER_ENVOY_CHECK_H
#define CALLOUT_RENDER_ENVOY_CHECK_H

#include "plan/plan.h"

/* Is there anything to check in an object of this kind? */
bool envoy_check_concerns(const struct resource *);

/* Looks at the CLUSTER patches of a rendered EnvoyFilter; other kinds pass. False: errors were added. */
bool envoy_check(struct arena *, const struct node *object, const struct resource *, struct diags *);

#endif
