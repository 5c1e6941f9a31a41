/* Where an upstream's cluster comes from: by target, versions and the author's wish. */
#include "plan/planner.h"

bool upstream_is_shared(const struct manifest *m, const struct upstream *u, const struct mesh *mesh)
{
	return upstream_is_host(u) && u->isolated == TRI_NO && upstream_via(u, m, mesh) == VIA_SERVICE_ENTRY;
}

bool cluster_is_referenced(const struct planner *p, enum origin origin)
{
	return manifest_is_filtered(p->manifest, p->mesh) &&
	       (origin == ORIGIN_SERVICE || origin == ORIGIN_SERVICE_ENTRY);
}

/* Requires versions that know the annotation referenced-services, where no EnvoyFilter can take the place of the
 * ServiceEntry. */
static void need_annotation(struct planner *p, const struct upstream *u, const char *field)
{
	struct diag *d;

	if (planner_knows(p, FEATURE_REFERENCED_SERVICES))
		return;
	d = planner_fail(p, CO_VERSION_FIELD, u->node, field,
	                 ARGS(STR("a way to bring this cluster to a proxy that gets only referenced ones"),
	                      version_range_text(p->arena,
	                                         feature_lacking(FEATURE_REFERENCED_SERVICES, p->mesh->versions))));
	diag_help(p->diags, d, "call the host with `via: envoyFilter`, or narrow the version range", NO_ARGS);
}

/* Where `via: auto` ends in an EnvoyFilter cluster, refuses settings that only a DestinationRule has. */
static void check_envoy_filter(struct planner *p, const struct upstream *u)
{
	if (u->tls->mode == TLS_ISTIO_MUTUAL)
		planner_fail(p, CO_ISTIO_MUTUAL, u->tls->node, "mode",
		             ARGS(STR("is not possible in an EnvoyFilter, which this target and version range need")));
	if (str_present(u->tls->credential_name))
		planner_fail(p, CO_TLS_FIELD, u->tls->node, "credentialName",
		             ARGS(field_word(tls_mode_words, u->tls->mode), STR("credentialName"),
		                  STR("is not possible in an EnvoyFilter, which this target and version range need")));
}

static enum origin origin_of_host(struct planner *p, const struct upstream *u)
{
	if (upstream_via(u, p->manifest, p->mesh) == VIA_ENVOY_FILTER) {
		if (u->via != VIA_ENVOY_FILTER)
			check_envoy_filter(p, u);
		return ORIGIN_ENVOY_FILTER;
	}
	if (manifest_is_filtered(p->manifest, p->mesh))
		need_annotation(p, u, "via");
	return ORIGIN_SERVICE_ENTRY;
}

enum origin cluster_origin(struct planner *p, const struct upstream *u)
{
	if (str_present(u->cluster))
		return ORIGIN_EXISTING;
	if (u->service) {
		if (manifest_is_filtered(p->manifest, p->mesh))
			need_annotation(p, u, "service");
		return ORIGIN_SERVICE;
	}
	return origin_of_host(p, u);
}
