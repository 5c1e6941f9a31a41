/* buf: one append is whole or not there, past the ceiling nothing is taken any more, and that stays to be seen. */
#include "unit.h"

enum op { END, ADD, CHAR, FILL, UINT, FMT, CLEAR };

struct step {
	enum op     op;
	const char *text;
	uint64_t    number;
};

enum { MOST_STEPS = 6 };

static void do_step(struct buf *b, const struct step *s)
{
	switch (s->op) {
	case ADD:
		buf_add(b, str_c(s->text));
		break;
	case CHAR:
		buf_char(b, s->text[0]);
		break;
	case FILL:
		buf_fill(b, s->text[0], s->number);
		break;
	case UINT:
		buf_uint(b, s->number);
		break;
	case FMT:
		buf_fmt(b, "<%s>", s->text);
		break;
	case CLEAR:
		buf_clear(b);
		break;
	case END:
		break;
	}
}

static void test_appends(void **state)
{
	static const struct {
		const char *name;
		size_t      max;
		struct step steps[MOST_STEPS];
		const char *text;
		bool        overflow;
	} rows[] = {
		{ "nothing", 10, { { END } }, "", false },
		{ "every kind",
		  100,
		  { { ADD, "a" }, { CHAR, "b" }, { FILL, "c", 3 }, { UINT, NULL, 42 }, { FMT, "d" } },
		  "abccc42<d>",
		  false },
		{ "up to the ceiling", 3, { { ADD, "abc" } }, "abc", false },
		{ "up to the ceiling by characters", 2, { { CHAR, "a" }, { CHAR, "b" } }, "ab", false },
		{ "up to the ceiling by filling", 3, { { FILL, "a", 3 } }, "aaa", false },
		{ "up to the ceiling by a number", 2, { { UINT, NULL, 10 } }, "10", false },
		{ "nothing at the ceiling is no overflow",
		  3,
		  { { ADD, "abc" }, { ADD, "" }, { FILL, "x", 0 } },
		  "abc",
		  false },
		{ "no half of a text", 5, { { ADD, "abc" }, { ADD, "def" } }, "abc", true },
		{ "a character too many", 2, { { ADD, "ab" }, { CHAR, "c" } }, "ab", true },
		{ "no half of a fill", 5, { { FILL, "a", 6 } }, "", true },
		{ "no half of a number", 2, { { UINT, NULL, 100 } }, "", true },
		{ "no half of a format", 5, { { FMT, "abcd" } }, "", true },
		{ "nothing behind an overflow, even where it would fit",
		  5,
		  { { ADD, "abc" }, { ADD, "def" }, { ADD, "g" }, { CHAR, "h" }, { FILL, "i", 1 } },
		  "abc",
		  true },
		{ "no number and no format behind an overflow",
		  9,
		  { { ADD, "abc" }, { FILL, "x", 7 }, { UINT, NULL, 1 }, { FMT, "g" } },
		  "abc",
		  true },
		{ "cleared, there is room again",
		  5,
		  { { ADD, "abc" }, { ADD, "def" }, { CLEAR }, { ADD, "vwxyz" } },
		  "vwxyz",
		  false },
		{ "a ceiling of nothing", 0, { { ADD, "" } }, "", false },
		{ "a ceiling of nothing takes nothing", 0, { { CHAR, "a" } }, "", true },
		{ "a size that would wrap", 10, { { ADD, "a" }, { FILL, "x", SIZE_MAX } }, "a", true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, f->arena, rows[i].max);
		for (size_t k = 0; k < MOST_STEPS; k++)
			do_step(&b, &rows[i].steps[k]);
		row_text(rows[i].name, buf_str(&b), rows[i].text);
		row_int(rows[i].name, b.overflow, rows[i].overflow);
		row_true(rows[i].name, b.cap <= rows[i].max, "no more room than the ceiling");
	}
}

static void test_numbers(void **state)
{
	static const struct {
		uint64_t    v;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 47080, "47080" },
		{ INT64_MAX, "9223372036854775807" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, f->arena, 64);
		buf_uint(&b, rows[i].v);
		row_text(rows[i].text, buf_str(&b), rows[i].text);
	}
}

/* Bytes with NUL, in pieces of every size, come back as they were; what growing wastes is bounded. */
static void test_growth(void **state)
{
	enum { TOTAL = 300000 };
	struct fixture *f = *state;
	char           *all = arena_alloc(f->arena, TOTAL);
	struct buf      b;
	size_t          before;

	for (size_t i = 0; i < TOTAL; i++)
		all[i] = (char)(i * 31 % 256);
	for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
		before = arena_bytes(f->arena);
		buf_init(&b, f->arena, TOTAL);
		for (size_t at = 0; at < TOTAL; at += piece)
			buf_add(&b, str_slice(str_of(all, TOTAL), at, at + piece));
		assert_false(b.overflow);
		assert_int_equal(b.n, TOTAL);
		assert_memory_equal(b.p, all, TOTAL);
		assert_true(arena_bytes(f->arena) - before < (size_t)20 * TOTAL);
	}
}

static void test_reserve(void **state)
{
	struct fixture *f = *state;
	struct buf      b;

	buf_init(&b, f->arena, 1000);
	assert_true(buf_reserve(&b, 0));
	assert_true(buf_reserve(&b, 1000));
	assert_true(b.cap >= 1000);
	assert_int_equal(b.n, 0);
	assert_false(buf_reserve(&b, 1001));
	assert_true(b.overflow);
	assert_false(buf_reserve(&b, 0));
	buf_clear(&b);
	assert_true(buf_reserve(&b, 1000));
}

/* An empty buffer gives the empty text, which is not the absent one. */
static void test_empty(void **state)
{
	struct fixture *f = *state;
	struct buf      b;

	buf_init(&b, f->arena, 10);
	assert_true(str_present(buf_str(&b)));
	buf_lit(&b, "");
	assert_int_equal(buf_str(&b).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_appends), UNIT_TEST(test_numbers), UNIT_TEST(test_growth),
		UNIT_TEST(test_reserve), UNIT_TEST(test_empty),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
