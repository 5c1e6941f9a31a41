/* An aggregate leads to other clusters (envoy/extensions/clusters/aggregate/v3). Its calls are shared out over the priorities of all of
 * them, in their order, as those of one cluster over its own, so that mostly the first that has hosts gets every call; what becomes of a
 * call, that cluster's balancer and limits decide, not the aggregate's own (measured on Envoy 1.36 and 1.40). */
#include "verify/host_load.h"
#include "verify/judging.h"

enum member_state {
	MEMBER_UNSEEN, /* its hosts are not seen */
	MEMBER_EMPTY,  /* it gets no calls */
	MEMBER_SEEN,
};

/* What is known of one of the clusters that it leads to. */
struct member {
	enum member_state           state;
	const struct proxy_cluster *cluster;
	const struct host_levels   *hosts;    /* where it is seen */
	bool                        refuses;  /* its limits let no call pass */
	bool                        may_fail; /* nor perhaps does something else */
	bool                        vague;    /* see host_levels_vague */
	struct str                  why;      /* absent: nothing stands in the way of calls */
};

struct members {
	struct member items[KEPT_MEMBERS];
	size_t        n;
	size_t        n_in_view; /* those before the first that is not seen */
};

static struct member no_member(enum member_state state, struct str why)
{
	return (struct member){ .state = state, .why = why };
}

static struct str first_message(const struct cluster_verdict *v)
{
	return v->reasons ? v->reasons->message : STR("it cannot be called");
}

static void forget_reasons(struct judging *j)
{
	j->verdict->conditional = false;
	j->verdict->reasons = NULL;
	j->last = &j->verdict->reasons;
}

/* unwell: why its hosts would refuse all calls; absent: they would not. How many it gets is reckoned with the hosts of the others. */
static struct member member_with_hosts(struct judging *j, struct str unwell)
{
	const struct proxy_cluster *c = j->cluster;
	struct member               m = { .state = MEMBER_SEEN, .cluster = c, .why = unwell };

	m.hosts = host_levels_best(c, j->endpoints);
	forget_reasons(j);
	m.refuses = judge_limits(j);
	m.may_fail = j->verdict->conditional;
	m.vague = host_levels_vague(c, m.hosts) || (m.hosts && call_outcomes_of(c, m.hosts).by_policy);
	if (m.refuses)
		m.why = first_message(j->verdict);
	return m;
}

static struct member judge_cluster(struct judging *j, bool in_aggregate)
{
	bool bad;

	if (!j->cluster)
		return no_member(j->proxy->list && j->proxy->list->whole ? MEMBER_EMPTY : MEMBER_UNSEEN,
		                 STR("it is not there"));
	if (j->cluster->masked)
		return no_member(MEMBER_UNSEEN, STR_ABSENT);
	if (!j->cluster->active)
		return no_member(MEMBER_EMPTY, STR("it is not active"));
	if (cluster_is_aggregate(j->cluster) && in_aggregate)
		return no_member(MEMBER_EMPTY, STR("an aggregate in an aggregate has no hosts"));
	if (j->cluster->type == CLUSTER_OTHER_TYPE) /* which may lead to others in turn, even to itself */
		return no_member(MEMBER_UNSEEN, STR_ABSENT);
	bad = judge_hostless(j);
	if (bad && j->verdict->reasons->code != CO_NONE_HEALTHY)
		return no_member(MEMBER_EMPTY, first_message(j->verdict));
	if (!cluster_has_host_lists(j->cluster) || j->verdict->health_unseen)
		return no_member(MEMBER_UNSEEN, STR_ABSENT);
	return member_with_hosts(j, bad ? first_message(j->verdict) : STR_ABSENT);
}

/* What is judged of one of them goes to a verdict that nobody sees. */
static struct member judge_member(const struct judging *j, struct str name)
{
	const struct dump_want *want = hash_get(&j->proxy->wants->by_name, name);
	struct cluster_verdict  unseen = { .verdict = VERDICT_UNKNOWN };
	struct judging          one = *j;

	if (!want)
		return no_member(MEMBER_UNSEEN, STR_ABSENT);
	judging_turn(&one, want->index);
	one.verdict = &unseen;
	one.last = &unseen.reasons;
	return judge_cluster(&one, cluster_is_aggregate(j->cluster));
}

/* Their names with what stands in the way. */
static struct str judge_members(const struct judging *j, struct members *all)
{
	const struct proxy_cluster *c = j->cluster;
	struct str                  text = STR("");

	all->n = all->n_in_view = 0;
	for (size_t i = 0; i < c->n_members; i++) {
		const struct member m = judge_member(j, c->members[i]);

		text = TEXT(j, text, i ? STR(", ") : STR(""), c->members[i]);
		if (str_present(m.why))
			text = TEXT(j, text, STR(" ("), m.why, STR(")"));
		if (all->n_in_view == all->n && m.state != MEMBER_UNSEEN)
			all->n_in_view++;
		all->items[all->n++] = m;
	}
	if (c->n_more_members)
		text = TEXT(j, text, str_fmt(j->arena, " and %zu more", c->n_more_members));
	return text;
}

