#include "manifest/manifest.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "names/hostname.h"
#include "names/mesh_table.h"

static void default_namespace(struct metadata *metadata, const struct manifest_options *options)
{
	if (metadata && !str_present(metadata->namespace))
		metadata->namespace = options->default_namespace;
}

/* ---- defaults that follow from other fields ---- */

static struct tls *make_tls(struct arena *arena, const struct upstream *u, enum tls_mode mode)
{
	struct tls *tls = ARENA_NEW(arena, struct tls);

	tls->node = u->node;
	tls->mode = mode;
	return tls;
}

/* A host without port: 443 with tls: {}, or 80 with tls: {mode: DISABLE}. With a port, silence means plaintext,
 * which manifest_check refuses on 443. */
static void complete_upstream(struct arena *arena, struct upstream *u, const struct manifest *m)
{
	if (u->service && !str_present(u->service->namespace))
		u->service->namespace = m->metadata->namespace;
	if (!str_present(u->host))
		return;
	if (!u->tls)
		u->tls = make_tls(arena, u,
		                  u->port == INT_ABSENT && !node_get(u->node, "port") ? TLS_SIMPLE : TLS_DISABLE);
	if (u->port == INT_ABSENT)
		u->port = u->tls->mode == TLS_DISABLE ? 80 : 443;
	for (size_t i = 0; i < u->endpoints.n; i++) {
		struct endpoint *e = (struct endpoint *)u->endpoints.items + i;

		if (e->port == INT_ABSENT)
			e->port = upstream_dialled_port(u);
	}
}

static void complete_manifest(struct arena *arena, struct manifest *m, const struct manifest_options *options)
{
	default_namespace(m->metadata, options);
	if (!m->metadata || !m->spec || !m->spec->target)
		return;
	if (m->spec->target->waypoint && !str_present(m->spec->target->waypoint->namespace))
		m->spec->target->waypoint->namespace = m->metadata->namespace;
	for (size_t i = 0; i < manifest_upstreams(m); i++)
		complete_upstream(arena, manifest_upstream(m, i), m);
	if (m->spec->filter && m->spec->filter->lua)
		m->artifacts.lua_code = m->spec->filter->lua->inline_code;
}

/* ---- inputs ---- */

static bool add_manifest(struct arena *arena, const struct node *root, const struct manifest_options *options,
                         struct inputs *inputs, struct diags *diags)
{
	struct manifest *m = ARENA_NEW(arena, struct manifest);
	bool             ok = fields_decode(arena, &filter_manifest_object, root, m, diags);

	complete_manifest(arena, m, options);
	inputs->manifests =
		ARENA_LIST(arena, inputs->manifests, inputs->n_manifests, &inputs->cap_manifests, struct manifest *);
	m->number = inputs->n_manifests;
	inputs->manifests[inputs->n_manifests++] = m;
	return ok;
}

static bool read_versions(struct mesh *mesh, struct diags *diags)
{
	const struct strings *given = &mesh->spec->istio_versions;
	struct version_range  range = { ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST };
	bool                  ok = true;

	if (given->n > 0 && istio_version_parse(given->items[0], &range.low))
		range.high = range.low;
	if (given->n > 1)
		istio_version_parse(given->items[1], &range.high);
	if (!istio_version_known(range.low) || !istio_version_known(range.high)) {
		bool low = !istio_version_known(range.low);

		diag_at(diags, CO_ISTIO_VERSION, low ? given->node->first : given->node->first->next,
		        ARGS(STR("istioVersions"), given->items[low ? 0 : 1],
		             STR("is not a version that this release knows")));
		ok = false;
	} else if (range.low > range.high) {
		diag_at(diags, CO_ISTIO_VERSION, given->node,
		        ARGS(STR("istioVersions"), given->items[0], STR("is newer than the second entry")));
		ok = false;
	}
	if (ok)
		mesh->versions = range;
	return ok;
}

static bool add_mesh(struct arena *arena, const struct node *root, const struct manifest_options *options,
                     struct inputs *inputs, struct diags *diags)
{
	struct mesh *mesh = ARENA_NEW(arena, struct mesh);
	bool         ok;

