/* DestinationRule: TLS, circuit breakers and outlier detection of a ServiceEntry's host. Its tls mode is always
 * written, DISABLE too: a mesh-wide rule for "*" would otherwise put mesh TLS on our cluster (measured). */
#include "base/arena.h"
#include "plan/planner.h"

static struct str duration_or_absent(struct planner *p, const struct duration *d)
{
	return d->ms ? duration_seconds_text(p->arena, d->ms) : STR_ABSENT;
}

static const struct record *connection_pool(struct planner *p, const struct upstream *u)
{
	const struct connection_pool *pool = u->connection_pool;
	struct record                *r;

	if (!pool && !u->connect_timeout.ms)
		return NULL;
	r = record_new(p->arena, &connection_pool_type);
	set_string(r, CP_CONNECT_TIMEOUT, duration_or_absent(p, &u->connect_timeout));
	if (!pool)
		return r;
	set_int(r, CP_MAX_CONNECTIONS, pool->max_connections);
	set_int(r, CP_MAX_PENDING, pool->max_pending_requests);
	set_int(r, CP_MAX_REQUESTS, pool->max_requests);
	set_int(r, CP_MAX_RETRIES, pool->max_retries);
	return r;
}

static const struct record *outlier_detection(struct planner *p, const struct upstream *u)
{
	const struct outlier_detection *o = u->outlier_detection;
	struct record                  *r;

	if (!o)
		return NULL;
	r = record_new(p->arena, &outlier_detection_type);
	set_int(r, OD_CONSECUTIVE_5XX, o->consecutive_5xx);
	set_string(r, OD_INTERVAL, duration_or_absent(p, &o->interval));
	/* An empty block would be left out, and detection would be off. Envoy's default of the interval turns it
	 * on and changes nothing else. */
	if (o->consecutive_5xx == INT_ABSENT && !o->interval.ms && !o->base_ejection_time.ms &&
	    o->max_ejection_percent == INT_ABSENT)
		set_string(r, OD_INTERVAL, STR("10s"));
	set_string(r, OD_BASE_EJECTION_TIME, duration_or_absent(p, &o->base_ejection_time));
	set_int(r, OD_MAX_EJECTION_PERCENT, o->max_ejection_percent);
	return r;
}

static struct str trust(const struct planner *p, const struct tls *tls)
{
	if (str_present(tls->ca_certificates) && !str_is(tls->ca_certificates, "system"))
		return tls->ca_certificates;
	return planner_knows(p, FEATURE_SYSTEM_TRUST) ? STR("system") : proxy_trust_store;
}

/* sni, subjectAltNames and caCertificates are always written out: before Istio 1.21 nothing was verified without them
 * (ENABLE_AUTO_SNI and VERIFY_CERTIFICATE_AT_CLIENT were off; pilot/pkg/networking/core/cluster_tls.go). */
static const struct record *client_tls(struct planner *p, const struct upstream *u)
{
	const struct tls *tls = u->tls;
	struct record    *r = record_new(p->arena, &client_tls_type);
	bool              verifies = tls->insecure_skip_verify != TRI_YES;
	struct strings    names;

	set_string(r, CT_MODE, field_word(tls_mode_words, tls->mode));
	if (tls->mode == TLS_DISABLE)
		return r;
	if (tls->mode == TLS_ISTIO_MUTUAL) {
		set_string(r, CT_SNI, tls->sni);
		set_strings(r, CT_SUBJECT_ALT_NAMES, tls->subject_alt_names.items, tls->subject_alt_names.n);
		return r;
	}
	names = upstream_subject_alt_names(p->arena, u);
	set_string(r, CT_SNI, upstream_sni(u));
	set_strings(r, CT_SUBJECT_ALT_NAMES, names.items, names.n);
	set_string(r, CT_CLIENT_CERTIFICATE, tls->client_certificate);
	set_string(r, CT_PRIVATE_KEY, tls->private_key);
	set_string(r, CT_CREDENTIAL_NAME, tls->credential_name);
	if (!verifies) {
		planner_lacks(p, FEATURE_INSECURE_SKIP_VERIFY, CO_VERSION_FIELD, tls->node, "insecureSkipVerify");
		set_bool(r, CT_INSECURE_SKIP_VERIFY, true);
	} else if (!str_present(tls->credential_name)) {
		set_string(r, CT_CA_CERTIFICATES, trust(p, tls));
	}
	return r;
}

bool upstream_needs_selector(const struct manifest *m, const struct upstream *u)
{
	return str_present(u->tls->credential_name) && m->spec->target->proxy == PROXY_SIDECAR;
}

