#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"

static const char *const texts[SQL_COUNT] = {
#define STATEMENT(name, sql) [SQL_##name] = (sql),
#include "store/sqlite/statements.def"
#undef STATEMENT
};

/* synchronous=FULL syncs the log at each commit, before it is acknowledged. secure_delete overwrites what is removed:
 * filters' configurations hold secrets. The cache is small, for the system's holds the file as well. */
static const char settings[] = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;PRAGMA "
			       "temp_store=MEMORY;PRAGMA cache_size=-1024;PRAGMA wal_autocheckpoint=1000;PRAGMA "
			       "journal_size_limit=16777216;PRAGMA cell_size_check=ON;PRAGMA trusted_schema=OFF;";

/* By default each cache takes room for twenty pages at once and touches all of it, whether it comes to hold them or not. */
void sqlite_use_little_memory(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0,
	                     0); /* refused once SQLite is in use: then it is set already */
}

bool connection_ok(const struct connection *c)
{
	return c->fault.code == SQLITE_OK;
}

/* SQLite knows a full disk by ENOSPC alone. A quota or a limit on the size of files is an error of writing like any other
 * there, and which one it was only the file still knows: the log, for that is what commits write. */
static int error_of_writing(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	int           error = 0;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log && log->pMethods)
		(void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

static int system_error_of(const struct connection *c, int code)
{
	int error = c->db ? sqlite3_system_errno(c->db) : 0;

	return c->db && !error && (code & 0xff) == SQLITE_IOERR ? error_of_writing(c->db) : error;
}

void connection_fail(struct connection *c, int code, const char *message)
{
	if (!connection_ok(c))
		return;
	c->fault.code = code;
	c->fault.system_error = system_error_of(c, code);
	(void)snprintf(c->fault.message, sizeof(c->fault.message), "%s", message);
}

void connection_fail_sqlite(struct connection *c, int code)
{
	connection_fail(c, code, c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
}

void connection_run(struct connection *c, const char *sql)
{
	int code;

	if (!connection_ok(c))
		return;
	code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		connection_fail_sqlite(c, sqlite3_extended_errcode(c->db));
}

static sqlite3_stmt *prepared(struct connection *c, enum statement which)
{
	int code;

	if (!connection_ok(c))
		return NULL;
	if (c->statements[which])
		return c->statements[which];
	code = sqlite3_prepare_v3(c->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &c->statements[which], NULL);
	if (code != SQLITE_OK)
		connection_fail_sqlite(c, code);
	return c->statements[which];
}

void connection_ready(struct connection *c)
{
	(void)sqlite3_finalize(c->statements[SQL_ROLLBACK]); /* of a statement that has ended */
	c->statements[SQL_ROLLBACK] = NULL;
	(void)prepared(c, SQL_ROLLBACK);
}

static void set_up(struct connection *c, const char *path)
{
	/* NOMUTEX: the pool gives a connection to one thread at a time. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int code;

	code = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (code != SQLITE_OK) {
		connection_fail_sqlite(c, code);
		return;
	}
	(void)sqlite3_busy_timeout(c->db, CONNECTION_BUSY_MS);
	(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, (int)LIMIT_STORE_ANSWER_BYTES);
	(void)sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
	connection_run(c, settings);
	connection_ready(c);
}

bool connection_open(struct connection *c, const char *path)
{
	struct fault fault;

	*c = (struct connection){ 0 };
	set_up(c, path);
	if (connection_ok(c))
		return true;
	fault = c->fault;
	connection_close(c);
	c->fault = fault;
	return false;
}

void connection_rest(struct connection *c)
{
	if (c->db)
		(void)sqlite3_db_release_memory(c->db);
}

void connection_close(struct connection *c)
{
	for (size_t i = 0; i < SQL_COUNT; i++)
		(void)sqlite3_finalize(
			c->statements[i]); /* repeats the error of the last step, which is told already */
	(void)sqlite3_close(c->db);        /* busy only with statements or backups left: there are none */
	*c = (struct connection){ 0 };
}

/* ---- findings ---- */

static enum diag_code code_of_own(int code)
{
	switch (code) {
	case FAULT_LIMIT:
		return CO_STORE_LIMIT;
	case FAULT_IN_USE:
		return CO_STORE_IN_USE;
	case FAULT_UNUSABLE:
		return CO_STORE_UNUSABLE;
	case FAULT_NEWER:
		return CO_STORE_NEWER;
	case FAULT_FOREIGN:
		return CO_STORE_FOREIGN;
	case FAULT_BACKUP:
		return CO_STORE_BACKUP;
	default:
		return CO_STORE_DAMAGED;
	}
}

static enum diag_code code_of(const struct fault *f)
{
	if (f->code >= FAULT_OWN)
		return code_of_own(f->code);
	if (f->system_error == ENOSPC || f->system_error == EDQUOT || f->system_error == EFBIG)
		return CO_STORE_FULL;
	switch (f->code & 0xff) {
	case SQLITE_NOMEM:
		return CO_OUT_OF_MEMORY;
	case SQLITE_TOOBIG:
		return CO_STORE_LIMIT;
	case SQLITE_FULL:
		return CO_STORE_FULL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return CO_STORE_READ_ONLY;
	case SQLITE_CORRUPT:
		return CO_STORE_DAMAGED;
	case SQLITE_NOTADB:
		return CO_STORE_FOREIGN;
	default:
		return CO_STORE_FAILED;
	}
}

bool fault_report(const struct fault *f, struct str what, struct diags *ds)
{
	char        text[256];
	const char *system = f->system_error ? strerror(f->system_error) : "";

	if (f->code == SQLITE_OK)
		return true;
	(void)snprintf(text, sizeof(text), f->message[0] && f->system_error ? "%s (%s)" : "%s%s", f->message, system);
	if (code_of(f) == CO_STORE_LIMIT)
		what = STR("at once");
	diag_add(ds, code_of(f), POS_NONE, ARGS(what, str_c(text)));
	return false;
}

/* ---- queries ---- */

struct query query_open(struct connection *c, enum statement which)
{
	return (struct query){ c, prepared(c, which), 0 };
}

static void bound(struct query *q, int code)
{
	if (code != SQLITE_OK)
		connection_fail_sqlite(q->connection, code);
}

void query_int(struct query *q, int64_t value)
{
	q->bound++;
	if (q->statement)
		bound(q, sqlite3_bind_int64(q->statement, q->bound, value));
}

/* Revisions and counts: SQLite's integers are signed, and a number above theirs is that of no row. */
void query_uint(struct query *q, uint64_t value)
{
	query_int(q, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void query_text(struct query *q, struct str s)
{
	q->bound++;
	if (q->statement && str_present(s))
		bound(q, sqlite3_bind_text64(q->statement, q->bound, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8));
}

void query_blob(struct query *q, struct str s)
{
	q->bound++;
	if (q->statement && str_present(s))
		bound(q, sqlite3_bind_blob64(q->statement, q->bound, s.p, s.n, SQLITE_STATIC));
}

bool query_step(struct query *q)
{
	int code;

	if (!q->statement || !connection_ok(q->connection))
		return false;
	code = sqlite3_step(q->statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		connection_fail_sqlite(q->connection, code);
	return code == SQLITE_ROW;
}

void query_close(struct query *q)
{
	if (!q->statement)
		return;
	(void)sqlite3_reset(q->statement); /* repeats what the step has told */
	(void)sqlite3_clear_bindings(q->statement);
	q->statement = NULL;
}

bool query_run(struct query *q)
{
	bool row = query_step(q);

	if (!row && q->statement && connection_ok(q->connection) && !sqlite3_stmt_readonly(q->statement))
		row = sqlite3_changes(q->connection->db) > 0;
	query_close(q);
	return row;
}

int64_t column_int(const struct query *q, int column)
{
	return sqlite3_column_int64(q->statement, column);
}

uint64_t column_uint(const struct query *q, int column)
{
	int64_t value = column_int(q, column);

	return value < 0 ? 0 : (uint64_t)value;
}

struct str column_view(const struct query *q, int column)
{
	const void *p;
	int         type = sqlite3_column_type(q->statement, column);

	if (type == SQLITE_NULL)
		return STR_ABSENT;
	p = type == SQLITE_BLOB ? sqlite3_column_blob(q->statement, column)
	                        : (const void *)sqlite3_column_text(q->statement, column);
	if (!p) { /* an empty blob, or no memory to read it */
		if (sqlite3_errcode(q->connection->db) == SQLITE_NOMEM)
			connection_fail_sqlite(q->connection, SQLITE_NOMEM);
		return STR("");
	}
	return str_of(p, (size_t)sqlite3_column_bytes(q->statement, column));
}

struct str column_str(const struct query *q, int column, struct answer *a)
{
	struct str view = column_view(q, column);

	if (!str_present(view))
		return view;
	return answer_copy(a, view.p, view.n);
}

/* ---- transactions ---- */

static void run_statement(struct connection *c, enum statement which)
{
	struct query q = query_open(c, which);

	(void)query_run(&q);
}

/* Prepared before, see connection_ready, so that taking back needs no memory. */
static void take_back(struct connection *c)
{
	sqlite3_stmt *rollback = c->statements[SQL_ROLLBACK];

	if (!c->db || sqlite3_get_autocommit(c->db) || !rollback)
		return; /* SQLite takes a transaction back on its own after some errors, not after all */
	(void)sqlite3_step(rollback);
	(void)sqlite3_reset(rollback);
}

void connection_begin(struct connection *c, bool writing)
{
	c->revision = 0;
	take_back(c); /* what could not be taken back the last time */
	/* IMMEDIATE: what is read below is what is judged and changed. */
	run_statement(c, writing ? SQL_BEGIN_WRITING : SQL_BEGIN_READING);
}

void connection_end(struct connection *c, bool keep)
{
	if (keep)
		run_statement(c, SQL_COMMIT);
	take_back(c);
}
