/* base/line_diff: the hunks of pairs of texts, and that applying them to the old text gives the new one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/line_diff.h"

static struct str difference(struct arena *arena, const char *old, const char *new)
{
	struct buf b;

	buf_init(&b, arena, 64 * MIB);
	line_diff(&b, arena, str_c(old), str_c(new));
	return buf_str(&b);
}

static void expect(const char *old, const char *new, const char *wanted)
{
	struct arena *arena = arena_new(LIMIT_MEMORY_BYTES);
	struct str    got = difference(arena, old, new);

	if (!str_is(got, wanted))
		fail_msg("of %s and %s:\n%.*s", old, new, STR_ARG(got));
	arena_free(arena);
}

static void test_small(void **state)
{
	(void)state;
	expect("", "", "");
	expect("a\n", "a\n", "");
	expect("a", "a\n", "");
	expect("", "a\n", "@@ -0,0 +1 @@\n+a\n");
	expect("a\n", "", "@@ -1 +0,0 @@\n-a\n");
	expect("a\nb\n", "a\nc\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n", "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+x\n");
	expect("a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n",
	       "@@ -1,8 +1,8 @@\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+y\n");
	expect("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n",
	       "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+y\n");
}

/* Applies hunks to the old text. Every removed or kept line must be what stands there. */
static void check_applies(struct arena *arena, const char *old, const char *new)
{
	struct str hunks = difference(arena, old, new), text = str_c(old);
	struct buf b;
	size_t     at = 0, line = 1;

	buf_init(&b, arena, MIB);
	for (size_t i = 0; i < hunks.n;) {
		size_t     end = str_find(hunks, '\n', i);
		struct str step = str_slice(hunks, i, end), rest = str_slice(step, 1, step.n);
		size_t     next = str_find(text, '\n', at);

		i = end + 1;
		if (step.p[0] == '@') {
			size_t start = strtoul(step.p + 4, NULL, 10);
			bool   none = str_find_str(step, STR(",0 +"), 0) < step.n;

			for (; line < start + none; line++) {
				next = str_find(text, '\n', at);
				buf_add(&b, str_slice(text, at, next + 1));
				at = next + 1;
			}
			continue;
		}
		if (step.p[0] != '+') {
			assert_true(str_eq(rest, str_slice(text, at, next)));
			at = next + 1;
			line++;
		}
		if (step.p[0] != '-') {
			buf_add(&b, rest);
			buf_char(&b, '\n');
		}
	}
	buf_add(&b, str_slice(text, at, text.n));
	if (!str_is(buf_str(&b), new))
		fail_msg("%.*s", STR_ARG(hunks));
}

static void random_text(char *out, unsigned *seed)
{
	size_t n = (size_t)rand_r(seed) % 30;

	for (size_t i = 0; i < n; i++) {
		*out++ = (char)('a' + rand_r(seed) % 4);
		*out++ = '\n';
	}
	*out = 0;
}

static void test_applies(void **state)
{
	unsigned seed = 5;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct arena *arena = arena_new(LIMIT_MEMORY_BYTES);
		char          old[64], new[64];

		random_text(old, &seed);
		random_text(new, &seed);
		check_applies(arena, old, new);
		arena_free(arena);
	}
}

/* Nothing in common: one removed, one added, and soon. */
static void test_unlike(void **state)
{
	struct arena *arena = arena_new(LIMIT_MEMORY_BYTES);
	struct buf    a, b;

	(void)state;
	buf_init(&a, arena, MIB);
	buf_init(&b, arena, MIB);
	for (int i = 0; i < 5000; i++) {
		buf_fmt(&a, "a%d\n", i);
		buf_fmt(&b, "b%d\n", i);
	}
	buf_char(&a, 0);
	buf_char(&b, 0);
	check_applies(arena, a.p, b.p);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_applies),
		cmocka_unit_test(test_unlike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
