#include "verify/verdict.h"

const char *const verdict_words[VERDICTS] = { "resolved",   "missing", "uncallable", "insecure",
	                                      "mismatched", "pending", "rejected",   "unknown" };

const enum diag_code verdict_codes[VERDICTS] = {
	[VERDICT_MISSING] = CO_CLUSTER_MISSING,   [VERDICT_UNCALLABLE] = CO_CLUSTER_UNCALLABLE,
	[VERDICT_INSECURE] = CO_CLUSTER_INSECURE, [VERDICT_MISMATCHED] = CO_CLUSTER_MISMATCHED,
	[VERDICT_PENDING] = CO_CLUSTER_PENDING,   [VERDICT_REJECTED] = CO_CLUSTER_REJECTED,
	[VERDICT_UNKNOWN] = CO_CLUSTER_UNKNOWN,
};

const char *const plugin_verdict_words[PLUGIN_VERDICTS] = { "present", "absent", "failed", "differs", "unknown" };

const enum diag_code plugin_verdict_codes[PLUGIN_VERDICTS] = { CO_NONE, CO_PLUGIN_ABSENT, CO_PLUGIN_FAILED,
	                                                       CO_PLUGIN_DIFFERS, CO_PLUGIN_UNKNOWN };

void verification_init(struct verification *v, struct arena *arena, const struct mesh *mesh,
                       const struct live_objects *live, bool has_live, bool only_matching)
{
	*v = (struct verification){
		.arena = arena, .mesh = mesh, .live = live, .has_live = has_live, .only_matching = only_matching
	};
	v->last_cluster = &v->clusters;
	v->last_plugin = &v->plugins;
	v->last_off_target = &v->off_targets;
}

bool verification_is_good(const struct verification *v)
{
	for (unsigned i = VERDICT_RESOLVED + 1; i < VERDICTS; i++)
		if (v->counts[i])
			return false;
	return !v->plugin_counts[PLUGIN_ABSENT] && !v->plugin_counts[PLUGIN_FAILED] &&
	       !v->plugin_counts[PLUGIN_DIFFERS];
}
