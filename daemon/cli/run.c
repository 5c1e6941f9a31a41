#include "cli/run.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/habits.h"
#include "live/live_index.h"

static void release_arena(void *arena)
{
	arena_free(arena);
}

bool run_prepare(struct run *run, struct arena *arena, const struct arguments *arguments, const char *command)
{
	*run = (struct run){ .arena = arena, .arguments = arguments, .command = command, .sound = true };
	diags_init(&run->diags, arena);
	if (!run_check_options(run))
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

void run_add_source(struct run *run, const struct source *source)
{
	run->sources = ARENA_LIST(run->arena, run->sources, run->n_sources, &run->cap_sources, const struct source *);
	run->sources[run->n_sources++] = source;
}

const struct source *run_source_read(struct run *run, struct str path, const char *for_directory)
{
	struct diag        **end = run->diags.last;
	const struct source *source = source_read(run->arena, path, LIMIT_INPUT_BYTES, &run->diags);

	if (*end && (*end)->code == CO_IS_DIRECTORY && for_directory && !str_is(path, "-"))
		diag_help(&run->diags, *end, for_directory, ARGS(path));
	habit_help(&run->diags, *end, path);
	return source;
}

typedef bool parse_source(struct arena *, const struct source *, const struct manifest_options *, struct inputs *,
                          struct diags *);

/* parse: manifest_parse, or mesh_file_parse */
static void read_source(struct run *run, struct str path, const struct manifest_options *options,
                        const char *for_directory, parse_source *parse)
{
	const struct source *source = run_source_read(run, path, for_directory);

	if (source)
		run_add_source(run, source);
	if (!source || !parse(run->arena, source, options, &run->inputs, &run->diags))
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
		read_source(run, files[i], options, "give -R to read every .yaml, .yml and .json beneath it",
		            manifest_parse);
	}
}

void run_read_mesh_file(struct run *run, struct manifest_options *options)
{
	struct str path = argument_str(run->arguments, OPTION_MESH_FILE);

	if (!str_present(path))
		return;
	read_source(run, path, options, "--mesh-file names one file", mesh_file_parse);
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
