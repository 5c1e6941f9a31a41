/* callout generate: the Istio objects, checked whole before the first byte is written. */
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/generate.h"
#include "cli/output_dir.h"
#include "json/json_write.h"
#include "render/render.h"
#include "render/yaml_writer.h"

enum format { FORMAT_YAML, FORMAT_JSON, FORMAT_DIRECTORY };

enum { FLUSH_BYTES = 256 * 1024 };

struct output {
	struct run        *run;
	enum format        format;
	bool               escape_for_flux;
	struct buf         text; /* of one document, or what is not yet written */
	struct json_writer json;
	struct output_dir *dir;
	size_t             n;
	bool               wrote; /* could everything be written so far? */
};

/* ---- rendering each plan ---- */

static const struct plan *plan_of(struct run *run, size_t i, unsigned parts)
{
	return plan_build(run->scratch, run->inputs.manifests[i], run->mesh, &run->neighbours, parts, &run->diags);
}

/* Clusters of every manifest, then filters of every manifest, in an order that does not depend on the input's. */
static bool render_all(struct run *run, const struct templates *templates, const struct document_sink *sink)
{
	struct arena_mark mark = arena_mark(run->scratch);

	for (enum render_part part = RENDER_CLUSTERS; part <= RENDER_FILTERS; part++) {
		for (size_t i = 0; i < run->inputs.n_manifests; i++) {
			const struct plan *plan =
				plan_of(run, i, part == RENDER_CLUSTERS ? PLAN_CLUSTERS : PLAN_FILTERS);

			if (!plan || !render_plan(run->scratch, plan, part, templates, sink))
				return false;
			arena_reset(run->scratch, mark);
		}
	}
	return true;
}

/* ---- the first pass: everything is planned and checked, nothing is kept ---- */

static void name_files(struct output *o, const struct resource *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		output_dir_want(o->dir, output_dir_name(o->run->arena, &list[i]));
}

static void check_all(struct run *run, const struct templates *templates, struct output *o)
{
	struct arena_mark mark = arena_mark(run->scratch);

	for (size_t i = 0; i < run->inputs.n_manifests; i++) {
		const struct plan *plan = plan_of(run, i, PLAN_ALL);

		if (plan && render_check(run->scratch, plan, templates, &run->diags)) {
			o->n += plan->n_clusters + plan->n_filters;
			live_objects_check(run->scratch, &run->live, plan, run->mesh, &run->diags);
			if (o->dir) {
				name_files(o, plan->clusters, plan->n_clusters);
				name_files(o, plan->filters, plan->n_filters);
			}
		}
		arena_reset(run->scratch, mark);
	}
	run->sound = run->diags.errors == 0;
}

static const char *why_nothing(const struct run *run)
{
	if (run->inputs.n_manifests == 0)
		return "the input holds no FilterManifest";
	return "every upstream is an in-mesh service or an existing cluster, and there is no filter";
}

static const struct templates *generate_prepare(struct run *run, struct output *o)
{
	const struct templates *templates =
		templates_load(run->arena, argument_str(run->arguments, OPTION_TEMPLATES), &run->diags);

	if (!templates)
		run->sound = false;
	if (run->sound)
		check_all(run, templates, o);
	if (run->sound && o->n == 0)
		diag_add(&run->diags, CO_NOTHING_TO_GENERATE, POS_NONE, ARGS(str_c(why_nothing(run))));
	return templates;
}

void generate_check(struct run *run)
{
	struct output o = { .run = run };

	buf_init(&o.text, run->arena, LIMIT_OBJECT_BYTES);
	generate_prepare(run, &o);
}

/* ---- the second pass: writing ---- */

static bool flush_text(struct output *o)
{
	if (o->wrote && !print_output(buf_str(&o->text)))
		o->wrote = false;
	buf_clear(&o->text);
	return o->wrote;
}

/* Flux substitutes ${…} after kustomize; $${ comes out of that as ${. */
static struct str escape_for_flux(struct output *o, struct str text)
{
	struct buf b;

	buf_init(&b, o->run->scratch, 2 * LIMIT_OBJECT_BYTES);
	for (size_t at = 0; at < text.n;) {
		size_t found = str_find_str(text, STR("${"), at);

		buf_add(&b, str_slice(text, at, found));
		if (found < text.n)
			buf_lit(&b, "$${");
		at = found + 2;
	}
	return buf_str(&b);
}

