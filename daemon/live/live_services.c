/* Sources: istio pilot/pkg/serviceregistry/kube/conversion.go (ConvertService), pkg/config/kube/conversion.go
 * (ConvertProtocol); which cluster a Service becomes in which proxy is measured by tests/conformance/services. */
#include "live/live_services.h"

#include "base/arena.h"
#include "live/live_index.h"
#include "names/mesh_table.h"

/* ---- reading ---- */

static struct str text_in(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && node_is_scalar(n) ? node_text(n) : STR_ABSENT;
}

const struct node *live_service(const struct live_objects *live, const struct service_ref *ref)
{
	return live_object_named(live, STR("Service"), ref->namespace, ref->name);
}

bool live_service_port_is_udp(const struct node *port)
{
	return str_is(text_in(port, "protocol"), "UDP");
}

const struct node *live_service_port(const struct node *service, int64_t number)
{
	const struct node *found = NULL;

	NODE_EACH (port, node_get(node_get(service, "spec"), "ports")) {
		uint64_t n;

		if (!str_present(text_in(port, "port")) || !str_to_uint(text_in(port, "port"), 65535, &n) ||
		    (int64_t)n != number)
			continue;
		if (!found || live_service_port_is_udp(found))
			found = port;
	}
	return found;
}

bool live_service_is_external_name(const struct node *service)
{
	return str_is(text_in(node_get(service, "spec"), "type"), "ExternalName");
}

static bool is_space(char c)
{
	return strchr(" \t\r\n\v\f", c) != NULL;
}

