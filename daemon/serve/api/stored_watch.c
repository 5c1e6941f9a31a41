/* ?watch=true: what there is, and from then on each change, as Server-Sent Events. An event's id is the revision to resume
 * from: a browser sends it back by itself as Last-Event-ID. */
#include "base/arena.h"
#include "base/limits.h"
#include "serve/api/admitting.h"
#include "serve/api/stored.h"

enum { PAGE = 100, QUIET_US = 15 * 1000 * 1000 };

/* Pages of the listing that are of one moment, up to this key. */
struct stretch {
	struct str namespace, name; /* absent: to the end */
	uint64_t as_of;             /* what the listing knew of; later changes are news */
};

struct watch {
	struct call      *call;
	struct arena     *arena; /* of one page, emptied before the next */
	struct arena_mark mark;
	struct http_feed  feed;
	struct store_page page;
	bool              listing;     /* still what there was at the beginning */
	bool              catching_up; /* with what changed while it was told; then comes the bookmark */
	uint64_t          listed;      /* the newest that the listing knew of anywhere */
	struct stretch   *stretches;   /* one, unless there were changes meanwhile; of the call */
	size_t            n_stretches, cap_stretches;
	bool              more; /* behind the changes that were looked at last */
	bool              over; /* nothing comes behind what is in text */
	uint64_t          since;
	struct buf        text; /* to be sent */
	size_t            sent;
	int64_t           said; /* when something was sent last */
};

static const char *type_of(const struct watch *w, const struct store_manifest *m)
{
	return w->listing || m->action == STORE_CREATE ? "ADDED" : m->action == STORE_DELETE ? "DELETED" : "MODIFIED";
}

/* id and data of one event; JSON without line ends. */
static void add_event(struct watch *w, const struct store_manifest *m, uint64_t id)
{
	struct json_writer json;

	if (id)
		buf_fmt(&w->text, "id: %llu\n", (unsigned long long)id);
	buf_fmt(&w->text, "event: %s\ndata: ", type_of(w, m));
	json_writer_init(&json, &w->text, 0);
	json_open(&json, '{');
	write_revision(&json, w->arena, m);
	json_close(&json, '}');
	buf_lit(&w->text, "\n\n");
}

/* Up to here everything was told: resume behind it. */
static void add_bookmark(struct watch *w)
{
	w->catching_up = false;
	buf_fmt(&w->text, "id: %llu\nevent: BOOKMARK\ndata: {\"revision\":%llu}\n\n", (unsigned long long)w->listed,
	        (unsigned long long)w->listed);
}

static void remember_page(struct watch *w, const struct store_list *list)
{
	struct arena   *arena = w->call->arena;
	struct stretch *s = w->n_stretches ? &w->stretches[w->n_stretches - 1] : NULL;

	if (!s || s->as_of != list->as_of) {
		w->stretches = arena_list(arena, w->stretches, w->n_stretches, &w->cap_stretches, sizeof(*s));
		s = &w->stretches[w->n_stretches++];
		s->as_of = w->listed = list->as_of;
	}
	s->namespace = s->name = STR_ABSENT;
	if (!str_present(list->next))
		return;
	s->namespace = str_copy(arena, list->items[list->n - 1].namespace);
	s->name = str_copy(arena, list->items[list->n - 1].name);
}

/* The listing is not of one moment: it may have told of a change already, or have been too late for it. */
static bool is_told(const struct watch *w, const struct store_manifest *m)
{
	const struct stretch *s = w->stretches;

	if (m->revision > w->listed)
		return false;
	for (; str_present(s->name); s++) {
		int order = str_cmp(m->namespace, s->namespace);

		if (order < 0 || (order == 0 && str_cmp(m->name, s->name) <= 0))
			break;
	}
	return m->revision <= s->as_of;
}

/* False: the watch is over. */
static bool take_list(struct watch *w)
{
	struct store_list list;
	struct diags      diags;

	diags_init(&diags, w->arena);
	if (!store_list(w->call->service->store, w->arena, &w->page, &list, &diags) || list.outcome != STORE_DONE)
		return false;
	for (size_t i = 0; i < list.n; i++)
		add_event(w, &list.items[i], 0);
	remember_page(w, &list);
	w->page.after = list.next.p ? str_copy(w->call->arena, list.next) : STR_ABSENT;
	if (w->page.after.p)
		return true;
	w->listing = false;
	w->since = list.revision;
	w->catching_up = w->since < w->listed;
	if (!w->catching_up)
		add_bookmark(w);
	return true;
}

