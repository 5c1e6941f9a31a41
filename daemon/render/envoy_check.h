/* envoy_check.h - Envoy's own field constraints on clusters that an EnvoyFilter adds.
 *
 * Istio's webhook does not check them, and one cluster that breaks a validate.rules constraint makes Envoy refuse the
 * whole CDS update, so that a new proxy gets no cluster at all (measured on Envoy 1.40). Therefore the rendered tree is
 * checked, whatever templates made it.
 */
#ifndef CALLOUT_RENDER_ENVOY_CHECK_H
#define CALLOUT_RENDER_ENVOY_CHECK_H

#include "plan/plan.h"

/* Is there anything to check in an object of this kind? */
bool envoy_check_concerns(const struct resource *);

/* Looks at the CLUSTER patches of a rendered EnvoyFilter; other kinds pass. False: errors were added. */
bool envoy_check(struct arena *, const struct node *object, const struct resource *, struct diags *);

#endif
