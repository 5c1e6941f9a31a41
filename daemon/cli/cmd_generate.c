/* callout generate: the Istio objects, checked whole before the first byte is written. */
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/decoration.h"
#include "cli/generate.h"
#include "cli/output_dir.h"
#include "cli/report_file.h"

enum format { FORMAT_YAML, FORMAT_JSON, FORMAT_DIRECTORY };

enum { FLUSH_BYTES = 256 * 1024 };

struct output {
	struct run          *run;
	enum format          format;
	struct object_writer writer;
	struct buf           text; /* of one document, or what is not yet written */
	struct output_dir   *dir;
	struct decoration    decoration;
	bool                 wrote; /* could everything be written so far? */
};

static void name_file(void *ctx, const struct resource *resource)
{
	struct output *o = ctx;

	if (decoration_is_set(&o->decoration))
		decoration_note(&o->decoration, resource);
	if (o->dir)
		output_dir_want(o->dir, output_dir_name(o->run->arena, resource));
}

static const struct node *decorated(struct output *o, const struct resource *resource, const struct node *object)
{
	return decoration_add(&o->decoration, o->run->scratch, resource, object, &o->run->diags);
}

static bool has_parent(const struct output *o)
{
	return str_present(o->decoration.set_name);
}

static struct generation generate_prepare(struct run *run, struct output *o)
{
	struct generation g = run_generation(run);

	g.templates = templates_load(run->arena, argument_str(run->arguments, OPTION_TEMPLATES), &run->diags);
	if (!g.templates)
		run->sound = false;
	if (run->sound)
		run->sound = generation_check(&g, name_file, o);
	return g;
}

void generate_check(struct run *run)
{
	struct output o = { .run = run };

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

static bool take_file(void *ctx, const struct resource *resource, const struct node *object)
{
	struct output *o = ctx;

	buf_clear(&o->text);
	object_writer_add(&o->writer, decorated(o, resource, object));
	return output_dir_file(o->dir, output_dir_name(o->run->scratch, resource), buf_str(&o->text));
}

static bool take_streamed(void *ctx, const struct resource *resource, const struct node *object)
{
	struct output *o = ctx;

	object_writer_add(&o->writer, decorated(o, resource, object));
	return o->text.n < FLUSH_BYTES || flush_text(o);
}

static bool write_stream(struct output *o, struct generation *g)
{
	struct document_sink sink = { take_streamed, o };
	bool                 ok;

	object_writer_begin(&o->writer);
	if (has_parent(o))
		object_writer_add(&o->writer, decoration_parent_tree(&o->decoration));
	ok = generation_render(g, &sink);
	object_writer_end(&o->writer);
	return flush_text(o) && ok;
}

static bool write_parent_file(struct output *o)
{
	struct resource parent = decoration_parent(&o->decoration);

	if (!has_parent(o))
		return true;
	buf_clear(&o->text);
	object_writer_add(&o->writer, decoration_parent_tree(&o->decoration));
	return output_dir_file(o->dir, output_dir_name(o->run->scratch, &parent), buf_str(&o->text));
}

static bool write_directory(struct output *o, struct generation *g)
{
	struct document_sink sink = { take_file, o };

	return output_dir_begin(o->dir) && write_parent_file(o) && generation_render(g, &sink) &&
	       output_dir_finish(o->dir);
}

/* ---- options ---- */

static bool read_options(struct run *run, struct output *o, struct str *ret_dir)
{
	const char *format = argument(run->arguments, OPTION_OUTPUT),
		   *tool = argument(run->arguments, OPTION_ESCAPE_FOR), *report;

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
	report = o->format == FORMAT_DIRECTORY ? report_file_among(run->arena, run->arguments, *ret_dir) : NULL;
	if (report) {
		usage_error("generate", "a report would be in the place of what is generated: \"%s\"", report);
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
	o->writer.json = o->format == FORMAT_JSON;
	o->writer.escape_for_flux = tool != NULL;
	return true;
}

static void name_parent(struct output *o)
{
	struct resource parent = decoration_parent(&o->decoration);

	if (o->run->sound && o->dir && has_parent(o))
		output_dir_want(o->dir, output_dir_name(o->run->arena, &parent));
}

enum exit_status cmd_generate(struct arena *arena, const struct arguments *arguments)
{
	struct run        run;
	struct output     o = { .run = &run, .wrote = true };
	struct output_dir dir;
	struct generation g;
	struct str        path;
	bool              check_only = arguments->options[OPTION_CHECK].n > 0;

	if (!run_begin(&run, arena, arguments, "generate") || !read_options(&run, &o, &path) ||
	    !decoration_read(&o.decoration, &run))
		return EXIT_USAGE;
	buf_init(&o.text, arena, 2 * LIMIT_OBJECT_BYTES);
	o.writer.out = &o.text;
	o.writer.scratch = run.scratch;
	run_load(&run);
	if (run.sound && str_present(path)) {
		run.sound = output_dir_open(&dir, arena, path, check_only, &run.diags);
		o.dir = &dir;
	}
	name_parent(&o);
	g = generate_prepare(&run, &o);
	if (run.sound) {
		if (o.dir)
			write_directory(&o, &g);
		else
			write_stream(&o, &g);
	}
	return run_finish(&run, o.wrote);
}