/* As Go's strings.TrimSpace, by which istiod reads the annotation: a block scalar ends with a line break. */
static struct str without_spaces(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s = str_slice(s, 1, s.n);
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

enum exported live_service_exported(const struct node *service, struct str namespace)
{
	const struct node *annotations = node_get(node_get(service, "metadata"), "annotations");
	struct str         list = text_in(annotations, "networking.istio.io/exportTo"), item;
	bool               own = str_eq(live_object_namespace(service), namespace);

	if (!str_present(list) || list.n == 0)
		return EXPORT_UNSAID;
	while (list.p) {
		list = str_cut(list, ',', &item);
		item = without_spaces(item);
		if (str_is(item, "*") || str_eq(item, namespace) || (own && str_is(item, ".")))
			return EXPORTED;
	}
	return EXPORTED_NOT;
}

bool live_rule_has_subset(const struct node *rule, struct str subset)
{
	NODE_EACH (s, node_get(node_get(rule, "spec"), "subsets"))
		if (str_eq(text_in(s, "name"), subset))
			return true;
	return false;
}

/* ---- one check ---- */

struct service_check {
	struct arena                  *arena;
	const struct live_objects     *live;
	const struct manifest         *manifest;
	const struct mesh             *mesh;
	const struct expected_cluster *expected;
	const struct node             *service; /* NULL: not there */
	struct diags                  *diags;
};

static struct diag *warn(struct service_check *c, const char *field, struct str what)
{
	const struct upstream *u = c->expected->upstream;
	struct str             name = STR_CONCAT(c->arena, u->service->namespace, STR("/"), u->service->name);
	const struct node     *at = node_get(u->node, field);
	struct diag           *d = diag_at(c->diags, CO_LIVE_SERVICE, at ? at : u->node, ARGS(name, what));

	if (c->service) {
		const struct node *spec = node_get(c->service, "spec");

		diag_relate(c->diags, d, node_pos(spec ? spec : c->service), "the Service is here", NO_ARGS);
	}
	return d;
}

/* The nearest of the namespace's Services, within two edits. To find it all of them are asked, so only the first that are
 * missed get one. */
static struct str near_service(const struct service_check *c, const struct service_ref *ref)
{
	enum { EDITS = 2, SUGGESTIONS = 32 };
	unsigned   best = EDITS + 1;
	struct str found = STR_ABSENT;

	if (c->live->memory->suggestions++ >= SUGGESTIONS)
		return STR_ABSENT;
	for (size_t i = 0; i < c->live->n_services; i++) {
		struct str name = live_object_name(c->live->services[i]);
		unsigned   edits = EDITS + 1;

		if (str_present(name) && str_eq(live_object_namespace(c->live->services[i]), ref->namespace))
			edits = str_distance(name, ref->name, EDITS);
		if (edits < best) {
			best = edits;
			found = name;
		}
	}
	return found;
}

static bool is_of_an_entry(const struct service_check *c)
{
	return live_host(c->live, c->expected->service_host)->entries.n > 0;
}

/* Where other Services of the namespace were given, it is missed among them. */
static void check_absent(struct service_check *c)
{
	const struct service_ref *ref = c->expected->upstream->service;
	struct str                meant;
	struct diag              *d;

	if (!live_namespace(c->live, ref->namespace)->serves || is_of_an_entry(c))
		return;
	meant = near_service(c, ref);
	d = warn(c, "service", STR("is not among the live objects"));
	if (str_present(meant))
		diag_help(c->diags, d, "did you mean `{}`?", ARGS(meant));
}

/* False: it has no cluster at all. */
static bool check_kind(struct service_check *c)
{
	struct str cluster_ip = text_in(node_get(c->service, "spec"), "clusterIP");

	if (live_service_is_external_name(c->service) &&
	    feature_in_some(FEATURE_EXTERNAL_NAME_IS_ALIAS, c->mesh->versions)) {
		diag_help(c->diags,
		          warn(c, "service",
		               STR("is an ExternalName, which has no cluster of its own since Istio 1.21")),
		          "call its external name as a host", NO_ARGS);
		return false;
	}
	if (str_is(cluster_ip, "None") && c->manifest->spec->target->proxy != PROXY_GATEWAY)
		diag_help(c->diags,
		          warn(c, "service",
		               STR("is headless: its cluster dials where the request was going, and a filter's call "
		                   "goes nowhere")),
		          "call a Service with a clusterIP for the same pods", NO_ARGS);
	return true;
}

static void check_port(struct service_check *c, const struct node *port)
{
	struct str   number = str_from_int(c->arena, c->expected->upstream->port);
	struct diag *d;

	if (port && live_service_port_is_udp(port)) {
		warn(c, "port", STR_CONCAT(c->arena, STR("has port "), number, STR(" for UDP alone")));
		return;
	}
	if (port)
		return;
	d = warn(c, "port", STR_CONCAT(c->arena, STR("has no port "), number));
	NODE_EACH (other, node_get(node_get(c->service, "spec"), "ports"))
		if (str_eq(text_in(other, "targetPort"), number)) {
			diag_help(c->diags, d,
			          "that is the targetPort of its port {}: a cluster is named by the latter",
			          ARGS(text_in(other, "port")));
			return;
		}
}

/* As istiod takes it from appProtocol or else the beginning of the port's name. */
static bool speaks_http1(const struct node *port)
{
	static const char *const words[] = { "http", "https", "tls", "tcp" };
	struct str               name = text_in(port, "appProtocol"), first;

	if (!str_present(name))
		name = text_in(port, "name");
	if (!str_present(name))
		return false;
	str_cut(name, '-', &first);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(first, str_c(words[i])))
			return true;
	return false;
}

bool live_policy_upgrades(const struct node *policy)
{
	const struct node *http = node_get(node_get(policy, "connectionPool"), "http");

	return str_is(text_in(http, "h2UpgradePolicy"), "UPGRADE") &&
	       !str_is(text_in(http, "useClientProtocol"), "true");
}

/* Also of one port or subset, whichever: what is doubtful is no warning. */
static bool rule_upgrades(const struct node *rule)
{
	const struct node *spec = node_get(rule, "spec"), *policy = node_get(spec, "trafficPolicy");

	if (live_policy_upgrades(policy))
		return true;
	NODE_EACH (port, node_get(policy, "portLevelSettings"))
		if (live_policy_upgrades(port))
			return true;
	NODE_EACH (subset, node_get(spec, "subsets"))
		if (live_policy_upgrades(node_get(subset, "trafficPolicy")))
			return true;
	return false;
}

