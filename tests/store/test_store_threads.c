/* Several threads at once: no lost update, readers see whole states, the feed is in order. Worth most under
 * ThreadSanitizer. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WRITERS = 4, READERS = 4, ROUNDS = 60 };

struct shared {
	struct store *store;
	const char   *directory, *above;
	atomic_uint   increments;
	atomic_bool   done;
	atomic_uint   faults;
};

struct worker {
	struct arena *arena;
	struct diags  diags;
};

static struct worker worker_new(void)
{
	struct worker w = { .arena = arena_new(256 * MIB) };

	diags_init(&w.diags, w.arena);
	return w;
}

static void worker_end(struct worker *w, struct shared *s)
{
	if (w->diags.n)
		atomic_fetch_add(&s->faults, 1);
	arena_free(w->arena);
}

/* Reads a number, adds one, puts it back on the condition that nobody did meanwhile: all count in the end. */
static bool increment(struct shared *s, struct worker *w)
{
	struct store_manifest m = { 0 };
	enum store_outcome    outcome;
	struct store_put      p = { .namespace = STR("shop"), .name = STR("counter") };
	struct store_change   change;
	uint64_t              n = 0;

	if (!store_get(s->store, w->arena, p.namespace, p.name, &outcome, &m, &w->diags))
		return false;
	if (outcome == STORE_DONE && !str_to_uint(m.document, 1000000, &n))
		return false;
	p.document = str_from_uint(w->arena, n + 1);
	if (outcome == STORE_DONE) {
		p.precondition.if_match = &m.etag;
		p.precondition.n_if_match = 1;
	} else {
		p.precondition.if_none_match_any = true;
	}
	if (!store_put(s->store, w->arena, &p, &change, &w->diags))
		return false;
	return change.outcome == STORE_CREATED || change.outcome == STORE_REPLACED;
}

static void *writer(void *ctx)
{
	struct shared *s = ctx;
	struct worker  w = worker_new();

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct arena_mark mark = arena_mark(w.arena);

		while (!increment(s, &w) && w.diags.n == 0)
			;
		atomic_fetch_add(&s->increments, 1);
		if (w.diags.n == 0)
			arena_reset(w.arena, mark);
	}
	worker_end(&w, s);
	return NULL;
}

/* Two manifests always change together here: delete and put. A page never shows a revision newer than its own. */
static void *reader(void *ctx)
{
	struct shared    *s = ctx;
	struct worker     w = worker_new();
	struct store_list found;
	uint64_t          since = 0;

	while (!atomic_load(&s->done)) {
		struct arena_mark        mark = arena_mark(w.arena);
		struct store_page        page = { .documents = true };
		struct store_facts       facts;
		struct store_status_sums sums;

		if (!store_list(s->store, w.arena, &page, &found, &w.diags))
			break;
		for (size_t i = 0; i < found.n; i++)
			if (found.items[i].revision > found.revision)
				atomic_fetch_add(&s->faults, 1);
		if (!store_changes(s->store, w.arena, since, &page, &found, &w.diags))
			break;
		for (size_t i = 0; i < found.n; i++)
			if (found.items[i].revision != ++since)
				atomic_fetch_add(&s->faults, 1);
		if (!store_facts(s->store, &facts, &w.diags) || !store_status_sums(s->store, 0, 0, &sums, &w.diags))
			break;
		if (facts.revision < since || store_revision(s->store) < facts.oldest)
			atomic_fetch_add(&s->faults, 1);
		arena_reset(w.arena, mark);
	}
	worker_end(&w, s);
	return NULL;
}

static void *keeper(void *ctx)
{
	struct shared *s = ctx;
	struct worker  w = worker_new();
	char           path[128];
	bool           more;

	snprintf(path, sizeof(path), "%s/copy.db", s->above);
	while (!atomic_load(&s->done)) {
		struct store_retention keep = { .replies = 1, .status = 1 };

		if (!store_check(s->store, &w.diags) || !store_backup(str_c(s->directory), str_c(path), &w.diags) ||
		    !store_sweep(s->store, &keep, 1, &more, &w.diags))
			break;
	}
	remove(path);
	worker_end(&w, s);
	return NULL;
}

static void together(void **state)
{
	struct fixture *f = *state;
	struct shared   s = { .store = f->store, .directory = f->directory, .above = f->above };
	pthread_t       writers[WRITERS], readers[READERS], other;
	char            text[16];

	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, reader, &s), 0);
	assert_int_equal(pthread_create(&other, NULL, keeper, &s), 0);
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, writer, &s), 0);
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&s.done, true);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	pthread_join(other, NULL);
	assert_int_equal(atomic_load(&s.faults), 0);
	snprintf(text, sizeof(text), "%d", WRITERS * ROUNDS);
	assert_str(get(f, "shop", "counter"), text);
	assert_int_equal(store_revision(f->store), WRITERS * ROUNDS);
}

/* Of many who create the same at once, one does. */
struct race {
	struct store     *store;
	pthread_barrier_t start;
	atomic_uint       created, stale, quarrels, faults;
	bool              same_name;
	unsigned          number;
	atomic_uint       next;
};

static void *racer(void *ctx)
{
	struct race        *r = ctx;
	struct worker       w = worker_new();
	unsigned            me = atomic_fetch_add(&r->next, 1);
	struct str          mine = str_fmt(w.arena, "agreement %u", me);
	struct store_claim  claim = { str_fmt(w.arena, "key %u", r->number), mine };
	struct store_put    p = { .namespace = STR("race"), .document = mine };
	struct store_change change = { 0 };

	p.name = r->same_name ? str_fmt(w.arena, "same-%u", r->number) : str_fmt(w.arena, "name-%u-%u", r->number, me);
	p.precondition.if_none_match_any = true;
	if (!r->same_name) {
		p.claims = &claim;
		p.n_claims = 1;
	}
	pthread_barrier_wait(&r->start);
	if (!store_put(r->store, w.arena, &p, &change, &w.diags))
		atomic_fetch_add(&r->faults, 1);
	else
		atomic_fetch_add(change.outcome == STORE_CREATED ? &r->created
		                 : change.outcome == STORE_STALE ? &r->stale
		                                                 : &r->quarrels,
		                 1);
	arena_free(w.arena);
	return NULL;
}

static void races(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 20; i++) {
		struct race r = { .store = f->store, .same_name = i % 2 == 0, .number = i };
		pthread_t   threads[6];

		pthread_barrier_init(&r.start, NULL, 6);
		for (unsigned t = 0; t < 6; t++)
			assert_int_equal(pthread_create(&threads[t], NULL, racer, &r), 0);
		for (unsigned t = 0; t < 6; t++)
			pthread_join(threads[t], NULL);
		pthread_barrier_destroy(&r.start);
		assert_int_equal(r.faults, 0);
		assert_int_equal(r.created, 1);
		assert_int_equal(r.same_name ? r.stale : r.quarrels, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { FIXTURE_TEST(together), FIXTURE_TEST(races) };

	return cmocka_run_group_tests_name("store_threads", tests, NULL, NULL);
}
