/* What dumps said: the last verdict of each proxy on each manifest. */
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "store/digest.h"
#include "store/sqlite/room.h"
#include "store/token.h"

/* ---- writing ---- */

static bool status_within_limits(const struct store_status *rows, size_t n, struct diags *ds)
{
	if (!limit_count(n, LIMIT_STORE_PAGE, "proxies", ds))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!limit_name(rows[i].proxy, "the name of a proxy", ds) ||
		    !limit_name(rows[i].verdict, "a verdict", ds) ||
		    !limit_name(rows[i].source, "the name of a dump", ds) ||
		    !limit_name(rows[i].who, "the name of a user", ds) ||
		    !limit_bytes(rows[i].report, LIMIT_STORE_REPORT_BYTES, "the report on one proxy", ds))
			return false;
	return true;
}

static void status_put(struct connection *c, struct str namespace, struct str name, const struct store_status *row)
{
	struct digest digest;
	struct query  q = query_open(c, SQL_STATUS_PUT);

	query_text(&q, namespace);
	query_text(&q, name);
	query_text(&q, row->proxy);
	query_uint(&q, row->revision);
	query_text(&q, row->verdict);
	query_int(&q, row->good);
	query_text(&q, row->source);
	query_text(&q, row->who);
	query_int(&q, row->when);
	query_blob(&q, digest_of_status(&digest, namespace, name, row));
	query_blob(&q, row->report);
	for (size_t i = 0; i < STORE_CLUSTER_STATES; i++)
		query_int(&q, row->clusters[i]);
	(void)query_run(&q);
}

static void status_cap(struct connection *c, struct str namespace, struct str name)
{
	struct query q = query_open(c, SQL_STATUS_COUNT);

	query_text(&q, namespace);
	query_text(&q, name);
	if (query_step(&q) && column_int(&q, 0) > LIMIT_STORE_PROXIES)
		connection_fail(c, FAULT_LIMIT, "100000 proxies of one manifest");
	query_close(&q);
}

bool store_status_put(struct store *s, const struct store_verdicts *v, enum store_outcome *ret, struct diags *ds)
{
	struct connection *c;
	bool               found;

	if (!status_within_limits(v->rows, v->n, ds) || !reply_within_limits(v->request, v->reply, ds))
		return false;
	c = writer_take(s);
	found = finds_row(c, SQL_EXISTS, v->namespace, v->name);
	for (size_t i = 0; found && i < v->n; i++)
		status_put(c, v->namespace, v->name, &v->rows[i]);
	status_cap(c, v->namespace, v->name);
	if (found)
		reply_keep(c, v->request, v->reply);
	if (!writer_give(s, c, found, NULL, ds))
		return false;
	*ret = found ? STORE_DONE : STORE_NOT_FOUND;
	return true;
}

/* ---- reading ---- */

struct store_status status_of_row(const struct query *q, struct answer *a)
{
	struct store_status row = { .proxy = column_str(q, 0, a),
		                    .revision = column_uint(q, 1),
		                    .verdict = column_str(q, 2, a),
		                    .good = column_int(q, 3) != 0,
		                    .source = column_str(q, 4, a),
		                    .who = column_str(q, 5, a),
		                    .when = column_int(q, 6),
		                    .report = column_str(q, 8, a) };

	for (int i = 0; i < STORE_CLUSTER_STATES; i++)
		row.clusters[i] = (uint32_t)column_uint(q, 9 + i);
	return row;
}

bool status_is_sound(const struct query *q, struct str namespace, struct str name, const struct store_status *row)
{
	struct digest digest;
	char          message[256];

	if (str_eq(digest_of_status(&digest, namespace, name, row), column_view(q, 7)))
		return true;
	(void)snprintf(message, sizeof(message), "the status of %.40s/%.40s at %.40s does not fit its checksum",
	               namespace.p, name.p, row->proxy.p ? row->proxy.p : "");
	connection_fail(q->connection, FAULT_DAMAGED, message);
	return false;
}

struct status_page {
	struct str namespace, name; /* with a NUL behind them */
	struct store_status *items;
	size_t               n, cap, limit, bytes;
	bool                 documents, more;
	int64_t              fresh_from;
	uint64_t             revision; /* of the manifest */
};

