#include "serve/service/metrics.h"

const unsigned metric_statuses[METRIC_STATUSES] = { 200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412,
	                                            413, 414, 415, 421, 422, 428, 429, 500, 501, 503, 505, 507, 0 };

const int64_t metric_bounds[METRIC_BUCKETS] = { 100,   250,   500,    1000,   2500,    5000,
	                                        10000, 50000, 100000, 500000, 1000000, 10000000 };

static size_t bucket_of(int64_t us)
{
	size_t i = 0;

	while (i < METRIC_BUCKETS && us > metric_bounds[i])
		i++;
	return i;
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void metrics_request(struct metrics *m, size_t route, unsigned status, int64_t us)
{
	size_t i = 0;

	while (i < METRIC_STATUSES - 1 && metric_statuses[i] && metric_statuses[i] != status)
		i++;
	add(&m->requests[route][i], 1);
	add(&m->buckets[route][bucket_of(us)], 1);
	add(&m->microseconds[route], (uint64_t)us);
}

void metrics_render(struct metrics *m, int64_t us)
{
	add(&m->render_buckets[bucket_of(us)], 1);
	add(&m->render_microseconds, (uint64_t)us);
}

void metrics_findings(struct metrics *m, const struct diags *diags)
{
	for (const struct diag *d = diags->first; d; d = d->next)
		add(&m->findings[(unsigned)d->code % METRIC_CODES], 1);
}
