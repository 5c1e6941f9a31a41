#include "cli/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/dump_files.h"
#include "cli/habits.h"
#include "cli/report_file.h"
#include "names/hostname.h"
#include "plan/live_index.h"
#include "report/report.h"

/* ---- options ---- */

static bool one_of(const char *value, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

/* Is the option's value one of these words? known: the words as the usage error lists them. */
static bool check_word(const struct run *run, enum option o, const char *const *words, const char *known)
{
	const char *value = argument(run->arguments, o);

	if (!value || one_of(value, words))
		return true;
	usage_error(run->command, "--%s does not know \"%s\": %s", option_table[o].name, value, known);
	return false;
}

static bool same_file(const char *a, const char *b)
{
	struct str name, file_a = str_cut(str_c(a), '=', &name), file_b = str_cut(str_c(b), '=', &name);

	return file_a.p && file_b.p && str_eq(file_a, file_b);
}

static bool check_report(const struct run *run, const struct option_values *reports, size_t i)
{
	struct str name, file = str_cut(str_c(reports->items[i]), '=', &name);

	if (!report_format_find(name)) {
		usage_error(run->command, "--report does not know \"%.*s\": %.*s", STR_ARG(name),
		            STR_ARG(report_format_names(run->arena)));
		return false;
	}
	if (file.p && file.n == 0) {
		usage_error(run->command, "--report %s names no file", reports->items[i]);
		return false;
	}
	for (size_t k = 0; k < i; k++) {
		if (same_file(reports->items[i], reports->items[k])) {
			usage_error(run->command, "two reports would go to one file: \"%s\"", reports->items[i]);
			return false;
		}
	}
	return true;
}

static bool check_reports(const struct run *run)
{
	const struct option_values *reports = &run->arguments->options[OPTION_REPORT];

	const char *input = report_file_clash(run->arguments);

	for (size_t i = 0; i < reports->n; i++)
		if (!check_report(run, reports, i))
			return false;
	if (input)
		usage_error(run->command, "a report would replace an input: \"%s\"", input);
	return !input;
}

bool run_read_versions(const struct run *run, enum option o, struct version_range *ret)
{
	const char *text = argument(run->arguments, o), *fault = version_range_read(str_c(text), ret);

	if (fault)
		usage_error(run->command, "--%s \"%s\" %s", option_table[o].name, text, fault);
	return !fault;
}

bool run_check_versions(const struct run *run)
{
	struct version_range ignored;

	return !argument(run->arguments, OPTION_ISTIO_VERSION) ||
	       run_read_versions(run, OPTION_ISTIO_VERSION, &ignored);
}

static bool is_stdin(const struct run *run, const char *operand)
{
	struct str ignored;

	if (strcmp(run->command, "verify") == 0)
		return str_is(dump_operand_path(str_c(operand), &ignored), "-");
	return strcmp(operand, "-") == 0;
}

/* Standard input has one reader: a second one would find it empty, and report an empty file that does not exist. */
static bool check_stdin(const struct run *run)
{
	static const enum option once[] = { OPTION_MESH_FILE, OPTION_OBJECTS, OPTION_LIVE };
	const struct arguments  *a = run->arguments;
	size_t                   operands = a->options[OPTION_WAIT].n ? a->n_before_dashes : a->n_operands;
	size_t                   readers = strcmp(run->command, "fn") == 0; /* its list */
	bool                     manifests = false;

	for (size_t i = 0; i < a->options[OPTION_FILE].n; i++) /* -f - twice is -f - once */
		manifests = manifests || strcmp(a->options[OPTION_FILE].items[i], "-") == 0;
	readers += manifests;
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		for (size_t k = 0; k < a->options[once[i]].n; k++)
			readers += strcmp(a->options[once[i]].items[k], "-") == 0;
	for (size_t i = 0; i < operands; i++)
		readers += is_stdin(run, a->operands[i]);
	if (readers > 1)
		usage_error(run->command, "standard input can be read once, and is named for %zu inputs: give files",
		            readers);
	return readers <= 1;
}

static void release_arena(void *arena)
{
	arena_free(arena);
}

bool run_prepare(struct run *run, struct arena *arena, const struct arguments *arguments, const char *command)
{
	static const char *const levels[] = { "warning", "error", NULL };
	static const char *const colors[] = { "auto", "never", "always", NULL };
	const char *namespace = argument(arguments, OPTION_NAMESPACE);

	*run = (struct run){ .arena = arena, .arguments = arguments, .command = command, .sound = true };
	diags_init(&run->diags, arena);
	if (!check_word(run, OPTION_FAIL_ON, levels, "warning or error") ||
	    !check_word(run, OPTION_COLOR, colors, "auto, never or always") || !check_reports(run))
		return false;
	if (namespace && !dns_label_is(str_c(namespace))) {
		usage_error(command, "-n \"%s\" is not the name of a namespace", namespace);
		return false;
	}
	if (argument(arguments, OPTION_MESH) && argument(arguments, OPTION_MESH_FILE)) {
		usage_error(command, "--mesh and --mesh-file exclude each other");
		return false;
	}
	if (!check_stdin(run))
		return false;
	run->scratch = arena_new(LIMIT_MEMORY_BYTES);
	if (!run->scratch)
		arena_exhausted(arena);
	arena_share_run(run->scratch, arena);
	arena_defer(arena, release_arena, run->scratch);
	return true;
}

bool run_begin(struct run *run, struct arena *arena, const struct arguments *arguments, const char *command)
{
	if (!run_prepare(run, arena, arguments, command) || !run_check_versions(run))
		return false;
	if (arguments->options[OPTION_FILE].n)
		return true;
	usage_error(command, "no manifest is given: use -f FILE, or -f - for standard input");
	return false;
}

/* ---- reading ---- */

/* The array doubles whenever its length is a power of two. */
void run_add_source(struct run *run, const struct source *source)
{
	size_t n = run->n_sources;

	if ((n & (n - 1)) == 0) {
		const struct source **more = ARENA_ARRAY(run->arena, n ? 2 * n : 1, const struct source *);

		for (size_t i = 0; i < n; i++)
			more[i] = run->sources[i];
		run->sources = more;
	}
	run->sources[run->n_sources++] = source;
}

const struct source *run_source_read(struct run *run, struct str path, const char *for_directory)
{
	struct diag        **end = run->diags.last;
	const struct source *source = source_read(run->arena, path, LIMIT_INPUT_BYTES, &run->diags);

	if (*end && (*end)->code == CO_IS_DIRECTORY && for_directory)
		diag_help(&run->diags, *end, for_directory, ARGS(path));
	habit_help(&run->diags, *end, path);
	return source;
}

static void read_source(struct run *run, struct str path, const struct manifest_options *options,
                        const char *for_directory)
{
	const struct source *source = run_source_read(run, path, for_directory);

	if (source)
		run_add_source(run, source);
	if (!source || !manifest_parse(run->arena, source, options, &run->inputs, &run->diags))
		run->sound = false;
}

static void read_inputs(struct run *run, const struct manifest_options *options)
{
	size_t            n;
	const struct str *files = input_files(run, &n);
	bool              seen_stdin = false;

	if (!files) {
		run->sound = false;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool is_stdin = str_is(files[i], "-");

		if (is_stdin && seen_stdin)
			continue; /* it can be read once */
		seen_stdin = seen_stdin || is_stdin;
		read_source(run, files[i], options, "give -R to read every .yaml, .yml and .json beneath it");
	}
}

void run_read_mesh_file(struct run *run, struct manifest_options *options)
{
	struct str path = argument_str(run->arguments, OPTION_MESH_FILE);

	if (!str_present(path))
		return;
	read_source(run, path, options, "--mesh-file names one file");
	if (run->inputs.n_meshes == 0 && run->sound) {
		diag_help(&run->diags, diag_add(&run->diags, CO_MESH_UNKNOWN, POS_NONE, ARGS(path)),
		          "--mesh-file names a file that holds a document of kind Mesh", NO_ARGS);
		run->sound = false;
	}
	options->mesh_forbidden = true;
}

static void read_live_objects(struct run *run)
{
	const struct option_values *files = &run->arguments->options[OPTION_OBJECTS];

	for (size_t i = 0; i < files->n; i++) {
		const struct source *source = run_source_read(run, str_c(files->items[i]), NULL);

		if (!source || !live_objects_read(run->arena, source, &run->live, &run->diags))
			run->sound = false;
	}
}

struct generation run_generation(struct run *run)
{
	return (struct generation){ .arena = run->arena,
		                    .scratch = run->scratch,
		                    .inputs = &run->inputs,
		                    .mesh = run->mesh,
		                    .live = &run->live,
		                    .neighbours = run->neighbours,
		                    .diags = &run->diags };
}

static void judge_manifests(struct run *run)
{
	struct generation g = run_generation(run);

	run->sound = generation_judge(&g) && run->sound;
	run->neighbours = g.neighbours;
}

void run_read(struct run *run)
{
	struct manifest_options options = { .default_namespace = argument_str(run->arguments, OPTION_NAMESPACE) };

	if (!str_present(options.default_namespace))
		options.default_namespace = STR("default");
	options.ignore_other_kinds = run->arguments->options[OPTION_IGNORE_OTHER_KINDS].n > 0;
	run_read_mesh_file(run, &options);
	read_inputs(run, &options);
	read_live_objects(run);
}

void run_load(struct run *run)
{
	run_read(run);
	run_judge(run, argument_str(run->arguments, OPTION_MESH), argument_str(run->arguments, OPTION_ISTIO_VERSION));
}

void run_judge(struct run *run, struct str mesh, struct str versions)
{
	artifacts_load(run);
	run->mesh = mesh_choose(run->arena, &run->inputs, mesh, versions, &run->diags);
	if (run->mesh) {
		run->versions = run->mesh->versions;
		live_objects_index(run->arena, &run->live, run->mesh->spec->cluster_domain);
		judge_manifests(run);
	} else {
		run->sound = false;
	}
	if (!run->inspects)
		artifacts_inspect(run);
}

void run_note_nothing(struct run *run, const char *verb, bool filters_too)
{
	const struct inputs *inputs = &run->inputs;
	const char          *why = inputs->n_manifests == 0 ? "the input holds no FilterManifest"
	                           : filters_too            ? "there is neither an upstream nor a filter"
	                                                    : "there is no upstream";

	for (size_t i = 0; i < inputs->n_manifests; i++)
		if (manifest_upstreams(inputs->manifests[i]) || (filters_too && inputs->manifests[i]->spec->filter))
			return;
	diag_add(&run->diags, CO_NOTHING_TO_GENERATE, POS_NONE, ARGS(str_c(verb), str_c(why)));
}

/* ---- reporting ---- */

#define REPORT_BYTES (64 * MIB)

static bool fails_on_warning(const struct run *run)
{
	return str_is(argument_str(run->arguments, OPTION_FAIL_ON), "warning");
}

static bool wants_color(const struct run *run)
{
	const char *when = argument(run->arguments, OPTION_COLOR), *no_color = getenv("NO_COLOR"),
		   *term = getenv("TERM");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return !(no_color && *no_color) && isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

static bool write_report(struct run *run, struct str name, struct str file)
{
	struct report report = { .command = str_c(run->command),
		                 .diags = &run->diags,
		                 .color = !file.p && wants_color(run),
		                 .errors_only = !file.p && run->arguments->options[OPTION_QUIET].n > 0,
		                 .modules = run->modules,
		                 .verification = run->verification,
		                 .inputs = &run->inputs,
		                 .sources = run->sources,
		                 .n_sources = run->n_sources,
		                 .warnings_fail = fails_on_warning(run) };
	struct buf    b;

	buf_init(&b, run->arena, REPORT_BYTES);
	if (!report_write(&b, report_format_find(name), &report)) {
		fprintf(stderr, "callout: the %.*s report is larger than %zu MiB\n", STR_ARG(name), REPORT_BYTES / MIB);
		return false;
	}
	return file.p ? report_file_write(run->arena, file, buf_str(&b)) : file_write_all(STDERR_FILENO, buf_str(&b));
}

static bool write_reports(struct run *run)
{
	const struct option_values *reports = &run->arguments->options[OPTION_REPORT];
	bool                        quiet = run->arguments->options[OPTION_QUIET].n > 0, said = false, ok = true;

	for (size_t i = 0; i < reports->n; i++) {
		struct str name, file = str_cut(str_c(reports->items[i]), '=', &name);

		if (run->withheld && file.p && !str_is(file, "-"))
			continue;
		said = said || !file.p || str_is(file, "/dev/stderr");
		ok = write_report(run, name, file) && ok;
	}
	if (!said && !(quiet && run->diags.errors == 0))
		ok = write_report(run, STR("text"), STR_ABSENT) && ok;
	return ok;
}

static enum exit_status status_of(const struct run *run)
{
	if (run->diags.class_seen[DIAG_ENVIRONMENT])
		return EXIT_ENVIRONMENT;
	if (run->diags.class_seen[DIAG_INPUT])
		return EXIT_INPUT;
	if (run->diags.errors)
		return EXIT_NO;
	return fails_on_warning(run) && run->diags.warnings ? EXIT_NO : EXIT_FINE;
}

enum exit_status run_finish(struct run *run, bool output_written)
{
	enum exit_status status = status_of(run);

	if (run->arguments->options[OPTION_VERBOSE].n && run->mesh)
		fprintf(stderr, "%zu manifest%s from %zu file%s, for %.*s\n", run->inputs.n_manifests,
		        run->inputs.n_manifests == 1 ? "" : "s", run->n_sources, run->n_sources == 1 ? "" : "s",
		        STR_ARG(version_range_text(run->arena, run->versions)));
	return write_reports(run) && output_written ? status : EXIT_ENVIRONMENT;
}
