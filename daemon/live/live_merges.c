/* What EnvoyFilters of others merge into planned clusters: istio pilot/pkg/networking/core/envoyfilter/cluster_patch.go. */
#include "live/live_merges.h"

#include "base/arena.h"
#include "live/live_attaching.h"
#include "live/live_patches.h"
#include "names/cluster_name.h"

/* The most merging patches that are compared with the clusters of one manifest, and the most fields that are named. */
enum { PATCHES_LOOKED_AT = 256, FIELDS_NAMED = 4 };

/* Of envoy.config.cluster.v3.Cluster: who is called, and how. All others set limits, or count. */
static const char *const telling_fields[] = { "name",
	                                      "type",
	                                      "cluster_type",
	                                      "eds_cluster_config",
	                                      "load_assignment",
	                                      "transport_socket",
	                                      "transport_socket_matches",
	                                      "typed_extension_protocol_options",
	                                      "http_protocol_options",
	                                      "http2_protocol_options",
	                                      "protocol_selection",
	                                      "dns_lookup_family",
	                                      "dns_resolvers",
	                                      "dns_resolution_config",
	                                      "typed_dns_resolver_config",
	                                      "upstream_bind_config",
	                                      "upstream_config",
	                                      "lb_subset_config",
	                                      "load_balancing_policy",
	                                      "health_checks",
	                                      "filters",
	                                      NULL };

struct context {
	struct arena        *arena;
	const struct plan   *plan;
	struct diags        *diags;
	struct live_proxies  proxies;
	struct cluster_name *names; /* of the expected clusters */
	size_t               n_patches;
};

/* What a patch merges into clusters, and into which of the plan. */
struct merge {
	struct str                     fields;
	size_t                         n_fields, n_clusters;
	bool                           is_telling;
	const struct node             *renaming; /* the name that the clusters get; NULL: they keep their own */
	const struct expected_cluster *first;
};

static void add_field(const struct context *c, struct merge *m, const struct node *field)
{
	if (m->n_fields < FIELDS_NAMED)
		m->fields = m->n_fields ? STR_CONCAT(c->arena, m->fields, STR(", "), node_key(field)) : node_key(field);
	m->n_fields++;
	m->is_telling = m->is_telling || node_is_one_of(field, telling_fields);
}

/* All clusters of a waypoint choose among sockets, and then one of another name is not merged. */
static bool is_merged(const struct context *c, const struct node *socket)
{
	struct str name = node_get_text(socket, "name");

	return !str_is(c->proxies.type, "waypoint") || str_is(name, "envoy.transport_sockets.tls") ||
	       str_is(name, "envoy.transport_sockets.internal_upstream");
}

/* A patch with a transport socket merges that alone (mergeTransportSocketCluster). A name that the cluster has is none. */
static void collect_fields(const struct context *c, struct merge *m, const struct node *value)
{
	const struct node *socket = node_member(value, "transport_socket");

	if (socket && socket->kind != NODE_NULL) {
		if (is_merged(c, socket))
			add_field(c, m, socket);
		return;
	}
	NODE_EACH (field, value) {
		bool is_name = str_is(node_key(field), "name");

		if (field->kind == NODE_NULL || (is_name && str_eq(node_text(field), m->first->name)))
			continue;
		if (is_name)
			m->renaming = field;
		add_field(c, m, field);
	}
	if (m->n_fields > FIELDS_NAMED)
		m->fields = STR_CONCAT(c->arena, m->fields, STR(" and "),
		                       str_from_uint(c->arena, m->n_fields - FIELDS_NAMED), STR(" more"));
}

static void collect_clusters(const struct context *c, struct merge *m, const struct node *patch)
{
	for (size_t i = 0; i < c->plan->n_expected; i++) {
		const struct expected_cluster *e = &c->plan->expected[i];

		if ((e->kind != CLUSTER_SERVICE_ENTRY && e->kind != CLUSTER_SERVICE) ||
		    !live_patch_merges(patch, e->name, &c->names[i], &c->proxies))
			continue;
		m->first = m->first ? m->first : e;
		m->n_clusters++;
	}
}

static void tell(const struct context *c, const struct merge *m, const struct node *filter, const struct node *patch)
{
	struct str   who = STR_CONCAT(c->arena, live_object_namespace(filter), STR("/"), live_object_name(filter));
	struct str   more = m->n_clusters > 1
	                            ? STR_CONCAT(c->arena, STR(", and into "), str_from_uint(c->arena, m->n_clusters - 1),
	                                         STR(" more that the filter calls"))
	                            : STR_ABSENT;
	struct diag *d = diag_at(c->diags, m->is_telling ? CO_CLUSTER_CHANGED : CO_CLUSTER_LIMITED,
	                         m->first->upstream->node, ARGS(who, m->fields, m->first->name, more));

	diag_relate(c->diags, d, node_pos(patch), "the patch is here", NO_ARGS);
	if (m->renaming)
		diag_help(c->diags, d,
		          "the cluster would be named {} there, and the filter would find none of its name",
		          ARGS(node_text(m->renaming)));
}

static bool check_merger(void *ctx, const struct node *filter)
{
	struct context *c = ctx;

	NODE_EACH (patch, node_get(node_get(filter, "spec"), "configPatches")) {
		struct merge m = { 0 };

		if (++c->n_patches > PATCHES_LOOKED_AT)
			return false;
		collect_clusters(c, &m, patch);
		if (m.n_clusters)
			collect_fields(c, &m, node_get(node_get(patch, "patch"), "value"));
		if (m.n_fields)
			tell(c, &m, filter, patch);
	}
	return true;
}

void live_merges_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                       const struct mesh *mesh, struct diags *diags)
{
	struct attaching attaching = { arena, plan->manifest, mesh };
	struct context   c = { arena,
		               plan,
		               diags,
		               live_proxies_of(plan->manifest, mesh),
		               ARENA_ARRAY(arena, plan->n_expected, struct cluster_name),
		               0 };

	for (size_t i = 0; i < plan->n_expected; i++)
		c.names[i] = cluster_name_parse(plan->expected[i].name);
	live_patchers_each(&attaching, live, check_merger, &c);
}
