/* The host registry: who calls which host, and who does not agree with whom. */
#include "base/arena.h"
#include "store/sqlite/room.h"
#include "store/token.h"

enum { LEAST_PIECE = 8 };

/* Callers in their order: all, or those of one namespace, of which some are read at a time. */
struct source {
	struct str namespace; /* absent: all */
	struct store_caller *items;
	size_t               n, at;
	bool                 more; /* may be behind them */
};

struct callers {
	struct connection   *c;
	struct answer       *a;
	struct store_caller *items;
	size_t               n;
	size_t               limit;
	size_t               piece; /* that a source reads at a time */
	struct str           host;  /* only this one, unless absent */
	struct source      **ahead; /* sources that have something, the one whose caller is the first last */
	size_t               n_ahead;
};

/* Where a query begins: behind this key. */
struct key {
	struct str host;
	int64_t    port;
	struct str namespace, name, upstream;
};

static struct store_caller caller_of_row(const struct query *q, struct answer *a)
{
	return (struct store_caller){ column_str(q, 0, a),
		                      column_str(q, 1, a),
		                      { .upstream = column_str(q, 2, a),
		                        .host = column_str(q, 3, a),
		                        .port = (uint16_t)column_int(q, 4),
		                        .shared = column_int(q, 5) != 0,
		                        .cluster = column_str(q, 6, a) } };
}

static void source_take(struct callers *l, struct source *from, struct query *q)
{
	from->n = from->at = 0;
	while (from->n < l->piece && query_step(q)) {
		if (str_present(l->host) && !str_eq(column_view(q, 3), l->host))
			break; /* rows come by host */
		from->items[from->n++] = caller_of_row(q, l->a);
	}
	from->more = from->n == l->piece;
	query_close(q);
}

static struct query query_all(struct callers *l, const struct key *from)
{
	struct query q = query_open(l->c, SQL_HOSTS);

	query_text(&q, from->host);
	query_int(&q, from->port);
	query_text(&q, from->namespace);
	query_text(&q, from->name);
	query_text(&q, from->upstream);
	query_uint(&q, l->piece);
	return q;
}

/* Inside one namespace the order is host, port, name, upstream. What stands before the key's own namespace has had its
 * turn with the key's host and port, what stands behind it has not. */
static struct query query_of(struct callers *l, struct str namespace, const struct key *from)
{
	struct query q = query_open(l->c, SQL_HOSTS_NAMESPACE);
	int          side = str_cmp(namespace, from->namespace);

	query_text(&q, namespace);
	query_text(&q, from->host);
	query_int(&q, side < 0 ? from->port + 1 : from->port);
	query_text(&q, side == 0 ? from->name : STR(""));
	query_text(&q, side == 0 ? from->upstream : STR(""));
	query_uint(&q, l->piece);
	return q;
}

static void source_read(struct callers *l, struct source *s, const struct key *from)
{
	struct query q = str_present(s->namespace) ? query_of(l, s->namespace, from) : query_all(l, from);

	source_take(l, s, &q);
}

static int compare(const struct store_caller *a, const struct store_caller *b)
{
	int order = str_cmp(a->host.host, b->host.host);

	if (!order)
		order = (int)a->host.port - (int)b->host.port;
	if (!order)
		order = str_cmp(a->namespace, b->namespace);
	if (!order)
		order = str_cmp(a->name, b->name);
	return order ? order : str_cmp(a->host.upstream, b->host.upstream);
}

static struct key key_of(const struct token *t, bool first)
{
	/* No port is below 0, and no name is empty. */
	return (struct key){ t->strings[0], first ? -1 : (int64_t)t->numbers[0], t->strings[1], t->strings[2],
		             t->strings[3] };
}

static void token_set(struct token *t, const struct store_caller *last)
{
	t->numbers[0] = last->host.port;
	t->strings[0] = last->host.host;
	t->strings[1] = last->namespace;
	t->strings[2] = last->name;
	t->strings[3] = last->host.upstream;
}

/* Among those that have something, by what they have first. */
static void source_enter(struct callers *l, struct source *s)
{
	size_t at = l->n_ahead++;

	for (; at > 0 && compare(&l->ahead[at - 1]->items[l->ahead[at - 1]->at], &s->items[s->at]) < 0; at--)
		l->ahead[at] = l->ahead[at - 1];
	l->ahead[at] = s;
}

