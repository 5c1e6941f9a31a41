/* A copy of the whole store, as it is at one moment, while others go on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "store/sqlite/room.h"
#include "store/sqlite/schema.h"

enum { PAGES_AT_ONCE = 256 };

/* What a copy on the store's own disk must leave to the store. */
#define FREE_BYTES (64 * MIB)

struct backup {
	struct connection  source;
	struct connection  copy;
	char               file[PATH_BYTES];
	char               temporary[PATH_BYTES + 16];
	const atomic_bool *interrupted; /* NULL: cannot be */
	uint64_t           revision;    /* of the moment that is copied */
	uint64_t           bytes;       /* of the source */
	struct fault       fault;
};

static bool fail(struct backup *b, int code, int error, const char *message)
{
	if (b->fault.code == SQLITE_OK) {
		b->fault = (struct fault){ .code = code, .system_error = error };
		(void)snprintf(b->fault.message, sizeof(b->fault.message), "%s", message);
	}
	return false;
}

static bool ok(struct backup *b, const struct connection *c)
{
	if (!connection_ok(c) && b->fault.code == SQLITE_OK)
		b->fault = c->fault;
	return b->fault.code == SQLITE_OK;
}

/* ---- the two ends ---- */

static bool open_source(struct backup *b, const char *database)
{
	if (!connection_open(&b->source, database))
		return ok(b, &b->source);
	if (pragma_int(&b->source, "PRAGMA application_id") != SCHEMA_APPLICATION_ID && connection_ok(&b->source))
		return fail(b, FAULT_FOREIGN, 0, "it is the database of another program");
	/* A transaction that has read holds the moment of which the copy is made. */
	connection_begin(&b->source, false);
	b->revision = (uint64_t)pragma_int(&b->source, "SELECT revision FROM state");
	b->bytes = (uint64_t)pragma_int(&b->source, "PRAGMA page_count") *
	           (uint64_t)pragma_int(&b->source, "PRAGMA page_size");
	return ok(b, &b->source);
}