/* Among several namespaces, the root namespace's own is known to istiod by its name alone, not by "." (PushContext's
 * destinationRule and getExportedDestinationRuleFromNamespace): the rule would not apply, and TLS would be lost. */
struct strings rule_exported_names(struct planner *p, const struct upstream *u)
{
	struct strings list = export_to_of(p, u);
	struct str     own = p->manifest->metadata->namespace;
	struct str    *names;

	if (list.n < 2 || !str_eq(own, p->mesh->spec->root_namespace))
		return list;
	names = ARENA_ARRAY(p->arena, list.n, struct str);
	for (size_t i = 0; i < list.n; i++)
		names[i] = str_is(list.items[i], ".") ? own : list.items[i];
	list.items = names;
	return list;
}

/* selecting: the upstream whose credential makes the rule select workloads, or NULL. */
static void set_common(struct planner *p, struct record *r, const struct upstream *u, struct str host,
                       const struct upstream *selecting)
{
	/* Istio: a rule with a selector cannot be exported beyond its namespace. */
	static const struct str own_namespace[] = { STR_INIT(".") };
	struct strings          exported = rule_exported_names(p, u);
	const struct pair      *pairs;
	size_t                  n;

	set_string(r, DR_API_VERSION, api_version_networking(p));
	set_string(r, DR_HOST, host);
	if (!selecting) {
		set_strings(r, DR_EXPORT_TO, exported.items, exported.n);
		return;
	}
	planner_lacks(p, FEATURE_RULE_WORKLOAD_SELECTOR, CO_VERSION_FIELD, selecting->tls->node, "credentialName");
	pairs = selector_pairs(p, &n);
	set_pairs(r, DR_SELECTOR, pairs, n);
	set_strings(r, DR_EXPORT_TO, own_namespace, 1);
}

struct resource destination_rule_plan(struct planner *p, const struct upstream *u, const struct expected_cluster *e)
{
	struct record     *r = record_new(p->arena, &destination_rule_type);
	struct object_meta meta = object_meta(p, u->name, NULL, 0, NULL, 0);

	set_string(r, DR_NAME, meta.name);
	set_string(r, DR_NAMESPACE, meta.namespace);
	set_pairs(r, DR_LABELS, meta.labels, meta.n_labels);
	set_pairs(r, DR_ANNOTATIONS, meta.annotations, meta.n_annotations);
	set_common(p, r, u, e->service_host, upstream_needs_selector(p->manifest, u) ? u : NULL);
	set_record(r, DR_CONNECTION_POOL, connection_pool(p, u));
	set_record(r, DR_OUTLIER_DETECTION, outlier_detection(p, u));
	set_record(r, DR_TLS, client_tls(p, u));
	return (struct resource){ "DestinationRule", meta.namespace, meta.name, r, u->node };
}

static const struct record *port_policy(struct planner *p, const struct upstream *u)
{
	struct record *r = record_new(p->arena, &port_policy_type);

	set_int(r, PP_NUMBER, u->port);
	set_record(r, PP_CONNECTION_POOL, connection_pool(p, u));
	set_record(r, PP_OUTLIER_DETECTION, outlier_detection(p, u));
	set_record(r, PP_TLS, client_tls(p, u));
	return r;
}

struct resource shared_destination_rule_plan(struct planner *p, const struct shared_host *shared)
{
	const struct upstream *u = shared->owner_upstream;
	struct record         *r = record_new(p->arena, &destination_rule_type);
	struct str             name = STR_CONCAT(p->arena, p->manifest->metadata->name, STR("."), u->name);
	struct pair           *owners = ARENA_NEW(p->arena, struct pair);
	const struct record  **ports;
	size_t                 n = 0;

	for (const struct shared_port *s = shared->ports; s; s = s->next)
		n++;
	ports = ARENA_ARRAY(p->arena, n, const struct record *);
	n = 0;
	for (const struct shared_port *s = shared->ports; s; s = s->next)
		ports[n++] = port_policy(p, s->upstream);
	*owners = (struct pair){ STR("callout.dev/manifests"), shared_owners_text(p->arena, shared), false };
	set_string(r, DR_NAME, name);
	set_string(r, DR_NAMESPACE, p->manifest->metadata->namespace);
	set_pairs(r, DR_ANNOTATIONS, owners, 1);
	set_common(p, r, u, u->host, shared->selecting);
	set_records(r, DR_PORTS, ports, n);
	return (struct resource){ "DestinationRule", p->manifest->metadata->namespace, name, r, u->node };
}
