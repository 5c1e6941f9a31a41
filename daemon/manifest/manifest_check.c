#include "manifest/manifest_check.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "manifest/check.h"
#include "names/hostname.h"

/* ---- metadata ---- */

static struct str key_prefix(struct str key)
{
	struct str prefix, name = str_cut(key, '/', &prefix);

	return name.p ? prefix : STR("");
}

bool metadata_key_is_dropped(struct str key)
{
	static const struct str prefixes[] = {
		STR_INIT("kubectl.kubernetes.io"),
		STR_INIT("meta.helm.sh"),
		STR_INIT("argocd.argoproj.io"),
		STR_INIT("envoyfilter.istio.io"),
	};
	struct str prefix = key_prefix(key);

	if (str_has_suffix(prefix, STR("config.kubernetes.io")))
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_eq(prefix, prefixes[i]))
			return true;
	return false;
}

/* Keys that Callout sets itself, or that change what Istio makes of a generated object. */
static bool key_is_reserved(struct str key)
{
	static const struct str keys[] = {
		STR_INIT("app.kubernetes.io/managed-by"),
		STR_INIT("istio.io/connect-strategy"), /* turns the cluster into LOGICAL_DNS */
		STR_INIT("istio.io/dry-run"),          /* Istio refuses it on these kinds */
		STR_INIT("istio.io/use-waypoint"),
		STR_INIT("istio.io/use-waypoint-namespace"),
		STR_INIT("istio.io/ingress-use-waypoint"),
		STR_INIT("networking.istio.io/enable-autoallocate-ip"),
	};

	if (str_eq(key_prefix(key), STR("callout.dev")))
		return true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(key, keys[i]))
			return true;
	return false;
}

/* False: it breaks Kubernetes' rules for keys of labels and annotations, and a finding was added. */
static bool check_label_key(struct check *c, const struct node *n, const char *what)
{
	if (label_key_is(node_key(n)))
		return true;
	diag_help(
		c->diags, diag_at_key(c->diags, CO_LABEL_INVALID, n, ARGS(str_c(what), STR("key"), node_key(n))),
		"a key is a name of at most 63 letters, digits, `-`, `_` and `.`, behind a DNS prefix and `/` if need be",
		NO_ARGS);
	return c->ok = false;
}

static void check_label_value(struct check *c, const struct node *n, const char *what)
{
	if (n->kind != NODE_STRING || label_value_is(node_text(n)))
		return;
	diag_help(
		c->diags, diag_at(c->diags, CO_LABEL_INVALID, n, ARGS(str_c(what), STR("value"), node_text(n))),
		"a value has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
		NO_ARGS);
	c->ok = false;
}

static void check_metadata_map(struct check *c, const struct node *map, const char *what, bool values_are_labels)
{
	NODE_EACH (n, map) {
		struct str key = node_key(n);

		if (metadata_key_is_dropped(key))
			continue;
		if (!check_label_key(c, n, what))
			continue;
		if (key_is_reserved(key))
			diag_at_key(c->diags, CO_LABEL_RESERVED, n, ARGS(str_c(what), key)), c->ok = false;
		else if (values_are_labels)
			check_label_value(c, n, what);
	}
}

/* ---- target ---- */

static void check_match_labels(struct check *c, const struct selector *selector)
{
	NODE_EACH (n, selector ? selector->match_labels : NULL)
		if (check_label_key(c, n, "matchLabels"))
			check_label_value(c, n, "matchLabels");
}

struct ref_rule {
	const char *group;
	const char *kind;
	bool        gateway; /* allowed on a gateway / on a waypoint */
	bool        waypoint;
};

/* The kinds that a targetRef may name (istio pkg/config/validation), and the proxies on which istiod honours them
 * (pilot/pkg/model/policyattachment.go). */
static const struct ref_rule ref_rules[] = {
	{ "gateway.networking.k8s.io", "Gateway", true, true },
	{ "gateway.networking.k8s.io", "GatewayClass", false, true },
	{ "", "Service", false, true },
	{ "core", "Service", false, true },
	{ "networking.istio.io", "ServiceEntry", false, true },
};

static const struct ref_rule *find_ref_rule(const struct target_ref *ref)
{
	for (size_t i = 0; i < sizeof(ref_rules) / sizeof(ref_rules[0]); i++)
		if (str_is(ref->group, ref_rules[i].group) && str_is(ref->kind, ref_rules[i].kind))
			return &ref_rules[i];
	return NULL;
}

