/* ClusterLoadAssignment (envoy/config/endpoint/v3/endpoint.proto): the endpoints of a cluster as they were sent. */
#include "dump/host.h"

/* ---- labels ---- */

static bool same_labels(const struct label_set *a, const struct label_set *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++) {
		const struct setting *other = setting_find(b->items, b->n, a->items[i].key);

		if (!other || !setting_equals(other, &a->items[i]))
			return false;
	}
	return a->n == b->n;
}

/* Each once. False: it is not kept. */
static bool keep_labels(struct dump_reader *r, struct label_sets *sets, const struct label_set *labels)
{
	sets->cut = sets->cut || labels->cut;
	for (size_t i = 0; i < sets->n; i++)
		if (same_labels(&sets->items[i], labels))
			return false;
	if (!sets->items)
		sets->items = ARENA_ARRAY(r->scratch, KEPT_LABEL_SETS, struct label_set);
	if (sets->n == KEPT_LABEL_SETS) {
		sets->cut = true;
		return false;
	}
	sets->items[sets->n++] = *labels;
	return true;
}

/* ---- hosts by locality ---- */

static void count_hosts(struct host_levels *levels, uint64_t priority, const struct host_level *hosts, bool weighted)
{
	struct host_level *l = host_level_at(levels, priority);

	l->n += hosts->n;
	l->n_excluded += hosts->n_excluded;
	l->n_healthy += hosts->n_healthy;
	l->n_degraded += hosts->n_degraded;
	l->weighted = l->weighted || weighted;
	l->n_weighted += weighted ? hosts->n + hosts->n_excluded : 0;
	l->n_weighted_healthy += weighted ? hosts->n_healthy : 0;
	levels->weights_shown = true;
}

/* False: it has no labels of its own. */
static bool read_lb_endpoint(struct dump_reader *r, struct proxy_endpoints *e, struct host_level *hosts)
{
	struct arena_mark mark = arena_mark(r->scratch);
	enum host_health  health = HOST_HEALTHY;
	bool              kept;
	struct address    a = { STR_ABSENT, 0, STR_ABSENT };
	struct label_set  labels = { 0 }, subset = { 0 };
	int               key;

	if (!json_scan_enter_object(r->scan))
		return true;
	while (next_key(r, KEYS_ENDPOINT, &key)) {
		if (key == K_HEALTH_STATUS)
			health = host_health_read(r);
		else if (key == K_METADATA)
			endpoint_labels_read(r, &labels, &subset);
		else if (key == K_ENDPOINT && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_ENDPOINT, &key)) {
				if (key == K_ADDRESS)
					host_address_read(r, &a);
				else if (key == K_HOSTNAME)
					a.name = take_text(r);
			}
	}
	kept = host_keep(r, e, hosts, &a, health);
	kept = (labels.items && keep_labels(r, &e->labels, &labels)) || kept;
	kept = keep_labels(r, &e->subsets, &subset) || kept;
	if (!kept)
		arena_reset(r->scratch, mark);
	return labels.items != NULL;
}

/* LocalityLbEndpoints, whose labels are those of its endpoints that have none (Envoy transport_socket_match_impl.cc). */
static void read_locality(struct dump_reader *r, struct proxy_endpoints *e)
{
	struct arena_mark mark = arena_mark(r->scratch);
	size_t            n_labels = e->labels.n, n_subsets = e->subsets.n, n_addresses = e->n_addresses;
	struct host_level hosts = { 0 };
	struct label_set  labels = { 0 };
	uint64_t          priority = 0, weight = 0;
	bool              bare = false, named = false;
	int               key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ENDPOINT, &key))
		if (key == K_METADATA)
			endpoint_labels_read(r, &labels, NULL);
		else if (key == K_LOCALITY)
			named = true;
		else if (key == K_PRIORITY)
			json_scan_uint(r->scan, UINT32_MAX, &priority);
		else if (key == K_WEIGHT)
			json_scan_uint(r->scan, UINT32_MAX, &weight);
		else if (key == K_LB_ENDPOINTS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				bare = !read_lb_endpoint(r, e, &hosts) || bare;
	/* Envoy heeds the weight of a locality that is named alone (PriorityStateManager::registerHostForPriority). */
	count_hosts(&e->levels, priority, &hosts, named && weight);
	if (bare)
		keep_labels(r, &e->labels, &labels);
	if (e->labels.n == n_labels && e->subsets.n == n_subsets &&
	    (e->n_addresses == n_addresses || n_addresses >= KEPT_ADDRESSES))
		arena_reset(r->scratch, mark); /* nothing of it is kept */
}

/* ---- Policy ---- */

/* FractionalPercent */
static double read_percentage(struct dump_reader *r)
{
	struct arena_mark mark = arena_mark(r->scratch);
	struct str        unit = STR_ABSENT;
	uint64_t          n = 0, parts;
	int               key;

	if (!json_scan_enter_object(r->scan))
		return 0;
	while (next_key(r, KEYS_ASSIGNMENT, &key))
		if (key == K_NUMERATOR)
			json_scan_uint(r->scan, UINT32_MAX, &n);
		else if (key == K_DENOMINATOR)
			unit = take_text(r);
	parts = str_is(unit, "MILLION") ? 10000 : str_is(unit, "TEN_THOUSAND") ? 100 : 1;
	arena_reset(r->scratch, mark);
	return (double)n / (double)parts;
}

/* ClusterLoadAssignment.Policy.DropOverload, in per cent; Envoy knows one. */
static double read_drop(struct dump_reader *r)
{
	double percent = 0;
	int    key;

	if (!json_scan_enter_object(r->scan))
		return 0;
	while (next_key(r, KEYS_ASSIGNMENT, &key))
		if (key == K_DROP_PERCENTAGE)
			percent = read_percentage(r);
	return percent;
}

static void read_policy(struct dump_reader *r, struct proxy_endpoints *e)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ASSIGNMENT, &key))
		if (key == K_OVERPROVISIONING)
			json_scan_uint(r->scan, UINT32_MAX, &e->levels.factor);
		else if (key == K_BY_WEIGHT)
			e->levels.by_weight = take_bool(r);
		else if (key == K_DROPS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				e->dropped = read_drop(r);
}

/* ---- the whole ---- */

void assignment_member(struct dump_reader *r, struct proxy_endpoints *e, int key)
{
	e->levels.coarse = true; /* Envoy prints a host that drains as UNHEALTHY (ConfigDump's dumpEndpointConfigs) */
	if (key == K_ENDPOINTS && json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_locality(r, e);
	else if (key == K_POLICY)
		read_policy(r, e);
}

void assignment_read(struct dump_reader *r, struct proxy_cluster *c)
{
	struct proxy_endpoints e = { 0 };
	int                    key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ASSIGNMENT, &key))
		assignment_member(r, &e, key);
	c->dropped = e.dropped;
	c->labels = e.labels;
	c->host_subsets = e.subsets;
	c->n_endpoints = e.n;
	c->n_healthy = e.n_healthy;
	c->levels = e.levels;
	c->levels.coarse = false; /* as it was sent */
	c->n_addresses = e.n_addresses;
	c->addresses = e.addresses;
}
