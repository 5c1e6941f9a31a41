/* Which DestinationRule of a host counts, as istiod decides it (pilot/pkg/model/push_context.go setDestinationRules and
 * destinationRule, destination_rule.go mergeDestinationRule, sidecar.go DestinationRule; measured by tests/conformance/rules).
 *
 * Of one namespace, rules with a workloadSelector come first, then the older ones. A rule is united with those before it
 * that are exported alike, without its trafficPolicy where they have one; one without a selector can vanish in one that
 * has. A proxy takes the first that selects it, else the last that selects none. The rules of the proxy's own namespace
 * come before all others, even those of a wider pattern. */
#include "plan/live_rules.h"

#include "base/arena.h"
#include "plan/live_index.h"
#include "plan/planner.h"

struct rule {
	const struct node *object; /* NULL: ours */
	struct str         created, name;
	const struct node *labels; /* that it selects; NULL: it selects all */
	struct strings     export_to;
	bool               has_policy;
	size_t             group; /* that it was put into */
};

/* Rules that istiod has made one. */
struct group {
	const struct rule *first;
	const struct rule *policy; /* whose trafficPolicy counts; NULL: none has one */
};

struct context {
	struct arena                  *arena;
	const struct manifest         *manifest;
	const struct expected_cluster *cluster;
	const struct shared_host      *shared; /* NULL: the host is not public */
	const struct mesh             *mesh;
	struct diags                  *diags;
	struct rule                   *rules; /* in istiod's order */
	size_t                         n;
	bool                           told; /* that a rule comes behind ours */
};

#define NO_LONGER "what it says of TLS, limits and subsets would no longer count for this host"

/* ---- reading ---- */

static struct str meta_text(const struct node *object, const char *key)
{
	const struct node *n = node_get(node_get(object, "metadata"), key);

	return n && n->kind == NODE_STRING ? node_text(n) : STR("");
}

static struct strings texts_of(struct arena *arena, const struct node *list)
{
	struct strings s = { 0 };

	if (!list || list->kind != NODE_LIST)
		return s;
	s.items = ARENA_ARRAY(arena, list->count + 1, struct str);
	NODE_EACH (n, list)
		s.items[s.n++] = node_text(n);
	return s;
}

static struct strings one_text(struct arena *arena, struct str text)
{
	struct strings s = { 0 };

	s.items = ARENA_ARRAY(arena, 1, struct str);
	s.items[s.n++] = text;
	return s;
}

static struct rule read_rule(struct context *c, const struct node *object)
{
	static const struct node everyone = { .kind = NODE_MAP };
	const struct node       *spec = node_get(object, "spec"), *selector = node_get(spec, "workloadSelector");
	struct rule              r = {
			     .object = object,
			     .created = meta_text(object, "creationTimestamp"),
			     .name = live_object_name(object),
			     .labels = selector ? node_get(selector, "matchLabels") : NULL,
			     .has_policy = node_get(spec, "trafficPolicy") != NULL,
	};

	if (selector && !r.labels)
		r.labels = &everyone;
	r.export_to = r.labels ? one_text(c->arena, STR(".")) : texts_of(c->arena, node_get(spec, "exportTo"));
	return r;
}

/* As it will be: the newest, unless it is there already. */
static struct rule our_rule(struct context *c, struct str created)
{
	const struct upstream *u = c->cluster->upstream;
	struct str namespace = c->manifest->metadata->namespace;
	bool        root = str_eq(namespace, c->mesh->spec->root_namespace);
	struct rule r = { .created = created, .name = STR("~"), .export_to = u->export_to, .has_policy = true };

	if (upstream_needs_selector(c->manifest, u) && c->manifest->spec->target->selector)
		r.labels = c->manifest->spec->target->selector->match_labels;
	if (r.labels || r.export_to.n == 0)
		r.export_to = one_text(c->arena, !r.labels && root ? STR("*") : STR("."));
	return r;
}

static bool precedes(const struct rule *a, const struct rule *b)
{
	int order = str_cmp(a->created, b->created);

	if (!a->labels != !b->labels)
		return a->labels;
	return order < 0 || (order == 0 && str_cmp(a->name, b->name) < 0);
}

static void insert(struct context *c, struct rule r)
{
	size_t at = c->n++;

	for (; at > 0 && precedes(&r, &c->rules[at - 1]); at--)
		c->rules[at] = c->rules[at - 1];
	c->rules[at] = r;
}

