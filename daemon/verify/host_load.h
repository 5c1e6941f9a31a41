/* host_load.h - to which hosts a cluster's calls go: Envoy's distribution over priorities, and its panic.
 *
 * A cluster's calls are shared out over its priorities by how many of their hosts are healthy; an aggregate's over those of all of its
 * members, in their order. See Envoy's LoadBalancerBase (source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
 */
#ifndef CALLOUT_VERIFY_HOST_LOAD_H
#define CALLOUT_VERIFY_HOST_LOAD_H

#include "dump/proxy_state.h"

/* One priority. */
struct load_level {
	const struct host_level *hosts;
	uint64_t                 factor; /* overprovisioning, in per cent */
	/* Set by host_load: how much of the calls it gets for its healthy and for its degraded hosts, in per cent. */
	uint64_t healthy, degraded;
	bool     panics; /* its calls go to all of its hosts */
};

enum { LOAD_LEVELS = KEPT_MEMBERS * KEPT_LEVELS };

/* Shares out the calls over n levels, at most LOAD_LEVELS. threshold: healthy_panic_threshold. */
void host_load(struct load_level *levels, size_t n, double threshold);

/* Would other levels behind these get calls, too? */
bool host_load_left(const struct load_level *levels, size_t n);

/* The priorities of one cluster. Returns how many there are, at most KEPT_LEVELS. */
size_t host_load_levels(const struct proxy_cluster *, const struct host_levels *, struct load_level *ret_levels);

/* What becomes of the calls that a cluster gets. */
struct call_outcomes {
	bool answered;    /* there are calls that find a host */
	bool refused;     /* and there are some that find none */
	bool panics;      /* it panics */
	bool by_switch;   /* refused by fail_traffic_on_panic */
	bool by_degraded; /* refused since its hosts are degraded, and not in the table of hashes */
	bool too_few; /* refused since too few are well to share calls out to them, and the first priority has degraded ones only */
	bool by_locality;   /* refused since its localities have no weight, by which hashes choose */
	bool by_draining;   /* refused or answered: it depends on whether unhealthy hosts drain, which is not shown */
	bool by_policy;     /* refused or answered: it depends on the overprovisioning factor, which is not shown */
	bool without_hosts; /* refused for want of hosts that are well */
};

/* What is known best of a cluster's hosts: what is seen of them (NULL: nothing is), or, where that is coarse, the cluster's own list that
 * agrees with it. NULL: nothing is known. */
const struct host_levels *host_levels_best(const struct proxy_cluster *, const struct proxy_endpoints *seen);

/* The same if all hosts that are not well were excluded, for lists that do not tell (coarse). */
struct host_levels host_levels_drained(const struct host_levels *);

/* Is it unknown how much goes where? Not where no host is well, and all of them are tried or none. */
bool host_levels_vague(const struct proxy_cluster *, const struct host_levels *);

/* Does nobody tell the weights of its localities, and its overprovisioning factor? /clusters does not; istiod always gives its localities
 * weights, and never another factor. */
bool host_levels_lack_policy(const struct proxy_cluster *, const struct host_levels *);

/* Adds what becomes of those that a level gets. */
void call_outcomes_add(struct call_outcomes *, const struct proxy_cluster *, const struct host_levels *,
                       const struct load_level *);

/* The same of all levels of one cluster, as its hosts are counted. */
void call_outcomes_add_all(struct call_outcomes *, const struct proxy_cluster *, const struct host_levels *);

/* Of all calls of one cluster, whatever its lists leave open. */
struct call_outcomes call_outcomes_of(const struct proxy_cluster *, const struct host_levels *);

#endif
