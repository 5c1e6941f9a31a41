#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"

enum { FIRST_READ = 64 * 1024 };

static bool cannot(struct diags *diags, enum diag_code code, struct str name, int error)
{
	diag_add(diags, code, POS_NONE, ARGS(name, str_copy(diags->arena, str_c(strerror(error)))));
	return false;
}

/* read(2), repeated when a signal interrupts it. */
static ssize_t read_some(int fd, char *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static void release_bytes(void *box)
{
	free(*(char **)box);
}

/* Makes room for one byte more than the file has, so that its end is noticed without another buffer. The buffer is not
 * in the arena, where each growth would leave the smaller one behind, but it is freed with the arena. */
static char *grow_bytes(struct arena *arena, char **box, size_t room)
{
	char *larger = realloc(*box, room);

	if (!larger)
		arena_exhausted(arena);
	*box = larger;
	return larger;
}

bool file_read_fd(struct arena *arena, int fd, struct str name, size_t cap, struct str *ret, struct diags *diags)
{
	char      **box = ARENA_NEW(arena, char *), *p;
	struct stat st;
	size_t      n = 0, room = FIRST_READ;

	if (fstat(fd, &st) != 0)
		return cannot(diags, CO_CANNOT_READ, name, errno);
	if (S_ISDIR(st.st_mode)) {
		diag_add(diags, CO_IS_DIRECTORY, POS_NONE, ARGS(name));
		return false;
	}
	if (S_ISREG(st.st_mode) && st.st_size >= 0 && (uintmax_t)st.st_size <= cap)
		room = (size_t)st.st_size + 1;
	arena_defer(arena, release_bytes, box);
	p = grow_bytes(arena, box, room);
	for (;;) {
		ssize_t got = read_some(fd, p + n, room - n);

		if (got < 0)
			return cannot(diags, CO_CANNOT_READ, name, errno);
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > cap) {
			diag_add(diags, CO_INPUT_TOO_LARGE, POS_NONE, ARGS(name, str_from_uint(arena, cap)));
			return false;
		}
		if (n == room)
			p = grow_bytes(arena, box, room *= 2);
	}
	*ret = str_of(p, n);
	return true;
}

bool file_read(struct arena *arena, struct str path, size_t cap, struct str *ret, struct diags *diags)
{
	struct str zpath = str_copy(arena, path); /* open(2) wants the NUL */
	bool       ok;
	int        fd;

	if (str_is(path, "-"))
		return file_read_fd(arena, STDIN_FILENO, STR("standard input"), cap, ret, diags);
	fd = open(zpath.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return cannot(diags, CO_CANNOT_READ, path, errno);
	ok = file_read_fd(arena, fd, path, cap, ret, diags);
	close(fd);
	return ok;
}

const struct source *source_read(struct arena *arena, struct str path, size_t cap, struct diags *diags)
{
	struct str bytes;

	if (!file_read(arena, path, cap, &bytes, diags))
		return NULL;
	return source_from_bytes(arena, str_is(path, "-") ? STR("<stdin>") : path, bytes);
}

bool file_write_all(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t put = write(fd, bytes.p, bytes.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		bytes = str_slice(bytes, (size_t)put, bytes.n);
	}
	return true;
}

/* ".NAME.PID.tmp" */
static struct str temporary_name(struct arena *arena, struct str name)
{
	return str_fmt(arena, ".%.*s.%ld.tmp", STR_ARG(name), (long)getpid());
}

bool file_is_temporary(struct str name, struct str *ret)
{
	size_t   dot;
	uint64_t pid;

	if (!str_has_prefix(name, STR(".")) || !str_has_suffix(name, STR(".tmp")) || name.n < sizeof("..tmp"))
		return false;
	name = str_slice(name, 1, name.n - strlen(".tmp"));
	dot = str_find_last(name, '.');
	if (dot == 0 || dot == name.n || !str_to_uint(str_slice(name, dot + 1, name.n), INT32_MAX, &pid))
		return false;
	*ret = str_slice(name, 0, dot);
	return true;
}

bool file_replace(struct arena *arena, int directory, struct str directory_name, struct str name, struct str bytes,
                  struct diags *diags)
{
	struct str shown = path_join(arena, directory_name, name);
	struct str zname = str_copy(arena, name);
	struct str temp = temporary_name(arena, name);
	int        fd, error;

	unlinkat(directory, temp.p, 0); /* left by a run of the same number that was killed */
	fd = openat(directory, temp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return cannot(diags, CO_CANNOT_WRITE, shown, errno);
	if (!file_write_all(fd, bytes) || fsync(fd) != 0) {
		error = errno;
		close(fd);
		goto fail;
	}
	if (close(fd) != 0 || renameat(directory, temp.p, directory, zname.p) != 0) {
		error = errno;
		goto fail;
	}
	if (fsync(directory) != 0 && errno != EINVAL) /* some file systems cannot */
		return cannot(diags, CO_CANNOT_WRITE, shown, errno);
	return true;
fail:
	unlinkat(directory, temp.p, 0);
	return cannot(diags, CO_CANNOT_WRITE, shown, error);
}

struct str path_join(struct arena *arena, struct str dir, struct str name)
{
	if (dir.n == 0 || (name.n && name.p[0] == '/'))
		return str_copy(arena, name);
	if (dir.p[dir.n - 1] == '/')
		return STR_CONCAT(arena, dir, name);
	return STR_CONCAT(arena, dir, STR("/"), name);
}

struct str path_directory(struct str path)
{
	size_t slash = str_find_last(path, '/');

	if (slash == path.n)
		return STR("");
	return str_slice(path, 0, slash ? slash : 1);
}

int path_open_beneath(struct arena *arena, struct str root, struct str path)
{
	struct str zroot = root.n ? str_copy(arena, root) : STR(".");
	struct str zpath = str_copy(arena, path_join(arena, zroot, path));
	char       real_root[PATH_MAX], real_path[PATH_MAX];
	struct str r, p;

	if (path.n && path.p[0] == '/') {
		errno = EXDEV;
		return -1;
	}
	if (!realpath(zroot.p, real_root) || !realpath(zpath.p, real_path))
		return -1;
	r = str_c(real_root);
	p = str_c(real_path);
	if (!str_is(r, "/") && !(str_has_prefix(p, r) && p.n > r.n && p.p[r.n] == '/')) {
		errno = EXDEV;
		return -1;
	}
	/* What was resolved is opened without following a link any more; a path that changed meanwhile fails. */
	return open(real_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
}
