/* DestinationRules: which one is whose, and what it says of TLS and limits.
 *
 * Which one counts is decided as istiod does it for a client in the namespace of the ServiceEntry (live/rule_choice.c): the rules
 * that this namespace sees of its own, and if none of them is for the host or a pattern that fits, those that the root namespace
 * exports. */
#include "base/arena.h"
#include "import/building.h"
#include "live/live_objects.h"
#include "live/live_services.h"
#include "live/rule_choice.h"
#include "names/cluster_name.h"
#include "names/labels.h"

enum { N_LISTS = RULES_PRIVATE + 1 };

/* What was chosen for proxies of a namespace and of these labels: most upstreams of a host are called by the same ones. */
struct answer {
	bool               is_known;
	struct str         proxies;
	const struct node *labels;
	struct rule_choice choice;
};

/* The rules of a namespace for a host or a pattern, in istiod's order, in each of its lists. */
struct known_rules {
	struct known_rules        *next;
	struct str                 key, namespace; /* key: NAMESPACE/HOST */
	struct rule               *lists[N_LISTS];
	size_t                     n[N_LISTS], cap[N_LISTS];
	struct answer              last[N_LISTS];
	bool                       is_closest; /* to the host of an upstream */
	const struct object_entry *taken;      /* the last one that counted; NULL: none did */
};

/* A rule of our own making; it may be for proxies of another namespace, a waypoint's. */
struct generated_rule {
	struct str           key; /* MANIFEST/HOST */
	struct object_entry *entry;
};

static struct str generated_key(const void *generated)
{
	return ((const struct generated_rule *)generated)->key;
}

static struct str rules_key(const void *known)
{
	return ((const struct known_rules *)known)->key;
}

static struct known_rules *known_for(const struct importer *im, struct str namespace, struct str host)
{
	return hash_get(&im->rules, STR_CONCAT(im->arena, namespace, STR("/"), host));
}

static struct known_rules *make_known(struct importer *im, struct str namespace, struct str host)
{
	struct known_rules *known = known_for(im, namespace, host);

	if (known)
		return known;
	known = ARENA_NEW(im->arena, struct known_rules);
	*known = (struct known_rules){ .next = im->all_rules,
		                       .key = STR_CONCAT(im->arena, namespace, STR("/"), host),
		                       .namespace = namespace };
	im->all_rules = known;
	hash_add(&im->rules, known);
	return known;
}

static void add_rule(struct importer *im, struct object_entry *e, struct str host)
{
	struct known_rules    *known = make_known(im, e->namespace, host);
	struct rule            r = rule_read(im->arena, e->root);
	struct generated_rule *generated;

	for (size_t l = 0; l < N_LISTS; l++) {
		if (!rule_is_in((enum rule_list)l, &r, e->namespace))
			continue;
		known->lists[l] = ARENA_LIST(im->arena, known->lists[l], known->n[l], &known->cap[l], struct rule);
		known->lists[l][known->n[l]++] = r;
	}
	if (!str_present(e->manifest))
		return;
	generated = ARENA_NEW(im->arena, struct generated_rule);
	*generated = (struct generated_rule){ STR_CONCAT(im->arena, e->manifest, STR("/"), host), e };
	hash_add(&im->generated_rules, generated);
}

void import_rules(struct importer *im)
{
	hash_init(&im->rules, im->arena, rules_key);
	hash_init(&im->generated_rules, im->arena, generated_key);
	for (struct object_entry *e = im->objects->first; e; e = e->next) {
		struct str host = text_at(node_get(e->root, "spec"), "host");

		if (!str_is(e->kind, "DestinationRule") || !str_present(host))
			continue;
		e->matched = false;
		add_rule(im, e, host);
	}
	for (struct known_rules *known = im->all_rules; known; known = known->next)
		for (size_t l = 0; l < N_LISTS; l++)
			rules_sort(known->lists[l], known->n[l]);
}

/* ---- which one counts ---- */

static struct object_entry *entry_of(const struct importer *im, const struct known_rules *known, const struct rule *r)
{
	return object_set_find(im->objects,
	                       STR_CONCAT(im->arena, STR("DestinationRule "), known->namespace, STR("/"), r->name));
}

/* What is known of the labels of the proxies that call the cluster: those that each of the filters selects by. */
static const struct node *callers_labels(struct importer *im, struct str namespace, struct str cluster)
{
	const struct mention *at = mention_first(im, namespace, cluster);
	const struct node    *common = at ? selected_labels(at->manifest) : NULL;

	for (; at; at = mention_next(at, cluster)) {
		const struct node *labels = selected_labels(at->manifest);

		if (labels_within(labels, common))
			common = labels;
		else if (!labels_within(common, labels))
			return NULL;
	}
	return common;
}

/* Of a cluster that no filter calls the first rule tells them, if there is none for all workloads: its selector becomes that of the
 * manifest's target. */
