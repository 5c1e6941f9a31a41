/* The files that -f names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "cli/report_file.h"
#include "cli/run.h"

struct list {
	struct run *run;
	struct str *items;
	size_t      n;
	size_t      cap;
	struct hash seen; /* of struct str: device and inode of each file that is in the list */
	bool        recursive;
	bool        ok;
};

/* One file has several names, as with -R and its own name behind it; its manifests would quarrel with themselves. */
static bool is_new(struct list *l, const struct stat *st)
{
	struct arena *arena = l->run->arena;
	struct str   *identity = ARENA_NEW(arena, struct str);

	*identity = STR_CONCAT(arena, str_from_uint(arena, (uint64_t)st->st_dev), STR(":"),
	                       str_from_uint(arena, (uint64_t)st->st_ino));
	return hash_add(&l->seen, identity) == NULL;
}

static void fail(struct list *l, enum diag_code code, struct str path, int error)
{
	diag_add(&l->run->diags, code, POS_NONE, ARGS(path, str_copy(l->run->arena, str_c(strerror(error)))));
	l->ok = false;
}

static void add(struct list *l, struct str path)
{
	if (l->n >= LIMIT_INPUTS) {
		if (l->ok)
			diag_add(&l->run->diags, CO_TOO_MANY_INPUTS, POS_NONE,
			         ARGS(str_from_uint(l->run->arena, LIMIT_INPUTS), STR("files")));
		l->ok = false;
		return;
	}
	l->items = ARENA_LIST(l->run->arena, l->items, l->n, &l->cap, struct str);
	l->items[l->n++] = path;
}

static bool is_manifest_name(struct str name)
{
	return str_ends_with_nocase(name, STR(".yaml")) || str_ends_with_nocase(name, STR(".yml")) ||
	       str_ends_with_nocase(name, STR(".json"));
}

static int compare_names(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* The sorted names in a directory, without those that begin with a dot. */
static struct str *directory_names(struct list *l, struct str path, size_t *ret_n)
{
	struct arena *arena = l->run->arena;
	DIR          *directory = opendir(str_copy(arena, path).p);
	struct str   *names = NULL;
	size_t        n = 0, cap = 0;
	int           error;

	if (!directory) {
		fail(l, CO_CANNOT_READ, path, errno);
		return NULL;
	}
	for (struct dirent *e; errno = 0, (e = readdir(directory));) {
		if (e->d_name[0] == '.')
			continue;
		names = ARENA_LIST(arena, names, n, &cap, struct str);
		names[n++] = str_copy(arena, str_c(e->d_name));
	}
	error = errno; /* of the readdir that ended the loop */
	closedir(directory);
	if (error) {
		fail(l, CO_CANNOT_READ, path, error);
		return NULL;
	}
	if (n)
		qsort(names, n, sizeof(*names), compare_names);
	*ret_n = n;
	return n ? names : ARENA_NEW(arena, struct str);
}

/* Depth is bounded by LIMIT_DIRECTORY_DEPTH. Links to files are followed, links to directories are not: they could lead
 * round in circles. */
static void add_directory(struct list *l, struct str path, unsigned depth)
{
	size_t      n = 0;
	struct str *names = directory_names(l, path, &n);

	if (depth > LIMIT_DIRECTORY_DEPTH) {
		diag_add(&l->run->diags, CO_CANNOT_READ, POS_NONE, ARGS(path, STR(TOO_DEEP)));
		l->ok = false;
		return;
	}
	for (size_t i = 0; names && i < n && l->ok; i++) {
		struct str  child = path_join(l->run->arena, path, names[i]);
		struct stat st, target;

		if (lstat(child.p, &st) != 0) {
			fail(l, CO_CANNOT_READ, child, errno);
		} else if (S_ISDIR(st.st_mode)) {
			add_directory(l, child, depth + 1);
		} else if (is_manifest_name(names[i])) {
			if (stat(child.p, &target) != 0)
				fail(l, CO_CANNOT_READ, child, errno);
			else if (S_ISREG(target.st_mode) && !report_file_is(l->run->arguments, &target) &&
			         is_new(l, &target))
				add(l, child);
		}
	}
}

const struct str *input_files(struct run *run, size_t *ret_n)
{
	const struct option_values *given = &run->arguments->options[OPTION_FILE];
	struct str                  mesh_file = argument_str(run->arguments, OPTION_MESH_FILE);
	struct stat                 st;
	struct list l = { .run = run, .recursive = run->arguments->options[OPTION_RECURSIVE].n > 0, .ok = true };

	hash_init(&l.seen, run->arena, hash_string);
	if (str_present(mesh_file) && stat(mesh_file.p, &st) == 0)
		is_new(&l, &st); /* it was read as such, and may lie among the manifests */
	for (size_t i = 0; i < given->n; i++) {
		bool is_there = strcmp(given->items[i], "-") != 0 && stat(given->items[i], &st) == 0;

		if (is_there && l.recursive && S_ISDIR(st.st_mode))
			add_directory(&l, str_c(given->items[i]), 0);
		else if (!is_there || !S_ISREG(st.st_mode) || is_new(&l, &st))
			add(&l, str_c(given->items[i]));
	}
	*ret_n = l.n;
	return l.ok ? (l.n ? l.items : ARENA_NEW(run->arena, struct str)) : NULL;
}
