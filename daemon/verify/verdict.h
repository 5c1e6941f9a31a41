/* verdict.h - the result of verifying: a verdict for each upstream and each plugin in each proxy, with its reasons.
 *
 * All strings live in the arena given, in the manifests and in the proxy states, which must outlive it.
 */
#ifndef CALLOUT_VERIFY_VERDICT_H
#define CALLOUT_VERIFY_VERDICT_H

#include "dump/proxy_state.h"
#include "live/live_objects.h"
#include "plan/plan.h"

enum verdict {
	VERDICT_RESOLVED,
	VERDICT_MISSING,
	VERDICT_UNCALLABLE,
	VERDICT_INSECURE,
	VERDICT_MISMATCHED,
	VERDICT_PENDING,
	VERDICT_REJECTED,
	VERDICT_UNKNOWN,
	VERDICTS
};
/* The word for each, and the finding that says it; CO_NONE: there is none. */
extern const char *const    verdict_words[VERDICTS];
extern const enum diag_code verdict_codes[VERDICTS];

enum plugin_verdict { PLUGIN_PRESENT, PLUGIN_ABSENT, PLUGIN_FAILED, PLUGIN_DIFFERS, PLUGIN_UNKNOWN, PLUGIN_VERDICTS };
extern const char *const    plugin_verdict_words[PLUGIN_VERDICTS];
extern const enum diag_code plugin_verdict_codes[PLUGIN_VERDICTS];

/* A reason for a verdict: a code from 0510 to 0549, and its message. */
struct reason {
	struct reason *next;
	enum diag_code code;
	bool           certain;
	struct str     message;
	struct str     remedy; /* absent when there is none beyond the code's own */
	struct pos     pos;    /* the evidence: in a dump, or a live object */
};

struct cluster_verdict {
	struct cluster_verdict        *next;
	const struct manifest         *manifest;
	const struct expected_cluster *expected;
	const struct proxy_state      *proxy;
	enum verdict                   verdict;
	bool                           conditional;     /* resolved on a condition: see the reasons */
	bool                           health_unseen;   /* resolved, but the dump does not show its endpoints */
	bool                           counted_against; /* resolved, but statistics speak against it: see the reasons */
	struct str                     unknown_why;
	struct str                     remedy;  /* of a verdict without reasons; absent when there is none of its own */
	struct pos                     pos;     /* of the cluster in the dump */
	struct reason                 *reasons; /* those that are certain first */
	struct reason                 *against; /* missing: causes that are ruled out, with the evidence */
	struct str                    *near;
	size_t                         n_near;
};

struct plugin_row {
	struct plugin_row        *next;
	const struct manifest    *manifest;
	const struct proxy_state *proxy;
	enum plugin_verdict       verdict;
	struct str detail;      /* failed: Envoy's words; differs: where; absent: why, where that can be told */
	struct str remedy;      /* absent when there is none beyond the code's own */
	bool       told_istiod; /* failed, and the last refusal that istiod was told of is of this filter */
	struct pos pos;
};

/* A proxy that a manifest is not for. */
struct off_target {
	struct off_target        *next;
	const struct manifest    *manifest;
	const struct proxy_state *proxy;
	struct str                why;
	struct str                remedy; /* absent: another dump */
};

/* One manifest as it is verified. */
struct verify_item {
	const struct manifest *manifest;
	const struct plan     *plan;
	size_t                *wants;    /* of each expected cluster: its index in dump_wants */
	size_t                 plugin;   /* likewise; unused without a filter */
	size_t                 matched;  /* proxies of its target */
	struct off_target     *left_out; /* of the others that were left out the first few, the last one first */
	size_t                 n_left_out;
};

struct verification {
	struct arena              *arena;
	const struct mesh         *mesh;
	const struct live_objects *live;
	bool                       has_live;
	bool                       only_matching;
	struct cluster_verdict    *clusters, **last_cluster;
	struct plugin_row         *plugins, **last_plugin;
	struct off_target         *off_targets, **last_off_target;
	size_t                     counts[VERDICTS];
	size_t                     plugin_counts[PLUGIN_VERDICTS];
};

void verification_init(struct verification *, struct arena *, const struct mesh *, const struct live_objects *,
                       bool has_live, bool only_matching);

/* Are all clusters resolved, and no plugin missing or wrong? */
bool verification_is_good(const struct verification *);

#endif