/* ---- what the DestinationRules of a host, or of the pattern that fits it, say together ---- */

struct subset {
	struct str name;
};

struct service_rules {
	struct live_answer is;      /* the key is the host or pattern */
	struct hash        subsets; /* of struct subset */
	bool               upgrade;
};

static struct str subset_name(const void *subset)
{
	return ((const struct subset *)subset)->name;
}

static void add_subset(struct arena *arena, struct hash *to, struct str name)
{
	struct subset *subset;

	if (!str_present(name) || hash_get(to, name))
		return;
	subset = ARENA_NEW(arena, struct subset);
	subset->name = name;
	hash_add(to, subset);
}

static struct service_rules *read_rules(struct arena *arena, const struct live_host *of)
{
	struct service_rules *ret = ARENA_NEW(arena, struct service_rules);

	ret->is.key = of->host;
	hash_init(&ret->subsets, arena, subset_name);
	for (size_t i = 0; i < of->rules.n; i++) {
		ret->upgrade = ret->upgrade || rule_upgrades(of->rules.items[i]);
		NODE_EACH (s, node_get(node_get(of->rules.items[i], "spec"), "subsets"))
			add_subset(arena, &ret->subsets, text_in(s, "name"));
	}
	return ret;
}

static const struct service_rules *rules_of(const struct service_check *c)
{
	struct live_memory     *memory = c->live->memory;
	const struct live_host *of = live_rules(c->live, c->arena, c->expected->service_host);
	struct service_rules   *known = hash_get(&memory->of_services, of->host);

	if (!known) {
		known = read_rules(memory->arena, of);
		hash_add(&memory->of_services, known);
	}
	return known;
}

/* ---- what is wrong with it ---- */

static void check_protocol(struct service_check *c, const struct node *port)
{
	const struct upstream *u = c->expected->upstream;

	if (u->protocol == PROTOCOL_HTTP || !speaks_http1(port) || rules_of(c)->upgrade)
		return;
	diag_help(c->diags,
	          warn(c, "protocol",
	               STR_CONCAT(c->arena, STR("does not say that its port "), str_from_int(c->arena, u->port),
	                          STR(" speaks HTTP/2: the cluster speaks HTTP/1.1"))),
	          "name the port grpc-… or http2-…, or let a DestinationRule upgrade it (h2UpgradePolicy)", NO_ARGS);
}

static void check_exported(struct service_check *c)
{
	struct str namespace = manifest_proxies_namespace(c->manifest);

	if (!str_eq(namespace, c->mesh->spec->root_namespace) &&
	    live_service_exported(c->service, namespace) == EXPORTED_NOT)
		warn(c, "service",
		     STR_CONCAT(c->arena, STR("is not exported to namespace "), namespace,
		                STR(" (networking.istio.io/exportTo)")));
}

static void check_subset(struct service_check *c)
{
	struct str subset = c->expected->upstream->subset;

	if (!str_present(subset) || c->live->n_destination_rules == 0 || hash_get(&rules_of(c)->subsets, subset))
		return;
	warn(c, "subset", STR_CONCAT(c->arena, STR("has no subset "), subset, STR(" in a live DestinationRule")));
}

void live_services_check(struct arena *arena, const struct live_objects *live, const struct manifest *m,
                         const struct mesh *mesh, const struct expected_cluster *e, struct diags *diags)
{
	struct service_check c = { arena, live, m, mesh, e, live_service(live, e->upstream->service), diags };
	const struct node   *port;

	if (!c.service) {
		check_absent(&c);
		return;
	}
	if (!check_kind(&c))
		return;
	port = live_service_port(c.service, e->upstream->port);
	check_port(&c, port);
	if (port)
		check_protocol(&c, port);
	check_exported(&c);
	check_subset(&c);
}
