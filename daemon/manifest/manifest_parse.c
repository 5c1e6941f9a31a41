/* From documents to manifests and meshes, with the defaults that follow from other fields. */
#include "base/arena.h"
#include "manifest/document_read.h"
#include "manifest/manifest.h"
#include "manifest/mesh_take.h"

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
	if (m->metadata && !str_present(m->metadata->namespace))
		m->metadata->namespace = options->default_namespace;
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

/* The way out of whatever else the file of --mesh-file holds. */
#define WHAT_A_MESH_FILE_HOLDS                                                                                         \
	"the file of --mesh-file holds a document of kind Mesh, and nothing else; manifests are given with -f, or to " \
	"the daemon"

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
	d = diag_at(diags, CO_OTHER_KIND, kind,
	            ARGS(name, options->mesh_alone ? STR("Mesh") : STR("FilterManifest or Mesh")));
	near = str_nearest(node_text(kind), ours, 2);
	if (near < 2 && (!options->mesh_alone || str_is(ours[near], "Mesh")))
		diag_help(diags, d, "did you mean `kind: {}` with `apiVersion: " CALLOUT_API_VERSION "`?",
		          ARGS(ours[near]));
	else if (options->mesh_alone)
		diag_help(diags, d, WHAT_A_MESH_FILE_HOLDS, NO_ARGS);
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
	if ((!kind || kind->kind != NODE_STRING) && options->mesh_alone)
		return missing(root, "kind", "begin it with `apiVersion: " CALLOUT_API_VERSION "` and `kind: Mesh`",
		               diags);
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
		return mesh_take(arena, root, options, inputs, diags);
	if (options->mesh_alone) {
		diag_help(diags, diag_at(diags, CO_OTHER_KIND, root, ARGS(STR("FilterManifest"), STR("Mesh"))),
		          WHAT_A_MESH_FILE_HOLDS, NO_ARGS);
		return false;
	}
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
	struct manifest_options alone = *options;
	bool                    ok;

	alone.mesh_alone = true;
	ok = manifest_parse(arena, source, &alone, inputs, diags);
	if (ok && inputs->n_meshes == 0) {
		diag_help(diags, diag_add(diags, CO_MESH_FILE_EMPTY, pos_at(source, 0, 1), ARGS(source->name)),
		          WHAT_A_MESH_FILE_HOLDS, NO_ARGS);
		return false;
	}
	return ok;
}
