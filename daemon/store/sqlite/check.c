/* Reads everything and compares it with its checksums: over a connection of its own, so that nobody waits. */
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "store/digest.h"
#include "store/sqlite/room.h"

enum { BATCH = 256, OPERATIONS_BETWEEN_LOOKS = 10000 };

static int is_interrupted(void *ctx)
{
	const struct store *s = ctx;

	return atomic_load(&s->interrupted);
}

void store_interrupt(struct store *s)
{
	atomic_store(&s->interrupted, true);
}

/* SQLite's check tells of a page that it had no memory to read in the same way as of a damaged one. */
static bool is_want_of_memory(const char *text)
{
	return str_has_suffix(str_c(text), STR(" error code=7")); /* SQLITE_NOMEM */
}

void check_structure(struct connection *c, const char *pragma)
{
	sqlite3_stmt *statement = NULL;
	const char   *text;
	int           code;

	if (!connection_ok(c))
		return;
	code = sqlite3_prepare_v2(c->db, pragma, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	if (code != SQLITE_ROW)
		connection_fail_sqlite(c, code);
	else if (!text || is_want_of_memory(text))
		connection_fail(c, SQLITE_NOMEM, "out of memory");
	else if (strcmp(text, "ok") != 0)
		connection_fail(c, FAULT_DAMAGED, text);
	(void)sqlite3_finalize(statement); /* repeats what the step has told */
}

/* Rows that must belong together do. */
static void check_links(struct connection *c)
{
	struct query q = query_open(c, SQL_CHECK_LINKS);

	if (query_step(&q))
		connection_fail(c, FAULT_DAMAGED,
		                sqlite3_column_int(q.statement, 0) ? "rows belong to no manifest that stands"
		                                                   : "the counts are not those of the rows");
	query_close(&q);
}

/* One batch of rows, in a transaction of its own: a long one would let the log grow. *last: the last row's key, or as
 * it was when there are no more. */
static void check_manifests(struct connection *c, struct answer *a, int64_t *last)
{
	struct store_manifest m;
	struct query          q;

	connection_begin(c, false);
	q = query_open(c, SQL_CHECK_REVISIONS);
	query_int(&q, *last);
	query_int(&q, BATCH);
	while (query_step(&q) && manifest_of_row(&q, a, &m, NULL))
		*last = (int64_t)m.revision;
	query_close(&q);
	connection_end(c, true);
}

static void check_statuses(struct connection *c, struct answer *a, int64_t *last)
{
	struct query q;

	connection_begin(c, false);
	q = query_open(c, SQL_CHECK_STATUS);
	query_int(&q, *last);
	query_int(&q, BATCH);
	while (query_step(&q)) {
		struct store_status row;
		struct str namespace = column_str(&q, STATUS_COLUMNS_N, a),
			   name = column_str(&q, STATUS_COLUMNS_N + 1, a);

		row = status_of_row(&q, a);
		if (a->failed || !status_is_sound(&q, namespace, name, &row))
			break;
		*last = column_int(&q, STATUS_COLUMNS_N + 2);
	}
	query_close(&q);
	connection_end(c, true);
}

static void check_rows(struct connection *c, struct store *s,
                       void (*batch)(struct connection *, struct answer *, int64_t *))
{
	int64_t last = 0, before = -1;

	while (connection_ok(c) && last != before && !is_interrupted(s)) {
		struct answer a = { 0 };

		before = last;
		batch(c, &a, &last);
		answer_judge(c, &a);
		answer_release(&a);
	}
}

bool store_check(struct store *s, struct diags *ds)
{
	struct connection c;
	struct fault      fault;

	if (connection_open(&c, s->directory.database)) {
		sqlite3_progress_handler(c.db, OPERATIONS_BETWEEN_LOOKS, is_interrupted, s);
		check_structure(&c, "PRAGMA integrity_check(1)");
		check_links(&c);
		check_rows(&c, s, check_manifests);
		check_rows(&c, s, check_statuses);
	}
	fault = c.fault;
	connection_close(&c);
	if ((fault.code & 0xff) == SQLITE_INTERRUPT && fault.code < FAULT_OWN)
		return true;
	return fault_report(&fault, str_c(s->directory.database), ds);
}