	if (options->mesh_forbidden) {
		diag_at(diags, CO_MESH_NOT_ALLOWED, root, NO_ARGS);
		return false;
	}
	mesh->versions = (struct version_range){ ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST };
	ok = fields_decode(arena, &mesh_object, root, mesh, diags);
	default_namespace(mesh->metadata, options);
	ok = read_versions(mesh, diags) && ok;
	inputs->meshes = ARENA_LIST(arena, inputs->meshes, inputs->n_meshes, &inputs->cap_meshes, struct mesh *);
	inputs->meshes[inputs->n_meshes++] = mesh;
	return ok;
}

static bool other_kind(const struct node *root, const struct node *version, const struct node *kind,
                       const struct manifest_options *options, struct diags *diags)
{
	static const struct str ours[] = { STR_INIT("FilterManifest"), STR_INIT("Mesh") };
	struct str              group_version = version ? node_text(version) : STR("");
	struct str              name =
		STR_CONCAT(diags->arena, group_version, group_version.n ? STR(" ") : STR(""), node_text(kind));
	bool         our_group = str_has_prefix(group_version, STR("callout.dev/"));
	struct diag *d;
	size_t       near;

	if (options->ignore_other_kinds && !our_group) {
		diag_at(diags, CO_SKIPPED_KIND, root, ARGS(name));
		return true;
	}
	d = diag_at(diags, CO_OTHER_KIND, kind, ARGS(name));
	near = str_nearest(node_text(kind), ours, 2);
	if (near < 2)
		diag_help(diags, d, "did you mean `kind: {}` with `apiVersion: " CALLOUT_API_VERSION "`?",
		          ARGS(ours[near]));
	else
		diag_help(diags, d, "give --ignore-other-kinds to skip documents of other tools", NO_ARGS);
	return false;
}

static bool missing(const struct node *root, const char *what, struct diags *diags)
{
	diag_at(diags, CO_KIND_MISSING, root, ARGS(str_c(what)));
	return false;
}

bool manifest_take(struct arena *arena, const struct node *root, const struct manifest_options *options,
                   struct inputs *inputs, struct diags *diags)
{
	const struct node *version = node_get(root, "apiVersion"), *kind = node_get(root, "kind");
	bool               known_kind, our_group;

	/* values.yaml of Helm, kustomization.yaml, package.json */
	if (options->ignore_other_kinds && !version && !kind) {
		diag_at(diags, CO_SKIPPED_KIND, root, ARGS(STR("document without apiVersion and kind")));
		return true;
	}
	if (root->kind != NODE_MAP) {
		diag_at(diags, CO_NOT_A_MAP, root, ARGS(node_kind_text(root)));
		return false;
	}
	if (!kind || kind->kind != NODE_STRING)
		return missing(root, "kind", diags);
	known_kind = str_is(node_text(kind), "FilterManifest") || str_is(node_text(kind), "Mesh");
	our_group = version && version->kind == NODE_STRING && str_has_prefix(node_text(version), STR("callout.dev/"));
	if (!known_kind || (version && !our_group))
		return other_kind(root, version && version->kind == NODE_STRING ? version : NULL, kind, options, diags);
	if (!version)
		return missing(root, "apiVersion", diags);
	if (!str_is(node_text(version), CALLOUT_API_VERSION)) {
		diag_at(diags, CO_API_VERSION, version, ARGS(node_text(version)));
		return false;
	}
	if (str_is(node_text(kind), "Mesh"))
		return add_mesh(arena, root, options, inputs, diags);
	return add_manifest(arena, root, options, inputs, diags);
}

bool manifest_parse(struct arena *arena, const struct source *source, const struct manifest_options *options,
                    struct inputs *inputs, struct diags *diags)
{
	struct document *doc = NULL;
	bool             ok = documents_read(arena, source, &manifest_limits, &doc, diags);

	for (; doc; doc = doc->next)
		ok = manifest_take(arena, &doc->root, options, inputs, diags) && ok;
	return ok;
}

/* ---- the mesh ---- */

static struct mesh *default_mesh(struct arena *arena, struct diags *diags)
{
	struct mesh     *mesh = ARENA_NEW(arena, struct mesh);
	struct document *nothing = document_new(arena, NULL);

	/* An empty document decodes to all defaults; what it lacks (metadata) is not reported. */
	struct diags ignored;

	diags_init(&ignored, diags->arena);
	nothing->root.kind = NODE_MAP;
	fields_decode(arena, &mesh_object, &nothing->root, mesh, &ignored);
	mesh->versions = (struct version_range){ ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST };
	return mesh;
}

static struct mesh *find_mesh(struct arena *arena, const struct inputs *inputs, struct str name, struct diags *diags)
{
	struct diag *second;