/* Of another group, or of none, where the kind is one that can be a target. */
static void refuse_target_ref(struct check *c, const struct target_ref *ref)
{
	struct diag *d = check_fail(c, CO_TARGET_REF, ref->node, "kind",
	                            ARGS(STR_CONCAT(c->arena, STR("kind "), ref->kind, STR(" of group \""), ref->group,
	                                            STR("\" cannot be a target"))));

	for (size_t i = 0; i < sizeof(ref_rules) / sizeof(ref_rules[0]); i++) {
		if (!str_is(ref->kind, ref_rules[i].kind))
			continue;
		diag_help(c->diags, d, "write `group: {}`",
		          ARGS(ref_rules[i].group[0] ? str_c(ref_rules[i].group) : STR("\"\"")));
		return;
	}
}

static void check_target_ref(struct check *c, const struct target_ref *ref, unsigned proxy)
{
	const struct ref_rule *rule = find_ref_rule(ref);

	if (!str_present(ref->kind) || !str_present(ref->name))
		return;
	if (!rule) {
		refuse_target_ref(c, ref);
		return;
	}
	if (str_is(ref->kind, "GatewayClass") &&
	    !str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace))
		check_fail(c, CO_TARGET_REF, ref->node, "kind",
		           ARGS(STR("a GatewayClass can be a target only in the root namespace")));
	else if ((proxy == PROXY_GATEWAY && !rule->gateway) || (proxy == PROXY_WAYPOINT && !rule->waypoint))
		check_fail(c, CO_TARGET_REF, ref->node, "kind",
		           ARGS(STR_CONCAT(c->arena, STR("a "), ref->kind,
		                           STR(" cannot be the target of a filter on a "),
		                           field_word(proxy_words, proxy))));
}

static bool refs_name_gateway(const struct target *t)
{
	for (size_t i = 0; i < t->target_refs.n; i++) {
		const struct target_ref *ref = (const struct target_ref *)t->target_refs.items + i;

		if (str_has_prefix(ref->kind, STR("Gateway")))
			return true;
	}
	return false;
}

static bool is_envoy_filter(const struct filter *f)
{
	return f && (f->kind == CARRIER_ENVOY_FILTER || (f->lua && f->kind != CARRIER_TRAFFIC_EXTENSION));
}

/* Does the manifest need a Gateway to attach to? An EnvoyFilter attaches to nothing else, and it may carry the
 * filter or its clusters. */
static bool needs_gateway(const struct check *c)
{
	return manifest_upstreams(c->manifest) || is_envoy_filter(c->manifest->spec->filter);
}

/* Warns where more proxies get the filter than the target says. A WasmPlugin without selector and targetRefs
 * reaches every proxy of its namespace, sidecars too. An EnvoyFilter is limited by its context, but on a waypoint
 * it cannot tell services apart. */
static void check_width(struct check *c, const struct target *t)
{
	const struct filter *f = c->manifest->spec->filter;
	struct str namespace = c->manifest->metadata->namespace;
	bool is_root = str_eq(namespace, c->mesh->spec->root_namespace);

	if (t->proxy == PROXY_GATEWAY && !t->selector && !t->target_refs.n && f && !is_envoy_filter(f))
		check_warn(c, CO_TARGET_WIDER, t->node, "proxy",
		           ARGS(is_root ? STR("in the sidecars of every namespace")
		                        : STR_CONCAT(c->arena, STR("in the sidecars of namespace "), namespace)));
	if (t->proxy == PROXY_WAYPOINT && t->waypoint && t->target_refs.n && !refs_name_gateway(t) &&
	    is_envoy_filter(f))
		check_warn(c, CO_TARGET_WIDER, t->node, "targetRefs",
		           ARGS(STR_CONCAT(c->arena, STR("for every service of waypoint "), t->waypoint->name)));
}