/* A copy that took the name of a device, or of the store that it was made of, would end either. */
static bool may_take_name(struct backup *b, const char *database)
{
	char        here[PATH_BYTES], there[PATH_BYTES];
	const char *slash = strrchr(b->file, '/');
	struct stat status, data;

	if (stat(b->file, &status) == 0 && !S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? fail(b, FAULT_BACKUP, EISDIR, "")
		                               : fail(b, FAULT_BACKUP, 0, "it is not a regular file");
	data_directory_of(b->file, here);
	data_directory_of(database, there);
	if (data_directory_has(str_c(slash ? slash + 1 : b->file)) && stat(here, &status) == 0 &&
	    stat(there, &data) == 0 && status.st_dev == data.st_dev && status.st_ino == data.st_ino)
		return fail(b, FAULT_BACKUP, 0, "it is a file of the store itself");
	return true;
}

/* Beside the file whose name it takes in the end. */
static bool make_beside(struct backup *b)
{
	int fd;

	(void)snprintf(b->temporary, sizeof(b->temporary), "%s.XXXXXX", b->file);
	fd = mkostemp(b->temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0) {
		int error = errno;

		b->temporary[0] = '\0';
		return fail(b, FAULT_BACKUP, error, "");
	}
	(void)close(fd); /* nothing was written */
	return true;
}

/* The copy is no one's before it is whole, and then it is synced where it shall stay: so it needs no journal. */
static bool open_copy(struct backup *b)
{
	int code;

	code = sqlite3_open_v2(b->temporary, &b->copy.db,
	                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code != SQLITE_OK)
		connection_fail_sqlite(&b->copy, code);
	connection_run(&b->copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
	return ok(b, &b->copy);
}

/* ---- copying ---- */

static bool copy_pages(struct backup *b)
{
	sqlite3_backup *pages = sqlite3_backup_init(b->copy.db, "main", b->source.db, "main");
	int             code = SQLITE_OK;

	if (!pages) {
		connection_fail_sqlite(&b->copy, sqlite3_extended_errcode(b->copy.db));
		return ok(b, &b->copy);
	}
	while (code == SQLITE_OK && !(b->interrupted && atomic_load(b->interrupted)))
		code = sqlite3_backup_step(pages, PAGES_AT_ONCE);
	(void)sqlite3_backup_finish(pages); /* repeats what the step has told */
	if (code == SQLITE_OK)
		return fail(b, FAULT_BACKUP, 0, "it was interrupted");
	if (code != SQLITE_DONE)
		connection_fail_sqlite(&b->copy, code);
	return ok(b, &b->copy);
}

/* A file by itself, without a log beside it, and whole. */
static bool settle_copy(struct backup *b)
{
	connection_run(&b->copy, "PRAGMA journal_mode=DELETE");
	check_structure(&b->copy, "PRAGMA quick_check(1)");
	return ok(b, &b->copy);
}

static bool sync_path(const char *path, int flags)
{
	int  fd = open(path, flags | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		synced = false;
	return synced;
}

static bool take_name(struct backup *b)
{
	char parent[PATH_BYTES];

	data_directory_of(b->file, parent);
	if (!sync_path(b->temporary, O_RDWR) || rename(b->temporary, b->file) != 0)
		return fail(b, FAULT_BACKUP, errno, "");
	b->temporary[0] = '\0';
	return sync_path(parent, O_RDONLY | O_DIRECTORY) || fail(b, FAULT_BACKUP, errno, "");
}

/* The temporary file is made already. */
static bool copy_whole(struct backup *b)
{
	bool copied = open_copy(b) && copy_pages(b) && settle_copy(b);

	connection_close(&b->copy);
	return copied;
}

static void close_source(struct backup *b)
{
	connection_end(&b->source, true);
	connection_close(&b->source);
}

static bool run_backup(struct backup *b, const char *database, struct str file, struct diags *ds)
{
	struct fault fault;
	bool         copied;

	if (file.n == 0 || file.n >= sizeof(b->file) || memchr(file.p, 0, file.n)) {
		fail(b, FAULT_BACKUP, file.n ? ENAMETOOLONG : ENOENT, "");
	} else {
		(void)snprintf(b->file, sizeof(b->file), "%.*s", STR_ARG(file));
		copied = open_source(b, database) && may_take_name(b, database) && make_beside(b) && copy_whole(b);
		close_source(b);
		if (copied)
			(void)take_name(b);
		if (b->temporary[0])
			(void)unlink(b->temporary); /* of a backup that failed */
	}
	fault = b->fault;
	free(b);
	if (fault.code != SQLITE_OK && fault.code < FAULT_OWN && (fault.code & 0xff) != SQLITE_NOMEM)
		fault.code = FAULT_BACKUP;
	return fault_report(&fault, file, ds);
}

static struct backup *backup_new(struct diags *ds)
{
	struct backup *b = calloc(1, sizeof(*b));

	if (!b)
		diag_add(ds, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
	return b;
}

bool store_backup(struct str directory, struct str file, struct diags *ds)
{
	char           database[PATH_BYTES];
	struct backup *b = backup_new(ds);

	if (!b)
		return false;
	(void)snprintf(database, sizeof(database), "%.*s/" DATABASE_NAME,
	               (int)(directory.n < 4000 ? directory.n : 4000), directory.p ? directory.p : "");
	return run_backup(b, database, file, ds);
}

/* ---- without a name ---- */

/* What a process left that ended in the middle is removed. The name is taken back as soon as nothing opens it any more. */
static int make_nameless(struct backup *b, const struct data_directory *directory)
{
	int fd;

	(void)snprintf(b->temporary, sizeof(b->temporary), "%s", directory->copy);
	(void)unlink(b->temporary);
	fd = open(b->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		fail(b, SQLITE_CANTOPEN, errno, "a copy cannot be made beside it");
	return fd;
}

/* Writers must not run out of space for the sake of a copy. */
static bool has_room(struct backup *b, int fd)
{
	struct statvfs disk;

	if (fstatvfs(fd, &disk) != 0)
		return fail(b, SQLITE_IOERR, errno, "");
	return (uint64_t)disk.f_bavail * disk.f_frsize >= b->bytes + FREE_BYTES ||
	       fail(b, SQLITE_FULL, ENOSPC, "a copy does not fit beside it");
}

static bool copy_nameless(struct backup *b, int fd, struct store_copy *ret)
{
	struct stat status;

	if (!has_room(b, fd) || !copy_whole(b))
		return false;
	if (fstat(fd, &status) != 0)
		return fail(b, SQLITE_IOERR, errno, "");
	*ret = (struct store_copy){ .fd = fd, .bytes = (uint64_t)status.st_size, .revision = b->revision };
	return true;
}

bool store_copy(struct store *s, struct store_copy *ret, struct diags *ds)
{
	struct backup *b = backup_new(ds);
	struct fault   fault;
	int            fd = -1;

	if (!b)
		return false;
	b->interrupted = &s->interrupted;
	if (open_source(b, s->directory.database))
		fd = make_nameless(b, &s->directory);
	if (fd >= 0) {
		if (!copy_nameless(b, fd, ret))
			(void)close(fd);
		(void)unlink(b->temporary);
	}
	close_source(b);
	fault = b->fault;
	free(b);
	return fault_report(&fault, str_c(s->directory.database), ds);
}
