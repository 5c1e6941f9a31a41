/* Taking out what is past its time. */
#include "base/arena.h"
#include "base/diag.h"
#include "store/sqlite/room.h"

enum { CHECKPOINT_WAIT_MS = 100, CROWDED_AT_ONCE = 64 };

/* What is deleted is overwritten in the database, but the log still holds pages from before. Emptying it waits for
 * readers only a moment: then the next sweep tries again. */
static void empty_log(struct store *s)
{
	(void)pthread_mutex_lock(&s->writing);
	(void)sqlite3_busy_timeout(s->writer.db, CHECKPOINT_WAIT_MS);
	atomic_store(&s->log_to_empty, sqlite3_wal_checkpoint_v2(s->writer.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
	                                                         NULL) != SQLITE_OK);
	(void)sqlite3_busy_timeout(s->writer.db, CONNECTION_BUSY_MS);
	(void)pthread_mutex_unlock(&s->writing);
}

static uint64_t changes(struct connection *c, struct query *q)
{
	return query_run(q) && connection_ok(c) ? (uint64_t)sqlite3_changes(c->db) : 0;
}

/* Watches from before a deletion that is forgotten would never hear of it. */
static void horizon_raise(struct connection *c, uint64_t revision)
{
	struct query q = query_open(c, SQL_HORIZON_RAISE);

	query_uint(&q, revision);
	(void)query_run(&q);
}

/* ---- purge ---- */

static void purge_deletions(struct connection *c, struct str namespace, struct str name)
{
	struct query q = query_open(c, SQL_PURGED_DELETION);
	uint64_t     newest = 0;

	query_text(&q, namespace);
	query_text(&q, name);
	if (query_step(&q))
		newest = column_uint(&q, 0);
	query_close(&q);
	if (newest)
		horizon_raise(c, newest);
}

bool store_purge(struct store *s, struct str namespace, struct str name, enum store_outcome *outcome, uint64_t *removed,
                 struct diags *ds)
{
	struct connection *c = writer_take(s);
	bool               found = finds_row(c, SQL_GENERATION, namespace, name);
	uint64_t           n;
	struct query       q;

	purge_deletions(c, namespace, name);
	q = query_open(c, SQL_PURGE);
	query_text(&q, namespace);
	query_text(&q, name);
	n = changes(c, &q);
	if (!writer_give(s, c, n > 0, NULL, ds))
		return false;
	if (n)
		empty_log(s);
	*outcome = found ? STORE_DONE : STORE_NOT_FOUND;
	*removed = n;
	return true;
}

/* ---- sweep ---- */

struct sweep {
	struct store      *s;
	struct connection *c;
	uint64_t           removed;
	bool               more;
};

static void count(struct sweep *w, uint64_t n, uint64_t most)
{
	w->removed += n;
	if (n == most)
		w->more = true;
}

static void sweep_older(struct sweep *w, enum statement which, int64_t before)
{
	struct query q = query_open(w->c, which);

	query_int(&q, before);
	query_int(&q, LIMIT_STORE_SWEEP);
	count(w, changes(w->c, &q), LIMIT_STORE_SWEEP);
}

/* All revisions up to a deletion that is old enough. False: there is none. */
static bool sweep_deleted(struct sweep *w, int64_t before, uint64_t *left)
{
	struct query deletion = query_open(w->c, SQL_EXPIRED_DELETION), q;
	bool         found;
	uint64_t     n = 0, revision = 0;

	query_int(&deletion, before);
	found = query_step(&deletion);
	if (found) {
		revision = column_uint(&deletion, 0);
		q = query_open(w->c, SQL_EXPIRED_REMOVE);
		query_text(&q, column_view(&deletion, 1));
		query_text(&q, column_view(&deletion, 2));
		query_uint(&q, revision);
		query_uint(&q, *left);
		n = changes(w->c, &q);
	}
	query_close(&deletion);
	if (found)
		horizon_raise(w->c, revision);
	w->removed += n;
	*left -= n;
	return found && n;
}

static void sweep_deletions(struct sweep *w, int64_t before)
{
	uint64_t left = LIMIT_STORE_SWEEP;

	while (left && sweep_deleted(w, before, &left))
		;
	w->more = w->more || left == 0;
}

/* ---- manifests with more revisions than are kept ---- */

struct crowded {
	struct str namespace, name;
};

/* Looks over all revisions, so on a connection for reading. */
static void find_crowded(struct store *s, struct answer *a, uint64_t most, struct crowded *found, size_t *n,
                         struct fault *fault)
{
	struct connection *c = reader_take(s);
	struct query       q = query_open(c, SQL_CROWDED);

	query_uint(&q, most);
	query_int(&q, CROWDED_AT_ONCE);
	while (query_step(&q)) {
		found[*n] = (struct crowded){ column_str(&q, 0, a), column_str(&q, 1, a) };
		(*n)++;
	}
	query_close(&q);
	*fault = reader_end(s, c, a);
}

static void sweep_crowded(struct sweep *w, const struct crowded *crowded, uint64_t most)
{
	struct query q = query_open(w->c, SQL_CROWDED_REMOVE);

	query_text(&q, crowded->namespace);
	query_text(&q, crowded->name);
	query_uint(&q, most);
	query_int(&q, LIMIT_STORE_SWEEP);
	count(w, changes(w->c, &q), LIMIT_STORE_SWEEP);
}

static void sweep_all(struct sweep *w, const struct store_retention *keep, int64_t now, const struct crowded *crowded,
                      size_t n_crowded, struct fault *fault)
{
	w->c = writer_take(w->s);
	for (size_t i = 0; i < n_crowded; i++)
		sweep_crowded(w, &crowded[i], keep->revisions);
	if (keep->deleted)
		sweep_deletions(w, now - keep->deleted);
	if (keep->replies)
		sweep_older(w, SQL_REPLIES_EXPIRE, now - keep->replies);
	if (keep->status)
		sweep_older(w, SQL_STATUS_EXPIRE, now - keep->status);
	*fault = writer_end(w->s, w->c, w->removed > 0, NULL);
}

bool store_sweep(struct store *s, const struct store_retention *keep, int64_t now, bool *more, struct diags *ds)
{
	struct crowded crowded[CROWDED_AT_ONCE];
	size_t         n_crowded = 0;
	struct answer  a = { 0 };
	struct sweep   w = { .s = s };
	struct fault   fault = { 0 };

	if (keep->revisions)
		find_crowded(s, &a, keep->revisions, crowded, &n_crowded, &fault);
	if (fault.code == SQLITE_OK)
		sweep_all(&w, keep, now, crowded, n_crowded, &fault);
	answer_release(&a);
	if (fault.code != SQLITE_OK)
		return fault_report(&fault, str_c(s->directory.database), ds);
	if (w.removed || atomic_load(&s->log_to_empty))
		empty_log(s);
	*more = w.more || n_crowded == CROWDED_AT_ONCE;
	return true;
}
