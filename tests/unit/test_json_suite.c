/* The scanner against JSONTestSuite: strict, all of its y_ are accepted and all of its n_ refused; what the loose scan lets
 * pass is what json_scan.h says that it may; however the text is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/file.h"
#include "scan_events.h"

/* How many of the n_ a container that is skipped as a whole may hide. */
enum { CASES = 318, HIDDEN = 84 };

struct suite_case {
	char       expected; /* y n i I */
	struct str name, bytes;
};

static unsigned hex(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct str unescaped(struct arena *arena, struct str text)
{
	struct buf b;

	buf_init(&b, arena, MIB);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '\\') {
			buf_char(&b, text.p[i]);
		} else if (text.p[++i] == 'x') {
			buf_char(&b, (char)(hex(text.p[i + 1]) << 4 | hex(text.p[i + 2])));
			i += 2;
		} else {
			buf_char(&b, text.p[i]);
		}
	}
	return buf_str(&b);
}

static struct str case_bytes(struct arena *arena, struct str text)
{
	struct str unit, times;
	struct buf b;
	uint64_t   n;

	if (!text.n || text.p[0] != '(')
		return unescaped(arena, text);
	times = str_cut(str_slice(text, 1, text.n - 1), '*', &unit);
	assert_true(str_to_uint(times, 1000000, &n));
	buf_init(&b, arena, MIB);
	while (n--)
		buf_add(&b, unit);
	return buf_str(&b);
}

static void for_each_case(struct arena *arena, void (*check)(struct arena *, const struct suite_case *, void *),
                          void         *ctx)
{
	struct diags diags;
	struct str   text, line;
	size_t       n = 0;

	diags_init(&diags, arena);
	assert_true(file_read(arena, STR(TESTS_DIR "/scan/json_test_suite.txt"), MIB, &text, &diags));
	while (text.n) {
		struct suite_case c;

		text = str_cut(text, '\n', &line);
		if (!line.n || line.p[0] == '#')
			continue;
		c.expected = line.p[0];
		line = str_slice(line, 2, line.n);
		c.bytes = case_bytes(arena, str_cut(line, ' ', &c.name));
		check(arena, &c, ctx);
		n++;
	}
	assert_int_equal(n, CASES);
}

static bool is_accepted(struct json_scan *s, struct str bytes, unsigned flags)
{
	struct json_input in;

	json_input_bytes(&in, bytes);
	json_scan_open(s, &in, flags);
	return json_scan_finish(s);
}

static void check_strict(struct arena *arena, const struct suite_case *c, void *ctx)
{
	struct json_scan_options small = { .block_bytes = 64 };
	bool                     want = c->expected == 'y' || c->expected == 'I';

	(void)ctx;
	if (is_accepted(json_scan_new(arena, NULL), c->bytes, JSON_SCAN_STRICT) != want ||
	    is_accepted(json_scan_new(arena, &small), c->bytes, JSON_SCAN_STRICT) != want)
		fail_msg("%.*s: %s", STR_ARG(c->name), want ? "refused" : "accepted");
}

/* Walked value by value, the grammar is whole without being asked for. */
static void check_walked(struct arena *arena, const struct suite_case *c, void *ctx)
{
	struct json_scan *s = json_scan_new(arena, NULL);
	struct json_input in;
	struct buf        out;

	(void)ctx;
	buf_init(&out, arena, 4 * MIB);
	json_input_bytes(&in, c->bytes);
	json_scan_open(s, &in, 0);
	events_value(s, &out);
	if (json_scan_finish(s) != (c->expected == 'y' || c->expected == 'I'))
		fail_msg("%.*s walked: %s", STR_ARG(c->name), json_fault_text(json_scan_error(s)->fault));
}

static void check_loose(struct arena *arena, const struct suite_case *c, void *ctx)
{
	size_t *hidden = ctx;
	bool    accepted = is_accepted(json_scan_new(arena, NULL), c->bytes, 0);

	if (c->expected == 'y' || c->expected == 'I')
		assert_true(accepted);
	else if (c->expected == 'n' && accepted)
		(*hidden)++;
}

static void with_arena(void (*check)(struct arena *, const struct suite_case *, void *), void *ctx)
{
	struct arena *arena = arena_new(1024 * MIB);

	assert_non_null(arena);
	for_each_case(arena, check, ctx);
	arena_free(arena);
}

static void strict_is_the_standard(void **state)
{
	(void)state;
	with_arena(check_strict, NULL);
}

static void what_is_walked_is_the_standard(void **state)
{
	(void)state;
	with_arena(check_walked, NULL);
}

static void loose_hides_only_grammar(void **state)
{
	size_t hidden = 0;

	(void)state;
	with_arena(check_loose, &hidden);
	assert_int_equal(hidden, HIDDEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_is_the_standard),
		cmocka_unit_test(what_is_walked_is_the_standard),
		cmocka_unit_test(loose_hides_only_grammar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