	if (!str_present(name) && inputs->n_meshes == 0)
		return default_mesh(arena, diags);
	if (!str_present(name) && inputs->n_meshes == 1)
		return inputs->meshes[0];
	for (size_t i = 0; i < inputs->n_meshes; i++)
		if (str_present(name) && inputs->meshes[i]->metadata && str_eq(inputs->meshes[i]->metadata->name, name))
			return inputs->meshes[i];
	if (str_present(name)) {
		diag_add(diags, CO_MESH_UNKNOWN, POS_NONE, ARGS(name));
		return NULL;
	}
	second = diag_at(diags, CO_MESH_SECOND, inputs->meshes[1]->node, NO_ARGS);
	diag_relate(diags, second, node_pos(inputs->meshes[0]->node), "the first one is here", NO_ARGS);
	diag_help(diags, second, "choose one with --mesh NAME; the file of a --mesh-file holds one alone", NO_ARGS);
	return NULL;
}

const struct mesh *mesh_choose(struct arena *arena, const struct inputs *inputs, struct str name, struct str versions,
                               struct diags *diags)
{
	struct mesh         *found = find_mesh(arena, inputs, name, diags), *mesh;
	struct version_range range;
	const char          *fault;

	if (!found || !str_present(versions))
		return found;
	fault = version_range_read(versions, &range);
	if (fault) {
		diag_add(diags, CO_ISTIO_VERSION, POS_NONE, ARGS(STR("istioVersion"), versions, str_c(fault)));
		return NULL;
	}
	mesh = arena_copy(arena, found, sizeof(*found));
	mesh->versions = range;
	return mesh;
}

/* ---- what follows from other fields ---- */

unsigned upstream_resolution(const struct upstream *u)
{
	if (u->resolution)
		return u->resolution;
	for (size_t i = 0; i < u->endpoints.n; i++)
		if (!ip_is(((const struct endpoint *)u->endpoints.items)[i].address))
			return RESOLUTION_DNS;
	return u->endpoints.n ? RESOLUTION_STATIC : RESOLUTION_DNS;
}

struct str manifest_id(struct arena *arena, const struct manifest *m)
{
	return STR_CONCAT(arena, m->metadata->namespace, STR("/"), m->metadata->name);
}

/* A Gateway, a Service and a ServiceEntry are named in the manifest's own namespace; what selects by labels, by class or
 * not at all reaches every namespace from the root namespace. */
bool manifest_is_everywhere(const struct manifest *m, const struct mesh *mesh)
{
	const struct target *t = m->spec->target;

	if (t->waypoint || !str_eq(m->metadata->namespace, mesh->spec->root_namespace))
		return false;
	for (size_t i = 0; i < t->target_refs.n; i++)
		if (!str_is(((const struct target_ref *)t->target_refs.items)[i].kind, "GatewayClass"))
			return false;
	return true;
}

/* Waypoints, and gateways under PILOT_FILTER_GATEWAY_CLUSTER_CONFIG, get only the clusters that a route, an extension
 * provider or the annotation referenced-services refers to (istio pilot/pkg/networking/core/waypoint.go
 * filterWaypointOutboundServices; pilot/pkg/model/push_context.go GatewayServices). */
bool manifest_is_filtered(const struct manifest *m, const struct mesh *mesh)
{
	unsigned proxy = m->spec->target->proxy;

	return proxy == PROXY_WAYPOINT || (proxy == PROXY_GATEWAY && mesh->spec->gateway_cluster_filter == TRI_YES);
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

struct str upstream_service_host(struct arena *arena, const struct upstream *u, const struct mesh *mesh)
{
	return STR_CONCAT(arena, u->service->name, STR("."), u->service->namespace, STR(".svc."),
	                  mesh->spec->cluster_domain);
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

static int compare_upstreams(const void *x, const void *y)
{
	return str_cmp((*(const struct upstream *const *)x)->name, (*(const struct upstream *const *)y)->name);
}

const struct upstream **manifest_upstreams_sorted(struct arena *arena, const struct manifest *m)
{
	size_t                  n = manifest_upstreams(m);
	const struct upstream **sorted = ARENA_ARRAY(arena, n + 1, const struct upstream *);

	for (size_t i = 0; i < n; i++)
		sorted[i] = manifest_upstream(m, i);
	qsort(sorted, n, sizeof(*sorted), compare_upstreams);
	return sorted;
}
