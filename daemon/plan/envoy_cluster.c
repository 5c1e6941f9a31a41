/* The Envoy cluster that an EnvoyFilter adds (CLUSTER, ADD), with the settings that istiod gives to its own clusters.
 *
 * No deprecated field of envoy/config/cluster/v3/cluster.proto is used, and extensions have a typed_config: Envoy refuses
 * those that have only a name. */
#include "base/arena.h"
#include "names/hostname.h"
#include "plan/planner.h"

/* The lookup family that istiod gives to its own clusters, from the proxy's addresses; Envoy's default would try IPv6
 * first. */
static struct str lookup_family(const struct mesh *mesh)
{
	const struct strings *families = &mesh->spec->ip_families;

	if (families->n == 2)
		return STR("ALL");
	if (families->n == 1 && str_is(families->items[0], "IPv6"))
		return STR("V6_ONLY");
	return STR("V4_ONLY");
}

static const struct record *endpoint(struct planner *p, struct str address, int64_t port)
{
	struct record *r = record_new(p->arena, &endpoint_type);

	set_string(r, ENDPOINT_ADDRESS, address);
	set_int(r, ENDPOINT_PORT, port);
	return r;
}

static void set_endpoints(struct planner *p, struct record *r, const struct upstream *u)
{
	const struct record **list = ARENA_ARRAY(p->arena, u->endpoints.n + 1, const struct record *);
	size_t                n = 0;

	for (; n < u->endpoints.n; n++) {
		const struct endpoint *e = (const struct endpoint *)u->endpoints.items + n;

		list[n] = endpoint(p, e->address, e->port);
	}
	if (n == 0)
		list[n++] = endpoint(p, hostname_without_dot(u->host), upstream_dialled_port(u));
	set_records(r, EC_ENDPOINTS, list, n);
}

/* istiod writes the largest number if nothing is set; Envoy's own default is 1024 (and 3 retries). */
static void set_circuit_breakers(struct record *r, const struct connection_pool *pool)
{
	static const int64_t without_limit = 4294967295;
	const int64_t        values[] = {
		       pool ? pool->max_connections : INT_ABSENT,
		pool ? pool->max_pending_requests : INT_ABSENT,
		pool ? pool->max_requests : INT_ABSENT,
		pool ? pool->max_retries : INT_ABSENT,
	};

	for (unsigned i = 0; i < 4; i++)
		set_int(r, EC_MAX_CONNECTIONS + i, values[i] == INT_ABSENT ? without_limit : values[i]);
}

/* As applyOutlierDetection of istiod's cluster_traffic_policy.go: a percentage of 0 is none, and 0 errors switch it off. */
static const struct record *outlier(struct planner *p, const struct outlier_detection *o)
{
	struct record *r;

	if (!o)
		return NULL;
	r = record_new(p->arena, &envoy_outlier_type);
	set_int(r, EO_CONSECUTIVE_5XX, o->consecutive_5xx);
	if (o->consecutive_5xx != INT_ABSENT)
		set_int(r, EO_ENFORCING_5XX, o->consecutive_5xx > 0 ? 100 : 0);
	if (o->interval.ms)
		set_string(r, EO_INTERVAL, duration_seconds_text(p->arena, o->interval.ms));
	if (o->base_ejection_time.ms)
		set_string(r, EO_BASE_EJECTION_TIME, duration_seconds_text(p->arena, o->base_ejection_time.ms));
	if (o->max_ejection_percent != 0)
		set_int(r, EO_MAX_EJECTION_PERCENT, o->max_ejection_percent);
	return r;
}

static struct str san_kind(struct str name)
{
	if (ip_is(name))
		return STR("IP_ADDRESS");
	return str_find_str(name, STR("://"), 0) < name.n ? STR("URI") : STR("DNS");
}

static void set_names(struct planner *p, struct record *r, const struct strings *names)
{
	const struct record **list = ARENA_ARRAY(p->arena, names->n + 1, const struct record *);
	bool                  typed = planner_knows(p, FEATURE_TYPED_SUBJECT_ALT_NAMES);

	for (size_t i = 0; i < names->n; i++) {
		struct record *san = record_new(p->arena, &san_type);

		if (typed)
			set_string(san, SAN_TYPE, san_kind(names->items[i]));
		set_string(san, SAN_NAME, names->items[i]);
		list[i] = san;
	}
	set_records(r, typed ? ET_TYPED_NAMES : ET_PLAIN_NAMES, list, names->n);
}

const struct str proxy_trust_store = STR_INIT("/etc/ssl/certs/ca-certificates.crt");

static const struct record *upstream_tls(struct planner *p, const struct upstream *u)
{
	static const struct str h2[] = { STR_INIT("h2") };
	const struct tls       *tls = u->tls;
	struct record          *r;
	struct strings          names;

	if (!upstream_has_tls(u))
		return NULL;
	r = record_new(p->arena, &envoy_tls_type);
	names = upstream_subject_alt_names(p->arena, u);
	set_string(r, ET_SNI, upstream_sni(u));
	if (u->protocol != PROTOCOL_HTTP)
		set_strings(r, ET_ALPN, h2, 1);
	if (tls->insecure_skip_verify != TRI_YES) {
		bool system = !str_present(tls->ca_certificates) || str_is(tls->ca_certificates, "system");

		set_string(r, ET_CA_FILE, system ? proxy_trust_store : tls->ca_certificates);
		set_names(p, r, &names);
	}
	set_string(r, ET_CERTIFICATE, tls->client_certificate);
	set_string(r, ET_PRIVATE_KEY, tls->private_key);
	return r;
}

const struct record *envoy_cluster_plan(struct planner *p, const struct upstream *u, const struct expected_cluster *e)
{
	struct record *r = record_new(p->arena, &envoy_cluster_type);
	int64_t connect_timeout = u->connect_timeout.ms ? u->connect_timeout.ms : 10000; /* MeshConfig's default */

	set_string(r, EC_NAME, e->name);
	set_string(r, EC_TYPE, e->type);
	set_string(r, EC_CONNECT_TIMEOUT, duration_seconds_text(p->arena, connect_timeout));
	/* istiod also sets dns_refresh_rate and respect_dns_ttl, which Envoy has deprecated and warns of. */
	if (upstream_resolution(u) != RESOLUTION_STATIC)
		set_string(r, EC_DNS_LOOKUP_FAMILY, lookup_family(p->mesh));
	if (u->endpoints.n > 1 || upstream_resolution(u) == RESOLUTION_DNS)
		set_string(r, EC_LB_POLICY, STR("LEAST_REQUEST"));
	set_endpoints(p, r, u);
	set_circuit_breakers(r, u->connection_pool);
	set_record(r, EC_OUTLIER, outlier(p, u->outlier_detection));
	/* Envoy's default of 50 % goes on calling what is ejected: with one address no ejection would ever take effect. */
	if (u->outlier_detection)
		set_int(r, EC_PANIC_THRESHOLD, 0);
	if (u->protocol != PROTOCOL_HTTP)
		set_record(r, EC_HTTP2, record_new(p->arena, &envoy_http2_type));
	set_record(r, EC_TLS, upstream_tls(p, u));
	return r;
}