static bool is_ours(const struct context *c, const struct node *object)
{
	return live_object_is_ours(c->arena, object, c->manifest, c->shared);
}

static void read_rules(struct context *c, const struct live_refs *found)
{
	struct str namespace = c->manifest->metadata->namespace, created = STR("~"); /* after every time */

	c->rules = ARENA_ARRAY(c->arena, found->n + 1, struct rule);
	for (size_t i = 0; i < found->n; i++) {
		const struct node *object = found->items[i];

		if (!str_eq(live_object_namespace(object), namespace) || !live_object_exported(object, namespace))
			continue;
		if (is_ours(c, object))
			created = meta_text(object, "creationTimestamp");
		else
			insert(c, read_rule(c, object));
	}
	insert(c, our_rule(c, created));
}

/* ---- who counts ---- */

static bool has_text(struct strings list, struct str text)
{
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.items[i], text))
			return true;
	return false;
}

static bool includes(struct strings of, struct strings list)
{
	for (size_t i = 0; i < list.n; i++)
		if (!has_text(of, list.items[i]))
			return false;
	return true;
}

static bool same_labels(const struct node *a, const struct node *b)
{
	return live_labels_within(a, b) && live_labels_within(b, a);
}

/* False: it stays beside the group. by_export: ENABLE_ENHANCED_DESTINATIONRULE_MERGE. *ret_swallowed: it is no group of
 * its own. */
static bool unite(const struct rule *r, struct group *g, bool by_export, bool *ret_swallowed)
{
	bool alike = includes(r->export_to, g->first->export_to),
	     equal = alike && includes(g->first->export_to, r->export_to);

	if (by_export) {
		*ret_swallowed = equal;
		if (!equal && !(alike && g->first->export_to.n))
			return false;
	}
	if (r->labels && g->first->labels && !same_labels(r->labels, g->first->labels)) {
		*ret_swallowed = false;
		return false;
	}
	if (!r->labels == !g->first->labels)
		*ret_swallowed = true;
	if (!g->policy && r->has_policy)
		g->policy = r;
	return true;
}

static size_t group_rules(struct context *c, bool with_ours, bool by_export, struct group *groups)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct rule *r = &c->rules[i];
		bool         swallowed = false;

		if (!r->object && !with_ours)
			continue;
		for (size_t k = 0; k < n; k++)
			if (unite(r, &groups[k], by_export, &swallowed))
				r->group = k;
		if (swallowed)
			continue;
		r->group = n;
		groups[n++] = (struct group){ r, r->has_policy ? r : NULL };
	}
	return n;
}

/* Of the filter's proxies. NULL: no rule counts. */
static const struct group *counting(const struct context *c, const struct group *groups, size_t n)
{
	const struct selector *s = c->manifest->spec->target->selector;
	const struct group    *all = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!groups[i].first->labels)
			all = &groups[i];
		else if (s && live_labels_within(groups[i].first->labels, s->match_labels))
			return &groups[i];
	}
	return all;
}

/* ---- findings ---- */

static void tell(const struct context *c, enum diag_code code, const struct node *rule, const char *what)
{
	struct str who = STR_CONCAT(c->arena, STR("upstream "), c->cluster->upstream->name);
	struct str name = STR_CONCAT(c->arena, live_object_namespace(rule), STR("/"), live_object_name(rule));

	diag_relate(c->diags, diag_at(c->diags, code, c->cluster->upstream->node, ARGS(name, who, str_c(what))),
	            node_pos(node_get(rule, "spec")), "the DestinationRule is here", NO_ARGS);
}

static const struct rule *first_selecting(const struct context *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rules[i].object && c->rules[i].labels)
			return &c->rules[i];
	return NULL;
}

/* False: the planned rule does not count. */
static bool judge(struct context *c, bool by_export)
{
	struct group *before = ARENA_ARRAY(c->arena, c->n, struct group),
		     *after = ARENA_ARRAY(c->arena, c->n, struct group);
	const struct group *was = counting(c, before, group_rules(c, false, by_export, before));
	const struct group *is = counting(c, after, group_rules(c, true, by_export, after));
	const struct rule  *other = !is ? first_selecting(c) : is->policy ? is->policy : is->first;

	if (other && other->object) {
		tell(c, CO_RULE_BEFORE_OURS, other->object,
		     is ? "what it says of TLS and limits would count"
		        : "its workloadSelector would leave the other proxies of the namespace without any rule");
		return false;
	}
	if (was && !c->told && (was->policy || is != &after[was->first->group])) {
		tell(c, CO_RULE_BEHIND_OURS, was->policy ? was->policy->object : was->first->object, NO_LONGER);
		c->told = true;
	}
	return true;
}