static void source_advance(struct callers *l, struct source *s)
{
	const struct store_caller *last = &s->items[s->at++];
	struct key key = { last->host.host, last->host.port, last->namespace, last->name, last->host.upstream };

	if (s->at == s->n && s->more)
		source_read(l, s, &key);
	if (s->at < s->n)
		source_enter(l, s);
}

/* False: no memory, which the answer knows. */
static bool sources_open(struct callers *l, const struct store_scope *scope, const struct key *from)
{
	size_t n = scope->n_namespaces ? scope->n_namespaces : 1;

	l->piece = l->limit / n + LEAST_PIECE;
	l->items = answer_alloc(l->a, l->limit * sizeof(*l->items));
	l->ahead = answer_alloc(l->a, n * sizeof(struct source *));
	if (!l->items || !l->ahead)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct source *s = answer_alloc(l->a, sizeof(*s));

		if (s)
			s->items = answer_alloc(l->a, l->piece * sizeof(*s->items));
		if (!s || !s->items)
			return false;
		s->namespace = scope->n_namespaces ? scope->namespaces[i] : STR_ABSENT;
		source_read(l, s, from);
		if (s->n)
			source_enter(l, s);
	}
	return true;
}

/* However many namespaces there are, what is read is not much more than what is given out. */
static void read_callers(struct callers *l, const struct store_scope *scope, const struct key *from)
{
	if (!sources_open(l, scope, from))
		return;
	while (l->n < l->limit && l->n_ahead) {
		struct source *s = l->ahead[--l->n_ahead];

		l->items[l->n++] = s->items[s->at];
		source_advance(l, s);
	}
}

bool store_hosts(struct store *s, struct arena *arena, struct str host, const struct store_page *page,
                 struct store_callers *ret, struct diags *ds)
{
	struct token t = {
		STR("hosts"), host, { 0 }, { str_present(host) ? host : STR(""), STR(""), STR(""), STR("") }
	};
	struct key     from;
	struct callers l = { .limit = page_limit(page) + 1, .host = host };

	if (!limit_count(page->scope.n_namespaces, LIMIT_STORE_NAMESPACES, "namespaces", ds))
		return false;
	if (str_present(page->after) && !token_read(arena, page->after, &t, &page->scope)) {
		*ret = (struct store_callers){ .outcome = STORE_BAD_CONTINUE };
		return true;
	}
	from = key_of(&t, !str_present(page->after));
	l.a = answer_new(arena);
	l.c = reader_take(s);
	read_callers(&l, &page->scope, &from);
	if (!reader_give(s, l.c, l.a, ds))
		return false;
	*ret = (struct store_callers){ .outcome = STORE_DONE, .items = l.items, .n = l.n };
	if (l.items && l.n >= l.limit) {
		ret->n = l.limit - 1;
		token_set(&t, &l.items[ret->n - 1]);
		ret->next = token_write(arena, &t, &page->scope);
	}
	return true;
}

bool store_quarrels(struct store *s, struct arena *arena, struct str root, struct store_quarrels *ret, struct diags *ds)
{
	struct answer        *a = answer_new(arena);
	struct connection    *c = reader_take(s);
	struct query          q = query_open(c, SQL_QUARRELS);
	struct store_quarrel *items = NULL;
	size_t                n = 0, cap = 0;
	bool                  more = false;

	query_text(&q, root);
	query_int(&q, LIMIT_STORE_QUARRELS + 1);
	while (!more && query_step(&q)) {
		more = n == LIMIT_STORE_QUARRELS || a->held > LIMIT_STORE_QUARRELS_BYTES;
		items = listing_item(c, a, items, &cap, n, sizeof(*items));
		if (!items || more)
			break;
		items[n++] = (struct store_quarrel){ column_str(&q, 0, a), column_str(&q, 1, a), column_str(&q, 2, a),
			                             column_str(&q, 3, a) };
	}
	query_close(&q);
	if (!reader_give(s, c, a, ds))
		return false;
	*ret = (struct store_quarrels){ STORE_DONE, items, n, more };
	return true;
}

uint64_t store_claims_version(const struct store *s)
{
	return atomic_load(&s->claims_version);
}
