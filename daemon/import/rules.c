/* DestinationRules: which one is whose, and what it says of TLS and limits.
 *
 * As istiod decides for a client in the namespace of the ServiceEntry (destinationRule of pilot/pkg/model/push_context.go): the
 * rules of that namespace, and if none of them is for the host, those of the root namespace; in each the host's own name comes
 * before patterns. Of one name and namespace the older rule counts (mergeDestinationRule), and gives its whole policy. */
#include "base/arena.h"
#include "import/building.h"
#include "live/live_objects.h"
#include "live/live_services.h"

/* The one that counts of those for a host, or a pattern, in a namespace. */
struct known_rule {
	struct str           key; /* NAMESPACE/HOST */
	struct object_entry *rule;
};

static struct str rule_key(const void *known)
{
	return ((const struct known_rule *)known)->key;
}

static bool has_policy(const struct object_entry *rule)
{
	return node_get(node_get(rule->root, "spec"), "trafficPolicy");
}

/* Without creationTimestamp, as in files, istiod goes by the names. */
static bool counts_before(const struct object_entry *x, const struct object_entry *y)
{
	int order = str_cmp(live_object_created(x->root), live_object_created(y->root));

	if (has_policy(x) != has_policy(y))
		return has_policy(x);
	return order ? order < 0 : str_cmp(x->name, y->name) < 0;
}

void import_rules(struct importer *im)
{
	hash_init(&im->rules, im->arena, rule_key);
	for (struct object_entry *e = im->objects->first; e; e = e->next) {
		struct str         host = text_at(node_get(e->root, "spec"), "host");
		struct known_rule *known, *earlier;

		if (!str_is(e->kind, "DestinationRule") || !str_present(host))
			continue;
		e->matched = false;
		known = ARENA_NEW(im->arena, struct known_rule);
		*known = (struct known_rule){ STR_CONCAT(im->arena, e->namespace, STR("/"), host), e };
		earlier = hash_add(&im->rules, known);
		if (earlier && counts_before(e, earlier->rule))
			earlier->rule = e;
	}
}

static bool is_exported(const struct object_entry *rule, struct str namespace)
{
	const struct node *export_to = node_get(node_get(rule->root, "spec"), "exportTo");

	NODE_EACH (n, export_to)
		if (str_is(node_text(n), "*") || str_eq(node_text(n), namespace))
			return true;
	return !export_to || export_to->count == 0;
}

static struct known_rule *find_in(const struct importer *im, struct str owner, struct str host)
{
	struct known_rule *known = hash_get(&im->rules, STR_CONCAT(im->arena, owner, STR("/"), host));
	struct str         rest = host, label;

	while (!known) {
		rest = str_cut(rest, '.', &label);
		if (!str_present(rest))
			return NULL;
		known = hash_get(&im->rules, STR_CONCAT(im->arena, owner, STR("/*."), rest));
	}
	return known;
}

/* A rule for every host, "*", is a setting of the mesh. */
const struct object_entry *rule_of(struct importer *im, struct str namespace, struct str host)
{
	static const char *const spec_names[] = { "host", "exportTo", "trafficPolicy", "workloadSelector", NULL };
	struct known_rule       *known = find_in(im, namespace, host);

	if (!known)
		known = find_in(im, im->mesh->root_namespace, host);
	if (!known || (!str_eq(known->rule->namespace, namespace) && !is_exported(known->rule, namespace)))
		return NULL;
	if (!known->rule->matched)
		import_only(im, known->rule, node_get(known->rule->root, "spec"), spec_names);
	known->rule->matched = true;
	return known->rule;
}

static const char *why_left(const struct importer *im, const struct object_entry *e, struct str host)
{
	const struct known_rule *known = hash_get(&im->rules, STR_CONCAT(im->arena, e->namespace, STR("/"), host));

	if (known && known->rule != e && known->rule->matched)
		return "another DestinationRule of its namespace and host counts before it";
	return "its host is that of no ServiceEntry of its namespace that became an upstream";
}

void import_left_rules(struct importer *im)
{
	for (const struct object_entry *e = im->objects->first; e; e = e->next) {
		const struct node *host = node_get(node_get(e->root, "spec"), "host");

		if (str_is(e->kind, "DestinationRule") && !e->matched)
			import_skip(im, e, host, why_left(im, e, host ? node_text(host) : STR("")));
	}
}

/* Settings of a port replace those of the host as a whole (istio.io/docs: not inherited). */
const struct node *policy_of(const struct object_entry *rule, int64_t port)
{
	const struct node *policy = rule ? node_get(node_get(rule->root, "spec"), "trafficPolicy") : NULL;

	NODE_EACH (level, node_get(policy, "portLevelSettings"))
		if (int_at(node_get(level, "port"), "number") == port)
			return level;
	return policy;
}

/* ---- what it says ---- */

static bool is_tls(const struct node *tls)
{
	struct str mode = text_at(tls, "mode");

	return str_present(mode) && !str_is(mode, "DISABLE");
}

bool tls_takes_names(const struct node *tls)
{
	const struct node *own = node_get(tls, "subjectAltNames");

	return is_tls(tls) && (!own || !own->count);
}

/* To istiod an empty text is none. */
static struct str filled_at(const struct node *map, const char *key)
{
	struct str text = text_at(map, key);

	return text.n ? text : STR_ABSENT;
}

