/* The files that -f names. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "cli/report_file.h"
#include "cli/run.h"
#include "manifest/document_read.h"

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

static void fail(struct list *l, struct str path, int error)
{
	diag_add(&l->run->diags, CO_CANNOT_READ, POS_NONE, ARGS(path, str_copy(l->run->arena, str_c(strerror(error)))));
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

/* Depth is bounded by LIMIT_DIRECTORY_DEPTH. Links to files are followed, links to directories are not: they could lead
 * round in circles. */
static void add_directory(struct list *l, struct str path, unsigned depth)
{
	struct str *names;
	size_t      n;

	if (depth > LIMIT_DIRECTORY_DEPTH) {
		diag_add(&l->run->diags, CO_CANNOT_READ, POS_NONE, ARGS(path, STR(TOO_DEEP)));
		l->ok = false;
		return;
	}
	if (!directory_names(l->run->arena, path, &names, &n)) {
		fail(l, path, errno);
		return;
	}
	for (size_t i = 0; i < n && l->ok; i++) {
		struct str  child = path_join(l->run->arena, path, names[i]);
		struct stat st, target;

		if (lstat(child.p, &st) != 0) {
			fail(l, child, errno);
		} else if (S_ISDIR(st.st_mode)) {
			add_directory(l, child, depth + 1);
		} else if (document_name_is(names[i])) {
			if (stat(child.p, &target) != 0)
				fail(l, child, errno);
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
