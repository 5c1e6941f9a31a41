/* Endpoints, from where they are seen: load_assignment of the cluster itself, EndpointsConfigDump, /clusters. */
#include "dump/reading.h"
#include "names/cluster_name.h"

/* ---- addresses ---- */

static void read_socket_address(struct dump_reader *r, struct address *a)
{
	uint64_t port = 0;
	int      key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ENDPOINT, &key))
		if (key == K_ADDRESS)
			a->host = take_text(r);
		else if (key == K_PORT && json_scan_uint(r->scan, 65535, &port))
			a->port = (unsigned)port;
}

/* core.v3.Address */
static void read_address(struct dump_reader *r, struct address *a)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ENDPOINT, &key))
		if (key == K_SOCKET_ADDRESS)
			read_socket_address(r, a);
}

/* False: it is not kept. */
static bool keep_address(struct dump_reader *r, struct address **list, size_t *n, const struct address *a)
{
	if (!str_present(a->host))
		return false;
	if (!*list)
		*list = ARENA_ARRAY(r->scratch, KEPT_ADDRESSES, struct address);
	if (*n < KEPT_ADDRESSES)
		(*list)[*n] = *a;
	return (*n)++ < KEPT_ADDRESSES;
}

/* The better one first. Degraded hosts are called where too few are healthy. Those that are excluded are unhealthy, and do not count
 * where Envoy reckons how many are healthy (upstream_impl.cc excludeBasedOnHealthFlag). */
enum host_health { HOST_HEALTHY, HOST_DEGRADED, HOST_UNHEALTHY, HOST_EXCLUDED };

/* core.v3.HealthStatus */
static enum host_health read_health(struct dump_reader *r)
{
	static const struct {
		const char      *name;
		enum host_health health;
	} statuses[] = { { "UNHEALTHY", HOST_UNHEALTHY },
		         { "TIMEOUT", HOST_UNHEALTHY },
		         { "DRAINING", HOST_EXCLUDED },
		         { "DEGRADED", HOST_DEGRADED } };
	char             buf[32];
	struct json_text t;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return HOST_HEALTHY;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (str_is(t.text, statuses[i].name))
			return statuses[i].health;
	return HOST_HEALTHY;
}

static bool can_be_called(enum host_health health)
{
	return health == HOST_HEALTHY || health == HOST_DEGRADED;
}

static void count_host(struct host_level *l, enum host_health health)
{
	l->n += health != HOST_EXCLUDED;
	l->n_excluded += health == HOST_EXCLUDED;
	l->n_healthy += health == HOST_HEALTHY;
	l->n_degraded += health == HOST_DEGRADED;
}

static struct host_level *level_of(struct host_levels *l, uint64_t priority)
{
	l->cut = l->cut || priority >= KEPT_LEVELS;
	return &l->items[priority < KEPT_LEVELS ? (size_t)priority : KEPT_LEVELS - 1];
}

static void count_hosts(struct host_levels *levels, uint64_t priority, const struct host_level *hosts, bool weighted)
{
	struct host_level *l = level_of(levels, priority);

	l->n += hosts->n;
	l->n_excluded += hosts->n_excluded;
	l->n_healthy += hosts->n_healthy;
	l->n_degraded += hosts->n_degraded;
	l->weighted = l->weighted || weighted;
	l->n_weighted += weighted ? hosts->n + hosts->n_excluded : 0;
	l->n_weighted_healthy += weighted ? hosts->n_healthy : 0;
	levels->weights_shown = true;
}

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

/* ---- ClusterLoadAssignment ---- */

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
			health = read_health(r);
		else if (key == K_METADATA)
			endpoint_labels_read(r, &labels, &subset);
		else if (key == K_ENDPOINT && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_ENDPOINT, &key)) {
				if (key == K_ADDRESS)
					read_address(r, &a);
				else if (key == K_HOSTNAME)
					a.name = take_text(r);
			}
	}
	e->n++;
	e->n_healthy += can_be_called(health);
	count_host(hosts, health);
	kept = keep_address(r, &e->addresses, &e->n_addresses, &a);
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

/* ---- keeping ---- */

const struct dump_want *want_by_service(struct dump_reader *r, struct str name)
{
	const struct dump_want *want = hash_get(&r->wants->by_name, name);

	if (want)
		return want;
	for (size_t i = 0; i < r->wants->n_clusters; i++)
		if (r->clusters[i] && str_present(r->clusters[i]->eds_service) &&
		    str_eq(r->clusters[i]->eds_service, name))
			return &r->wants->clusters[i];
	return NULL;
}

/* Others of the bootstrap's clusters are in answers to istioctl's --address 127.0.0.1 as well. */
const struct dump_want *endpoints_met(struct dump_reader *r, struct str name)
{
	r->part->n_endpoint_lists++;
	if (!r->part->endpoints_builtin && (str_is(name, "xds-grpc") || cluster_name_comes_by_cds(name)))
		r->part->endpoints_builtin = true;
	return want_by_service(r, name);
}

/* Of two lists by one name the longer counts. They are of several clusters that ask for one service: each has its own view of how its hosts
 * are, and nothing tells whose is whose. */
void endpoints_keep(struct dump_reader *r, const struct dump_want *want, const struct proxy_endpoints *e)
{
	struct proxy_endpoints *old = r->endpoints[want->index];
	bool                    mixed = old && (old->mixed || old->n != e->n || old->n_healthy != e->n_healthy);

	if (!old || old->n < e->n)
		r->endpoints[want->index] = arena_copy(r->scratch, e, sizeof(*e));
	r->endpoints[want->index]->mixed = mixed;
}

