/* How a load balancer chooses a host, and what it is limited to: envoy/config/cluster/v3/{cluster,circuit_breaker}.proto,
 * envoy/extensions/load_balancing_policies. */
#include <stdlib.h>

#include "dump/reading.h"

/* ---- panic ---- */

/* Percent {value}, of which Envoy takes whole per cents (measured): a value that is 0 is left out by protobuf. */
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
	return percent > 0 ? (double)(unsigned)(percent < 100 ? percent : 100) : 0;
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
		else if (key == K_LOCALITY_WEIGHTED)
			c->by_locality = true;
		else if (key == K_FAILS_IN_PANIC)
			c->fails_in_panic = take_bool(r);
}

/* ---- subsets ---- */

/* What LbSubsetConfig, or a policy as an extension, says. fallback_policy is a word there; in the policy override_host it is the policy
 * that chooses where the call names no host, as a filter's call does not. */
struct policy {
	enum subset_fallback fallback;
	bool                 selects; /* it has selectors */
	bool                 known;   /* to Envoy, which takes the first such one of a list */
	bool                 subset;
	bool                 weight_aware; /* its subsets know the weights of localities */
};

static enum subset_fallback read_fallback(struct dump_reader *r)
{
	struct str text = take_text(r);

	return str_is(text, "ANY_ENDPOINT")     ? SUBSETS_ANY
	       : str_is(text, "DEFAULT_SUBSET") ? SUBSETS_DEFAULT
	                                        : SUBSETS_REFUSE;
}

/* RingHashLbConfig, and the policies of hashes. UInt64Value prints as text. */
static void read_ring_size(struct dump_reader *r, struct proxy_cluster *c)
{
	uint64_t size = 1;

	c->no_ring = json_scan_uint(r->scan, UINT64_MAX, &size) && size == 0;
}

void older_ring_hash_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (c->typed_lb || !json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_RING_SIZE)
			read_ring_size(r, c);
}

/* pick_first is gRPC's alone. */
static void read_policy_type(struct dump_reader *r, struct proxy_cluster *c, struct policy *p)
{
	struct str url = take_text(r);

	p->known = p->known || (str_find_str(url, STR(".load_balancing_policies."), 0) < url.n &&
	                        !str_has_suffix(url, STR(".PickFirst")));
	p->subset = p->subset || str_has_suffix(url, STR(".subset.v3.Subset"));
	if (str_has_suffix(url, STR(".ring_hash.v3.RingHash")))
		c->hashes = HASHES_RING;
	else if (str_has_suffix(url, STR(".maglev.v3.Maglev")))
		c->hashes = HASHES_MAGLEV;
}

static void members_of_policy(struct dump_reader *r, struct proxy_cluster *c, struct policy *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_SUBSET_POLICY || (key == K_FALLBACK && json_scan_kind(r->scan) == JSON_OBJECT))
			lb_policy_read(r, c);
		else if (key == K_FALLBACK)
			p->fallback = read_fallback(r);
		else if (key == K_SELECTORS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				p->selects = true;
		else if (key == K_DEFAULT_SUBSET)
			c->default_subset.items =
				settings_read(r, KEPT_MATCH_LABELS, &c->default_subset.n, &c->default_subset.cut);
		else if (key == K_WEIGHT_AWARE)
			p->weight_aware = take_bool(r);
		else if (key == K_PANIC_MODE_ANY)
			c->panics_beyond = take_bool(r);
		else if (key == K_LIST_AS_ANY)
			c->lists_of_labels = take_bool(r);
		else if (key == K_LOCALITY)
			common_lb_read(r, c);
		else if (key == K_TYPE_URL)
			read_policy_type(r, c, p);
		else if (key == K_LOCALITY_WEIGHTED)
			c->by_locality = true;
		else if (key == K_RING_SIZE)
			read_ring_size(r, c);
		else if (key == K_VALUE)
			members_of_policy(r, c, p);
}

/* Without selectors it does nothing, and without a fallback a call that asks for no subset gets no host. */
void subsets_read(struct dump_reader *r, struct proxy_cluster *c)
{
	struct policy p = { .fallback = SUBSETS_REFUSE };

	members_of_policy(r, c, &p);
	c->subsets = p.selects ? p.fallback : SUBSETS_NONE;
	c->weight_blind = p.selects && !p.weight_aware;
}

/* ---- policies as extensions ---- */

static void read_policy(struct dump_reader *r, struct proxy_cluster *c, struct policy *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_EXTENSION)
			read_policy(r, c, p);
		else if (key == K_TYPED_CONFIG)
			members_of_policy(r, c, p); /* other policies have no member of its names */
}

/* As an extension subsets count also without selectors, and what the cluster's older fields say of hashes counts no more (measured). */
static void read_policies(struct dump_reader *r, struct proxy_cluster *c)
{
	bool found = false;

	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		struct policy        p = { .fallback = SUBSETS_REFUSE };
		struct proxy_cluster one = *c;

		if (found)
			continue;
		one.hashes = HASHES_NONE;
		one.subsets = SUBSETS_NONE;
		one.by_locality = one.no_ring = one.fails_in_panic = one.weight_blind = false;
		read_policy(r, &one, &p);
		found = p.known;
		if (!found)
			continue;
		if (p.subset) {
			one.subsets = p.fallback;
			one.weight_blind = !p.weight_aware;
		}
		*c = one;
		c->typed_lb = true;
	}
}

void lb_policy_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BALANCING, &key))
		if (key == K_POLICIES)
			read_policies(r, c);
}

void older_lb_policy_read(struct dump_reader *r, struct proxy_cluster *c)
{
	char             buf[32];
	struct json_text t;

	if (c->typed_lb || !json_scan_string(r->scan, buf, sizeof(buf), &t))
		return;
	if (str_is(t.text, "RING_HASH"))
		c->hashes = HASHES_RING;
	else if (str_is(t.text, "MAGLEV"))
		c->hashes = HASHES_MAGLEV;
}

/* ---- circuit breakers ---- */

/* Which limits of 0 let nothing pass. A pool without a connection may always open one, whatever max_connections says (Envoy
 * conn_pool_base.cc tryCreateNewConnection). False: they are those of another priority than a filter's calls have. */
static bool read_thresholds(struct dump_reader *r, struct str *zero, uint64_t *max_pools)
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
	*max_pools = 0;
	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_BREAKER, &key)) {
		uint64_t n = 1;

		if (key == K_PRIORITY)
			normal = !json_scan_string_is(r->scan, STR("HIGH"));
		for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
			if (key == limits[i].key && json_scan_uint(r->scan, UINT64_MAX, &n) && n == 0)
				*zero = str_c(limits[i].name);
		if (key == K_MAX_POOLS)
			*max_pools = n;
	}
	return normal;
}

/* Of several for one priority the first counts. */
void breakers_read(struct dump_reader *r, struct proxy_cluster *c)
{
	bool       found = false;
	struct str zero;
	uint64_t   max_pools;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_BREAKER, &key))
		if (key == K_THRESHOLDS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan)) {
				if (!read_thresholds(r, &zero, &max_pools) || found)
					continue;
				found = true;
				c->max_pools = max_pools;
				c->zero_requests = str_present(zero);
				c->zero_field = zero;
			}
}
