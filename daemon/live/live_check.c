#include "live/live_check.h"

#include "live/live_filters.h"
#include "live/live_hosts.h"
#include "live/live_merges.h"
#include "live/live_rules.h"
#include "live/live_services.h"
#include "live/live_trimming.h"

void live_objects_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                        const struct neighbours *neighbours, const struct mesh *mesh, struct diags *diags)
{
	live_merges_check(arena, live, plan, mesh, diags);
	for (size_t i = 0; i < plan->n_expected; i++) {
		const struct expected_cluster *e = &plan->expected[i];
		const struct shared_host      *shared = NULL;

		live_filters_check(arena, live, plan, mesh, e, diags);
		if (e->kind != CLUSTER_SERVICE_ENTRY && e->kind != CLUSTER_SERVICE)
			continue;
		if (e->kind == CLUSTER_SERVICE_ENTRY && e->upstream->isolated == TRI_NO)
			shared = neighbours_shared(arena, neighbours, plan->manifest, e->upstream);
		if (plan->manifest->spec->target->proxy == PROXY_SIDECAR)
			live_trimming_check(arena, live, plan->manifest, mesh, e, diags);
		if (e->kind == CLUSTER_SERVICE)
			live_services_check(arena, live, plan->manifest, mesh, e, diags);
		else
			live_rules_check(arena, live, plan->manifest, shared, mesh, e, diags);
		if (shared)
			live_hosts_check(arena, live, plan, e->upstream, shared, mesh, diags);
	}
}
