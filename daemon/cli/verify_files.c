/* callout verify FILE…: dumps that are files, directories or standard input. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/dumps_beside.h"
#include "cli/verifying.h"

enum { PROGRESS_FILES = 20 };

/* What the file is that is no dump and is left out for it; NULL: it must be one. */
static const char *what_beside(const struct dump_reader *reader, const struct dump_file *file)
{
	const char *aside = str_present(file->folder) ? dump_reader_aside(reader) : NULL;

	return !aside && file->beside && dump_reader_is_other(reader) ? "no dump" : aside;
}

/* NULL: errors were added, or it lies beside the dumps. */
static struct proxy_part *read_file(struct verifying *v, const struct dump_file *file, struct dumps_beside *beside)
{
	struct run        *run = v->run;
	bool               is_stdin = str_is(file->path, "-");
	struct source     *source = source_without_bytes(run->arena, is_stdin ? STR("<stdin>") : file->path);
	int                fd = dump_file_open(run, file);
	struct proxy_part *part;
	struct json_input  input;
	struct diags       found;

	if (fd < 0)
		return NULL;
	json_input_fd(&input, fd);
	diags_init(&found, run->arena);
	part = dump_read(v->reader, run->arena, source, &input, &found);
	if (!is_stdin)
		close(fd);
	if (!part && what_beside(v->reader, file))
		dumps_beside_note(beside, what_beside(v->reader, file), file);
	else
		diags_append(&run->diags, &found);
	if (part) {
		part->given_name = file->given_name;
		part->folder = file->folder;
	}
	return part;
}

static void show_progress(const struct verifying *v, size_t at, size_t n)
{
	if (v->progress && n > PROGRESS_FILES && (at % PROGRESS_FILES == 0 || at == n))
		fprintf(stderr, "\r%zu of %zu dumps%s", at, n, at == n ? "\r\033[K" : "");
}

static struct proxy_part *read_files(struct verifying *v, const struct dump_files *files)
{
	struct proxy_part  *first = NULL, **last = &first;
	struct dumps_beside beside = { .n_files = 0 };

	for (size_t i = 0; i < files->n; i++) {
		struct proxy_part *part = read_file(v, &files->items[i], &beside);

		show_progress(v, i + 1, files->n);
		if (!part)
			continue;
		*last = part;
		last = &part->next;
	}
	dumps_beside_add(v->run, &beside, first != NULL);
	return first;
}

/* Pipes cannot: which clusters an aggregate leads to is known only once the aggregate was read, and they may stand before it
 * in the dump, so that they are looked for in a second reading. */
static bool can_be_read_again(const struct dump_files *files)
{
	struct stat st;

	for (size_t i = 0; i < files->n; i++)
		if (stat(files->items[i].path.p, &st) != 0 || !S_ISREG(st.st_mode))
			return false;
	return true;
}

/* Findings of a first reading are dropped where there is a second one, which finds them again. */
static struct proxy_part *read_files_whole(struct verifying *v, const struct dump_files *files)
{
	struct diags       before = v->run->diags, found;
	struct proxy_part *parts;

	diags_init(&v->run->diags, v->run->arena);
	parts = read_files(v, files);
	if (can_be_read_again(files) && dump_wants_members(&v->wants, parts)) {
		diags_init(&v->run->diags, v->run->arena);
		verifying_prepare_reader(v);
		parts = read_files(v, files);
	}
	found = v->run->diags;
	v->run->diags = before;
	diags_append(&v->run->diags, &found);
	return parts;
}

void verify_files(struct verifying *v)
{
	const struct arguments *a = v->run->arguments;
	struct dump_files       files = { 0 };
	struct proxy_part      *parts;

	dump_files_list(v->run, (const char *const *)a->operands, a->n_operands, &files);
	parts = read_files_whole(v, &files);
	if (!parts)
		return;
	verifying_judge(v, v->run->arena, parts);
	verifying_add_findings(v);
}
