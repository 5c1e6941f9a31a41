/* Public hosts that several upstreams share: which one an upstream has, and what of two differs. */
#include "plan/planner.h"

const struct shared_host *neighbours_shared(struct arena *arena, const struct neighbours *neighbours,
                                            const struct manifest *m, const struct upstream *u)
{
	return hash_get(&neighbours->shared, STR_CONCAT(arena, m->metadata->namespace, STR("/"), u->host));
}

/* Do two lists hold the same strings in any order? Neither holds one twice. */
static bool same_strings(const struct strings *a, const struct strings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!str_eq(a->items[i], b->items[i]) && !strings_have(b, a->items[i]))
			return false;
	return true;
}

static bool same_tls(const struct upstream *a, const struct upstream *b, struct arena *arena)
{
	struct strings names_a, names_b;

	if (a->tls->mode != b->tls->mode ||
	    (a->tls->insecure_skip_verify == TRI_YES) != (b->tls->insecure_skip_verify == TRI_YES))
		return false;
	if (!upstream_has_tls(a))
		return true;
	names_a = upstream_subject_alt_names(arena, a);
	names_b = upstream_subject_alt_names(arena, b);
	return str_eq(upstream_sni(a), upstream_sni(b)) && same_strings(&names_a, &names_b) &&
	       str_eq(upstream_ca_certificates(a), upstream_ca_certificates(b)) &&
	       str_eq(a->tls->client_certificate, b->tls->client_certificate) &&
	       str_eq(a->tls->private_key, b->tls->private_key) &&
	       str_eq(a->tls->credential_name, b->tls->credential_name);
}

/* An empty one limits nothing, as none does. */
static bool same_pool(const struct connection_pool *a, const struct connection_pool *b)
{
	static const struct connection_pool none = { .max_connections = INT_ABSENT,
		                                     .max_pending_requests = INT_ABSENT,
		                                     .max_requests = INT_ABSENT,
		                                     .max_retries = INT_ABSENT };

	a = a ? a : &none;
	b = b ? b : &none;
	return a->max_connections == b->max_connections && a->max_pending_requests == b->max_pending_requests &&
	       a->max_requests == b->max_requests && a->max_retries == b->max_retries;
}

static bool same_outlier(const struct outlier_detection *a, const struct outlier_detection *b)
{
	if (!a || !b)
		return a == b;
	return a->consecutive_5xx == b->consecutive_5xx && a->interval.ms == b->interval.ms &&
	       a->base_ejection_time.ms == b->base_ejection_time.ms &&
	       a->max_ejection_percent == b->max_ejection_percent;
}

static bool same_addresses(const struct upstream *a, const struct upstream *b, bool ports_too)
{
	if (a->endpoints.n != b->endpoints.n)
		return false;
	for (size_t i = 0; i < a->endpoints.n; i++) {
		const struct endpoint *x = (const struct endpoint *)a->endpoints.items + i;
		const struct endpoint *y = (const struct endpoint *)b->endpoints.items + i;

		if (!str_eq(x->address, y->address) || (ports_too && x->port != y->port))
			return false;
	}
	return true;
}

const char *shared_host_difference(struct planner *pa, const struct upstream *a, struct planner *pb,
                                   const struct upstream *b)
{
	struct strings export_a = export_to_of(pa, a), export_b = export_to_of(pb, b);

	if (upstream_resolution(a) != upstream_resolution(b))
		return "resolution";
	if ((a->location == LOCATION_INTERNAL) != (b->location == LOCATION_INTERNAL))
		return "location";
	if (!same_addresses(a, b, false))
		return "endpoints";
	if (!same_strings(&export_a, &export_b))
		return "exportTo";
	return NULL;
}

const char *shared_port_difference(struct arena *arena, const struct upstream *a, const struct upstream *b)
{
	if (a->protocol != b->protocol)
		return "protocol";
	if (upstream_dialled_port(a) != upstream_dialled_port(b))
		return "targetPort";
	if (!same_tls(a, b, arena))
		return "tls";
	if (a->connect_timeout.ms != b->connect_timeout.ms)
		return "connectTimeout";
	if (!same_pool(a->connection_pool, b->connection_pool))
		return "connectionPool";
	if (!same_outlier(a->outlier_detection, b->outlier_detection))
		return "outlierDetection";
	return same_addresses(a, b, true) ? NULL : "endpoints";
}
