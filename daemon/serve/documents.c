/* POST generate, check and clusters: the command line's work on a body instead of files. */
#include "base/arena.h"
#include "base/limits.h"
#include "names/hostname.h"
#include "render/generation.h"
#include "report/cluster_list.h"
#include "report/report.h"
#include "serve/documents.h"

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

void documents_add(struct documents *d, const struct source *source, struct str namespace)
{
	/* The platform's mesh, or none: an author cannot bring his own. */
	struct manifest_options how = { .default_namespace = namespace, .mesh_forbidden = true };

	d->readable = manifest_parse(d->arena, source, &how, &d->inputs, &d->diags) && d->readable;
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
	documents_add(d, source, options->namespace);
	return documents_judge(d, options->settings, options->istio_version);
}

const struct mesh *mesh_of_settings(struct call *call)
{
	struct manifest_options how = { .default_namespace = STR("default") };
	struct inputs           inputs = { 0 };
	struct diags            diags;

	diags_init(&diags, call->arena);
	if (str_present(call->settings->mesh_bytes))
		manifest_parse(call->arena,
		               source_from_bytes(call->arena, call->settings->mesh_name, call->settings->mesh_bytes),
		               &how, &inputs, &diags);
	return mesh_choose(call->arena, &inputs, STR_ABSENT, STR_ABSENT, &diags);
}

/* ---- of a call ---- */

/* False: the query was refused. */
static bool read_options(struct call *call, struct documents_options *options, struct str *ret_source)
{
	*options = (struct documents_options){ .settings = call->settings, .namespace = call_query(call, "namespace") };
	if (!str_present(options->namespace))
		options->namespace = STR("default");
	if (!dns_label_is(options->namespace)) {
		problem(call, 400, STR("namespace: not the name of a namespace"));
		return false;
	}
	options->istio_version = call_query(call, "istioVersion");
	*ret_source = call_query(call, "source");
	if (!str_present(*ret_source) || ret_source->n == 0)
		*ret_source = STR("<stdin>");
	return true;
}

/* False: the answer is set. d->sound tells whether to go on. */
static bool load(struct call *call, struct documents *d)
{
	struct documents_options options;
	struct str               name;

	if (!read_options(call, &options, &name))
		return false;
	*d = (struct documents){ .arena = call->arena, .scratch = http_scratch(call->x) };
	d->sound = documents_load(d, source_from_bytes(call->arena, name, call->x->body), &options);
	return true;
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

static enum media chosen(struct call *call)
{
	return media_choose(http_request_header(call->x, "Accept"), call->route->replies[0].media);
}

void answer_generate(struct call *call)
{
	struct str       output = call_query(call, "output"), tool = call_query(call, "escapeFor");
	enum media       media = chosen(call);
	int64_t          began = http_clock();
	struct documents d;
	struct buf       out;

	if (str_present(output))
		media = str_is(output, "json") ? MEDIA_JSON : MEDIA_YAML;
	if (str_present(tool) && media == MEDIA_JSON) {
		problem(call, 400, STR("escapeFor knows flux, with YAML output"));
		return;
	}
	if (!load(call, &d))
		return;
	buf_init(&out, call->arena, LIMIT_LISTING_BYTES);
	if (!d.sound || !documents_render(&d, media == MEDIA_JSON, str_present(tool), &out)) {
		problem_findings(call, 422, &d.diags);
		return;
	}
	add_warnings(call, &d.diags);
	reply(call, 200, media, buf_str(&out));
	metrics_render(&call->service->metrics, http_clock() - began);
}

void answer_check(struct call *call)
{
	enum media       media = chosen(call);
	struct documents d;
	struct report    report = { .command = STR("check") };
	struct buf       out;

	if (!load(call, &d))
		return;
	if (d.sound)
		generation_check(&d.generation, NULL, NULL);
	report.diags = &d.diags;
	buf_init(&out, call->arena, LIMIT_LISTING_BYTES);
	report_write(&out, report_format_find(media == MEDIA_TEXT ? STR("text") : STR("json")), &report);
	call->errors = d.diags.errors;
	metrics_findings(&call->service->metrics, &d.diags);
	reply(call, 200, media, buf_str(&out));
}

void answer_clusters(struct call *call)
{
	struct str               output = call_query(call, "output");
	enum cluster_list_format format = chosen(call) == MEDIA_TEXT ? CLUSTER_LIST_TABLE : CLUSTER_LIST_JSON;
	struct documents         d;
	struct buf               out;

	if (str_present(output))
		cluster_list_format_find(output, &format);
	if (!load(call, &d))
		return;
	buf_init(&out, call->arena, LIMIT_LISTING_BYTES);
	if (!d.sound || !cluster_list_write(&out, format, &d.generation)) {
		problem_findings(call, 422, &d.diags);
		return;
	}
	add_warnings(call, &d.diags);
	reply(call, 200, format == CLUSTER_LIST_JSON ? MEDIA_JSON : MEDIA_TEXT, buf_str(&out));
}