/* The id of an event is where a client resumes. Until the bookmark that is nowhere: he has not heard all. */
static void add_change(struct watch *w, const struct store_manifest *m)
{
	if (w->catching_up && m->revision > w->listed)
		add_bookmark(w);
	if (!is_told(w, m))
		add_event(w, m, w->catching_up ? 0 : m->revision);
}

static bool take_changes(struct watch *w)
{
	struct store_list list;
	struct diags      diags;

	diags_init(&diags, w->arena);
	if (!store_changes(w->call->service->store, w->arena, w->since, &w->page, &list, &diags))
		return false;
	if (list.outcome == STORE_GONE) {
		buf_lit(&w->text, "event: ERROR\ndata: {\"status\":410,\"detail\":\"list again\"}\n\n");
		return false;
	}
	for (size_t i = 0; i < list.n; i++)
		add_change(w, &list.items[i]);
	w->since = list.revision;
	w->more = list.more;
	if (w->catching_up && w->since >= w->listed)
		add_bookmark(w);
	return true;
}

/* A reload may have taken away what the client was let in by. He may come again, and is judged then. */
static bool may_go_on(const struct call *call)
{
	struct settings *now = settings_take(call->service);
	bool             may = now == call->settings || call_access_stands(call, now);

	settings_give(now);
	return may;
}

/* What is next to be sent. Changes may be many that are told already, or not this client's: nobody would wake us for those
 * behind them, but a comment has the server ask again, when others had their turn on its thread. */
static void take_some(struct watch *w)
{
	arena_reset(w->arena, w->mark);
	buf_init(&w->text, w->arena, LIMIT_STORE_ANSWER_BYTES);
	w->sent = 0;
	w->more = false;
	w->over = !(w->listing ? take_list(w) : take_changes(w));
	if (w->text.n == 0 && w->more)
		buf_lit(&w->text, ": still looking\n\n");
}

static ssize_t fill(void *ctx, char *p, size_t max)
{
	struct watch *w = ctx;
	size_t        n;

	if (w->sent == w->text.n) {
		if (w->over || !may_go_on(w->call))
			return -1;
		take_some(w);
		if (w->over && w->text.n == 0)
			return -1;
		if (w->text.n == 0 && http_clock() - w->said > QUIET_US)
			buf_lit(&w->text, ": still here\n\n");
	}
	n = w->text.n - w->sent < max ? w->text.n - w->sent : max;
	if (n == 0)
		return 0;
	memcpy(p, w->text.p + w->sent, n);
	w->sent += n;
	w->said = http_clock();
	return (ssize_t)n;
}

/* Are all changes since then still known? False: the answer is set. */
static bool is_known(struct watch *w)
{
	struct store_page one = { .scope = w->page.scope, .limit = 1 };
	struct store_list list;
	struct diags      diags;

	diags_init(&diags, w->call->arena);
	if (!store_changes(w->call->service->store, w->call->arena, w->since, &one, &list, &diags))
		store_problem(w->call, &diags);
	else if (list.outcome == STORE_GONE)
		problem(w->call, 410, STR("changes since then are no longer all known: list again"));
	else
		return true;
	return false;
}

void answer_watch(struct call *call)
{
	struct watch *w = ARENA_NEW(call->arena, struct watch);
	struct str    from = call_query(call, "since"), last = http_request_header(call->x, "Last-Event-ID");

	*w = (struct watch){ .call = call, .arena = http_scratch(call->x), .listing = true, .said = http_clock() };
	w->mark = arena_mark(w->arena);
	w->page = (struct store_page){ .scope = call_scope(call), .limit = PAGE };
	if (strchr(call->route->path, '{')) {
		w->page.scope.namespaces = &call->parameters[0];
		w->page.scope.n_namespaces = 1;
	}
	if (last.n) /* an empty one is that of who has heard nothing yet */
		from = last;
	if (str_present(from)) {
		if (!str_to_uint(from, INT64_MAX, &w->since)) {
			problem(call, 400, STR("since and Last-Event-ID are revisions"));
			return;
		}
		w->listing = false;
		if (!is_known(w))
			return;
	}
	w->feed = (struct http_feed){ fill, w };
	call->x->feed = &w->feed;
	reply(call, 200, MEDIA_EVENTS, STR(""));
}
