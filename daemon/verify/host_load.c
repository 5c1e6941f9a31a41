#include "verify/host_load.h"

/* What it can take of the calls, in per cent. */
static uint64_t capacity(const struct load_level *l, size_t n)
{
	uint64_t taken = l->hosts->n ? l->factor * n / l->hosts->n : 0;

	return taken < 100 ? taken : 100;
}

static size_t n_hosts(const struct host_level *l)
{
	return l->n + l->n_excluded;
}

static size_t hosts_of(const struct load_level *l)
{
	return n_hosts(l->hosts);
}

/* recalculatePerPriorityState: healthy hosts of all levels go before degraded ones of any; a total below 100 counts as all. */
static void share_out(struct load_level *levels, size_t n, uint64_t total)
{
	uint64_t left = 100;

	for (size_t i = 0; i < n; i++) {
		uint64_t share = capacity(&levels[i], levels[i].hosts->n_healthy) * 100 / total;

		levels[i].healthy = share < left ? share : left;
		left -= levels[i].healthy;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t share = capacity(&levels[i], levels[i].hosts->n_degraded) * 100 / total;

		levels[i].degraded = share < left ? share : left;
		left -= levels[i].degraded;
	}
}

/* isHostSetInPanic */
static bool is_in_panic(const struct load_level *l, double threshold)
{
	const struct host_level *h = l->hosts;
	double                   well = h->n ? 100.0 * (double)(h->n_healthy + h->n_degraded) / (double)h->n : 0;

	return well < threshold;
}

/* recalculateLoadInTotalPanic: by the number of hosts. */
static void share_out_in_panic(struct load_level *levels, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += hosts_of(&levels[i]);
	for (size_t i = 0; i < n; i++) {
		levels[i].healthy = all ? (100 * hosts_of(&levels[i]) + all - 1) / all : 0;
		levels[i].degraded = 0;
	}
}

/* Where nothing is shared out, LoadBalancerBase::choosePriority ends at the first. */
static void default_to_first(struct load_level *levels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (levels[i].healthy || levels[i].degraded)
			return;
	if (n > 0)
		levels[0].healthy = 100;
}

void host_load(struct load_level *levels, size_t n, double threshold)
{
	uint64_t total = 0;
	bool     total_panic = n > 0;

	for (size_t i = 0; i < n; i++) {
		levels[i].healthy = levels[i].degraded = 0;
		levels[i].panics = false;
		total += capacity(&levels[i], levels[i].hosts->n_healthy);
		total += capacity(&levels[i], levels[i].hosts->n_degraded);
	}
	total = total < 100 ? total : 100;
	if (total)
		share_out(levels, n, total);
	for (size_t i = 0; i < n; i++) {
		levels[i].panics = total < 100 && is_in_panic(&levels[i], threshold);
		total_panic = total_panic && levels[i].panics;
	}
	if (total_panic)
		share_out_in_panic(levels, n);
	default_to_first(levels, n);
}

bool host_load_left(const struct load_level *levels, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += capacity(&levels[i], levels[i].hosts->n_healthy);
	return total < 100;
}

size_t host_load_levels(const struct proxy_cluster *c, const struct host_levels *hosts, struct load_level *ret_levels)
{
	uint64_t own = c->levels.factor, factor = hosts->factor ? hosts->factor : own ? own : 140;
	size_t   n = 1;

	for (size_t i = 0; i < KEPT_LEVELS; i++) {
		if (hosts->items[i].n + hosts->items[i].n_excluded > 0)
			n = i + 1;
		ret_levels[i] = (struct load_level){ .hosts = &hosts->items[i], .factor = factor };
	}
	return n;
}

/* Tables of hashes hold the hosts of localities that have a weight, where these count (ThreadAwareLoadBalancerBase). */
static bool is_left_out(const struct proxy_cluster *c, const struct host_levels *levels, const struct load_level *l)
{
	return c->by_locality && !c->weight_blind && levels->weights_shown &&
	       !(l->panics ? l->hosts->n_weighted : l->hosts->n_weighted_healthy);
}

static void add_of_hashes(struct call_outcomes *o, const struct proxy_cluster *c, const struct host_levels *levels,
                          const struct load_level *l)
{
	bool found = l->panics ? hosts_of(l) : l->hosts->n_healthy;

	if (found && is_left_out(c, levels, l)) {
		o->refused = o->by_locality = true;
		/* Lists of one locality, as of none and of an empty one, share its weight. */
		o->answered = o->answered || l->hosts->weighted;
		return;
	}
	o->answered = o->answered || found;
	if (found)
		return;
	o->refused = true;
	o->by_degraded = o->by_degraded || l->hosts->n_degraded > 0;
	o->without_hosts = o->without_hosts || l->hosts->n_degraded == 0;
}

/* The calls that a priority gets for these of its hosts. */
static void add_of_hosts(struct call_outcomes *o, const struct load_level *l, size_t n)
{
	o->answered = o->answered || n > 0;
	if (n > 0)
		return;
	o->refused = true;
	o->too_few = o->too_few || l->hosts->n_degraded > 0;
	o->without_hosts = o->without_hosts || l->hosts->n_degraded == 0;
}

