/* Reading manifests: one, a page of them, their history, and what changed. */
#include "base/arena.h"
#include "base/diag.h"
#include "store/scope.h"
#include "store/sqlite/room.h"
#include "store/token.h"

bool store_get(struct store *s, struct arena *arena, struct str namespace, struct str name, enum store_outcome *outcome,
               struct store_manifest *ret, struct diags *ds)
{
	struct store_manifest m = { 0 };
	struct answer        *a = answer_new(arena);
	struct connection    *c = reader_take(s);
	bool                  found = manifest_standing(c, a, namespace, name, &m, NULL);

	if (!reader_give(s, c, a, ds))
		return false;
	*outcome = found ? STORE_DONE : STORE_NOT_FOUND;
	if (found)
		*ret = m;
	return true;
}

/* ---- pages ---- */

void *listing_item(struct connection *c, struct answer *a, void *items, size_t *cap, size_t n, size_t size)
{
	void *room = connection_ok(c) ? answer_item(a, items, cap, n, size) : NULL;

	if (!room)
		connection_fail(c, SQLITE_NOMEM, "out of memory");
	return room;
}

/* A page under way. */
struct listing {
	struct connection     *c;
	struct answer         *a;
	struct store_manifest *items;
	size_t                 n, cap, limit, bytes;
	bool                   documents;
	bool                   more; /* something stands behind the page */
};

static bool listing_is_full(const struct listing *l)
{
	return l->n == l->limit || l->bytes >= LIMIT_STORE_PAGE_BYTES;
}

/* Takes the rows of a query until the page is full. scope: those of other namespaces are passed over; NULL: all. */
static void listing_take(struct listing *l, struct query *q, const struct store_scope *scope)
{
	while (!l->more && query_step(q)) {
		if (scope && !scope_shows(scope, column_view(q, 0)))
			continue;
		if (listing_is_full(l)) {
			l->more = true;
			break;
		}
		l->items = listing_item(l->c, l->a, l->items, &l->cap, l->n, sizeof(*l->items));
		if (!l->items || !manifest_of_row(q, l->a, &l->items[l->n], NULL))
			break;
		l->bytes += l->items[l->n++].document.n;
	}
	query_close(q);
}

static struct listing listing_of(struct answer *a, const struct store_page *page)
{
	return (struct listing){ .a = a, .limit = page_limit(page), .documents = page->documents };
}

static uint64_t newest_revision(struct connection *c)
{
	struct query q = query_open(c, SQL_REVISION);
	uint64_t     revision = query_step(&q) ? column_uint(&q, 0) : 0;

	query_close(&q);
	return revision;
}

/* ---- all that stand ---- */

static void list_all(struct listing *l, struct str namespace, struct str name)
{
	struct query q = query_open(l->c, SQL_LIST);

	query_int(&q, l->documents);
	query_text(&q, namespace);
	query_text(&q, name);
	query_uint(&q, l->limit - l->n + 1);
	listing_take(l, &q, NULL);
}

static void list_namespace(struct listing *l, struct str namespace, struct str name)
{
	struct query q = query_open(l->c, SQL_LIST_NAMESPACE);

	query_int(&q, l->documents);
	query_text(&q, namespace);
	query_text(&q, name);
	query_uint(&q, l->limit - l->n + 1);
	listing_take(l, &q, NULL);
}

static void list_rows(struct listing *l, const struct store_scope *scope, const struct str *sorted,
                      const struct token *from)
{
	if (scope->n_namespaces == 0)
		list_all(l, from->strings[0], from->strings[1]);
	for (size_t i = 0; i < scope->n_namespaces && !l->more && connection_ok(l->c); i++) {
		int side = str_cmp(sorted[i], from->strings[0]);

		if (side >= 0)
			list_namespace(l, sorted[i], side == 0 ? from->strings[1] : STR(""));
	}
}

static struct token token_of(struct str kind, struct str filter)
{
	return (struct token){ kind, filter, { 0 }, { STR(""), STR(""), STR(""), STR("") } };
}

bool store_list(struct store *s, struct arena *arena, const struct store_page *page, struct store_list *ret,
                struct diags *ds)
{
	struct token      from = token_of(STR("manifests"), STR(""));
	struct store_list list = { .outcome = STORE_BAD_CONTINUE };
	const struct str *sorted;
	struct listing    l;
	uint64_t          as_of;

	if (!limit_count(page->scope.n_namespaces, LIMIT_STORE_NAMESPACES, "namespaces", ds))
		return false;
	if (str_present(page->after) && !token_read(arena, page->after, &from, &page->scope)) {
		*ret = list;
		return true;
	}
	sorted = scope_sorted(arena, &page->scope);
	l = listing_of(answer_new(arena), page);
	l.c = reader_take(s);
	as_of = newest_revision(l.c);
	if (!str_present(page->after))
		from.numbers[0] = as_of;
	list_rows(&l, &page->scope, sorted, &from);
	if (!reader_give(s, l.c, l.a, ds))
		return false;
	list = (struct store_list){ .outcome = STORE_DONE,
		                    .items = l.items,
		                    .n = l.n,
		                    .revision = from.numbers[0],
		                    .more = l.more,
		                    .as_of = as_of };
	if (l.items && l.more) {
		from.strings[0] = l.items[l.n - 1].namespace;
		from.strings[1] = l.items[l.n - 1].name;
		list.next = token_write(arena, &from, &page->scope);
	}
	*ret = list;
	return true;
}

/* ---- history ---- */

