/* Asks which rule counts (rule_choice.h) in each kind of proxy that runs the filter, with the planned rule and without. */
#include "plan/live_rules.h"

#include "base/arena.h"
#include "base/limits.h"
#include "plan/live_index.h"
#include "plan/planner.h"
#include "plan/rule_choice.h"

struct context {
	struct rule_question           question;
	const struct expected_cluster *cluster;
	struct diags                  *diags;
	bool                           before_told, behind_told; /* one stands for all */
};

/* Of the proxies that a live rule tells apart, so many are asked at most; what is found in them is of one kind. */
enum { PROXIES_ASKED = 16 };

#define NO_LONGER      "what it says of TLS, limits and subsets would no longer count for this host"
#define COUNTS         "what it says of TLS and limits would count"
#define COUNTS_CHOSEN  "what it says of TLS and limits would count in the proxies that it selects"
#define COUNTS_THERE   "what it says of TLS and limits would count in proxies of its namespace"
#define COUNTS_FURTHER "what it says of TLS and limits would count in proxies of other namespaces"
#define NOT_EXPORTED   "the two would be made one that is exported no further than it"
#define LEAVES_OTHERS  "its workloadSelector would leave the other proxies of the namespace without any rule"

/* ---- findings ---- */

/* code 0: none */
struct found {
	enum diag_code     code;
	const struct node *rule;
	const char        *what;
};

static void tell(struct context *c, struct found f)
{
	struct arena *arena = c->question.arena;
	bool         *told = f.code == CO_RULE_BEFORE_OURS ? &c->before_told : &c->behind_told;
	struct str    who = STR_CONCAT(arena, STR("upstream "), c->cluster->upstream->name), name;

	if (!f.code || *told)
		return;
	name = STR_CONCAT(arena, live_object_namespace(f.rule), STR("/"), live_object_name(f.rule));
	diag_relate(c->diags, diag_at(c->diags, f.code, c->cluster->upstream->node, ARGS(name, who, str_c(f.what))),
	            node_pos(node_get(f.rule, "spec")), "the DestinationRule is here", NO_ARGS);
	*told = true;
}

/* ---- one proxy ---- */

static struct rule_choice choose(const struct context *c, bool with_ours, const struct node *watched)
{
	struct rule_question q = c->question;

	q.with_ours = with_ours;
	q.watched = watched;
	return rule_choose(&q);
}

/* A rule for a pattern lets go of all proxies of its namespace, also of those that it selects and nobody asks. */
static const struct rule *lost_pattern(const struct rule_choice *was)
{
	for (size_t i = 0; i < was->n && was->is_wide; i++)
		if (was->list[i].has_policy || was->list[i].has_subsets)
			return &was->list[i];
	return NULL;
}

/* Ours counts: in whose place? Only under a public name, for nobody else has a rule for an isolated host. */
static struct found judge_behind(const struct context *c)
{
	struct rule_choice was;
	const struct rule *lost;

	if (c->cluster->upstream->isolated != TRI_NO)
		return (struct found){ 0 };
	was = choose(c, false, NULL);
	lost = was.policy;
	if (!lost && was.first && was.first->has_subsets && !choose(c, true, was.first->object).has_watched)
		lost = was.first;
	if (!lost && str_eq(c->question.proxies, c->question.manifest->metadata->namespace))
		lost = lost_pattern(&was);
	return lost ? (struct found){ CO_RULE_BEHIND_OURS, lost->object, NO_LONGER } : (struct found){ 0 };
}

static struct found judge_proxy(const struct context *c, const char *counts)
{
	struct rule_choice is = choose(c, true, NULL);
	const struct rule *other = is.policy ? is.policy : is.first;

	if (other)
		return other->object ? (struct found){ CO_RULE_BEFORE_OURS, other->object, counts } : judge_behind(c);
	if (is.ours_within)
		return (struct found){ CO_RULE_BEFORE_OURS, is.ours_within->object, NOT_EXPORTED };
	if (is.n && is.list[0].object && is.list[0].labels)
		return (struct found){ CO_RULE_BEFORE_OURS, is.list[0].object, LEAVES_OTHERS };
	return (struct found){ 0 };
}

/* What was read of rules is given back each time: many upstreams may have many of them. */
static void check_proxy(struct context *c, struct str namespace, const struct node *labels, const char *counts)
{
	struct arena_mark mark = arena_mark(c->question.arena);
	struct found      f;

	if (!rule_is_exported(&c->question.ours, c->question.manifest->metadata->namespace, namespace))
		return; /* where the ServiceEntry is not seen either */
	c->question.proxies = namespace;
	c->question.labels = labels;
	f = judge_proxy(c, counts);
	arena_reset(c->question.arena, mark);
	tell(c, f);
}