/* In panic all hosts are tried, or, where that is switched off, none; balancers by hashes do not heed that switch (measured), nor
 * do they know of degraded hosts. Else what a priority gets for its healthy hosts, no degraded one takes (hostSourceToUse). */
void call_outcomes_add(struct call_outcomes *o, const struct proxy_cluster *c, const struct host_levels *levels,
                       const struct load_level *l)
{
	if (!l->healthy && !l->degraded)
		return;
	o->panics = o->panics || l->panics;
	if (c->hashes != HASHES_NONE) {
		add_of_hashes(o, c, levels, l);
		return;
	}
	if (l->panics && c->fails_in_panic) {
		o->refused = o->by_switch = true;
		return;
	}
	if (l->healthy)
		add_of_hosts(o, l, l->panics ? hosts_of(l) : l->hosts->n_healthy);
	if (l->degraded)
		add_of_hosts(o, l, l->panics ? hosts_of(l) : l->hosts->n_degraded);
}

void call_outcomes_add_all(struct call_outcomes *o, const struct proxy_cluster *c, const struct host_levels *hosts)
{
	struct load_level levels[KEPT_LEVELS];
	size_t            n = host_load_levels(c, hosts, levels);

	host_load(levels, n, c->panic);
	for (size_t i = 0; i < n; i++)
		call_outcomes_add(o, c, hosts, &levels[i]);
}

/* Nothing has changed but what is told of unhealthy hosts. */
static bool agree(const struct host_levels *own, const struct host_levels *seen)
{
	for (size_t i = 0; i < KEPT_LEVELS; i++) {
		const struct host_level *a = &own->items[i], *b = &seen->items[i];

		if (n_hosts(a) != n_hosts(b) || a->n_healthy != b->n_healthy || a->n_degraded != b->n_degraded)
			return false;
	}
	return true;
}

const struct host_levels *host_levels_best(const struct proxy_cluster *c, const struct proxy_endpoints *seen)
{
	bool own = c->type != CLUSTER_EDS;

	if (!seen)
		return own ? &c->levels : NULL;
	return own && seen->levels.coarse && agree(&c->levels, &seen->levels) ? &c->levels : &seen->levels;
}

struct host_levels host_levels_drained(const struct host_levels *hosts)
{
	struct host_levels drained = *hosts;

	for (size_t i = 0; i < KEPT_LEVELS; i++) {
		struct host_level *l = &drained.items[i];

		l->n_excluded += l->n - l->n_healthy - l->n_degraded;
		l->n = l->n_healthy + l->n_degraded;
	}
	return drained;
}

static struct call_outcomes either_of(const struct call_outcomes *a, const struct call_outcomes *b)
{
	return (struct call_outcomes){ .answered = a->answered || b->answered,
		                       .refused = a->refused || b->refused,
		                       .panics = a->panics || b->panics,
		                       .by_switch = a->by_switch || b->by_switch,
		                       .by_degraded = a->by_degraded || b->by_degraded,
		                       .too_few = a->too_few || b->too_few,
		                       .by_locality = a->by_locality || b->by_locality,
		                       .by_draining = a->by_draining || b->by_draining,
		                       .by_policy = a->by_policy || b->by_policy,
		                       .without_hosts = a->without_hosts || b->without_hosts };
}

bool host_levels_vague(const struct proxy_cluster *c, const struct host_levels *hosts)
{
	bool any_well = false;

	for (size_t i = 0; i < KEPT_LEVELS; i++)
		any_well = any_well || hosts->items[i].n_healthy || hosts->items[i].n_degraded;
	return (hosts->cut || hosts->by_weight || c->levels.by_weight) && (any_well || c->hashes != HASHES_NONE);
}

bool host_levels_lack_policy(const struct proxy_cluster *c, const struct host_levels *hosts)
{
	return c->type == CLUSTER_EDS && !hosts->weights_shown && c->n_owners == 0;
}

static bool differ(const struct call_outcomes *a, const struct call_outcomes *b)
{
	return a->answered != b->answered || a->refused != b->refused;
}

/* A few factors stand for all: the least, the greatest that makes a difference, and some between. */
static void add_other_factors(struct call_outcomes *o, const struct proxy_cluster *c, const struct host_levels *hosts)
{
	static const uint64_t      factors[] = { 1, 10, 70, 250, 1000, 1000000 };
	const struct call_outcomes as_usual = *o;

	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		struct host_levels   others = *hosts;
		struct call_outcomes now = { 0 };

		others.factor = factors[i];
		call_outcomes_add_all(&now, c, &others);
		now.by_policy = differ(&as_usual, &now);
		*o = either_of(o, &now);
	}
}

struct call_outcomes call_outcomes_of(const struct proxy_cluster *c, const struct host_levels *hosts)
{
	struct call_outcomes o = { 0 };

	call_outcomes_add_all(&o, c, hosts);
	if (hosts->coarse) {
		struct host_levels   drained = host_levels_drained(hosts);
		struct call_outcomes others = { 0 };

		call_outcomes_add_all(&others, c, &drained);
		others.by_draining = differ(&o, &others);
		o = either_of(&o, &others);
	}
	if (host_levels_lack_policy(c, hosts))
		add_other_factors(&o, c, hosts);
	if (host_levels_vague(c, hosts))
		o.answered = true;
	return o;
}