static const struct node *labels_of_rules(const struct importer *im, struct str namespace, struct str host)
{
	const struct known_rules *known = known_for(im, namespace, host);
	size_t                    n = known ? known->n[RULES_LOCAL] : 0;

	if (!n || !known->lists[RULES_LOCAL][n - 1].labels) /* those that select come first */
		return NULL;
	return known->lists[RULES_LOCAL][0].labels;
}

/* The closest rules of the list for the host, or NULL. "*" in the root namespace is a setting of the mesh. */
static struct known_rules *find_closest(const struct importer *im, struct str namespace, enum rule_list list,
                                        struct str host)
{
	struct str rest = host, pattern;

	while (str_present(pattern = rule_next_pattern(im->arena, host, &rest))) {
		struct known_rules *known = known_for(im, namespace, pattern);

		if (known && known->n[list] && !(list == RULES_EXPORTED && str_is(pattern, "*")))
			return known;
	}
	return NULL;
}

static const struct rule_choice *choose_among(struct known_rules *known, const struct rule_question *q,
                                              enum rule_list list)
{
	struct answer *last = &known->last[list];

	if (last->is_known && last->labels == q->labels && str_eq(last->proxies, q->proxies))
		return &last->choice;
	*last = (struct answer){ true, q->proxies, q->labels, { .list = known->lists[list], .n = known->n[list] } };
	rules_choose_among(q, list != RULES_EXPORTED, &last->choice);
	return &last->choice;
}

/* Those that istiod stays with, or NULL. */
static struct known_rules *find_rules(const struct importer *im, const struct rule_question *q,
                                      const struct rule_choice **ret)
{
	struct str          root = im->mesh->root_namespace;
	enum rule_list      list = str_eq(q->proxies, root) ? RULES_PRIVATE : RULES_LOCAL;
	struct known_rules *known = find_closest(im, q->proxies, list, q->host);

	if (!known) {
		list = RULES_EXPORTED;
		known = find_closest(im, root, list, q->host);
	}
	if (!known)
		return NULL;
	known->is_closest = true;
	*ret = choose_among(known, q, list);
	return known;
}

static struct object_entry *generated_rule_of(const struct importer *im, const struct object_entry *service,
                                              struct str host)
{
	const struct generated_rule *found = NULL;

	if (str_present(service->manifest))
		found = hash_get(&im->generated_rules, STR_CONCAT(im->arena, service->manifest, STR("/"), host));
	return found ? found->entry : NULL;
}

static struct object_entry *chosen_rule(struct importer *im, struct str own, struct str host, int64_t port)
{
	struct str                cluster = cluster_name_outbound(im->arena, (unsigned)port, STR(""), host);
	struct rule_question      q = { .arena = im->arena, .host = host, .by_export = true, .proxies = own };
	const struct rule_choice *choice = NULL;
	struct known_rules       *known;

	q.labels = mention_first(im, own, cluster) ? callers_labels(im, own, cluster) : labels_of_rules(im, own, host);
	known = find_rules(im, &q, &choice);
	if (!known || !choice->first)
		return NULL;
	return entry_of(im, known, choice->policy ? choice->policy : choice->first);
}

const struct object_entry *rule_of(struct importer *im, const struct object_entry *service, struct str host,
                                   int64_t port)
{
	static const char *const spec_names[] = { "host", "exportTo", "trafficPolicy", "workloadSelector", NULL };
	struct object_entry     *e = generated_rule_of(im, service, host);
	struct known_rules      *known;

	if (!e)
		e = chosen_rule(im, service->namespace, host, port);
	if (!e)
		return NULL;
	known = known_for(im, e->namespace, text_at(node_get(e->root, "spec"), "host"));
	known->is_closest = true;
	known->taken = e;
	if (!e->matched)
		import_only(im, e, node_get(e->root, "spec"), spec_names);
	e->matched = true;
	return e;
}

static bool selects_alike(const struct object_entry *x, const struct object_entry *y)
{
	static const char *const path[] = { "spec", "workloadSelector", "matchLabels", NULL };

	return labels_equal(node_at(x->root, path), node_at(y->root, path));
}

static const char *why_left(const struct importer *im, const struct object_entry *e, struct str host)
{
	const struct known_rules *known = known_for(im, e->namespace, host);
	const struct rule         r = rule_read(im->arena, e->root);

	if (known && known->is_closest && r.labels && !(known->taken && selects_alike(e, known->taken)))
		return "its workloadSelector is for other workloads than those that are known to call its host";
	if (known && known->taken && rule_is_in(RULES_LOCAL, &r, e->namespace))
		return "another DestinationRule of its namespace and host counts before it";
	return "it counts for no upstream: a closer rule does, its namespace or exportTo is not theirs, or its host is "
	       "that of no ServiceEntry that became an upstream";
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
