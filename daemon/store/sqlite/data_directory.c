#include "store/sqlite/data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/sqlite/sqlite.h"

#define LOCK_NAME "lock"
#define COPY_NAME "copy.tmp"

static bool unusable(struct fault *fault, int error)
{
	*fault = (struct fault){ .code = FAULT_UNUSABLE, .system_error = error };
	return false;
}

/* Nobody else may read what configurations hold, whatever the umask or a restored copy say. */
static int open_private(int directory, const char *name)
{
	struct stat status;
	int         fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		if ((status.st_mode & 077) == 0 || fchmod(fd, 0600) == 0)
			return fd;
	} else {
		errno = EINVAL;
	}
	(void)close(fd);
	return -1;
}

static bool in_use(struct fault *fault, int lock)
{
	char    digits[24];
	ssize_t n = pread(lock, digits, sizeof(digits), 0);

	*fault = (struct fault){ .code = FAULT_IN_USE };
	if (n > 0)
		(void)snprintf(fault->message, sizeof(fault->message), "%.*s",
		               (int)str_find(str_of(digits, (size_t)n), '\n', 0), digits);
	else
		(void)snprintf(fault->message, sizeof(fault->message), "(not known)");
	return false;
}

/* Written and synced before anything else is, so that it stands there if this process ends in any other way than by
 * data_directory_close. */
static bool mark(int lock)
{
	char digits[24];
	int  n = snprintf(digits, sizeof(digits), "%ld\n", (long)getpid());

	return ftruncate(lock, 0) == 0 && pwrite(lock, digits, (size_t)n, 0) == n && fsync(lock) == 0;
}

static bool lock_and_mark(struct data_directory *d, struct fault *fault)
{
	struct stat status;

	if (flock(d->lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? in_use(fault, d->lock) : unusable(fault, errno);
	if (fstat(d->lock, &status) != 0)
		return unusable(fault, errno);
	d->unclean = status.st_size > 0;
	return mark(d->lock) || unusable(fault, errno);
}

/* SQLite gives its other files the mode of this one. */
static bool make_database(int directory, struct fault *fault)
{
	int  fd = open_private(directory, DATABASE_NAME);
	bool ok = fd >= 0 && fsync(directory) == 0;

	if (!ok)
		unusable(fault, errno);
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return ok;
}

static bool open_files(struct data_directory *d, int directory, struct fault *fault)
{
	d->lock = open_private(directory, LOCK_NAME);
	if (d->lock < 0)
		return unusable(fault, errno);
	if (lock_and_mark(d, fault)) {
		(void)unlinkat(directory, COPY_NAME, 0);
		if (make_database(directory, fault))
			return true;
		data_directory_close(d, !d->unclean);
		return false;
	}
	(void)close(d->lock);
	return false;
}

void data_directory_of(const char *file, char *ret)
{
	struct str above = path_directory(str_c(file));

	(void)snprintf(ret, PATH_BYTES, "%.*s", above.n ? (int)above.n : 1, above.n ? above.p : ".");
}

/* A new directory is there after a power cut only when its parent was synced. */
static bool make(const char *path)
{
	char parent[PATH_BYTES];
	int  fd;
	bool ok;

	if (mkdir(path, 0700) != 0)
		return errno == EEXIST;
	data_directory_of(path, parent);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

bool data_directory_has(struct str name)
{
	return str_is(name, LOCK_NAME) || str_is(name, COPY_NAME) ||
	       str_has_prefix(name, STR(DATABASE_NAME)); /* and SQLite's files beside it */
}

bool data_directory_open(struct data_directory *d, struct str path, struct fault *fault)
{
	char name[PATH_BYTES];
	int  directory;
	bool ok;

	*d = (struct data_directory){ .lock = -1 };
	if (path.n == 0 || memchr(path.p, 0, path.n))
		return unusable(fault, ENOENT);
	if (path.n > sizeof(name) - sizeof("/" DATABASE_NAME))
		return unusable(fault, ENAMETOOLONG);
	(void)snprintf(name, sizeof(name), "%.*s", STR_ARG(path));
	(void)snprintf(d->database, sizeof(d->database), "%.*s/" DATABASE_NAME, STR_ARG(path));
	(void)snprintf(d->copy, sizeof(d->copy), "%.*s/" COPY_NAME, STR_ARG(path));
	if (!make(name))
		return unusable(fault, errno);
	directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return unusable(fault, errno);
	ok = open_files(d, directory, fault);
	(void)close(directory);
	return ok;
}

void data_directory_close(struct data_directory *d, bool clean)
{
	/* Unsynced, and no matter whether it is done: without it the next start only checks more than it must. */
	bool emptied = clean && ftruncate(d->lock, 0) == 0;

	(void)emptied;
	(void)close(d->lock); /* unlocks */
	d->lock = -1;
}
