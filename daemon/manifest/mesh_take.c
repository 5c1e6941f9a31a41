/* A Mesh of the input: its versions, and its port. */
#include "manifest/mesh_take.h"

#include "base/arena.h"
#include "names/mesh_table.h"

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

/* Ports of which an HTTP service of every manifest is not without effect on others. Measured: beside one, istiod makes the
 * listener of a raw TCP service on this port look for HTTP first, and a server that has to speak first is not heard
 * meanwhile. On 15001, 15006, 15021 and 15090 istiod makes no listener at all (conflictWithReservedListener of
 * pilot/pkg/model/context.go), and the cluster is there as elsewhere. */
static const struct {
	int64_t     port;
	const char *why;
} busy_ports[] = {
	{ 80, "applications and other services use, too: raw TCP there would be searched for HTTP first" },
	{ 443, "applications and other services use, too: raw TCP there would be searched for HTTP first" },
	{ 15008, "sidecars of an ambient mesh listen on for HBONE: Envoy refuses a second listener of that port" },
};

static void check_isolated_port(const struct mesh *mesh, struct diags *diags)
{
	for (size_t i = 0; i < sizeof(busy_ports) / sizeof(busy_ports[0]); i++)
		if (mesh->spec->isolated_port == busy_ports[i].port)
			diag_at(diags, CO_MESH_PORT, node_get(mesh->spec->node, "isolatedPort"),
			        ARGS(str_from_int(diags->arena, busy_ports[i].port), str_c(busy_ports[i].why)));
}

bool mesh_take(struct arena *arena, const struct node *root, const struct manifest_options *options,
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
	if (mesh->metadata && !str_present(mesh->metadata->namespace))
		mesh->metadata->namespace = options->default_namespace;
	ok = read_versions(mesh, diags) && ok;
	check_isolated_port(mesh, diags);
	inputs->meshes = ARENA_LIST(arena, inputs->meshes, inputs->n_meshes, &inputs->cap_meshes, struct mesh *);
	inputs->meshes[inputs->n_meshes++] = mesh;
	return ok;
}
