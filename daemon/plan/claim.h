/* claim.h - what a manifest must agree on with others, as keys and texts that can be kept and compared without reading
 * the manifests again.
 *
 * Two manifests quarrel (neighbours_collect would find it) if they have claims with the same key and different
 * agreements. An absent agreement means that only neighbours_collect can tell.
 */
#ifndef CALLOUT_PLAN_CLAIM_H
#define CALLOUT_PLAN_CLAIM_H

#include "plan/plan.h"

/* The agreement of "rule/NS/HOST" for a DestinationRule that applies to every workload. */
#define CLAIM_SELECTS_NONE "none"

struct claim {
	struct str key; /* "host/shop/auth.example.com", "port/shop/auth.example.com/443", "rule/shop/auth.example.com",
	                 "cluster/sidecar/NAME" */
	struct str agreement; /* SHA-256 of the settings */
};

/* The claims of a manifest that manifest_check found sound; *ret_n many, of the arena. */
struct claim *claims_collect(struct arena *, const struct manifest *, const struct mesh *, size_t *ret_n);

#endif