/* ---- the proxies of the manifest's namespace ---- */

/* Some of the target's proxies may have more labels than it names: those that a rule selects surely are such. No workload has
 * more than LIMIT_LIST_ITEMS. */
static void check_selected(struct context *c, const struct node *labels)
{
	struct str namespace = c->question.manifest->metadata->namespace;
	const struct live_refs *rules = &live_host(c->question.live, c->question.host)->rules;
	unsigned                asked = 0;

	for (size_t i = 0; i < rules->n && asked < PROXIES_ASKED && !c->before_told; i++) {
		const struct node *selector = node_get(node_get(rules->items[i], "spec"), "workloadSelector"),
				  *more = node_get(selector, "matchLabels");

		if (!more || more->count > LIMIT_LIST_ITEMS || !live_labels_within(labels, more) ||
		    rule_is_ours(&c->question, rules->items[i]) ||
		    !str_eq(live_object_namespace(rules->items[i]), namespace))
			continue;
		check_proxy(c, namespace, more, COUNTS_CHOSEN);
		asked++;
	}
}

static void check_home(struct context *c)
{
	const struct target *t = c->question.manifest->spec->target;
	const struct node   *labels = t->selector ? t->selector->match_labels : NULL;
	struct str namespace = c->question.manifest->metadata->namespace;

	check_proxy(c, t->waypoint ? t->waypoint->namespace : namespace, labels, COUNTS);
	if (t->proxy != PROXY_WAYPOINT && t->target_refs.n == 0)
		check_selected(c, labels);
}

/* ---- from the root namespace: the proxies of all others ---- */

/* In a namespace with a rule of its own for the host or a pattern of it, no other rule counts. */
static void check_namespace_of(struct context *c, const struct node *rule)
{
	struct str namespace = live_object_namespace(rule);

	if (live_object_exported(rule, namespace) || node_get(node_get(rule, "spec"), "workloadSelector"))
		check_proxy(c, namespace, NULL, COUNTS_THERE);
}

/* A rule of the root namespace may be exported to some that ours is exported to as well. */
static void check_exported(struct context *c, const struct node *rule, unsigned *asked)
{
	NODE_EACH (to, node_get(node_get(rule, "spec"), "exportTo"))
		if (!str_is(node_text(to), ".") && *asked < PROXIES_ASKED) {
			check_proxy(c, node_text(to), NULL, COUNTS_FURTHER);
			++*asked;
		}
}

static void check_elsewhere(struct context *c)
{
	struct rule_question *q = &c->question;
	struct str            rest = q->host, pattern;
	unsigned              asked = 0;

	check_proxy(c, STR(""), NULL, COUNTS_FURTHER); /* of a namespace that nobody names */
	while (str_present(pattern = rule_next_pattern(q->arena, q->host, &rest))) {
		const struct live_refs *rules = &live_host(q->live, pattern)->rules;

		for (size_t i = 0; i < rules->n && !c->before_told; i++) {
			if (str_eq(live_object_namespace(rules->items[i]), q->mesh->spec->root_namespace))
				check_exported(c, rules->items[i], &asked);
			else
				check_namespace_of(c, rules->items[i]);
		}
	}
}

void live_rules_check(struct arena *arena, const struct live_objects *live, const struct manifest *manifest,
                      const struct shared_host *shared, const struct mesh *mesh, const struct expected_cluster *cluster,
                      struct diags *diags)
{
	struct context c = {
		.question = { .arena = arena,
		              .live = live,
		              .manifest = manifest,
		              .shared = shared,
		              .mesh = mesh,
		              .host = cluster->service_host,
		              .ours = rule_planned(arena, live, manifest, shared, mesh, cluster) },
		.cluster = cluster,
		.diags = diags,
	};
	bool by_export[] = { true, false };
	bool is_asked[] = { feature_in_some(FEATURE_RULES_BY_EXPORT, mesh->versions),
		            !feature_in_all(FEATURE_RULES_BY_EXPORT, mesh->versions) };

	for (size_t i = 0; i < 2 && !c.before_told; i++) {
		c.question.by_export = by_export[i];
		if (!is_asked[i])
			continue;
		check_home(&c);
		if (str_eq(manifest->metadata->namespace, mesh->spec->root_namespace) &&
		    !manifest->spec->target->waypoint)
			check_elsewhere(&c);
	}
}