/* ---- what becomes of its calls ---- */

struct shares {
	struct load_level    levels[LOAD_LEVELS];
	const struct member *members[LOAD_LEVELS]; /* of each level, and which one of the member's it is */
	size_t               numbers[LOAD_LEVELS];
	size_t               n;
};

static void add_levels(struct shares *s, const struct member *m, const struct host_levels *hosts)
{
	struct load_level levels[KEPT_LEVELS];
	size_t            n = host_load_levels(m->cluster, hosts, levels);

	for (size_t i = 0; i < n; i++) {
		s->levels[s->n] = levels[i];
		s->members[s->n] = m;
		s->numbers[s->n++] = i;
	}
}

static bool any_may_answer(const struct judging *j, const struct members *all)
{
	bool may = j->cluster->n_more_members > 0;

	for (size_t i = 0; i < all->n; i++)
		may = may || all->items[i].state == MEMBER_UNSEEN ||
		      (all->items[i].state == MEMBER_SEEN && !all->items[i].refuses);
	return may;
}

/* The member's own balancer is asked for this priority, and may panic there. Of a share that is not known, others may get a part, if there
 * is one that may answer. */
static void add_outcomes(struct call_outcomes *o, const struct member *m, const struct host_levels *hosts,
                         size_t number, const struct load_level *share, bool any_answers)
{
	struct load_level levels[KEPT_LEVELS];
	size_t            n = host_load_levels(m->cluster, hosts, levels);

	if (!share->healthy && !share->degraded)
		return;
	o->answered = o->answered || (m->vague && any_answers);
	o->refused = o->refused || m->may_fail || m->vague || m->refuses;
	if (m->refuses)
		return;
	if (m->cluster->hashes !=
	    HASHES_NONE) { /* it heeds no such question (ThreadAwareLoadBalancerBase::chooseHost) */
		call_outcomes_add_all(o, m->cluster, hosts);
		return;
	}
	host_load(levels, n, m->cluster->panic);
	levels[number].healthy = share->healthy;
	levels[number].degraded = share->degraded;
	call_outcomes_add(o, m->cluster, hosts, &levels[number]);
}

/* drained: if hosts that are not well are excluded, where this is not told. called: the first that gets calls, or NULL. */
static struct call_outcomes share_out(const struct judging *j, const struct members *all, bool drained,
                                      const struct proxy_cluster **called)
{
	struct host_levels   hosts[KEPT_MEMBERS];
	struct shares        s = { .n = 0 };
	struct call_outcomes o = { 0 };
	bool                 open = all->n_in_view < all->n || j->cluster->n_more_members || all->n == 0;
	bool                 any_answers = any_may_answer(j, all);

	*called = NULL;
	for (size_t i = 0; i < all->n_in_view; i++) {
		const struct member *m = &all->items[i];

		if (m->state != MEMBER_SEEN)
			continue;
		hosts[i] = drained && m->hosts->coarse ? host_levels_drained(m->hosts) : *m->hosts;
		add_levels(&s, m, &hosts[i]);
	}
	host_load(s.levels, s.n, j->cluster->panic);
	for (size_t i = 0; i < s.n; i++) {
		const struct member *m = s.members[i];

		if (!*called && (s.levels[i].healthy || s.levels[i].degraded))
			*called = m->cluster;
		add_outcomes(&o, m, &hosts[m - all->items], s.numbers[i], &s.levels[i], any_answers);
	}
	if (open && host_load_left(s.levels, s.n))
		o.answered = o.refused = true;
	return o;
}

static struct call_outcomes calls_of(const struct judging *j, const struct members *all,
                                     const struct proxy_cluster **called)
{
	const struct proxy_cluster *other;
	struct call_outcomes        o = share_out(j, all, false, called), drained = share_out(j, all, true, &other);

	o.answered = o.answered || drained.answered;
	o.refused = o.refused || drained.refused;
	return o;
}

const struct proxy_cluster *aggregate_called(const struct judging *j)
{
	const struct proxy_cluster *called;
	struct members              all;

	judge_members(j, &all);
	calls_of(j, &all, &called);
	return called;
}

bool judge_aggregate(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	const struct proxy_cluster *called;
	struct members              all;
	struct str                  text = judge_members(j, &all);
	struct call_outcomes        o = calls_of(j, &all, &called);
	bool known = cluster_is_aggregate(c); /* others choose among them by rules of their own */

	if (known && o.answered && !o.refused && !o.panics)
		return false;
	if (!known || o.answered) {
		reason_add(j, CO_CLUSTER_KIND, false, c->pos,
		           TEXT(j, STR("it is of type "), c->type_text,
		                STR(": whether a call succeeds depends on what it leads to"),
		                c->n_members ? STR(": ") : STR(""), text));
		j->verdict->conditional = true;
		return false;
	}
	reason_add(j, CO_NO_HOSTS, true, c->pos,
	           TEXT(j, STR("it is an aggregate, and none of the clusters that it leads to takes a call: "), text));
	return true;
}
