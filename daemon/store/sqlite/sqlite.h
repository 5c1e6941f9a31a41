/* sqlite.h - one connection to the database, and queries over it.
 *
 * The first failure of a connection sticks: everything after it does nothing, until the connection is given back and
 * the failure is told as a finding. So a sequence of queries reads as if nothing could fail, and is checked once.
 *
 * All SQL is in statements.def; nothing is ever pasted into it. A statement is prepared when a connection first needs
 * it and kept. A connection belongs to one thread at a time, which the pool (room.h) sees to.
 */
#ifndef CALLOUT_STORE_SQLITE_H
#define CALLOUT_STORE_SQLITE_H

#include <sqlite3.h>

#include "base/str.h"
#include "store/sqlite/answer.h"

struct diags;

enum statement {
#define STATEMENT(name, sql) SQL_##name,
#include "store/sqlite/statements.def"
#undef STATEMENT
	SQL_COUNT
};

/* Failures of the store's own, beside SQLite's result codes, which are smaller. */
enum {
	FAULT_OWN = 1 << 20,
	FAULT_DAMAGED = FAULT_OWN, /* a checksum does not fit: message says of what */
	FAULT_LIMIT,               /* message says which */
	FAULT_IN_USE,              /* message is the process */
	FAULT_UNUSABLE,            /* the data directory: system_error */
	FAULT_NEWER,
	FAULT_FOREIGN,
	FAULT_BACKUP, /* system_error or message */
};

/* How long to wait for a lock that another process holds: a backup, or an operator's sqlite3. */
enum { CONNECTION_BUSY_MS = 5000 };

struct fault {
	int  code; /* SQLITE_OK, an extended result code, or one of the above */
	int  system_error;
	char message[160];
};

struct connection {
	sqlite3      *db;
	sqlite3_stmt *statements[SQL_COUNT];
	struct fault  fault;
	uint64_t      revision;       /* newest one made by the transaction; 0: none */
	bool          in_memory;      /* the transaction changes nothing on the disk */
	bool          claims_changed; /* by the transaction */
};

/* Keeps all connections of the process from allocating pages in advance. To be called before the first one is
 * opened. */
void sqlite_use_little_memory(void);
/* Opens a database file, which must be there, with the settings of the store. False: see the fault; it is closed again. */
bool connection_open(struct connection *, const char *path);
/* To be called after changes of the schema, which make SQLite prepare statements anew when they are next used: what
 * takes a transaction back must not need memory then. */
void connection_ready(struct connection *);
/* Frees the connection's page cache, after work that is seldom done. */
void connection_rest(struct connection *);
void connection_close(struct connection *);

/* Remembers the first failure. */
void connection_fail(struct connection *, int code, const char *message);
/* The same with what SQLite says. */
void connection_fail_sqlite(struct connection *, int code);
bool connection_ok(const struct connection *);

/* A constant text of SQL without parameters and results: schema steps and settings. */
void connection_run(struct connection *, const char *sql);

void connection_begin(struct connection *, bool writing);
/* Commits when keep is set and nothing has failed, else takes everything back. */
void connection_end(struct connection *, bool keep);

/* Adds the finding of a fault; what: the file or directory it is about. True when there is none. */
bool fault_report(const struct fault *, struct str what, struct diags *);

struct query {
	struct connection *connection;
	sqlite3_stmt      *statement; /* NULL after a failure */
	int                bound;
};

struct query query_open(struct connection *, enum statement);
/* Each binds the next parameter. An absent string is NULL. The bytes must live until the query is closed. */
void query_int(struct query *, int64_t);
void query_uint(struct query *, uint64_t);
void query_text(struct query *, struct str);
void query_blob(struct query *, struct str);
/* True: there is a row. */
bool query_step(struct query *);
void query_close(struct query *);
/* Steps once and closes. True: there was a row, or rows were changed. */
bool query_run(struct query *);

int64_t    column_int(const struct query *, int column);
uint64_t   column_uint(const struct query *, int column);
struct str column_view(const struct query *, int column); /* valid until the next step */
/* A copy in the answer; absent for NULL. Fails the connection when there is no memory. */
struct str column_str(const struct query *, int column, struct answer *);

#endif
