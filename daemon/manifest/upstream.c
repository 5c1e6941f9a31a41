/* What follows from the fields of an upstream. */
#include "base/arena.h"
#include "manifest/manifest.h"
#include "names/cluster_name.h"
#include "names/hostname.h"
#include "names/mesh_table.h"

unsigned upstream_resolution(const struct upstream *u)
{
	if (u->resolution)
		return u->resolution;
	for (size_t i = 0; i < u->endpoints.n; i++)
		if (!ip_is(((const struct endpoint *)u->endpoints.items)[i].address))
			return RESOLUTION_DNS;
	return u->endpoints.n ? RESOLUTION_STATIC : RESOLUTION_DNS;
}

/* To a filtered proxy a ServiceEntry's cluster comes only through the annotation referenced-services, which older
 * versions do not know. */
enum via upstream_via(const struct upstream *u, const struct manifest *m, const struct mesh *mesh)
{
	if (u->via == VIA_SERVICE_ENTRY || u->via == VIA_ENVOY_FILTER)
		return (enum via)u->via;
	return manifest_is_filtered(m, mesh) && !feature_in_all(FEATURE_REFERENCED_SERVICES, mesh->versions)
	               ? VIA_ENVOY_FILTER
	               : VIA_SERVICE_ENTRY;
}

struct strings upstream_export_to(struct arena *arena, const struct upstream *u, const struct manifest *m,
                                  const struct mesh *mesh)
{
	const struct target *t = m->spec->target;
	struct strings       list = u->export_to;

	if (list.node)
		return list;
	list.items = ARENA_ARRAY(arena, 1, struct str);
	list.n = 1;
	list.items[0] = STR(".");
	if (str_eq(m->metadata->namespace, mesh->spec->root_namespace))
		list.items[0] = STR("*");
	else if (t->waypoint && !str_eq(t->waypoint->namespace, m->metadata->namespace))
		list.items[0] = t->waypoint->namespace;
	return list;
}

struct str upstream_sni(const struct upstream *u)
{
	return str_present(u->tls->sni) ? u->tls->sni : hostname_without_dot(u->host);
}

struct strings upstream_subject_alt_names(struct arena *arena, const struct upstream *u)
{
	struct strings names = u->tls->subject_alt_names;

	if (names.n == 0 && u->tls->insecure_skip_verify != TRI_YES) {
		names.items = ARENA_ARRAY(arena, 1, struct str);
		names.items[0] = upstream_sni(u);
		names.n = 1;
	}
	return names;
}

struct str upstream_ca_certificates(const struct upstream *u)
{
	return str_present(u->tls->ca_certificates) ? u->tls->ca_certificates : STR("system");
}

struct str upstream_service_host(struct arena *arena, const struct upstream *u, const struct mesh *mesh)
{
	return STR_CONCAT(arena, u->service->name, STR("."), u->service->namespace, STR(".svc."),
	                  mesh->spec->cluster_domain);
}

struct str upstream_envoy_cluster(struct arena *arena, const struct upstream *u, const struct manifest *m)
{
	if (str_present(u->cluster_name))
		return u->cluster_name;
	return STR_CONCAT(arena, STR(CLUSTER_OF_OURS), m->metadata->namespace, STR("."), m->metadata->name, STR("."),
	                  u->name);
}

struct str upstream_isolated_host(struct arena *arena, const struct upstream *u, const struct manifest *m,
                                  const struct mesh *mesh)
{
	return STR_CONCAT(arena, u->name, STR("."), m->metadata->name, STR("."), m->metadata->namespace, STR("."),
	                  mesh->spec->isolated_suffix);
}

struct str upstream_authority(struct arena *arena, const struct upstream *u, const struct mesh *mesh)
{
	if (str_present(u->authority))
		return u->authority;
	if (u->service)
		return upstream_service_host(arena, u, mesh);
	if (!upstream_is_host(u))
		return STR_ABSENT;
	if (u->port == (upstream_has_tls(u) ? 443 : 80))
		return hostname_without_dot(u->host);
	return STR_CONCAT(arena, hostname_without_dot(u->host), STR(":"), str_from_int(arena, u->port));
}