/* What verifies a certificate is written out by Callout where hand-written rules leave it open. */
static void note_verification(struct building *b, const struct object_entry *rule, const struct node *tls)
{
	if (str_is(text_at(tls, "insecureSkipVerify"), "true"))
		return;
	if (!str_present(filled_at(tls, "caCertificates")) && !str_present(filled_at(tls, "credentialName")))
		import_note(b->im, rule, tls,
		            "the certificate will be verified against the system's CAs, where nothing was said before");
	if (tls_takes_names(tls) && !b->names)
		import_note(b->im, rule, tls,
		            "the certificate will have to be of the host's name, where nothing was said before");
}

void build_tls(struct building *b, const struct object_entry *rule, const struct node *tls)
{
	static const char *const names[] = {
		"mode", "clientCertificate",  "privateKey", "caCertificates", "credentialName", "subjectAltNames",
		"sni",  "insecureSkipVerify", NULL
	};
	struct arena *arena = b->im->arena;
	struct node  *to = put(arena, b->node, "tls", NODE_MAP);
	struct str    mode = text_at(tls, "mode"), sni = filled_at(tls, "sni"), ca = filled_at(tls, "caCertificates");
	const struct node *sans = tls_takes_names(tls) ? b->names : node_get(tls, "subjectAltNames");

	if (!is_tls(tls)) {
		put_text(arena, to, "mode", STR("DISABLE"));
		if (b->port == 443)
			import_note(b->im, b->origin, b->at,
			            STR_CONCAT(arena, STR("no DestinationRule adds TLS for "), b->host,
			                       STR(": a filter sends plain HTTP to port 443"))
			                    .p);
		return;
	}
	b->tls = true;
	import_only(b->im, rule, tls, names);
	if (str_is(mode, "ISTIO_MUTUAL")) {
		put_text(arena, to, "mode", mode);
		put_text(arena, to, "sni", sni);
		put_copy(arena, to, "subjectAltNames", sans);
		return;
	}
	if (!str_is(mode, "SIMPLE"))
		put_text(arena, to, "mode", mode);
	if (str_present(sni) && !str_eq(sni, b->host))
		put_text(arena, to, "sni", sni);
	if (sans && sans->count && !same_names(sans, str_present(sni) ? sni : b->host))
		put_copy(arena, to, "subjectAltNames", sans);
	if (!str_is(ca, "system"))
		put_text(arena, to, "caCertificates", ca);
	put_text(arena, to, "clientCertificate", filled_at(tls, "clientCertificate"));
	put_text(arena, to, "privateKey", filled_at(tls, "privateKey"));
	put_text(arena, to, "credentialName", filled_at(tls, "credentialName"));
	if (str_is(text_at(tls, "insecureSkipVerify"), "true"))
		put_copy(arena, to, "insecureSkipVerify", node_get(tls, "insecureSkipVerify"));
	note_verification(b, rule, tls);
}

/* To istiod a limit of 0 is none (cluster_traffic_policy.go). */
static void copy_limits(struct building *b, const struct node *from, const char *const (*pairs)[2])
{
	for (; (*pairs)[0]; pairs++) {
		const char *const one[][2] = { { (*pairs)[0], (*pairs)[1] }, { NULL, NULL } };

		if (int_at(from, (*pairs)[0]) != 0)
			copy_fields(b, "connectionPool", from, one);
	}
}

void build_limits(struct building *b, const struct object_entry *rule, const struct node *policy)
{
	static const char *const policy_names[] = {
		"tls", "connectionPool", "outlierDetection", "portLevelSettings", "port", NULL
	};
	static const char *const pool_names[] = { "tcp", "http", NULL };
	static const char *const tcp_names[] = { "maxConnections", "connectTimeout", NULL };
	static const char *const http_names[] = { "http1MaxPendingRequests", "http2MaxRequests", "maxRetries", NULL };
	static const char *const upgraded_names[] = { "http1MaxPendingRequests", "http2MaxRequests", "maxRetries",
		                                      "h2UpgradePolicy", NULL };
	static const char *const outlier_names[] = { "consecutive5xxErrors", "interval", "baseEjectionTime",
		                                     "maxEjectionPercent", NULL };
	static const char *const tcp[][2] = { { "maxConnections", "maxConnections" }, { NULL, NULL } };
	static const char *const http[][2] = { { "http1MaxPendingRequests", "maxPendingRequests" },
		                               { "http2MaxRequests", "maxRequests" },
		                               { "maxRetries", "maxRetries" },
		                               { NULL, NULL } };
	static const char *const outlier[][2] = { { "consecutive5xxErrors", "consecutive5xxErrors" },
		                                  { "interval", "interval" },
		                                  { "baseEjectionTime", "baseEjectionTime" },
		                                  { "maxEjectionPercent", "maxEjectionPercent" },
		                                  { NULL, NULL } };
	const struct node *pool = node_get(policy, "connectionPool"), *detection = node_get(policy, "outlierDetection");

	if (!rule)
		return;
	import_only(b->im, rule, policy, policy_names);
	import_only(b->im, rule, pool, pool_names);
	import_only(b->im, rule, node_get(pool, "tcp"), tcp_names);
	import_only(b->im, rule, node_get(pool, "http"), live_policy_upgrades(policy) ? upgraded_names : http_names);
	import_only(b->im, rule, detection, outlier_names);
	put_text(b->im->arena, b->node, "connectTimeout", text_at(node_get(pool, "tcp"), "connectTimeout"));
	copy_limits(b, node_get(pool, "tcp"), tcp);
	copy_limits(b, node_get(pool, "http"), http);
	copy_fields(b, "outlierDetection", detection, outlier);
	build_detection(b, detection);
}