static void status_take(struct status_page *p, struct connection *c, struct answer *a, struct str after)
{
	struct query q = query_open(c, SQL_STATUS);

	query_text(&q, p->namespace);
	query_text(&q, p->name);
	query_text(&q, after);
	query_uint(&q, p->limit + 1);
	while (query_step(&q)) {
		struct store_status row;

		p->more = p->n == p->limit || p->bytes >= LIMIT_STORE_PAGE_BYTES;
		if (p->more)
			break;
		p->items = listing_item(c, a, p->items, &p->cap, p->n, sizeof(*p->items));
		row = status_of_row(&q, a);
		if (!p->items || a->failed || !status_is_sound(&q, p->namespace, p->name, &row))
			break;
		if (!p->documents)
			row.report = STR_ABSENT;
		p->bytes += row.report.n;
		row.stale = row.when < p->fresh_from;
		row.outdated = row.revision != p->revision;
		p->items[p->n++] = row;
	}
	query_close(&q);
}

static int64_t fresh_from(int64_t now, int64_t stale_after)
{
	return stale_after > 0 ? now - stale_after : INT64_MIN;
}

static uint64_t revision_of(struct connection *c, struct str namespace, struct str name)
{
	struct query q = query_open(c, SQL_EXISTS);
	uint64_t     revision = 0;

	query_text(&q, namespace);
	query_text(&q, name);
	if (query_step(&q))
		revision = column_uint(&q, 0);
	query_close(&q);
	return revision;
}

/* with_clusters: they are behind the others. */
static void sums_take(struct query *q, bool with_clusters, struct store_status_sums *sums, int64_t *newest)
{
	if (query_step(q)) {
		*sums = (struct store_status_sums){
			column_uint(q, 0), column_uint(q, 1), column_uint(q, 2),
			column_uint(q, 3), column_uint(q, 4), .last_good = column_int(q, 6)
		};
		for (int i = 0; with_clusters && i < STORE_CLUSTER_STATES; i++)
			sums->clusters[i] = column_uint(q, 7 + i);
		*newest = column_int(q, 5);
	}
	query_close(q);
}

static void sums_of(struct status_page *p, struct connection *c, struct store_status_sums *sums, int64_t *newest)
{
	struct query q = query_open(c, SQL_STATUS_SUMS_ONE);

	query_int(&q, p->fresh_from);
	query_text(&q, p->namespace);
	query_text(&q, p->name);
	sums_take(&q, false, sums, newest);
}

bool store_status(struct store *s, struct arena *arena, const struct store_status_query *query,
                  struct store_statuses *ret, struct diags *ds)
{
	static const struct store_scope everything = { NULL, 0 };
	struct token                    t = { STR("status"),
		                              STR_CONCAT(arena, query->namespace, STR("/"), query->name),
		                              { 0 },
		                              { STR(""), STR(""), STR(""), STR("") } };
	struct status_page              p = { .namespace = str_copy(arena, query->namespace),
		                              .name = str_copy(arena, query->name),
		                              .limit = page_limit(query->page),
		                              .documents = query->page->documents,
		                              .fresh_from = fresh_from(query->now, query->stale_after) };
	struct store_status_sums        sums = { 0 };
	struct answer                  *a = answer_new(arena);
	struct connection              *c;
	int64_t                         newest = 0;

	if (str_present(query->page->after) && !token_read(arena, query->page->after, &t, &everything)) {
		*ret = (struct store_statuses){ .outcome = STORE_BAD_CONTINUE };
		return true;
	}
	c = reader_take(s);
	p.revision = revision_of(c, p.namespace, p.name);
	status_take(&p, c, a, t.strings[0]);
	sums_of(&p, c, &sums, &newest);
	if (!reader_give(s, c, a, ds))
		return false;
	*ret = (struct store_statuses){ p.revision ? STORE_DONE : STORE_NOT_FOUND,
		                        p.items,
		                        p.n,
		                        STR_ABSENT,
		                        sums.proxies,
		                        sums.good,
		                        sums.bad,
		                        sums.stale,
		                        sums.outdated,
		                        newest };
	if (p.items && p.more) {
		t.strings[0] = p.items[p.n - 1].proxy;
		ret->next = token_write(arena, &t, &everything);
	}
	return true;
}

bool store_status_sums(struct store *s, int64_t now, int64_t stale_after, struct store_status_sums *ret,
                       struct diags *ds)
{
	struct store_status_sums sums = { 0 };
	int64_t                  newest = 0;
	struct connection       *c = reader_take(s);
	struct query             q = query_open(c, SQL_STATUS_SUMS);

	query_int(&q, fresh_from(now, stale_after));
	sums_take(&q, true, &sums, &newest);
	if (!reader_give(s, c, NULL, ds))
		return false;
	*ret = sums;
	return true;
}
