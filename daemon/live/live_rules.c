/* Asks which rule counts (rule_choice.h) in each kind of proxy that runs the filter, with the planned rule and without. */
#include "live/live_rules.h"

#include "base/arena.h"
#include "base/limits.h"
#include "live/live_index.h"
#include "live/live_key.h"
#include "live/rule_choice.h"
#include "names/labels.h"
#include "plan/planner.h"

/* code 0: none */
struct found {
	enum diag_code     code;
	const struct node *rule;
	const char        *what;
};

/* One stands for all. Upstreams of one public host share it. */
struct rule_answer {
	struct live_answer is;
	struct found       before, behind;
};

struct context {
	struct rule_question question;
	bool                 is_public;
	struct rule_answer   answer;
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

static void tell(struct arena *arena, const struct upstream *u, const struct found *f, struct diags *diags)
{
	struct str who = STR_CONCAT(arena, STR("upstream "), u->name), name;

	if (!f->code)
		return;
	name = STR_CONCAT(arena, live_object_namespace(f->rule), STR("/"), live_object_name(f->rule));
	diag_relate(diags, diag_at(diags, f->code, u->node, ARGS(name, who, str_c(f->what))),
	            node_pos(node_get(f->rule, "spec")), "the DestinationRule is here", NO_ARGS);
}

static void note(struct context *c, struct found f)
{
	struct found *known = f.code == CO_RULE_BEFORE_OURS ? &c->answer.before : &c->answer.behind;

	if (f.code && !known->code)
		*known = f;
}

static bool is_found(const struct context *c)
{
	return c->answer.before.code != CO_NONE;
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

	if (!c->is_public)
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
	note(c, f);
}

/* ---- the proxies of the manifest's namespace ---- */

/* Some of the target's proxies may have more labels than it names: those that a rule selects surely are such. No workload has
 * more than LIMIT_LIST_ITEMS. */
static void check_selected(struct context *c, const struct node *labels)
{
	struct str namespace = c->question.manifest->metadata->namespace;
	const struct live_refs *rules = live_rules_in(c->question.live, c->question.arena, namespace, c->question.host);
	unsigned                asked = 0;

	for (size_t i = 0; i < rules->n && asked < PROXIES_ASKED && !is_found(c); i++) {
		const struct node *selector = node_get(node_get(rules->items[i], "spec"), "workloadSelector"),
				  *more = node_get(selector, "matchLabels");

		if (!more || more->count > LIMIT_LIST_ITEMS || !labels_within(labels, more) ||
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

	check_proxy(c, manifest_proxies_namespace(c->question.manifest), labels, COUNTS);
	if (t->proxy != PROXY_WAYPOINT && t->target_refs.n == 0)
		check_selected(c, labels);
}

/* ---- from the root namespace: the proxies of all others ---- */

/* In a namespace with a rule of its own for the host or a pattern of it, no other rule counts. */
static void check_local(struct context *c, struct str pattern)
{
	const struct rule_question *q = &c->question;
	const struct live_refs     *rules = &live_host(q->live, pattern)->local;

	for (size_t i = 0; i < rules->n && !is_found(c); i++)
		if (!str_eq(live_object_namespace(rules->items[i]), q->mesh->spec->root_namespace))
			check_proxy(c, live_object_namespace(rules->items[i]), NULL, COUNTS_THERE);
}

/* Ours is exported to some namespaces only. */
static void check_named(struct context *c, struct str pattern)
{
	const struct rule_question *q = &c->question;
	const struct strings       *to = &q->ours.export_to;

	for (size_t i = 0; i < to->n && !is_found(c); i++)
		if (live_rules_in(q->live, q->arena, to->items[i], pattern)->n)
			check_proxy(c, to->items[i], NULL, COUNTS_THERE);
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
	struct str            rest = q->host, pattern, root = q->mesh->spec->root_namespace;
	bool                  is_wide = rule_is_exported(&q->ours, root, STR(""));
	unsigned              asked = 0;

	check_proxy(c, STR(""), NULL, COUNTS_FURTHER); /* of a namespace that nobody names */
	while (str_present(pattern = rule_next_pattern(q->arena, q->host, &rest))) {
		const struct live_refs *rules = live_rules_in(q->live, q->arena, root, pattern);

		if (is_wide)
			check_local(c, pattern);
		else
			check_named(c, pattern);
		for (size_t i = 0; i < rules->n && asked < PROXIES_ASKED && !is_found(c); i++)
			check_exported(c, rules->items[i], &asked);
	}
}

/* ---- the answer ---- */

static struct rule_answer answer_of(struct arena *arena, const struct live_objects *live, const struct manifest *m,
                                    const struct shared_host *shared, const struct mesh *mesh,
                                    const struct expected_cluster *cluster)
{
	struct context c = {
		.question = { .arena = arena,
		              .live = live,
		              .manifest = m,
		              .shared = shared,
		              .mesh = mesh,
		              .host = cluster->service_host,
		              .ours = rule_planned(arena, live, m, shared, mesh, cluster) },
		.is_public = cluster->upstream->isolated == TRI_NO,
	};
	bool by_export[] = { true, false };
	bool is_asked[] = { feature_in_some(FEATURE_RULES_BY_EXPORT, mesh->versions),
		            !feature_in_all(FEATURE_RULES_BY_EXPORT, mesh->versions) };

	for (size_t i = 0; i < 2 && !is_found(&c); i++) {
		c.question.by_export = by_export[i];
		if (!is_asked[i])
			continue;
		check_home(&c);
		if (str_eq(m->metadata->namespace, mesh->spec->root_namespace) && !m->spec->target->waypoint)
			check_elsewhere(&c);
	}
	return c.answer;
}

/* What the answer depends on: the host, the proxies that run the filter, and the versions, of which upgrade-check asks for
 * several. */
static struct str key_of(struct arena *arena, const struct manifest *m, const struct shared_host *shared,
                         const struct mesh *mesh)
{
	const struct target *t = m->spec->target;
	struct buf           b;

	live_key_begin(&b, arena);
	live_key_add(&b, shared->key);
	live_key_add(&b, field_word(proxy_words, t->proxy));
	live_key_add(&b, t->waypoint ? t->waypoint->namespace : STR(""));
	buf_uint(&b, t->target_refs.n > 0);
	buf_uint(&b, feature_in_some(FEATURE_RULES_BY_EXPORT, mesh->versions));
	buf_uint(&b, feature_in_all(FEATURE_RULES_BY_EXPORT, mesh->versions));
	live_key_add_labels(&b, t->selector ? t->selector->match_labels : NULL);
	return buf_str(&b);
}

static const struct rule_answer *shared_answer(struct arena *scratch, const struct live_objects *live,
                                               const struct manifest *m, const struct shared_host *shared,
                                               const struct mesh *mesh, const struct expected_cluster *cluster)
{
	struct arena_mark   mark = arena_mark(scratch);
	struct str          key = key_of(scratch, m, shared, mesh);
	struct rule_answer *answer = hash_get(&live->memory->rules, key);

	if (!answer) {
		answer = ARENA_NEW(live->memory->arena, struct rule_answer);
		*answer = answer_of(scratch, live, m, shared, mesh, cluster);
		answer->is.key = str_copy(live->memory->arena, key);
		hash_add(&live->memory->rules, answer);
	}
	arena_reset(scratch, mark);
	return answer;
}

void live_rules_check(struct arena *arena, const struct live_objects *live, const struct manifest *manifest,
                      const struct shared_host *shared, const struct mesh *mesh, const struct expected_cluster *cluster,
                      struct diags *diags)
{
	struct rule_answer        own;
	const struct rule_answer *answer = &own;

	if (shared)
		answer = shared_answer(arena, live, manifest, shared, mesh, cluster);
	else
		own = answer_of(arena, live, manifest, shared, mesh, cluster);
	tell(arena, cluster->upstream, &answer->before, diags);
	tell(arena, cluster->upstream, &answer->behind, diags);
}