static void check_target(struct check *c, const struct target *t)
{
	check_match_labels(c, t->selector);
	if (t->proxy == PROXY_SIDECAR && t->target_refs.node)
		check_fail(c, CO_TARGET_REF, t->node, "targetRefs",
		           ARGS(STR("sidecars ignore them; use selector.matchLabels")));
	if (t->proxy != PROXY_WAYPOINT && t->waypoint)
		check_fail(c, CO_FIELD_CONFLICT, t->node, "waypoint",
		           ARGS(STR("waypoint"),
		                STR_CONCAT(c->arena, STR("with proxy: "), field_word(proxy_words, t->proxy))));
	for (size_t i = 0; i < t->target_refs.n && t->proxy != PROXY_SIDECAR; i++)
		check_target_ref(c, (const struct target_ref *)t->target_refs.items + i, t->proxy);
	check_width(c, t);
	if (t->proxy != PROXY_WAYPOINT)
		return;
	if (t->selector)
		check_fail(c, CO_WAYPOINT_TARGET, t->node, "selector",
		           ARGS(STR("targetRefs or waypoint, not a selector")));
	else if (t->target_refs.n == 0 && !t->waypoint)
		check_fail(c, CO_WAYPOINT_TARGET, t->node, "proxy", ARGS(STR("targetRefs or waypoint")));
	else if (t->target_refs.n && !t->waypoint && !refs_name_gateway(t) && needs_gateway(c))
		check_fail(c, CO_WAYPOINT_TARGET, t->node, "targetRefs",
		           ARGS(STR("waypoint: {name: …} beside targetRefs that name Services")));
}

/* ---- upstreams among each other ---- */

static struct str upstream_key(const void *upstream)
{
	return ((const struct upstream *)upstream)->name;
}

static void check_unique_names(struct check *c)
{
	const struct manifest *m = c->manifest;
	struct hash            seen;

	hash_init(&seen, c->arena, upstream_key);
	for (size_t i = 0; i < manifest_upstreams(m); i++) {
		struct upstream       *u = manifest_upstream(m, i);
		const struct upstream *earlier = str_present(u->name) ? hash_add(&seen, u) : NULL;

		if (earlier)
			diag_relate(c->diags,
			            check_fail(c, CO_DUPLICATE_NAME, u->node, "name", ARGS(STR("upstream"), u->name)),
			            node_pos(node_get(earlier->node, "name")), "the first one is here", NO_ARGS);
	}
}

/* ---- the whole ---- */

bool manifest_check(struct arena *arena, const struct manifest *m, const struct mesh *mesh, struct diags *diags)
{
	struct check c = { arena, diags, m, mesh, true };

	if (!m->metadata || !m->spec || !m->spec->target)
		return true; /* what is missing was said when it was decoded */
	check_metadata_map(&c, m->metadata->labels, "labels", true);
	check_metadata_map(&c, m->metadata->annotations, "annotations", false);
	check_target(&c, m->spec->target);
	check_unique_names(&c);
	for (size_t i = 0; i < manifest_upstreams(m); i++)
		check_upstream(&c, manifest_upstream(m, i));
	if (m->spec->filter)
		check_filter(&c, m->spec->filter);
	if (mesh->spec->policy)
		check_policy(&c);
	return c.ok;
}

/* A document and what identifies it among those of its kind. */
struct identity {
	struct str         id;
	const struct node *root;
};

static struct str identity_key(const void *identity)
{
	return ((const struct identity *)identity)->id;
}

static const struct node *name_of(const struct node *root)
{
	const struct node *name = node_get(node_get(root, "metadata"), "name");

	return name ? name : root;
}

/* Notes the identity of a document. False: an earlier document has the same one, and an error was added at this one. */
static bool take_identity(struct hash *seen, const char *kind, struct str id, const struct node *root,
                          struct diags *diags)
{
	struct identity *mine = ARENA_NEW(seen->arena, struct identity), *first;

	*mine = (struct identity){ id, root };
	first = hash_add(seen, mine);
	if (!first)
		return true;
	diag_relate(diags, diag_at(diags, CO_DUPLICATE_MANIFEST, name_of(root), ARGS(str_c(kind), id)),
	            node_pos(name_of(first->root)), "the first one is here", NO_ARGS);
	return false;
}

bool inputs_check(struct arena *arena, const struct inputs *inputs, struct diags *diags)
{
	struct hash seen;
	bool        ok = true;

	hash_init(&seen, arena, identity_key);
	for (size_t i = 0; i < inputs->n_manifests; i++) {
		const struct manifest *m = inputs->manifests[i];

		if (m->metadata && str_present(m->metadata->name) && str_present(m->metadata->namespace))
			ok = take_identity(&seen, "FilterManifest", manifest_id(arena, m), m->node, diags) && ok;
	}
	hash_init(&seen, arena, identity_key);
	for (size_t i = 0; i < inputs->n_meshes; i++) {
		const struct mesh *mesh = inputs->meshes[i];

		if (mesh->metadata && str_present(mesh->metadata->name))
			ok = take_identity(&seen, "Mesh", mesh->metadata->name, mesh->node, diags) && ok;
	}
	return ok;
}
