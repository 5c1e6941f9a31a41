/* The whole way: an input is read, checked, planned and rendered. */
#include "fuzz.h"
#include "manifest/manifest_check.h"
#include "plan/plan.h"
#include "render/render.h"
#include "render/yaml_writer.h"

static bool write_away(void *ctx, const struct resource *resource, const struct node *object)
{
	struct buf *text = ctx;

	(void)resource;
	buf_clear(text);
	yaml_write_document(text, object);
	return true;
}

static void generate(struct arena *arena, struct inputs *inputs, const struct mesh *mesh, struct diags *diags)
{
	const struct templates *templates = templates_load(arena, STR_ABSENT, diags);
	struct neighbours       neighbours;
	struct buf              text;
	struct document_sink    sink = { write_away, &text };

	buf_init(&text, arena, LIMIT_OBJECT_BYTES);
	if (!neighbours_collect(arena, inputs, mesh, &neighbours, diags))
		return;
	for (size_t i = 0; i < inputs->n_manifests; i++) {
		const struct plan *plan = plan_build(arena, inputs->manifests[i], mesh, &neighbours, PLAN_ALL, diags);

		if (!plan || !render_check(arena, plan, templates, diags))
			continue;
		plan = plan_build(arena, inputs->manifests[i], mesh, &neighbours, PLAN_ALL, diags);
		render_plan(arena, plan, RENDER_CLUSTERS, templates, &sink);
		render_plan(arena, plan, RENDER_FILTERS, templates, &sink);
	}
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct manifest_options options = { .default_namespace = STR("default") };
	struct inputs           inputs = { 0 };
	const struct mesh      *mesh;

	manifest_parse(arena, source, &options, &inputs, diags);
	mesh = mesh_choose(arena, &inputs, STR_ABSENT, STR_ABSENT, diags);
	if (!mesh)
		return;
	for (size_t i = 0; i < inputs.n_manifests; i++)
		manifest_check(arena, inputs.manifests[i], mesh, diags);
	inputs_check(arena, &inputs, diags);
	if (diags->errors == 0)
		generate(arena, &inputs, mesh, diags);
}
