/* metrics.h - counters of the server and of the work. */
#ifndef CALLOUT_SERVE_METRICS_H
#define CALLOUT_SERVE_METRICS_H

#include <stdatomic.h>

#include "base/diag.h"

enum { METRIC_ROUTES = 64, METRIC_STATUSES = 32, METRIC_BUCKETS = 12, METRIC_CODES = 1000 };

extern const unsigned metric_statuses[METRIC_STATUSES]; /* the rest is 0: any other */
extern const int64_t  metric_bounds[METRIC_BUCKETS];    /* of the buckets, microseconds */

struct metrics {
	_Atomic uint64_t requests[METRIC_ROUTES][METRIC_STATUSES];
	_Atomic uint64_t buckets[METRIC_ROUTES][METRIC_BUCKETS + 1];
	_Atomic uint64_t microseconds[METRIC_ROUTES];
	_Atomic uint64_t render_buckets[METRIC_BUCKETS + 1];
	_Atomic uint64_t render_microseconds;
	_Atomic uint64_t findings[METRIC_CODES]; /* by the number of the code */
	_Atomic uint64_t reloads, failed_reloads, unauthorised;
	_Atomic int64_t  reloaded; /* Unix seconds of the last one that went well */
};

/* route: index in route_table, or METRIC_ROUTES - 1 when there was none. */
void metrics_request(struct metrics *, size_t route, unsigned status, int64_t microseconds);
void metrics_render(struct metrics *, int64_t microseconds);
void metrics_findings(struct metrics *, const struct diags *);

#endif
