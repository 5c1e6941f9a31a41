/* Requests with an idempotency key: one of each is at work at a time, and what it answered is remembered. */
#include "base/arena.h"
#include "base/diag.h"
#include "store/sqlite/room.h"

static bool has_key(const struct store_request *r)
{
	return r && str_present(r->key);
}

static struct query query_of(struct connection *c, enum statement which, const struct store_request *r)
{
	struct query q = query_open(c, which);

	query_text(&q, r->scope);
	query_text(&q, r->key);
	return q;
}

enum { CHECKSUM_BYTES = 64 };

/* What is stored is the fingerprint, and behind it the checksum of the body if one was handed in. */
static bool is_same(struct str kept, const struct store_request *r, struct str *ret_content)
{
	struct str given = str_present(r->fingerprint) ? r->fingerprint : STR("");

	if (!str_has_prefix(kept, given) || (kept.n != given.n && kept.n != given.n + CHECKSUM_BYTES))
		return false;
	*ret_content = str_slice(kept, given.n, kept.n);
	return true;
}

/* STORE_CREATED: no reply is remembered. */
static enum store_outcome find_reply(struct connection *c, struct answer *a, const struct store_request *r,
                                     struct store_reply *reply)
{
	struct query       q = query_of(c, SQL_REPLY, r);
	enum store_outcome outcome = STORE_CREATED;

	if (query_step(&q)) {
		struct str kept = column_str(&q, 0, a), content = STR("");

		outcome = is_same(kept, r, &content) ? STORE_DONE : STORE_MISMATCH;
		*reply = (struct store_reply){ (unsigned)column_int(&q, 1), column_str(&q, 2, a), column_str(&q, 3, a),
			                       content };
	}
	query_close(&q);
	return outcome;
}

static enum store_outcome find_at_work(struct connection *c, const struct store_request *r)
{
	struct query       q = query_of(c, SQL_AT_WORK, r);
	enum store_outcome outcome = STORE_CREATED;

	if (query_step(&q))
		outcome = str_eq(column_view(&q, 0), r->fingerprint) ? STORE_BUSY : STORE_MISMATCH;
	query_close(&q);
	return outcome;
}

static void at_work_add(struct connection *c, const struct store_request *r, int64_t now)
{
	struct query q = query_open(c, SQL_AT_WORK_COUNT);

	if (query_step(&q) && column_int(&q, 0) >= LIMIT_STORE_AT_WORK)
		connection_fail(c, FAULT_LIMIT, "4096 requests with an idempotency key at one time");
	query_close(&q);
	q = query_of(c, SQL_AT_WORK_ADD, r);
	query_blob(&q, str_present(r->fingerprint) ? r->fingerprint : STR(""));
	query_int(&q, now);
	(void)query_run(&q);
}

bool store_begin(struct store *s, struct arena *arena, const struct store_request *request, int64_t now,
                 enum store_outcome *outcome, struct store_reply *ret, struct diags *ds)
{
	struct store_reply reply = { 0 };
	enum store_outcome found;
	struct answer     *a;
	struct connection *c;

	if (!has_key(request)) {
		*outcome = STORE_CREATED;
		return true;
	}
	if (!reply_within_limits(request, NULL, ds))
		return false;
	a = answer_new(arena);
	c = writer_take(s); /* the table of those at work is the writer's own */
	c->in_memory = true;
	found = find_reply(c, a, request, &reply);
	if (found == STORE_CREATED)
		found = find_at_work(c, request);
	if (found == STORE_CREATED)
		at_work_add(c, request, now);
	if (!writer_give(s, c, found == STORE_CREATED, a, ds))
		return false;
	*outcome = found;
	if (found == STORE_DONE)
		*ret = reply;
	return true;
}

void reply_keep(struct connection *c, const struct store_request *request, const struct store_reply *reply)
{
	struct query q;

	if (!has_key(request))
		return;
	q = query_open(c, SQL_REPLY_ADD);
	query_blob(&q, str_present(request->content) ? request->content : STR(""));
	query_int(&q, reply->status);
	query_text(&q, reply->media_type);
	query_blob(&q, reply->body);
	query_text(&q, request->scope);
	query_text(&q, request->key);
	(void)query_run(&q);
	q = query_of(c, SQL_AT_WORK_REMOVE, request);
	(void)query_run(&q);
}

bool store_abandon(struct store *s, const struct store_request *request, struct diags *ds)
{
	struct connection *c;
	struct query       q;

	if (!has_key(request))
		return true;
	c = writer_take(s);
	c->in_memory = true;
	q = query_of(c, SQL_AT_WORK_REMOVE, request);
	(void)query_run(&q);
	return writer_give(s, c, true, NULL, ds);
}
