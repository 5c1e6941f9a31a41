/* host.h - what is read of one host of a cluster, whoever tells of it: its LbEndpoint or its HostStatus.
 *
 * All of it is kept in the reader's scratch arena, as many addresses as KEPT_ADDRESSES; further ones are only counted.
 */
#ifndef CALLOUT_DUMP_HOST_H
#define CALLOUT_DUMP_HOST_H

#include "dump/reading.h"

/* The better one first. Degraded hosts are called where too few are healthy. Those that are excluded are unhealthy, and do not count
 * where Envoy reckons how many are healthy (upstream_impl.cc excludeBasedOnHealthFlag). */
enum host_health { HOST_HEALTHY, HOST_DEGRADED, HOST_UNHEALTHY, HOST_EXCLUDED };

/* core.v3.HealthStatus, which comes next. HOST_HEALTHY: it is any other value than those that say something else. */
enum host_health host_health_read(struct dump_reader *);

/* core.v3.Address, which comes next. *a stays as it was where it is no socket address. */
void host_address_read(struct dump_reader *, struct address *a);

/* Adds a host to the list and to those of its priority. False: nothing of its address is kept. */
bool host_keep(struct dump_reader *, struct proxy_endpoints *, struct host_level *, const struct address *,
               enum host_health);

/* Are they the same, in the same order, as far as they are kept? n: how many each list has, kept or not. */
bool addresses_same(const struct address *, size_t n, const struct address *, size_t other_n);

/* The hosts of a priority; those of KEPT_LEVELS and beyond are counted as one, and the levels are cut. */
struct host_level *host_level_at(struct host_levels *, uint64_t priority);

#endif
