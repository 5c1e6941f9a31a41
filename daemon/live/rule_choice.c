/* As istiod decides it: pilot/pkg/model/push_context.go setDestinationRules and destinationRule, destination_rule.go
 * mergeDestinationRule, sidecar.go DestinationRule; measured by tests/conformance/rules.
 *
 * A proxy looks into three lists, one after the other, and stays with the first that has a rule for the host or a pattern
 * that fits: the rules of its own namespace, those that the host's namespace exports, those that the root namespace
 * exports. Within a list the host itself comes before patterns, and long patterns before short ones.
 *
 * Of one host and list, rules with a workloadSelector come first, then the older ones. Each is united with those before it
 * that are exported alike, without its trafficPolicy where they have one. A proxy takes the first that selects it, else
 * the last that selects none. */
#include "live/rule_choice.h"

#include <stdlib.h>

#include "base/arena.h"
#include "live/live_index.h"
#include "names/labels.h"
#include "plan/planner.h"

/* ---- reading ---- */

/* A rule with a selector is for its own namespace, whatever its exportTo. */
static struct strings own_namespace_only(void)
{
	static struct str own[] = { STR_INIT(".") };

	return (struct strings){ .items = own, .n = 1 };
}

struct rule rule_read(struct arena *arena, const struct node *object)
{
	static const struct node everyone = { .kind = NODE_MAP };
	const struct node       *spec = node_get(object, "spec"), *selector = node_get(spec, "workloadSelector");
	const struct node       *subsets = node_get(spec, "subsets");
	struct rule              r = {
			     .object = object,
			     .created = live_object_created(object),
			     .name = live_object_name(object),
			     .labels = selector ? node_get(selector, "matchLabels") : NULL,
			     .has_policy = node_get(spec, "trafficPolicy") != NULL,
			     .has_subsets = subsets && subsets->count > 0,
	};

	if (selector && !r.labels)
		r.labels = &everyone;
	r.export_to = r.labels ? own_namespace_only() : live_export_to(arena, object);
	return r;
}

struct rule rule_planned(struct arena *arena, const struct live_objects *live, const struct manifest *m,
                         const struct shared_host *shared, const struct mesh *mesh, const struct expected_cluster *e)
{
	const struct live_refs *found = live_rules_in(live, arena, m->metadata->namespace, e->service_host);
	bool                    selects = shared ? shared->selecting != NULL : upstream_needs_selector(m, e->upstream);
	struct diags            ignored;
	struct planner          p = { arena, &ignored, m, mesh, NULL, NULL, true };
	struct rule r = { .created = STR("~"), .name = STR("~"), .has_policy = true }; /* after every time */

	diags_init(&ignored, arena);
	r.export_to = strings_sorted(arena, rule_exported_names(&p, e->upstream));
	if (selects && m->spec->target->selector) {
		r.labels = m->spec->target->selector->match_labels;
		r.export_to = own_namespace_only();
	}
	for (size_t i = 0; i < found->n; i++) {
		if (!live_object_is_ours(arena, found->items[i], m, shared))
			continue;
		r.created = live_object_created(found->items[i]);
		r.name = live_object_name(found->items[i]);
	}
	return r;
}

/* ---- lists ---- */

static bool exports_to(const struct strings *list, struct str namespace)
{
	return list->n == 0 || strings_have(list, STR("*")) || strings_have(list, namespace);
}

bool rule_is_exported(const struct rule *r, struct str own, struct str namespace)
{
	return exports_to(&r->export_to, namespace) ||
	       (str_eq(own, namespace) && strings_have(&r->export_to, STR(".")));
}

bool rule_is_in(enum rule_list list, const struct rule *r, struct str namespace)
{
	bool is_private =
		r->export_to.n == 1 && (str_is(r->export_to.items[0], ".") || str_eq(r->export_to.items[0], namespace));

	if (list == RULES_LOCAL)
		return rule_is_exported(r, namespace, namespace);
	return is_private == (list == RULES_PRIVATE);
}

bool rule_is_ours(const struct rule_question *q, const struct node *object)
{
	return live_object_is_ours(q->arena, object, q->manifest, q->shared);
}

static int compare_rules(const void *x, const void *y)
{
	const struct rule *a = x, *b = y;
	int                order = str_cmp(a->created, b->created);

	if (!a->labels != !b->labels)
		return a->labels ? -1 : 1;
	return order ? order : str_cmp(a->name, b->name);
}

void rules_sort(struct rule *rules, size_t n)
{
	if (n)
		qsort(rules, n, sizeof(*rules), compare_rules);
}

static void collect(const struct rule_question *q, struct str namespace, enum rule_list list, struct str pattern,
                    struct rule_choice *ret)
{
	const struct live_refs *found = live_rules_in(q->live, q->arena, namespace, pattern);
	struct rule            *rules = NULL, r;
	size_t                  n = 0, cap = 0;

