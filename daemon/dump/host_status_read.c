/* HostStatus (envoy/admin/v3/clusters.proto): the hosts of a cluster as the proxy sees them, /clusters?format=json. */
#include "dump/host.h"

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
			is = host_health_read(r);
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
				host_address_read(r, &a);
			else if (key == K_HEALTH_STATUS)
				health = read_host_health(r);
			else if (key == K_STATS)
				read_host_stats(r, e);
			else if (key == K_PRIORITY)
				json_scan_uint(r->scan, UINT32_MAX, &priority);
		if (!host_keep(r, e, host_level_at(&e->levels, priority), &a, health))
			arena_reset(r->scratch, mark);
	}
}