void endpoints_new_section(struct dump_reader *r)
{
	if (r->endpoints_section && r->endpoints_section != r->section)
		memset(r->endpoints, 0, r->wants->n_clusters * sizeof(*r->endpoints));
	r->endpoints_section = r->section;
	r->part->kinds |= DUMP_ENDPOINTS;
}

/* ---- EndpointsConfigDump ---- */

typedef void endpoints_member(struct dump_reader *, struct proxy_endpoints *, int key);

/* Endpoints with a name: a ClusterLoadAssignment or a ClusterStatus. The name may come late: then all of them were counted in
 * vain. */
static void read_named(struct dump_reader *r, enum key_table table, endpoints_member *member)
{
	char                    buf[LIMIT_CLUSTER_NAME_BYTES];
	struct arena_mark       mark = arena_mark(r->scratch);
	struct proxy_endpoints  e = { 0 };
	const struct dump_want *want = NULL;
	int                     key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, table, &key)) {
		struct json_place place;
		struct json_text  t;

		if (key != K_NAME && key != K_CLUSTER_NAME) {
			member(r, &e, key);
			continue;
		}
		if (!json_scan_string(r->scan, buf, sizeof(buf), &t) || !(want = endpoints_met(r, t.text))) {
			json_scan_leave(r->scan);
			break;
		}
		place = json_scan_place(r->scan);
		e.pos = tell_place(r, &place, t.text.n + 2);
	}
	if (want)
		endpoints_keep(r, want, &e);
	else
		arena_reset(r->scratch, mark);
}

void endpoint_configs_read(struct dump_reader *r)
{
	int key;

	endpoints_new_section(r);
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		if (json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_ASSIGNMENT, &key))
				if (key == K_ENDPOINT_ENTRY)
					read_named(r, KEYS_ASSIGNMENT, assignment_member);
}

/* ---- /clusters?format=json ---- */

/* HostHealthStatus: the worst of what it says. */
static enum host_health read_host_health(struct dump_reader *r)
{
	enum host_health worst = HOST_HEALTHY;
	int              key;

	if (!json_scan_enter_object(r->scan))
		return worst;
	while (next_key(r, KEYS_HEALTH, &key)) {
		enum host_health is = HOST_HEALTHY;

		if (key == K_EDS_HEALTH)
			is = read_health(r);
		else if (key == K_UNHEALTHY)
			is = take_bool(r) ? HOST_UNHEALTHY : HOST_HEALTHY;
		else if (key == K_DEGRADED)
			is = take_bool(r) ? HOST_DEGRADED : HOST_HEALTHY;
		else if (key == K_EXCLUDED)
			is = take_bool(r) ? HOST_EXCLUDED : HOST_HEALTHY;
		worst = is > worst ? is : worst;
	}
	return worst;
}

/* {name, value}: a value of 0 is left out. */
static uint64_t read_host_stat(struct dump_reader *r, struct str *name)
{
	uint64_t value = 0;
	int      key;

	*name = STR_ABSENT;
	if (!json_scan_enter_object(r->scan))
		return 0;
	while (next_key(r, KEYS_HEALTH, &key))
		if (key == K_NAME)
			*name = take_text(r);
		else if (key == K_VALUE)
			json_scan_uint(r->scan, UINT64_MAX, &value);
	return value;
}

/* What came of the connections to a host. */
static void read_host_stats(struct dump_reader *r, struct proxy_endpoints *e)
{
	struct arena_mark mark = arena_mark(r->scratch);
	uint64_t          before = e->connects.n;

	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		struct str name;
		uint64_t   value = read_host_stat(r, &name);

		if (str_is(name, "cx_total"))
			e->connects.n += value;
		else if (str_is(name, "cx_connect_fail"))
			e->connects.n_failed += value;
		arena_reset(r->scratch, mark);
	}
	e->n_untried += e->connects.n == before;
}

void host_statuses_read(struct dump_reader *r, struct proxy_endpoints *e)
{
	int key;

	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		struct arena_mark mark = arena_mark(r->scratch);
		enum host_health  health = HOST_HEALTHY;
		uint64_t          priority = 0;
		struct address    a = { STR_ABSENT, 0, STR_ABSENT };

		if (!json_scan_enter_object(r->scan))
			continue;
		while (next_key(r, KEYS_HEALTH, &key))
			if (key == K_ADDRESS)
				read_address(r, &a);
			else if (key == K_HEALTH_STATUS)
				health = read_host_health(r);
			else if (key == K_STATS)
				read_host_stats(r, e);
			else if (key == K_PRIORITY)
				json_scan_uint(r->scan, UINT32_MAX, &priority);
		e->n++;
		e->n_healthy += can_be_called(health);
		count_host(level_of(&e->levels, priority), health);
		if (!keep_address(r, &e->addresses, &e->n_addresses, &a))
			arena_reset(r->scratch, mark);
	}
}

static void status_member(struct dump_reader *r, struct proxy_endpoints *e, int key)
{
	if (key == K_HOST_STATUSES)
		host_statuses_read(r, e);
}

void cluster_statuses_read(struct dump_reader *r)
{
	endpoints_new_section(r);
	if (json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_named(r, KEYS_STATUS, status_member);
}
