/* Manifests, read beside the mesh in force, judged and rendered: the command line's own steps, without its files. */
#include "base/arena.h"
#include "base/limits.h"
#include "json/json_tree.h"
#include "render/generation.h"
#include "serve/documents/documents.h"

/* A request has no files beside its manifest. */
static void refuse_file(struct documents *d, const struct node *parent, const char *key, const char *field,
                        struct str name)
{
	if (str_present(name))
		diag_at(&d->diags, CO_FILE_OUTSIDE, node_get(parent, key),
		        ARGS(str_c(field), name, STR("cannot be named over HTTP, where there is no such file")));
}

static void refuse_files(struct documents *d)
{
	for (size_t i = 0; i < d->inputs.n_manifests; i++) {
		const struct manifest *m = d->inputs.manifests[i];

		if (!m->spec || !m->spec->filter)
			continue;
		if (m->spec->filter->wasm)
			refuse_file(d, m->spec->filter->wasm->node, "binary", "binary", m->spec->filter->wasm->binary);
		if (m->spec->filter->lua)
			refuse_file(d, m->spec->filter->lua->node, "file", "lua.file", m->spec->filter->lua->file);
	}
}

void documents_begin(struct documents *d, const struct settings *s)
{
	struct manifest_options how = { .default_namespace = STR("default") };

	diags_init(&d->diags, d->arena);
	d->readable = true;
	if (str_present(s->mesh_bytes))
		manifest_parse(d->arena, source_from_bytes(d->arena, s->mesh_name, s->mesh_bytes), &how, &d->inputs,
		               &d->diags);
}

void documents_add(struct documents *d, const struct source *source, struct str namespace, bool is_json)
{
	/* The platform's mesh, or none: an author cannot bring his own. */
	struct manifest_options how = { .default_namespace = namespace, .mesh_forbidden = true, .is_json = is_json };
	struct diag           **end = d->diags.last;

	if (manifest_parse(d->arena, source, &how, &d->inputs, &d->diags))
		return;
	d->readable = false;
	if (is_json && *end && !json_tree_looks_like(source->bytes))
		diag_help(&d->diags, *end, "it was sent as application/json: YAML is sent as application/yaml",
		          NO_ARGS);
}

bool documents_judge(struct documents *d, const struct settings *s, struct str istio_version)
{
	refuse_files(d);
	d->mesh = mesh_choose(d->arena, &d->inputs, STR_ABSENT, istio_version, &d->diags);
	if (!d->mesh)
		return false;
	d->generation = (struct generation){ .arena = d->arena,
		                             .scratch = d->scratch,
		                             .inputs = &d->inputs,
		                             .mesh = d->mesh,
		                             .templates = s->templates,
		                             .diags = &d->diags };
	return generation_judge(&d->generation);
}

bool documents_load(struct documents *d, const struct source *source, const struct documents_options *options)
{
	documents_begin(d, options->settings);
	documents_add(d, source, options->namespace, options->is_json);
	return documents_judge(d, options->settings, options->istio_version);
}

const struct mesh *mesh_of_settings(struct arena *arena, const struct settings *s)
{
	struct manifest_options how = { .default_namespace = STR("default") };
	struct inputs           inputs = { 0 };
	struct diags            diags;

	diags_init(&diags, arena);
	if (str_present(s->mesh_bytes))
		manifest_parse(arena, source_from_bytes(arena, s->mesh_name, s->mesh_bytes), &how, &inputs, &diags);
	return mesh_choose(arena, &inputs, STR_ABSENT, STR_ABSENT, &diags);
}

static bool take_object(void *ctx, const struct resource *resource, const struct node *object)
{
	struct object_writer *w = ctx;

	(void)resource;
	object_writer_add(w, object);
	return !w->out->overflow;
}

bool documents_render(struct documents *d, bool json, bool escape_for_flux, struct buf *out)
{
	struct object_writer writer = {
		.out = out, .scratch = d->scratch, .json = json, .escape_for_flux = escape_for_flux
	};
	struct document_sink sink = { take_object, &writer };

	d->generation.keep_plans = true;
	if (!generation_check(&d->generation, NULL, NULL))
		return false;
	object_writer_begin(&writer);
	if (!generation_render(&d->generation, &sink))
		return false;
	object_writer_end(&writer);
	return !out->overflow;
}