/* ---- rules of wider patterns and of other namespaces ---- */

static bool is_of(const struct context *c, const struct node *rule, struct str namespace)
{
	return str_eq(live_object_namespace(rule), namespace) &&
	       live_object_exported(rule, c->manifest->metadata->namespace) &&
	       !node_get(node_get(rule, "spec"), "workloadSelector");
}

static bool is_of_namespace(const struct context *c, const struct node *rule)
{
	return is_of(c, rule, c->manifest->metadata->namespace) && !is_ours(c, rule);
}

static bool is_of_root(const struct context *c, const struct node *rule)
{
	return is_of(c, rule, c->mesh->spec->root_namespace) && !is_ours(c, rule);
}

static bool is_of_proxies_elsewhere(const struct context *c, const struct node *rule)
{
	const struct target *t = c->manifest->spec->target;
	struct str namespace = live_object_namespace(rule), own = c->manifest->metadata->namespace;

	if (str_eq(namespace, own) || !live_object_exported(rule, namespace) ||
	    node_get(node_get(rule, "spec"), "workloadSelector"))
		return false;
	return str_eq(own, c->mesh->spec->root_namespace) || (t->waypoint && str_eq(t->waypoint->namespace, namespace));
}

/* The one of the host itself, else that of the longest pattern that fits. */
static const struct node *find_rule(const struct context *c, const struct live_objects *live,
                                    bool (*is_wanted)(const struct context *, const struct node *))
{
	struct str host = c->cluster->service_host, pattern = host;

	for (;;) {
		const struct live_refs *rules = &live_host(live, pattern)->rules;

		for (size_t i = 0; i < rules->n; i++)
			if (is_wanted(c, rules->items[i]))
				return rules->items[i];
		if (host.n == 0)
			return NULL;
		host = str_slice(host, str_find(host, '.', 1), host.n);
		pattern = STR_CONCAT(c->arena, STR("*"), host);
	}
}

/* None of the namespace is for this very host. */
static void check_wider(const struct context *c, const struct live_objects *live)
{
	const struct node *rule;

	if (c->cluster->upstream->isolated != TRI_NO)
		return;
	rule = find_rule(c, live, is_of_namespace);
	rule = rule ? rule : find_rule(c, live, is_of_root);
	if (rule)
		tell(c, CO_RULE_BEHIND_OURS, rule, NO_LONGER);
}

static void check_own_namespace(struct context *c, const struct live_objects *live)
{
	bool ours = true;

	read_rules(c, &live_host(live, c->cluster->service_host)->rules);
	if (c->n < 2) {
		check_wider(c, live);
		return;
	}
	if (feature_in_some(FEATURE_RULES_BY_EXPORT, c->mesh->versions))
		ours = judge(c, true);
	if (ours && !feature_in_all(FEATURE_RULES_BY_EXPORT, c->mesh->versions))
		judge(c, false);
}

/* One stands for all: such rules are often of one kind in every namespace. */
static void check_other_namespaces(const struct context *c, const struct live_objects *live)
{
	const struct manifest *m = c->manifest;
	const struct node     *rule = NULL;

	if (m->spec->target->waypoint || str_eq(m->metadata->namespace, c->mesh->spec->root_namespace))
		rule = find_rule(c, live, is_of_proxies_elsewhere);
	if (rule)
		tell(c, CO_RULE_BEFORE_OURS, rule,
		     "what it says of TLS and limits would count in proxies of its namespace");
}

void live_rules_check(struct arena *arena, const struct live_objects *live, const struct manifest *manifest,
                      const struct shared_host *shared, const struct mesh *mesh, const struct expected_cluster *cluster,
                      struct diags *diags)
{
	struct context             c = { arena, manifest, cluster, shared, mesh, diags, NULL, 0, false };
	const struct waypoint_ref *w = manifest->spec->target->waypoint;

	/* There ours is exported to that namespace alone, whose own rules count besides: not judged. */
	if (w && !str_eq(w->namespace, manifest->metadata->namespace))
		return;
	check_own_namespace(&c, live);
	check_other_namespaces(&c, live);
}
