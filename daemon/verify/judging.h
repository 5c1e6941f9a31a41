/* judging.h - what the files of this room share while one cluster in one proxy is judged. */
#ifndef CALLOUT_VERIFY_JUDGING_H
#define CALLOUT_VERIFY_JUDGING_H

#include "base/arena.h"
#include "base/buf.h"
#include "verify/verdict.h"

struct judging {
	struct verification           *v;
	struct arena                  *arena;
	const struct verify_item      *item;
	const struct expected_cluster *expected;
	const struct upstream         *upstream;
	const struct proxy_state      *proxy;
	size_t                         want;      /* of the cluster, in the proxy's wants */
	const struct proxy_cluster    *cluster;   /* NULL: not there */
	const struct proxy_endpoints  *endpoints; /* NULL: not seen */
	const struct proxy_counts     *counts;    /* by statistics */
	const struct near_name        *near;      /* KEPT_NEAR, or NULL */
	struct cluster_verdict        *verdict;
	struct reason                **last;
};

/* Adds a reason; the text is filled like that of a finding. */
struct reason *reason_add(struct judging *, enum diag_code, bool certain, struct pos, struct str message);
void           reason_remedy(struct reason *, struct str remedy);

#define TEXT(j, ...) STR_CONCAT((j)->arena, __VA_ARGS__)

static inline bool cluster_is_aggregate(const struct proxy_cluster *c)
{
	return c->type == CLUSTER_OTHER_TYPE && str_is(c->type_text, "envoy.clusters.aggregate");
}

/* Each adds reasons; true: that verdict is due. */
bool judge_callable(struct judging *);    /* uncallable */
bool judge_hostless(struct judging *);    /* a part of it: there is nobody to call */
bool judge_limits(struct judging *);      /* another: whoever is there is not called */
bool judge_aggregate(struct judging *);   /* likewise, of clusters that lead to others, or of which no more is known */
bool judge_secrets(struct judging *);     /* a part of it, also of what warms */
bool judge_sockets(struct judging *);     /* insecure, by any of its transport sockets */
bool judge_same(struct judging *);        /* mismatched */
bool judge_connections(struct judging *); /* uncallable, where all else is right */
/* What the statistics hold against a cluster that is resolved. They are of all the time since Envoy started and name no node:
 * no verdict follows from them. */
void judge_statistics(struct judging *);

/* Whom a call of this aggregate goes to; NULL: nobody, or it cannot be told. */
const struct proxy_cluster *aggregate_called(const struct judging *);

bool judge_tls_same(struct judging *); /* a part of it */

/* Reaching a limit: what was not compared is a condition. */
void judge_in_part(struct judging *, struct pos, struct str what);

/* Where endpoints get different transport sockets: of each, until one is not as it should be. */
bool judge_each_socket(struct judging *, bool (*judge)(struct judging *));

/* Why a cluster is missing. */
void explain_missing(struct judging *);

/* What of a manifest's target the dump's node is not; absent: nothing, or nothing known. */
struct str target_difference(struct arena *, const struct manifest *, const struct mesh *, const struct proxy_node *);

/* Why the filter is not in the proxy, as "because …" or "possibly …", by the live objects, and the place of the one that should
 * bring it; absent: none were given. */
struct str explain_absent_plugin(struct verification *, const struct verify_item *, const struct proxy_state *,
                                 struct pos *);

void plugin_judge(struct verification *, const struct verify_item *, const struct proxy_state *);

/* ---- lists in text ---- */
struct str join_strings(struct arena *, const struct str *, size_t n, size_t shown);

#endif
