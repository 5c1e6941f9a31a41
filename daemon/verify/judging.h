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
	const struct proxy_endpoints  *endpoints; /* NULL: not seen, or */
	bool                           mixed;     /* seen, but not which of several clusters they are of */
	const struct proxy_counts     *counts;    /* by statistics */
	const struct near_name        *near;      /* KEPT_NEAR, or NULL */
	struct cluster_verdict        *verdict;
	struct reason                **last;
};

/* Looks at what the proxy has by this name from now on. */
void judging_turn(struct judging *, size_t want);

/* Adds a reason to the verdict, with the remedy for the expected cluster. certain: the evidence at pos proves it; otherwise it is only
 * possible. */
struct reason *reason_add(struct judging *, enum diag_code, bool certain, struct pos, struct str message);
void           reason_remedy(struct reason *, struct str remedy);
/* What helps where the code's own way out is not for what makes such a cluster; absent: that one does. */
struct str remedy_for(enum diag_code, const struct expected_cluster *);

#define TEXT(j, ...) STR_CONCAT((j)->arena, __VA_ARGS__)

static inline bool cluster_is_aggregate(const struct proxy_cluster *c)
{
	return c->type == CLUSTER_OTHER_TYPE && str_is(c->type_text, "envoy.clusters.aggregate");
}

/* Does it lead to other clusters, so that its calls go by their limits? */
static inline bool cluster_leads_on(const struct proxy_cluster *c)
{
	return cluster_is_aggregate(c) ||
	       (c->type == CLUSTER_OTHER_TYPE && str_is(c->type_text, "envoy.clusters.composite"));
}

/* Are its hosts what DNS says of a name? */
static inline bool cluster_is_dns(const struct proxy_cluster *c)
{
	return c->type == CLUSTER_STRICT_DNS || c->type == CLUSTER_LOGICAL_DNS;
}

/* Is it told of a list which hosts it has? Others find theirs when they are called, or lead to other clusters. */
static inline bool cluster_has_host_lists(const struct proxy_cluster *c)
{
	return c->type == CLUSTER_STATIC || c->type == CLUSTER_EDS || cluster_is_dns(c);
}

/* Each adds its reasons and returns true if the verdict that it is about applies. */
bool judge_callable(struct judging *);    /* uncallable */
bool judge_hostless(struct judging *);    /* part of it: there is no host to call */
bool judge_hosts(struct judging *);       /* part of that: by lists of its endpoints */
bool judge_limits(struct judging *);      /* part of it: hosts are there, but limits keep calls from them */
bool judge_subsets(struct judging *);     /* part of that: they are in other subsets than the one that is called */
bool judge_hashes(struct judging *);      /* part of that: they are in no table of hashes */
bool judge_aggregate(struct judging *);   /* part of it: clusters that delegate to others, or of unknown types */
bool judge_secrets(struct judging *);     /* part of it: a secret is missing; also for warming clusters */
bool judge_sockets(struct judging *);     /* insecure, by any of its transport sockets */
bool judge_same(struct judging *);        /* mismatched */
bool judge_connections(struct judging *); /* uncallable, where all else is right */
/* Adds what statistics say against a cluster that is resolved. They cover all the time since Envoy started and name no
 * node, so they do not change the verdict. */
void judge_statistics(struct judging *);

/* The member of the aggregate cluster that a call goes to; NULL: none, or it cannot be told. */
const struct proxy_cluster *aggregate_called(const struct judging *);

bool judge_tls_same(struct judging *); /* part of judge_same: TLS */

/* A limit was reached: records what was not compared, which makes the verdict conditional. */
void judge_in_part(struct judging *, struct pos, struct str what);

/* Judges each transport socket that endpoints get, until one is not as it should be. */
bool judge_each_socket(struct judging *, bool (*judge)(struct judging *));

/* Why a cluster is missing. */
void explain_missing(struct judging *);

/* In what the node differs from the manifest's target; absent: in nothing, as far as is known. remedy: what to do where the manifest is
 * for the proxy all the same; absent otherwise. */
struct str target_difference(struct arena *, const struct manifest *, const struct mesh *, const struct proxy_node *,
                             struct str *ret_remedy);

/* Why the filter is not in the proxy, as "because …" or "possibly …", by the live objects, and the place of the one that should
 * bring it; absent: none were given. */
struct str explain_absent_plugin(struct verification *, const struct verify_item *, const struct proxy_state *,
                                 struct pos *);

/* Where a filter that is there is configured otherwise than the manifest says, and the place of that in a dump; absent: nowhere, as far as
 * can be told. */
struct str plugin_difference(struct arena *, const struct verify_item *, const struct proxy_plugin *, struct pos *at);

void plugin_judge(struct verification *, const struct verify_item *, const struct proxy_state *);

/* ---- lists in text ---- */
struct str join_strings(struct arena *, const struct str *, size_t n, size_t shown);

#endif