bool store_history(struct store *s, struct arena *arena, struct str namespace, struct str name,
                   const struct store_page *page, struct store_list *ret, struct diags *ds)
{
	static const struct store_scope everything = { NULL, 0 };
	struct token                    from = token_of(STR("history"), STR_CONCAT(arena, namespace, STR("/"), name));
	struct store_list               list = { .outcome = STORE_BAD_CONTINUE };
	struct listing                  l;
	struct query                    q;

	from.numbers[0] = INT64_MAX;
	if (str_present(page->after) && !token_read(arena, page->after, &from, &everything)) {
		*ret = list;
		return true;
	}
	l = listing_of(answer_new(arena), page);
	l.c = reader_take(s);
	q = query_open(l.c, SQL_HISTORY);
	query_int(&q, l.documents);
	query_text(&q, namespace);
	query_text(&q, name);
	query_uint(&q, from.numbers[0]);
	query_uint(&q, l.limit + 1);
	listing_take(&l, &q, NULL);
	list.revision = newest_revision(l.c);
	if (!reader_give(s, l.c, l.a, ds))
		return false;
	/* Behind the last item of a page that was full nothing may be left: that is no error. */
	list = (struct store_list){ .outcome = l.n || str_present(page->after) ? STORE_DONE : STORE_NOT_FOUND,
		                    .items = l.items,
		                    .n = l.n,
		                    .revision = list.revision,
		                    .more = l.more };
	if (l.items && l.more) {
		from.numbers[0] = l.items[l.n - 1].revision;
		list.next = token_write(arena, &from, &everything);
	}
	*ret = list;
	return true;
}

bool store_history_get(struct store *s, struct arena *arena, struct str namespace, struct str name, uint64_t revision,
                       enum store_outcome *outcome, struct store_manifest *ret, struct diags *ds)
{
	struct store_manifest m = { 0 };
	struct answer        *a = answer_new(arena);
	struct connection    *c = reader_take(s);
	struct query          q = query_open(c, SQL_HISTORY_ONE);
	bool                  found;

	query_uint(&q, revision);
	query_text(&q, namespace);
	query_text(&q, name);
	found = query_step(&q) && manifest_of_row(&q, a, &m, NULL);
	query_close(&q);
	if (!reader_give(s, c, a, ds))
		return false;
	*outcome = found ? STORE_DONE : STORE_NOT_FOUND;
	if (found)
		*ret = m;
	return true;
}

/* ---- changes ---- */

static bool is_gone(struct connection *c, uint64_t since, uint64_t *newest)
{
	struct query q = query_open(c, SQL_HORIZON);
	bool         gone = false;

	if (query_step(&q)) {
		*newest = column_uint(&q, 0);
		gone = since > *newest || since < column_uint(&q, 1);
	}
	query_close(&q);
	return gone;
}

/* Reads changes in order until the page is full or many were passed over; *last: the last that was looked at. */
static void take_changes(struct listing *l, uint64_t since, const struct store_scope *scope, uint64_t *last)
{
	struct query q = query_open(l->c, SQL_CHANGES);
	size_t       read = 0;

	query_int(&q, l->documents);
	query_uint(&q, since);
	query_int(&q, LIMIT_STORE_CHANGES_READ + 1);
	while (query_step(&q)) {
		l->more = read++ == LIMIT_STORE_CHANGES_READ || listing_is_full(l);
		if (l->more)
			break;
		if (scope_shows(scope, column_view(&q, 0))) {
			l->items = listing_item(l->c, l->a, l->items, &l->cap, l->n, sizeof(*l->items));
			if (!l->items || !manifest_of_row(&q, l->a, &l->items[l->n], NULL))
				break;
			l->bytes += l->items[l->n++].document.n;
		}
		*last = column_uint(&q, 2);
	}
	query_close(&q);
}

bool store_changes(struct store *s, struct arena *arena, uint64_t since, const struct store_page *page,
                   struct store_list *ret, struct diags *ds)
{
	struct listing l;
	uint64_t       newest = 0, last = since;
	bool           gone;

	if (!limit_count(page->scope.n_namespaces, LIMIT_STORE_NAMESPACES, "namespaces", ds))
		return false;
	l = listing_of(answer_new(arena), page);
	l.c = reader_take(s);
	gone = is_gone(l.c, since, &newest);
	if (!gone)
		take_changes(&l, since, &page->scope, &last);
	if (!reader_give(s, l.c, l.a, ds))
		return false;
	*ret = (struct store_list){ .outcome = gone ? STORE_GONE : STORE_DONE,
		                    .items = l.items,
		                    .n = l.n,
		                    .revision = gone || !l.more ? newest : last,
		                    .more = l.more };
	return true;
}

/* ---- manifests that another version extracted ---- */

bool store_outdated(struct store *s, struct arena *arena, const struct store_page *page, struct store_list *ret,
                    struct diags *ds)
{
	struct listing l = listing_of(answer_new(arena), page);
	struct query   q;
	uint64_t       revision;

	l.c = reader_take(s);
	q = query_open(l.c, SQL_OUTDATED);
	query_int(&q, atomic_load(&s->extractor));
	query_uint(&q, l.limit + 1);
	listing_take(&l, &q, NULL);
	revision = newest_revision(l.c);
	if (!reader_give(s, l.c, l.a, ds))
		return false;
	*ret = (struct store_list){
		.outcome = STORE_DONE, .items = l.items, .n = l.n, .revision = revision, .more = l.more
	};
	return true;
}