	for (size_t i = 0; i < found->n; i++) {
		if (!str_eq(live_object_namespace(found->items[i]), namespace) || rule_is_ours(q, found->items[i]))
			continue;
		r = rule_read(q->arena, found->items[i]);
		if (!rule_is_in(list, &r, namespace))
			continue;
		rules = ARENA_LIST(q->arena, rules, n, &cap, struct rule);
		rules[n++] = r;
	}
	if (q->with_ours && str_eq(pattern, q->host) && str_eq(namespace, q->manifest->metadata->namespace) &&
	    rule_is_in(list, &q->ours, namespace)) {
		rules = ARENA_LIST(q->arena, rules, n, &cap, struct rule);
		rules[n++] = q->ours;
	}
	rules_sort(rules, n);
	ret->list = rules;
	ret->n = n;
}

struct str rule_next_pattern(struct arena *arena, struct str host, struct str *rest)
{
	struct str from = *rest;

	if (!from.p)
		return STR_ABSENT;
	*rest = from.n ? str_slice(from, str_find(from, '.', 1), from.n) : STR_ABSENT;
	return from.n == host.n ? host : STR_CONCAT(arena, STR("*"), from);
}

/* False: none of the namespace is for the host. */
static bool find_list(const struct rule_question *q, struct str namespace, enum rule_list list, struct rule_choice *ret)
{
	struct str rest = q->host, pattern;

	while (str_present(pattern = rule_next_pattern(q->arena, q->host, &rest))) {
		collect(q, namespace, list, pattern, ret);
		ret->is_wide = !str_eq(pattern, q->host);
		if (ret->n)
			return true;
	}
	return false;
}

/* ---- choosing ---- */

/* Rules that istiod has made one. */
struct group {
	const struct rule *first, *policy;
	bool               has_watched;
};

static void unite(const struct rule_question *q, struct group *g, const struct rule *r)
{
	if (!g->first)
		g->first = r;
	if (!g->policy && r->has_policy)
		g->policy = r;
	g->has_watched = g->has_watched || (r->object && r->object == q->watched);
}

/* Does one that selects all go into the group, and is no group of its own? */
static bool goes_into(const struct rule_question *q, const struct rule *r, const struct group *g)
{
	if (!g->first || !q->by_export)
		return g->first;
	return strings_include(&r->export_to, &g->first->export_to) && (g->first->export_to.n || !r->export_to.n);
}

/* Only groups that the proxy may take are kept: the first that selects it, and of those that select none the last, and the
 * last that the proxy sees. */
struct groups {
	const struct rule_question *question;
	struct group                selecting, last, seen;
	bool                        after_selecting, all_seen;
};

static void add_selecting(struct groups *g, const struct rule *r)
{
	const struct rule *first = g->selecting.first;

	g->after_selecting = true;
	if (first ? labels_equal(r->labels, first->labels) : labels_within(r->labels, g->question->labels))
		unite(g->question, &g->selecting, r);
}

/* Whether a rule is a group of its own depends on the last group alone, even where that is one that selects. */
static bool is_swallowed(const struct groups *g, const struct rule *r)
{
	if (g->last.first)
		return goes_into(g->question, r, &g->last);
	return g->question->by_export && g->after_selecting && r->export_to.n == 1 &&
	       str_is(r->export_to.items[0], ".");
}

/* False: it is no group of its own. */
static bool add_for_all(struct groups *g, const struct rule *r)
{
	const struct rule_question *q = g->question;

	if (g->selecting.first && (!q->by_export || strings_have(&r->export_to, STR("."))))
		unite(q, &g->selecting, r);
	if (goes_into(q, r, &g->seen))
		unite(q, &g->seen, r);
	if (is_swallowed(g, r))
		return false;
	g->last = (struct group){ .first = r };
	if (g->all_seen || exports_to(&r->export_to, q->proxies)) {
		g->seen = (struct group){ 0 };
		unite(q, &g->seen, r);
	}
	return true;
}

void rules_choose_among(const struct rule_question *q, bool all_seen, struct rule_choice *ret)
{
	struct groups       g = { .question = q, .all_seen = all_seen };
	const struct group *chosen;

	for (size_t i = 0; i < ret->n; i++) {
		const struct rule *r = &ret->list[i];

		if (r->labels)
			add_selecting(&g, r);
		else if (!add_for_all(&g, r) && !r->object)
			ret->ours_within = g.last.first;
	}
	chosen = g.selecting.first ? &g.selecting : &g.seen;
	ret->first = chosen->first;
	ret->policy = chosen->policy;
	ret->has_watched = chosen->has_watched;
}

struct rule_choice rule_choose(const struct rule_question *q)
{
	struct str         root = q->mesh->spec->root_namespace;
	struct str         exporting[] = { q->manifest->metadata->namespace, root };
	bool               in_root = str_eq(q->proxies, root);
	struct rule_choice ret = { 0 };

	if (find_list(q, q->proxies, in_root ? RULES_PRIVATE : RULES_LOCAL, &ret)) {
		rules_choose_among(q, true, &ret);
		return ret;
	}
	for (size_t i = 0; i < sizeof(exporting) / sizeof(exporting[0]) && !ret.first; i++)
		if (find_list(q, exporting[i], RULES_EXPORTED, &ret))
			rules_choose_among(q, false, &ret);
	ret.n = 0;
	return ret;
}
