/* arena: what it gives is aligned, apart and zero; what it holds stays below its cap; running out ends the run and
 * nothing else; what was deferred is released once, last first. */
#include "unit.h"

#include <stdalign.h>

static void test_alignment_and_zeroes(void **state)
{
	static const size_t sizes[] = { 1, 7, 8, 15, 16, 17, 31, 100, 4095, 32768, 32769, 100000, 5000000, 3, 1 };
	struct fixture     *f = *state;

	for (int round = 0; round < 3; round++) {
		struct arena_mark mark = arena_mark(f->arena);

		for (size_t i = 0; i < COUNT(sizes); i++) {
			unsigned char *p = arena_alloc(f->arena, sizes[i]);

			if ((uintptr_t)p % alignof(max_align_t) != 0)
				fail_msg("round %d: %zu bytes at %p are not aligned", round, sizes[i], (void *)p);
			for (size_t k = 0; k < sizes[i]; k++)
				if (p[k] != 0)
					fail_msg("round %d: byte %zu of %zu is not zero", round, k, sizes[i]);
			memset(p, 0xff, sizes[i]);
		}
		/* The first rounds leave their bytes behind in what the next one is given. */
		arena_reset(f->arena, mark);
	}
}

static void test_pieces_are_apart(void **state)
{
	enum { PIECES = 3000 };
	struct fixture *f = *state;
	unsigned char  *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(f->arena, i % 97 + 1);
		memset(pieces[i], (int)(i % 251), i % 97 + 1);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < i % 97 + 1; k++)
			if (pieces[i][k] != i % 251)
				fail_msg("piece %zu was overwritten at %zu", i, k);
}

static void test_copies(void **state)
{
	struct fixture *f = *state;
	char            bytes[] = "a\0b";

	assert_memory_equal(arena_copy(f->arena, bytes, sizeof(bytes)), bytes, sizeof(bytes));
	assert_non_null(arena_copy(f->arena, NULL, 0));
	assert_non_null(arena_alloc(f->arena, 0));
	assert_non_null(ARENA_ARRAY(f->arena, 0, struct diag));
	assert_non_null(ARENA_NEW(f->arena, struct diag));
	arena_free(NULL);
}

/* Items keep their values while the list moves; it moves no more often than it doubles. */
static void test_list(void **state)
{
	struct fixture *f = *state;
	size_t         *items = NULL, cap = 0, moves = 0;

	for (size_t n = 0; n < 1000; n++) {
		const size_t *before = items;
		size_t        cap_before = cap;

		items = ARENA_LIST(f->arena, items, n, &cap, size_t);
		assert_true(cap > n);
		if (items != before) {
			assert_int_equal(n, cap_before);
			moves++;
		} else {
			assert_int_equal(cap, cap_before);
		}
		items[n] = n * n;
	}
	for (size_t n = 0; n < 1000; n++)
		assert_int_equal(items[n], n * n);
	assert_in_range(moves, 1, 10);
}

/* ---- running out ---- */

struct wish {
	struct arena *arena;
	size_t        count, size;
	unsigned      times;
	unsigned      had; /* how many were given */
};

static void take(void *ctx)
{
	struct wish *w = ctx;

	for (w->had = 0; w->had < w->times; w->had++)
		memset(arena_array(w->arena, w->count, w->size), 1, w->count * w->size);
}

