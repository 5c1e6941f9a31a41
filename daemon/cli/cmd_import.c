/* callout import: the manifests that would give these objects. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/run.h"
#include "import/import.h"
#include "json/json_write.h"
#include "render/yaml_writer.h"

static bool read_objects(struct run *run, struct object_set *set)
{
	bool ok = true;

	object_set_init(set, run->arena);
	set->manifests_count = true; /* import tells of each */
	if (argument(run->arguments, OPTION_NAMESPACE))
		set->default_namespace = argument_str(run->arguments, OPTION_NAMESPACE);
	for (size_t i = 0; i < run->arguments->n_operands; i++) {
		const struct source *source = run_source_read(run, str_c(run->arguments->operands[i]),
		                                              "name the files in it, as with `{}/*.yaml`");

		ok = source && object_set_read(set, source, &run->diags) && ok;
	}
	return ok;
}

static struct str manifests_text(struct run *run, const struct imported *found, bool json)
{
	struct buf b;

	buf_init(&b, run->arena, LIMIT_LISTING_BYTES);
	for (size_t i = 0; i < found->n; i++) {
		if (json) {
			json_write(&b, &found->manifests[i]->root, 2);
			buf_char(&b, '\n');
		} else {
			yaml_write_document(&b, &found->manifests[i]->root);
		}
	}
	return buf_str(&b);
}

static void tell_refusal(struct run *run, const struct diag *why)
{
	char         number[7];
	struct str   code = str_c(diag_code_text(why->code, number));
	struct diag *d = diag_add(&run->diags, CO_IMPORT_REFUSED, why->pos, ARGS(code));

	if (!str_present(d->message))
		return;
	d->message = STR_CONCAT(run->arena, d->message, STR(": "), why->message);
	d->help = why->help;
	diag_set_path(d, why->path);
}

/* The mesh of --mesh-file, else the default one, for the newest version: objects do not tell which versions run, and what they
 * say, it knows. NULL: errors were added. */
static const struct mesh *choose_mesh(struct run *run)
{
	struct manifest_options options = { .default_namespace = STR("default") };
	struct str              newest = str_fmt(run->arena, "1.%d", ISTIO_NEWEST);

	run_read_mesh_file(run, &options);
	if (!run->sound)
		return NULL;
	return mesh_choose(run->arena, &run->inputs, STR_ABSENT, run->inputs.n_meshes ? STR_ABSENT : newest,
	                   &run->diags);
}

/* Adds the errors that `generate` would have of the manifests: Istio told the authors of the objects nothing of the kind. */
static void judge_manifests(struct run *run, struct str text)
{
	struct manifest_options options = { .default_namespace = STR("default") };
	struct run              there = *run;
	struct generation       g;

	diags_init(&there.diags, run->arena);
	there.inputs = (struct inputs){ 0 };
	(void)manifest_parse(run->arena, source_from_bytes(run->arena, STR("<stdout>"), text), &options, &there.inputs,
	                     &there.diags);
	g = run_generation(&there);
	g.live = NULL;
	if (generation_judge(&g)) {
		g.templates = templates_load(run->arena, STR_ABSENT, &there.diags);
		if (g.templates)
			generation_check(&g, NULL, NULL);
	}
	for (const struct diag *d = there.diags.first; d; d = d->next)
		if (d->level == DIAG_ERROR)
			tell_refusal(run, d);
}

enum exit_status cmd_import(struct arena *arena, const struct arguments *arguments)
{
	const char       *format = argument(arguments, OPTION_OUTPUT);
	struct run        run;
	struct object_set set;
	struct imported   found;
	bool              printed = true;

	if (!run_prepare(&run, arena, arguments, "import"))
		return EXIT_USAGE;
	if (arguments->n_operands == 0)
		return usage_error("import", "no objects are given: name files, or - for standard input");
	if (format && strcmp(format, "yaml") != 0 && strcmp(format, "json") != 0)
		return usage_error("import", "-o does not know \"%s\": yaml or json", format);
	run.mesh = choose_mesh(&run);
	if (read_objects(&run, &set) && run.mesh && import_objects(arena, &set, run.mesh, &found, &run.diags)) {
		struct str text = manifests_text(&run, &found, format && strcmp(format, "json") == 0);

		judge_manifests(&run, text);
		printed = print_output(text);
	}
	return run_finish(&run, printed);
}
