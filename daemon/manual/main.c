/* callout-man DIRECTORY DATE EXAMPLES - writes the manual pages into DIRECTORY/man1, man5 and man7, and findings.md.
 *
 * Runs when the program is built, and is not installed: what the tables say needs no second place in the tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "manifest/manifest.h"
#include "manual/pages.h"

struct job {
	struct arena *arena;
	struct str    directory, examples;
	const char   *date;
	struct diags  diags;
	bool          ok;
};

/* The kinds, and the example that shows one. */
static const struct {
	const char          *title;
	const struct object *kind;
	const char          *example;
} kinds[] = {
	{ "filter-manifest", &filter_manifest_object, "https-api/manifest.yaml" },
	{ "callout-mesh", &mesh_object, "managed-mesh/manifest.yaml" },
};

static void write_file(struct job *job, struct str folder, struct str name, const struct buf *b)
{
	struct str path = path_join(job->arena, job->directory, folder);
	int        fd;

	if (mkdir(path.p, 0777) != 0 && errno != EEXIST)
		job->ok = false;
	fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || b->overflow || !file_replace(job->arena, fd, path, name, buf_str(b), &job->diags)) {
		fprintf(stderr, "callout-man: cannot write %.*s/%.*s\n", STR_ARG(path), STR_ARG(name));
		job->ok = false;
	}
	if (fd >= 0)
		close(fd);
}

static struct buf *page(struct job *job)
{
	struct buf *b = ARENA_NEW(job->arena, struct buf);

	buf_init(b, job->arena, 4 * MIB);
	return b;
}

static void write_commands(struct job *job)
{
	struct buf *b = page(job);

	page_program(b, job->date);
	write_file(job, STR("man1"), STR("callout.1"), b);
	for (size_t i = 0; i < n_commands; i++) {
		b = page(job);
		page_command(b, &command_table[i], job->date);
		write_file(job, STR("man1"),
		           STR_CONCAT(job->arena, STR("callout-"), str_c(command_table[i].name), STR(".1")), b);
	}
}

static void write_kinds(struct job *job)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct str  path = path_join(job->arena, job->examples, str_c(kinds[i].example)), example;
		struct buf *b = page(job);

		if (!file_read(job->arena, path, MIB, &example, &job->diags)) {
			fprintf(stderr, "callout-man: cannot read %.*s\n", STR_ARG(path));
			job->ok = false;
			continue;
		}
		page_kind(b, str_c(kinds[i].title), kinds[i].kind, example, job->date);
		write_file(job, STR("man5"), STR_CONCAT(job->arena, str_c(kinds[i].title), STR(".5")), b);
	}
}

static void write_findings(struct job *job)
{
	struct buf *b = page(job);

	page_findings(b, job->date);
	write_file(job, STR("man7"), STR("callout-findings.7"), b);
	b = page(job);
	markdown_findings(b);
	write_file(job, STR("doc"), STR("findings.md"), b);
}

static void run(void *ctx)
{
	struct job *job = ctx;

	diags_init(&job->diags, job->arena);
	write_commands(job);
	write_kinds(job);
	write_findings(job);
}

int main(int argc, char **argv)
{
	struct job job = { .ok = true };

	if (argc != 4) {
		fputs("Usage: callout-man DIRECTORY DATE EXAMPLES\n", stderr);
		return EXIT_USAGE;
	}
	job.arena = arena_new(LIMIT_MEMORY_BYTES);
	job.directory = str_c(argv[1]);
	job.date = argv[2];
	job.examples = str_c(argv[3]);
	if (!job.arena || !arena_run(job.arena, run, &job))
		job.ok = false;
	arena_free(job.arena);
	return job.ok ? EXIT_FINE : EXIT_ENVIRONMENT;
}
