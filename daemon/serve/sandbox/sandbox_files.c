/* Landlock, by its system calls: the C library has no functions for them. */
#include "serve/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

/* ---- the kernel's interface (include/uapi/linux/landlock.h), of which older headers lack parts ---- */

enum { CALL_CREATE_RULESET = 444, CALL_ADD_RULE = 445, CALL_RESTRICT_SELF = 446 }; /* the same on every architecture */
enum { RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset {
	uint64_t files, network, scope;
};

/* Packed in the kernel too. */
struct __attribute__((packed)) path_rule {
	uint64_t allowed;
	int32_t  parent;
};

enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REMOVE_DIR = 1 << 4,
	REMOVE_FILE = 1 << 5,
	MAKE_CHAR = 1 << 6,
	MAKE_DIR = 1 << 7,
	MAKE_REG = 1 << 8,
	MAKE_SYM = 1 << 12,
	REFER = 1 << 13,    /* version 2 */
	TRUNCATE = 1 << 14, /* 3 */
	IOCTL_DEV = 1 << 15 /* 5 */
};
enum { BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1 }; /* 4 */
enum { ABSTRACT_UNIX = 1 << 0, SIGNAL = 1 << 1 }; /* 6 */

enum { READING = READ_FILE | READ_DIR };
enum { WRITING = READING | WRITE_FILE | REMOVE_FILE | REMOVE_DIR | MAKE_DIR | MAKE_REG | TRUNCATE };

/* All that a version knows is taken away, and by rules some of it is given back. systemd's socket may be an abstract one. */
static struct ruleset everything(int version)
{
	struct ruleset r = { .files = (MAKE_SYM << 1) - 1 };

	r.files |= version >= 2 ? REFER : 0;
	r.files |= version >= 3 ? TRUNCATE : 0;
	r.files |= version >= 5 ? IOCTL_DEV : 0;
	r.network = version >= 4 ? BIND_TCP | CONNECT_TCP : 0;
	r.scope = version >= 6 ? SIGNAL : 0;
	return r;
}

/* An older kernel knows a shorter struct. */
static size_t size_of_ruleset(int version)
{
	return version >= 6   ? sizeof(struct ruleset)
	       : version >= 4 ? offsetof(struct ruleset, scope)
	                      : sizeof(uint64_t);
}

/* ---- rules ---- */

struct rules {
	struct arena *arena;
	int           fd;
	uint64_t      files; /* rights that the kernel knows */
	int           error; /* of the first rule that could not be added */
};

static void allow(struct rules *r, const char *path, uint64_t rights)
{
	struct path_rule rule = { .allowed = rights & r->files, .parent = open(path, O_PATH | O_CLOEXEC) };
	struct stat      st;

	if (rule.parent < 0)
		return; /* what is not there cannot be read either */
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= READ_FILE | WRITE_FILE | TRUNCATE; /* others are refused for a file */
	if (syscall(CALL_ADD_RULE, r->fd, RULE_PATH_BENEATH, &rule, 0) != 0 && !r->error)
		r->error = errno;
	close(rule.parent);
}

/* The directory that something lies in; the top would be everything, so there the thing itself. */
static void allow_around(struct rules *r, struct str path, uint64_t rights)
{
	struct str above = path_directory(path);

	if (above.n <= 1)
		above = path;
	allow(r, str_copy(r->arena, above).p, rights);
}

/* Links in a tree lead to its neighbours: what lies beside it is read too, but not what lies at the top of the file system.
 * Where there is nothing yet, for git-sync makes its link later than the daemon starts, all beneath what there is. */
static void allow_tree(struct rules *r, struct str path)
{
	struct str  above = path_directory(path);
	struct stat st;

	if (stat(path.p, &st) == 0) {
		allow(r, path.p, READING);
		if (path_directory(above).n > 1)
			allow(r, str_copy(r->arena, above).p, READING);
		return;
	}
	while (above.n > 1 && stat(str_copy(r->arena, above).p, &st) != 0)
		above = path_directory(above);
	if (above.n > 1)
		allow(r, str_copy(r->arena, above).p, READING);
}

/* Kubernetes' mounts and git-sync turn a link when there is something new: what is read next time lies elsewhere, beneath
 * the directory of the link. */
static void allow_links(struct rules *r, struct str path)
{
	for (size_t i = 1; i <= path.n; i++) {
		struct str  part = str_slice(path, 0, i);
		struct stat st;

		if (i < path.n && path.p[i] != '/')
			continue;
		part = str_copy(r->arena, part);
		if (lstat(part.p, &st) == 0 && S_ISLNK(st.st_mode) && path_directory(part).n > 1)
			allow_around(r, part, READING);
	}
}

static struct str real(struct rules *r, struct str path)
{
	char      *found = realpath(str_copy(r->arena, path).p, NULL);
	struct str copy = found ? str_copy(r->arena, str_c(found)) : STR_ABSENT;

	free(found);
	return copy;
}

/* From the root, without a slash at its end. */
static struct str absolute(struct arena *arena, struct str path)
{
	char here[PATH_MAX];

	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	if (path.p[0] == '/' || !getcwd(here, sizeof(here)))
		return str_copy(arena, path);
	return str_copy(arena, path_join(arena, str_c(here), path));
}

static void allow_path(struct rules *r, const struct sandbox_path *p)
{
	struct str path, target;

	if (!p->path.n)
		return;
	path = absolute(r->arena, p->path);
	switch (p->access) {
	case SANDBOX_READ:
		allow_around(r, path, READING);
		allow_links(r, path);
		target = real(r, path);
		if (str_present(target))
			allow_around(r, target, READING);
		break;
	case SANDBOX_TREE:
		allow_tree(r, path);
		allow_links(r, path);
		break;
	case SANDBOX_OWN:
		allow_around(r, path, REMOVE_DIR);
		allow(r, path.p, WRITING);
		break;
	case SANDBOX_WRITE:
		allow(r, path.p, WRITING);
		break;
	}
}

/* ---- the whole ---- */

static bool refused(int error, const char **ret_why)
{
	*ret_why = error == ENOSYS       ? "this kernel has no Landlock"
	           : error == EOPNOTSUPP ? "Landlock is switched off in this kernel"
	           : error == EPERM      ? "the system does not allow Landlock here"
	                                 : "Landlock did not take the rules";
	return false;
}

bool sandbox_files(struct arena *arena, const struct sandbox_path *paths, size_t n, int *ret_version,
                   const char **ret_why)
{
	struct rules   r = { .arena = arena };
	struct ruleset all;
	bool           ok;

	*ret_version = (int)syscall(CALL_CREATE_RULESET, NULL, 0, RULESET_VERSION);
	if (*ret_version < 1)
		return refused(errno, ret_why);
	all = everything(*ret_version);
	r.files = all.files;
	r.fd = (int)syscall(CALL_CREATE_RULESET, &all, size_of_ruleset(*ret_version), 0);
	if (r.fd < 0)
		return refused(errno, ret_why);
	for (size_t i = 0; i < n; i++)
		allow_path(&r, &paths[i]);
	if (!r.error && syscall(CALL_RESTRICT_SELF, r.fd, 0) != 0)
		r.error = errno;
	ok = r.error == 0;
	close(r.fd);
	return ok || refused(r.error, ret_why);
}