static void write_yaml(struct output *o, const struct node *object)
{
	struct buf one;

	if (!o->escape_for_flux) {
		yaml_write_document(&o->text, object);
		return;
	}
	buf_init(&one, o->run->scratch, LIMIT_OBJECT_BYTES);
	yaml_write_document(&one, object);
	buf_add(&o->text, escape_for_flux(o, buf_str(&one)));
}

static bool take_written(void *ctx, const struct resource *resource, const struct node *object)
{
	struct output *o = ctx;

	if (o->format == FORMAT_DIRECTORY) {
		buf_clear(&o->text);
		write_yaml(o, object);
		return output_dir_file(o->dir, output_dir_name(o->run->scratch, resource), buf_str(&o->text));
	}
	if (o->format == FORMAT_YAML)
		write_yaml(o, object);
	else
		json_node(&o->json, object);
	return o->text.n < FLUSH_BYTES || flush_text(o);
}

static bool write_stream(struct output *o, const struct templates *templates)
{
	struct document_sink sink = { take_written, o };
	bool                 ok;

	if (o->format == FORMAT_JSON) {
		json_writer_init(&o->json, &o->text, 2);
		json_open(&o->json, '{');
		json_member_string(&o->json, "apiVersion", STR("v1"));
		json_member_string(&o->json, "kind", STR("List"));
		json_key(&o->json, STR("items"));
		json_open(&o->json, '[');
	}
	ok = render_all(o->run, templates, &sink);
	if (o->format == FORMAT_JSON) {
		json_close(&o->json, ']');
		json_close(&o->json, '}');
		buf_char(&o->text, '\n');
	}
	return flush_text(o) && ok;
}

static bool write_directory(struct output *o, const struct templates *templates)
{
	struct document_sink sink = { take_written, o };

	return output_dir_begin(o->dir) && render_all(o->run, templates, &sink) && output_dir_finish(o->dir);
}

/* ---- options ---- */

static bool read_options(struct run *run, struct output *o, struct str *ret_dir)
{
	const char *format = argument(run->arguments, OPTION_OUTPUT),
		   *tool = argument(run->arguments, OPTION_ESCAPE_FOR);

	*ret_dir = STR_ABSENT;
	if (!format || str_is(str_c(format), "yaml")) {
		o->format = FORMAT_YAML;
	} else if (str_is(str_c(format), "json")) {
		o->format = FORMAT_JSON;
	} else if (str_has_prefix(str_c(format), STR("dir=")) && format[4]) {
		o->format = FORMAT_DIRECTORY;
		*ret_dir = str_c(format + 4);
	} else {
		usage_error("generate", "-o does not know \"%s\": yaml, json or dir=DIRECTORY", format);
		return false;
	}
	if (run->arguments->options[OPTION_CHECK].n && o->format != FORMAT_DIRECTORY) {
		usage_error("generate", "--check needs -o dir=DIRECTORY");
		return false;
	}
	if (tool && (!str_is(str_c(tool), "flux") || o->format == FORMAT_JSON)) {
		usage_error("generate", "--escape-for knows flux, with YAML output");
		return false;
	}
	o->escape_for_flux = tool != NULL;
	return true;
}

enum exit_status cmd_generate(struct arena *arena, const struct arguments *arguments)
{
	struct run              run;
	struct output           o = { .run = &run, .wrote = true };
	struct output_dir       dir;
	const struct templates *templates;
	struct str              path;
	bool                    check_only = arguments->options[OPTION_CHECK].n > 0;

	if (!run_begin(&run, arena, arguments, "generate") || !read_options(&run, &o, &path))
		return EXIT_USAGE;
	buf_init(&o.text, arena, 2 * LIMIT_OBJECT_BYTES);
	run_load(&run);
	if (run.sound && str_present(path)) {
		run.sound = output_dir_open(&dir, arena, path, check_only, &run.diags);
		o.dir = &dir;
	}
	templates = generate_prepare(&run, &o);
	if (run.sound) {
		buf_clear(&o.text);
		if (o.dir)
			write_directory(&o, templates);
		else
			write_stream(&o, templates);
	}
	return run_finish(&run, o.wrote);
}
