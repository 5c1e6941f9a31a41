#include "cli/output_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"

static const char list_name[] = ".callout-files";

static bool cannot(struct output_dir *d, enum diag_code code, struct str name)
{
	diag_add(d->diags, code, POS_NONE,
	         ARGS(name.n ? path_join(d->arena, d->path, name) : d->path,
	              str_copy(d->arena, str_c(strerror(errno)))));
	return false;
}

/* A name that stays in the directory and is no hidden file. */
static bool is_bare(struct str name)
{
	return name.n > 0 && name.n < 255 && name.p[0] != '.' && str_find(name, '/', 0) == name.n &&
	       str_find(name, 0, 0) == name.n;
}

/* The content of a regular file of the directory; absent when there is none. */
static bool read_file(struct output_dir *d, struct str name, struct str *ret)
{
	struct stat st;
	int         fd;
	bool        ok;

	*ret = STR_ABSENT;
	if (d->absent)
		return true;
	fd = openat(d->fd, str_copy(d->arena, name).p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || cannot(d, CO_CANNOT_READ, name);
	if (fstat(fd, &st) != 0) {
		ok = cannot(d, CO_CANNOT_READ, name);
		close(fd);
		return ok;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return true;
	}
	ok = file_read_fd(d->arena, fd, path_join(d->arena, d->path, name), LIMIT_INPUT_BYTES, ret, d->diags);
	close(fd);
	return ok;
}

static bool read_list(struct output_dir *d)
{
	struct str text, line;
	size_t     n = 1;

	if (!read_file(d, str_c(list_name), &text))
		return false;
	for (size_t at = 0; text.p && (at = str_find(text, '\n', at)) < text.n; at++)
		n++;
	d->old = ARENA_ARRAY(d->arena, n, struct str);
	while (text.p && text.n) {
		struct str rest = str_cut(text, '\n', &line);

		if (line.n && !is_bare(line)) {
			diag_add(d->diags, CO_FORBIDDEN_OUTPUT, POS_NONE,
			         ARGS(d->path, STR_CONCAT(d->arena, STR("its list names \""), line, STR("\""))));
			return false;
		}
		if (line.n) {
			d->old[d->n_old] = line;
			hash_add(&d->listed, &d->old[d->n_old++]);
		}
		text = rest;
	}
	return true;
}

/* ---- what killed runs left ---- */

/* A temporary file of a run that was killed. Another program's has a name of the same form: ours is for a file that the list
 * names, as it names each before it is written. */
static bool is_left_over(const struct output_dir *d, struct str entry)
{
	struct str  name;
	struct stat st;

	return file_is_temporary(entry, &name) && (str_is(name, list_name) || hash_get(&d->listed, name)) &&
	       fstatat(d->fd, entry.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* The lock is held, so none of them belongs to a run that is still at work. */
static bool remove_left_overs(struct output_dir *d)
{
	int  fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* with an offset of its own */
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	bool ok = true;

	if (!directory) {
		cannot(d, CO_CANNOT_READ, STR(""));
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (struct dirent *e; ok && (errno = 0, e = readdir(directory));)
		if (is_left_over(d, str_c(e->d_name)))
			ok = unlinkat(d->fd, e->d_name, 0) == 0 || cannot(d, CO_CANNOT_WRITE, str_c(e->d_name));
	if (ok && errno)
		ok = cannot(d, CO_CANNOT_READ, STR(""));
	closedir(directory);
	return ok;
}

/* The arena outlives the struct output_dir, so it keeps the descriptor itself. */
static void close_fd(void *fd)
{
	close(*(int *)fd);
}

/* Those above it too, as `helm template --output-dir` does. */
static bool make_directory(struct arena *arena, struct str path)
{
	char *z = arena_copy(arena, str_copy(arena, path).p, path.n + 1);

	if (mkdir(z, 0777) == 0 || errno == EEXIST)
		return true;
	if (errno != ENOENT)
		return false;
	for (char *slash = z; (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		if (mkdir(z, 0777) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(z, 0777) == 0 || errno == EEXIST;
}

bool output_dir_open(struct output_dir *d, struct arena *arena, struct str path, bool check_only, struct diags *diags)
{
	const char *zpath = str_copy(arena, path).p;

	*d = (struct output_dir){ .arena = arena, .diags = diags, .path = path, .check_only = check_only };
	hash_init(&d->wanted, arena, hash_string);
	hash_init(&d->listed, arena, hash_string);
	if (!check_only && !make_directory(arena, path))
		return cannot(d, CO_CANNOT_WRITE, STR(""));
	d->fd = open(zpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d->absent = d->fd < 0 && errno == ENOENT && check_only; /* as one in which nothing was generated yet */
	if (d->absent)
		return true;
	if (d->fd < 0)
		return cannot(d, check_only ? CO_CANNOT_READ : CO_CANNOT_WRITE, STR(""));
	arena_defer(arena, close_fd, arena_copy(arena, &d->fd, sizeof(d->fd)));
	if (flock(d->fd, check_only ? LOCK_SH : LOCK_EX) != 0 && errno != EOPNOTSUPP && errno != ENOLCK)
		return cannot(d, CO_CANNOT_WRITE, STR(""));
	return read_list(d) && (check_only || remove_left_overs(d));
}

struct str output_dir_name(struct arena *arena, const struct resource *r)
{
	return str_lower(arena,
	                 STR_CONCAT(arena, r->namespace, STR("_"), str_c(r->kind), STR("_"), r->name, STR(".yaml")));
}

bool output_dir_owns(struct str name)
{
	return str_is(name, list_name) || str_ends_with_nocase(name, STR(".yaml"));
}

void output_dir_want(struct output_dir *d, struct str name)
{
	struct str *item = ARENA_NEW(d->arena, struct str);

	*item = name;
	if (hash_add(&d->wanted, item))
		return;
	d->names = ARENA_LIST(d->arena, d->names, d->n, &d->cap, struct str *);
	d->names[d->n++] = item;
}

/* The list of generated files. with_old: also those of the run before, as long as files of both runs may be there. */
static struct str list_text(struct output_dir *d, bool with_old)
{
	size_t      n = 0;
	struct str *names = ARENA_ARRAY(d->arena, d->n + d->n_old + 1, struct str);
	struct buf  b;

	for (size_t i = 0; i < d->n; i++)
		names[n++] = *d->names[i];
	for (size_t i = 0; with_old && i < d->n_old; i++)
		if (!hash_get(&d->wanted, d->old[i]))
			names[n++] = d->old[i];
	str_sort(names, n);
	buf_init(&b, d->arena, LIMIT_INPUT_BYTES);
	for (size_t i = 0; i < n; i++) {
		buf_add(&b, names[i]);
		buf_char(&b, '\n');
	}
	return buf_str(&b);
}

static bool write_list(struct output_dir *d, bool with_old)
{
	struct str text = list_text(d, with_old), before;

	if (!read_file(d, str_c(list_name), &before))
		return false;
	if (before.p && str_eq(before, text))
		return true;
	return file_replace(d->arena, d->fd, d->path, str_c(list_name), text, d->diags);
}

/* The file as the place of a finding, so that pipelines show it there. */
static struct pos file_pos(struct output_dir *d, struct str name)
{
	struct arena *arena = d->diags->arena; /* d->arena is emptied after each file */

	return pos_at(source_from_bytes(arena, path_join(arena, d->path, name), STR_ABSENT), 0, 0);
}

static void not_up_to_date(struct output_dir *d, struct str name, const char *why)
{
	d->outdated = true;
	diag_add(d->diags, CO_NOT_UP_TO_DATE, file_pos(d, name), ARGS(str_c(why)));
}

/* The list names a file before the file exists, so that a killed run leaves nothing that a later one would not know. */
bool output_dir_begin(struct output_dir *d)
{
	return d->check_only || write_list(d, true);
}

bool output_dir_file(struct output_dir *d, struct str name, struct str bytes)
{
	struct arena_mark mark = arena_mark(d->arena);
	struct str        before;
	bool              same, ok;

	if (!read_file(d, name, &before))
		return false;
	same = before.p && str_eq(before, bytes);
	ok = same || d->check_only || file_replace(d->arena, d->fd, d->path, name, bytes, d->diags);
	if (!same && d->check_only)
		not_up_to_date(d, name, before.p ? "differs from what would be generated" : "is missing");
	if (ok && same)
		arena_reset(d->arena, mark);
	return ok;
}

static bool carries_our_mark(struct str text)
{
	return str_find_str(text, STR("app.kubernetes.io/managed-by: callout\n"), 0) < text.n ||
	       str_find_str(text, STR("callout.dev/manifests: "), 0) < text.n;
}

static void keep(struct output_dir *d, struct str name, const char *why)
{
	diag_add(d->diags, CO_STALE_KEPT, file_pos(d, name), ARGS(str_c(why)));
}

static bool remove_stale(struct output_dir *d, struct str name)
{
	const char *zname = str_copy(d->arena, name).p;
	struct stat st;
	struct str  text;

	if (fstatat(d->fd, zname, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || cannot(d, CO_CANNOT_READ, name);
	if (d->check_only) {
		not_up_to_date(d, name, "is no longer generated");
		return true;
	}
	if (!S_ISREG(st.st_mode)) {
		keep(d, name, "it is not a regular file");
		return true;
	}
	if (!read_file(d, name, &text))
		return false;
	if (!carries_our_mark(text)) {
		keep(d, name, "it does not carry Callout's label any more");
		return true;
	}
	return unlinkat(d->fd, zname, 0) == 0 || cannot(d, CO_CANNOT_WRITE, name);
}

/* Without its list a directory looks complete, but no later run would find what is stale in it. */
static bool check_list(struct output_dir *d)
{
	struct str before;

	if (!read_file(d, str_c(list_name), &before))
		return false;
	if (d->n && !d->outdated && !(before.p && str_eq(before, list_text(d, false))))
		not_up_to_date(d, str_c(list_name), before.p ? "differs from what would be generated" : "is missing");
	return true;
}

bool output_dir_finish(struct output_dir *d)
{
	for (size_t i = 0; i < d->n_old; i++)
		if (!hash_get(&d->wanted, d->old[i]) && !remove_stale(d, d->old[i]))
			return false;
	if (!d->check_only)
		return write_list(d, false);
	return check_list(d);
}
