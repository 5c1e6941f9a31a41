/* The one mesh that a run is about. */
#include "base/arena.h"
#include "manifest/manifest.h"
#include "names/mesh_table.h"

static struct mesh *default_mesh(struct arena *arena, struct diags *diags)
{
	struct mesh     *mesh = ARENA_NEW(arena, struct mesh);
	struct document *nothing = document_new(arena, NULL);
	struct diags     ignored; /* an empty document decodes to all defaults; its lack of metadata is not reported */

	diags_init(&ignored, diags->arena);
	nothing->root.kind = NODE_MAP;
	fields_decode(arena, &mesh_object, &nothing->root, mesh, &ignored);
	mesh->versions = (struct version_range){ ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST };
	return mesh;
}

static const struct node *name_of(const struct mesh *mesh)
{
	const struct node *name = node_get(node_get(mesh->node, "metadata"), "name");

	return name ? name : mesh->node;
}

/* Names at most SHOWN of those that are there. */
static void tell_unknown(const struct inputs *inputs, struct str name, struct diags *diags)
{
	enum { SHOWN = 5 };
	struct diag *d = diag_add(diags, CO_MESH_UNKNOWN, POS_NONE, ARGS(name));

	if (inputs->n_meshes == 0)
		diag_help(diags, d,
		          "the input holds no Mesh at all: add its file with -f, or name the file with --mesh-file",
		          NO_ARGS);
	for (size_t i = 0; i < inputs->n_meshes && i < SHOWN; i++)
		diag_relate(diags, d, node_pos(name_of(inputs->meshes[i])), "this is a Mesh of the input", NO_ARGS);
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
		tell_unknown(inputs, name, diags);
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