static void test_cap(void **state)
{
	static const struct {
		const char *name;
		size_t      cap, count, size;
		unsigned    times, had;
	} rows[] = {
		{ "one byte", MIB, 1, 1, 1, 1 },
		{ "all but the first block", MIB, 1, MIB - 32 * KIB, 1, 1 },
		{ "more than the cap", MIB, 1, MIB + 1, 1, 0 },
		{ "more than the cap leaves", MIB, 1, MIB - 32 * KIB + 1, 1, 0 },
		{ "many small ones", MIB, 1, 64, 32 * 1024, 16384 },
		{ "the largest size", MIB, 1, SIZE_MAX, 1, 0 },
		{ "the largest size but the alignment", MIB, 1, SIZE_MAX - alignof(max_align_t), 1, 0 },
		{ "a product past SIZE_MAX", MIB, SIZE_MAX / 2 + 1, 2, 1, 0 },
		{ "a product that wraps to something small", MIB, SIZE_MAX / 8 + 2, 8, 1, 0 },
		{ "items of no size", MIB, SIZE_MAX, 0, 5, 5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new(rows[i].cap);
		struct wish   w = { arena, rows[i].count, rows[i].size, rows[i].times, 0 };

		assert_non_null(arena);
		row_int(rows[i].name, arena_run(arena, take, &w), rows[i].times == rows[i].had);
		row_int(rows[i].name, w.had, rows[i].had);
		row_true(rows[i].name, arena_bytes(arena) <= rows[i].cap, "the arena holds no more than its cap");
		/* What fits still is given afterwards, in another run. */
		w = (struct wish){ arena, 0, 0, 1, 0 };
		row_true(rows[i].name, arena_run(arena, take, &w), "another run works");
		arena_free(arena);
	}
}

struct two {
	struct arena *arena;
	bool          after;
};

static void exhaust(void *ctx)
{
	struct two *t = ctx;

	arena_exhausted(t->arena);
}

static void exhaust_shared(void *ctx)
{
	struct two   *t = ctx;
	struct arena *second = arena_new(64 * KIB);

	assert_non_null(second);
	arena_share_run(second, t->arena);
	arena_defer(t->arena, (void (*)(void *))arena_free, second);
	arena_alloc(second, MIB);
	t->after = true;
}

static void test_ways_to_end_a_run(void **state)
{
	static const struct {
		const char *name;
		void (*body)(void *ctx);
	} rows[] = {
		{ "a library says so", exhaust },
		{ "a second arena runs out", exhaust_shared },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct two t = { f->arena, false };

		row_true(rows[i].name, !arena_run(f->arena, rows[i].body, &t), "the run answers false");
		row_true(rows[i].name, !t.after, "nothing behind it was done");
	}
}

/* ---- marks and what is deferred ---- */

struct entry {
	char *log;
	char  letter;
};

static void write_letter(void *what)
{
	const struct entry *e = what;

	e->log[strlen(e->log)] = e->letter;
}

/* A letter defers its own writing; ( marks; ) resets to the last mark; ! ends the run. Then the arena is freed. */
struct script {
	struct arena *arena;
	const char   *steps;
	char         *log;
	size_t        held_at_marks[8];
};

static void play(void *ctx)
{
	struct script    *s = ctx;
	struct arena_mark marks[8];
	size_t            held[8], depth = 0;

	for (const char *p = s->steps; *p; p++) {
		if (*p == '(') {
			held[depth] = arena_bytes(s->arena);
			marks[depth++] = arena_mark(s->arena);
			arena_alloc(s->arena, 100 * KIB);
		} else if (*p == ')') {
			arena_reset(s->arena, marks[--depth]);
			assert_int_equal(arena_bytes(s->arena), held[depth]);
		} else if (*p == '!') {
			arena_exhausted(s->arena);
		} else {
			struct entry *e = ARENA_NEW(s->arena, struct entry);

			*e = (struct entry){ s->log, *p };
			arena_defer(s->arena, write_letter, e);
		}
	}
	s->log[strlen(s->log)] = '.';
}

static void test_deferred(void **state)
{
	static const struct {
		const char *steps;
		const char *log; /* the dot is the end of the body */
	} rows[] = {
		{ "", "." },           { "a", ".a" },           { "abc", ".cba" },
		{ "a(bc)d", "cb.da" }, { "(ab)(cd)", "badc." }, { "a(b(c)d(e)f)g", "cefdb.ga" },
		{ "(((a)))", "a." },   { "()a()", ".a" },       { "ab!c", "ba" },
		{ "a(bc!d)e", "cba" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char          log[32] = "";
		struct script s = { .arena = arena_new(8 * MIB), .steps = rows[i].steps, .log = log };

		assert_non_null(s.arena);
		row_int(rows[i].steps, arena_run(s.arena, play, &s), strchr(rows[i].steps, '!') == NULL);
		arena_free(s.arena);
		row_text(rows[i].steps, str_c(log), rows[i].log);
	}
}

/* A loop over many things with a mark in front of each holds what one of them needs. */
static void test_reset_in_a_loop(void **state)
{
	struct fixture *f = *state;
	size_t          first = 0;

	for (int i = 0; i < 200; i++) {
		struct arena_mark mark = arena_mark(f->arena);

		for (int k = 0; k < 50; k++)
			arena_alloc(f->arena, 5000);
		arena_reset(f->arena, mark);
		if (i == 0)
			first = arena_bytes(f->arena);
		assert_int_equal(arena_bytes(f->arena), first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_alignment_and_zeroes),
		UNIT_TEST(test_pieces_are_apart),
		UNIT_TEST(test_copies),
		UNIT_TEST(test_list),
		UNIT_TEST(test_cap),
		UNIT_TEST(test_ways_to_end_a_run),
		UNIT_TEST(test_deferred),
		UNIT_TEST(test_reset_in_a_loop),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
