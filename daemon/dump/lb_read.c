/* How a load balancer chooses a host, and what it is limited to: envoy/config/cluster/v3/{cluster,circuit_breaker}.proto,
 * envoy/extensions/load_balancing_policies. */
#include <stdlib.h>

#include "dump/reading.h"

/* ---- panic ---- */

/* Percent {value}: a value that is 0 is left out by protobuf. */
static double read_percent(struct dump_reader *r)
{
	double percent = 0;
	int    key;

	if (!json_scan_enter_object(r->scan))
		return 50;
	while (next_key(r, KEYS_BALANCING, &key)) {
		char             number[32];
		struct json_text t;

		if (key == K_VALUE && json_scan_number(r->scan, number, sizeof(number) - 1, &t)) {
			number[t.text.n] = 0;
			percent = strtod(number, NULL);
		}
	}
	return percent;
}

/* CommonLbConfig, and the LocalityLbConfig of a policy. */
void common_lb_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_PANIC)
			c->panic = read_percent(r);
		else if (key == K_ZONE_AWARE)
			common_lb_read(r, c);
		else if (key == K_FAILS_IN_PANIC)
			c->fails_in_panic = take_bool(r);
}

/* ---- subsets ---- */

/* LbSubsetConfig, or a policy as an extension: without selectors it does nothing, and without a fallback a call that asks for no
 * subset gets no host. */
void subsets_read(struct dump_reader *r, struct proxy_cluster *c)
{
	enum subset_fallback fallback = SUBSETS_REFUSE;
	bool                 any = false;
	int                  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key)) {
		if (key == K_FALLBACK) {
			struct str text = take_text(r);

			fallback = str_is(text, "ANY_ENDPOINT")     ? SUBSETS_ANY
			           : str_is(text, "DEFAULT_SUBSET") ? SUBSETS_DEFAULT
			                                            : SUBSETS_REFUSE;
		} else if (key == K_SELECTORS && json_scan_enter_array(r->scan)) {
			while (json_scan_next_item(r->scan))
				any = true;
		} else if (key == K_LOCALITY) {
			common_lb_read(r, c);
		}
	}
	c->subsets = any ? fallback : SUBSETS_NONE;
}

/* ---- policies as extensions ---- */

static void read_policy(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_EXTENSION)
			read_policy(r, c);
		else if (key == K_TYPED_CONFIG)
			subsets_read(r, c); /* other policies have no member of its names */
}

void lb_policy_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_POLICIES && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_policy(r, c);
}

/* ---- circuit breakers ---- */

/* Which limits of 0 let nothing pass. A pool without a connection may always open one, whatever max_connections says (Envoy
 * conn_pool_base.cc tryCreateNewConnection). False: they are those of another priority than a filter's calls have. */
static bool read_thresholds(struct dump_reader *r, struct str *zero)
{
	static const struct {
		int         key;
		const char *name;
	} limits[] = { { K_MAX_PENDING, "max_pending_requests" },
		       { K_MAX_REQUESTS, "max_requests" },
		       { K_MAX_POOLS, "max_connection_pools" } };
	bool normal = true;
	int  key;

	*zero = STR_ABSENT;
	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_BREAKER, &key)) {
		uint64_t n = 1;

		if (key == K_PRIORITY)
			normal = !json_scan_string_is(r->scan, STR("HIGH"));
		for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
			if (key == limits[i].key && json_scan_uint(r->scan, UINT64_MAX, &n) && n == 0)
				*zero = str_c(limits[i].name);
	}
	return normal;
}

/* Of several for one priority the first counts. */
void breakers_read(struct dump_reader *r, struct proxy_cluster *c)
{
	bool       found = false;
	struct str zero;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BREAKER, &key))
		if (key == K_THRESHOLDS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan)) {
				if (!read_thresholds(r, &zero) || found)
					continue;
				found = true;
				c->zero_requests = str_present(zero);
				c->zero_field = zero;
			}
}
