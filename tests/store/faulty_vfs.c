#include "faulty_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

static sqlite3_vfs *real;
static sqlite3_vfs  vfs;

static struct {
	enum faulty_call call;
	unsigned         n;
	int              code;
	bool             forever;
	atomic_uint      count;
	atomic_bool      struck;
} plan;

void faulty_plan(enum faulty_call call, unsigned n, int code, bool forever)
{
	plan.call = call;
	plan.n = n;
	plan.code = code;
	plan.forever = forever;
	atomic_store(&plan.count, 0);
	atomic_store(&plan.struck, false);
}

bool faulty_struck(void)
{
	return atomic_load(&plan.struck);
}

static int fault(enum faulty_call call)
{
	unsigned at;

	if (plan.n == 0 || call != plan.call)
		return SQLITE_OK;
	at = atomic_fetch_add(&plan.count, 1) + 1;
	if (at != plan.n && !(plan.forever && at > plan.n))
		return SQLITE_OK;
	atomic_store(&plan.struck, true);
	return plan.code;
}

struct file {
	sqlite3_file  base;
	sqlite3_file *real;
};

#define REAL(f) (((struct file *)(f))->real)

static int file_close(sqlite3_file *f)
{
	return REAL(f)->pMethods->xClose(REAL(f));
}

static int file_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	int code = fault(FAULTY_READ);

	return code ? code : REAL(f)->pMethods->xRead(REAL(f), p, n, at);
}

static int file_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int code = fault(FAULTY_WRITE);

	/* A full disk takes a part. */
	if (code && n > 1)
		(void)REAL(f)->pMethods->xWrite(REAL(f), p, n / 2, at);
	return code ? code : REAL(f)->pMethods->xWrite(REAL(f), p, n, at);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	int code = fault(FAULTY_TRUNCATE);

	return code ? code : REAL(f)->pMethods->xTruncate(REAL(f), n);
}

static int file_sync(sqlite3_file *f, int flags)
{
	int code = fault(FAULTY_SYNC);

	return code ? code : REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return REAL(f)->pMethods->xFileSize(REAL(f), n);
}

static int file_lock(sqlite3_file *f, int kind)
{
	return REAL(f)->pMethods->xLock(REAL(f), kind);
}

static int file_unlock(sqlite3_file *f, int kind)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), kind);
}

static int file_reserved(sqlite3_file *f, int *out)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
	return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
	return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int file_characteristics(sqlite3_file *f)
{
	return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, p);
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int shm_unmap(sqlite3_file *f, int delete)
{
	return REAL(f)->pMethods->xShmUnmap(REAL(f), delete);
}

static const sqlite3_io_methods methods = {
	2,           file_close,    file_read,    file_write,  file_truncate,        file_sync, file_size, file_lock,
	file_unlock, file_reserved, file_control, file_sector, file_characteristics, shm_map,   shm_lock,  shm_barrier,
	shm_unmap,   NULL,          NULL
};

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	int code = fault(FAULTY_OPEN);

	(void)v;
	f->pMethods = NULL;
	if (code)
		return code;
	REAL(f) = (sqlite3_file *)((char *)f + sizeof(struct file));
	code = real->xOpen(real, name, REAL(f), flags, out);
	if (REAL(f)->pMethods)
		f->pMethods = &methods;
	return code;
}

void faulty_install(void)
{
	real = sqlite3_vfs_find(NULL);
	vfs = *real;
	vfs.zName = "faulty";
	vfs.szOsFile = (int)sizeof(struct file) + real->szOsFile;
	vfs.xOpen = vfs_open;
	vfs.pNext = NULL;
	sqlite3_vfs_register(&vfs, 1);
}
