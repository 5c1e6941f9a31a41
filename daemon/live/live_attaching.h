/* live_attaching.h - which live EnvoyFilters attach to the proxies that run a manifest's filter.
 *
 * A manifest does not tell all of its proxies' labels, nor which of several Gateways they are of, so a filter that is said to attach
 * may attach to some of them only.
 */
#ifndef CALLOUT_LIVE_LIVE_ATTACHING_H
#define CALLOUT_LIVE_LIVE_ATTACHING_H

#include "live/live_objects.h"

/* The most EnvoyFilters of a namespace that are looked at for the sake of one cluster or manifest. */
enum { FILTERS_LOOKED_AT = 64 };

struct attaching {
	struct arena          *arena;
	const struct manifest *manifest;
	const struct mesh     *mesh;
};

/* May it attach to a proxy that runs the manifest's filter, and is it someone else's? */
bool live_filter_may_attach(const struct attaching *, const struct node *filter);

/* Calls `each` for those that may and that merge something into clusters or remove some, until it returns false. */
typedef bool live_patcher_met(void *ctx, const struct node *filter);
void live_patchers_each(const struct attaching *, const struct live_objects *, live_patcher_met *each, void *ctx);

#endif
