/* From documents to manifests and meshes, with the defaults that follow from other fields. */
#include "base/arena.h"
#include "manifest/document_read.h"
#include "manifest/manifest.h"
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
	d = diag_at(diags, CO_OTHER_KIND, kind, ARGS(name, STR("FilterManifest or Mesh")));
	near = str_nearest(node_text(kind), ours, 2);
	if (near < 2)
		diag_help(diags, d, "did you mean `kind: {}` with `apiVersion: " CALLOUT_API_VERSION "`?",
		          ARGS(ours[near]));
	else
		diag_help(diags, d, "give --ignore-other-kinds to skip documents of other tools", NO_ARGS);
	return false;
}

static bool missing(const struct node *root, const char *what, const char *help, struct diags *diags)
{
	diag_help(diags, diag_at(diags, CO_KIND_MISSING, root, ARGS(str_c(what))), help, NO_ARGS);
	return false;
}

bool manifest_take(struct arena *arena, const struct node *root, const struct manifest_options *options,
                   struct inputs *inputs, struct diags *diags)
{
	const struct node *version = node_get(root, "apiVersion"), *kind = node_get(root, "kind");
	bool               known_kind, our_group;

	/* other tools' files, such as Helm's values.yaml, kustomization.yaml or package.json */
	if (options->ignore_other_kinds && !version && !kind) {
		diag_at(diags, CO_SKIPPED_KIND, root, ARGS(STR("document without apiVersion and kind")));
		return true;
	}
	if (root->kind != NODE_MAP) {
		diag_at(diags, CO_NOT_A_MAP, root, ARGS(node_kind_text(root)));
		return false;
	}
	if (!kind || kind->kind != NODE_STRING)
		return missing(root, "kind",
		               version ? "add `kind: FilterManifest`"
		                       : "begin it with `apiVersion: " CALLOUT_API_VERSION
		                         "` and `kind: FilterManifest`; "
		                         "--ignore-other-kinds skips documents of other tools",
		               diags);
	known_kind = str_is(node_text(kind), "FilterManifest") || str_is(node_text(kind), "Mesh");
	our_group = version && version->kind == NODE_STRING && str_has_prefix(node_text(version), STR("callout.dev/"));
	if (!known_kind || (version && !our_group))
		return other_kind(root, version && version->kind == NODE_STRING ? version : NULL, kind, options, diags);
	if (!version)
		return missing(root, "apiVersion", "add `apiVersion: " CALLOUT_API_VERSION "`", diags);
	if (!str_is(node_text(version), CALLOUT_API_VERSION)) {
		diag_help(diags, diag_at(diags, CO_API_VERSION, version, ARGS(node_text(version))),
		          "this release reads `apiVersion: " CALLOUT_API_VERSION "`", NO_ARGS);
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
	bool             ok = (options->is_json              ? documents_read_json
	                       : options->ignore_other_kinds ? documents_read_ours
	                                                     : documents_read)(arena, source, &manifest_limits, &doc, diags);

	for (; doc; doc = doc->next)
		ok = manifest_take(arena, &doc->root, options, inputs, diags) && ok;
	return ok;
}

bool mesh_file_parse(struct arena *arena, const struct source *source, const struct manifest_options *options,
                     struct inputs *inputs, struct diags *diags)
{
	bool ok = manifest_parse(arena, source, options, inputs, diags);

	for (size_t i = 0; i < inputs->n_manifests; i++)
		diag_help(diags,
		          diag_at(diags, CO_OTHER_KIND, inputs->manifests[i]->node,
		                  ARGS(STR("FilterManifest"), STR("Mesh"))),
		          "the file of --mesh-file holds a Mesh alone; manifests are given with -f, or to the daemon",
		          NO_ARGS);
	if (inputs->n_manifests)
		return false;
	if (ok && inputs->n_meshes == 0) {
		diag_help(diags, diag_add(diags, CO_MESH_UNKNOWN, POS_NONE, ARGS(source->name)),
		          "--mesh-file names a file that holds a document of kind Mesh", NO_ARGS);
		return false;
	}
	return ok;
}
