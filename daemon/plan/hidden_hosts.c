/* A filter of the root namespace runs in the proxies of every namespace. Where a manifest of one of these takes the same
 * public host, its ServiceEntry comes first there and hides the other with all its ports (plan/live_hosts.c says who
 * comes first; measured: tests/conformance/random). */
#include "base/arena.h"
#include "plan/planner.h"

/* An entry that its own namespace does not see takes nothing from the proxies there. */
static bool is_seen_at_home(const struct shared_host *shared)
{
	const struct strings *to = &shared->owner_upstream->export_to;

	for (size_t i = 0; i < to->n; i++)
		if (str_is(to->items[i], ".") || str_is(to->items[i], "*") ||
		    str_eq(to->items[i], shared->owner->metadata->namespace))
			return true;
	return to->n == 0;
}

/* Does the filter find a cluster of the same name and settings in the other entry? */
static bool serves(struct arena *arena, const struct shared_host *shared, const struct upstream *u)
{
	for (const struct shared_port *p = shared->ports; p; p = p->next)
		if (p->upstream->port == u->port)
			return !port_difference(arena, u, p->upstream) &&
			       upstream_resolution(u) == upstream_resolution(p->upstream);
	return false;
}

static void check_upstream(struct arena *arena, const struct manifest *m, const struct upstream *u,
                           const struct neighbours *neighbours, struct diags *diags)
{
	for (const struct shared_host *other = hash_get(&neighbours->hosts, u->host); other; other = other->next) {
		struct str entry =
			STR_CONCAT(arena, manifest_id(arena, other->owner), STR("."), other->owner_upstream->name);

		if (str_eq(other->owner->metadata->namespace, m->metadata->namespace) || !is_seen_at_home(other) ||
		    serves(arena, other, u))
			continue;
		diag_relate(diags,
		            diag_at(diags, CO_SHARED_HIDDEN, node_get(u->node, "isolated"),
		                    ARGS(entry, STR_CONCAT(arena, STR("upstream "), u->name))),
		            node_pos(node_get(other->owner_upstream->node, "isolated")),
		            "it is made here, for namespace {}", ARGS(other->owner->metadata->namespace));
	}
}

void hidden_hosts_check(struct arena *arena, const struct inputs *inputs, const struct mesh *mesh,
                        const struct neighbours *neighbours, struct diags *diags)
{
	for (size_t i = 0; i < inputs->n_manifests; i++) {
		const struct manifest *m = inputs->manifests[i];

		for (size_t k = 0; manifest_is_everywhere(m, mesh) && k < manifest_upstreams(m); k++) {
			const struct upstream *u = manifest_upstream(m, k);

			if (upstream_is_host(u) && u->isolated == TRI_NO && u->via != VIA_ENVOY_FILTER)
				check_upstream(arena, m, u, neighbours, diags);
		}
	}
}
