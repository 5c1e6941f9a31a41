#include "cli/report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/output_dir.h"

static bool cannot_write(struct str path, const char *why)
{
	fprintf(stderr, "callout: cannot write %.*s: %s\n", STR_ARG(path), why);
	return false;
}

static bool is_same_file(int fd, const struct stat *st)
{
	struct stat other;

	return fstat(fd, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* The descriptor that already stands for what is at path (/dev/stdout, also when that is a file), or -1. Such a file
 * was opened by somebody who goes on writing to it. */
static int standard_descriptor(struct str path, const struct stat *st)
{
	if (str_is(path, "-"))
		return STDOUT_FILENO;
	if (is_same_file(STDOUT_FILENO, st))
		return STDOUT_FILENO;
	return is_same_file(STDERR_FILENO, st) ? STDERR_FILENO : -1;
}

/* ---- what else the file is ---- */

static bool is_report(const struct option_values *reports, const struct stat *st)
{
	for (size_t i = 0; i < reports->n; i++) {
		const char *path = strchr(reports->items[i], '=');
		struct stat other;

		if (path && stat(path + 1, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino)
			return true;
	}
	return false;
}

bool report_file_is(const struct arguments *a, const struct stat *st)
{
	return S_ISREG(st->st_mode) && (is_report(&a->options[OPTION_REPORT], st) || is_same_file(STDOUT_FILENO, st) ||
	                                is_same_file(STDERR_FILENO, st));
}

static bool is_same_directory(struct arena *arena, struct str a, struct str b)
{
	struct stat one, other;

	return str_eq(a, b) || /* it need not be there yet */
	       (stat(a.n ? str_copy(arena, a).p : ".", &one) == 0 &&
	        stat(b.n ? str_copy(arena, b).p : ".", &other) == 0 && one.st_dev == other.st_dev &&
	        one.st_ino == other.st_ino);
}

static struct str bare_name(struct str path)
{
	size_t slash = str_find_last(path, '/');

	return slash == path.n ? path : str_slice(path, slash + 1, path.n);
}

/* A file is replaced where its name is: a link, too, whatever it leads to. */
bool report_file_is_same(struct arena *arena, struct str a, struct str b)
{
	a = str_is(a, "/dev/stdout") ? STR("-") : a;
	b = str_is(b, "/dev/stdout") ? STR("-") : b;
	return str_eq(a, b) || (str_eq(bare_name(a), bare_name(b)) && !str_is(a, "-") && !str_is(b, "-") &&
	                        is_same_directory(arena, path_directory(a), path_directory(b)));
}

const char *report_file_among(struct arena *arena, const struct arguments *a, struct str directory)
{
	const struct option_values *reports = &a->options[OPTION_REPORT];

	for (size_t i = 0; i < reports->n; i++) {
		struct str format, file = str_cut(str_c(reports->items[i]), '=', &format), name = bare_name(file);

		if (file.p && output_dir_owns(name) && is_same_directory(arena, path_directory(file), directory))
			return file.p;
	}
	return NULL;
}

/* May the file be replaced? Yes, if it is a report of an earlier run in any format, or empty. */
static bool is_earlier_report(const char *path)
{
	static const char *const marks[] = { "\"kind\": \"Report\"",
		                             "sarif-2.1.0",
		                             "<testsuites name=\"callout",
		                             "<checkstyle version",
		                             "\"check_name\": \"CO",
		                             "error CO0",
		                             "warning CO0",
		                             "info CO0",
		                             "::error ",
		                             "::warning ",
		                             "::notice " };
	char                     text[4096];
	ssize_t                  n;
	int                      fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n == 0 || (n > 0 && str_is(str_of(text, (size_t)n), "[]\n")))
		return true;
	for (size_t i = 0; n > 0 && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(text, (size_t)n, marks[i], strlen(marks[i])))
			return true;
	return false;
}

static bool lies_in(const char *path, const char *directory)
{
	char  *whole = realpath(path, NULL), *above = realpath(directory, NULL);
	size_t n = above ? strlen(above) : 0;
	bool   lies = whole && n && strncmp(whole, above, n) == 0 && (above[n - 1] == '/' || whole[n] == '/');

	free(whole);
	free(above);
	return lies;
}

static const char *replaced_in(const struct option_values *reports, const char *directory)
{
	struct stat st;

	if (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode))
		return NULL;
	for (size_t i = 0; i < reports->n; i++) {
		const char *path = strchr(reports->items[i], '=');

		if (path && stat(path + 1, &st) == 0 && S_ISREG(st.st_mode) && lies_in(path + 1, directory) &&
		    !is_earlier_report(path + 1))
			return path + 1;
	}
	return NULL;
}

const char *report_file_within(const struct arguments *a, const char *directory)
{
	return replaced_in(&a->options[OPTION_REPORT], directory);
}

static bool is_replaced(const struct option_values *reports, const char *input)
{
	struct stat st;
	bool        is_stdin = strcmp(input, "-") == 0;

	return (is_stdin ? fstat(STDIN_FILENO, &st) : stat(input, &st)) == 0 && S_ISREG(st.st_mode) &&
	       is_report(reports, &st);
}

/* The input that a report would replace: the file itself, or one that a directory of inputs holds. NULL: none. */
static const char *clash(const struct option_values *reports, const char *input)
{
	return is_replaced(reports, input) ? input : replaced_in(reports, input);
}

const char *report_file_clash(const struct arguments *a)
{
	static const enum option    inputs[] = { OPTION_FILE, OPTION_OBJECTS, OPTION_MESH_FILE, OPTION_LIVE,
		                                 OPTION_TEMPLATES };
	const struct option_values *reports = &a->options[OPTION_REPORT];
	size_t                      n = a->options[OPTION_WAIT].n ? a->n_before_dashes : a->n_operands;
	const char                 *found = NULL;

	for (size_t i = 0; reports->n && i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		const struct option_values *files = &a->options[inputs[i]];

		for (size_t k = 0; k < files->n && !found; k++)
			found = clash(reports, files->items[k]);
	}
	for (size_t i = 0; reports->n && i < n && !found; i++) {
		const char *named = strchr(a->operands[i], '=');

		found = clash(reports, a->operands[i]);
		if (!found && named && clash(reports, named + 1))
			found = a->operands[i];
	}
	return found;
}

/* ---- writing ---- */

/* Renaming over a device or a pipe would take it from everybody else on the machine. */
static bool write_in_place(struct str path, const char *zpath, struct str bytes)
{
	int  fd = open(zpath, O_WRONLY | O_CLOEXEC | O_NOCTTY), error;
	bool ok;

	if (fd < 0)
		return cannot_write(path, strerror(errno));
	ok = file_write_all(fd, bytes);
	error = errno;
	ok = close(fd) == 0 && ok;
	return ok || cannot_write(path, strerror(error ? error : errno));
}

static bool replace(struct arena *arena, struct str path, struct str bytes)
{
	struct str   directory = path_directory(path), name = path;
	struct diags why;
	bool         ok;
	int          fd;

	if (directory.n)
		name = str_slice(path, directory.n + (str_is(directory, "/") ? 0 : 1), path.n);
	fd = open(directory.n ? str_copy(arena, directory).p : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cannot_write(path, strerror(errno));
	diags_init(&why, arena);
	ok = file_replace(arena, fd, directory, name, bytes, &why);
	close(fd);
	if (!ok)
		fprintf(stderr, "callout: %.*s\n", STR_ARG(why.first->message));
	return ok;
}

bool report_file_write(struct arena *arena, struct str path, struct str bytes)
{
	const char *zpath = str_copy(arena, path).p;
	struct stat st = { 0 };
	bool        is_there = str_is(path, "-") || stat(zpath, &st) == 0;
	int         fd = is_there ? standard_descriptor(path, &st) : -1;

	if (fd >= 0)
		return file_write_all(fd, bytes) ||
		       cannot_write(str_is(path, "-") ? STR("standard output") : path, strerror(errno));
	if (is_there && S_ISDIR(st.st_mode))
		return cannot_write(path, strerror(EISDIR));
	return is_there && !S_ISREG(st.st_mode) ? write_in_place(path, zpath, bytes) : replace(arena, path, bytes);
}
