/* An aggregate leads to other clusters (envoy/extensions/clusters/aggregate/v3): the first of them that has hosts takes the call,
 * and its limits count, not the aggregate's own (measured on Envoy 1.36 and 1.40). */
#include "verify/judging.h"

enum member_state {
	MEMBER_UNSEEN, /* or it depends */
	MEMBER_EMPTY,  /* the next one takes the call */
	MEMBER_CALLED,
	MEMBER_REFUSES,
};

static struct str first_message(const struct cluster_verdict *v)
{
	return v->reasons ? v->reasons->message : STR("it cannot be called");
}

static enum member_state judge_cluster(struct judging *j, struct str *why)
{
	if (!j->cluster) {
		*why = STR("it is not there");
		return j->proxy->list && j->proxy->list->whole ? MEMBER_EMPTY : MEMBER_UNSEEN;
	}
	if (j->cluster->masked)
		return MEMBER_UNSEEN;
	if (!j->cluster->active || cluster_is_aggregate(j->cluster)) {
		*why = j->cluster->active ? STR("an aggregate in an aggregate has no hosts") : STR("it is not active");
		return MEMBER_EMPTY;
	}
	if (judge_hostless(j)) {
		*why = first_message(j->verdict);
		return MEMBER_EMPTY;
	}
	if (j->verdict->conditional || j->verdict->health_unseen)
		return MEMBER_UNSEEN;
	if (!judge_limits(j))
		return j->verdict->conditional ? MEMBER_UNSEEN : MEMBER_CALLED;
	*why = first_message(j->verdict);
	return MEMBER_REFUSES;
}

static const struct proxy_cluster *member_of(const struct judging *j, struct str name)
{
	const struct dump_want *want = hash_get(&j->proxy->wants->by_name, name);

	return want ? j->proxy->clusters[want->index] : NULL;
}

/* What is judged of one of them goes to a verdict that nobody sees. */
static enum member_state judge_member(const struct judging *j, struct str name, struct str *why)
{
	const struct dump_want *want = hash_get(&j->proxy->wants->by_name, name);
	struct cluster_verdict  unseen = { .verdict = VERDICT_UNKNOWN };
	struct judging          one = *j;

	if (!want)
		return MEMBER_UNSEEN;
	one.cluster = j->proxy->clusters[want->index];
	one.endpoints = j->proxy->endpoints[want->index];
	one.counts = &j->proxy->counts[want->index];
	one.verdict = &unseen;
	one.last = &unseen.reasons;
	return judge_cluster(&one, why);
}

/* Who takes the call (called, else NULL); MEMBER_EMPTY: nobody. What stands in the way is put behind their names. */
static enum member_state judge_members(const struct judging *j, struct str *text, const struct proxy_cluster **called)
{
	const struct proxy_cluster *c = j->cluster;
	enum member_state           found = MEMBER_EMPTY;

	*text = STR("");
	*called = NULL;
	for (size_t i = 0; i < c->n_members; i++) {
		struct str        why = STR_ABSENT;
		enum member_state state = judge_member(j, c->members[i], &why);

		*text = TEXT(j, *text, i ? STR(", ") : STR(""), c->members[i]);
		if (str_present(why))
			*text = TEXT(j, *text, STR(" ("), why, STR(")"));
		if (found == MEMBER_EMPTY && state == MEMBER_CALLED)
			*called = member_of(j, c->members[i]);
		if (found == MEMBER_EMPTY)
			found = state;
	}
	if (c->n_more_members)
		*text = TEXT(j, *text, str_fmt(j->arena, " and %zu more", c->n_more_members));
	return found == MEMBER_EMPTY && (c->n_members == 0 || c->n_more_members) ? MEMBER_UNSEEN : found;
}

const struct proxy_cluster *aggregate_called(const struct judging *j)
{
	const struct proxy_cluster *called;
	struct str                  text;

	judge_members(j, &text, &called);
	return called;
}

bool judge_aggregate(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	const struct proxy_cluster *called;
	struct str                  text;
	enum member_state           state = judge_members(j, &text, &called);

	if (state == MEMBER_CALLED)
		return false;
	if (state == MEMBER_UNSEEN) {
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
