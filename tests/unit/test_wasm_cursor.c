/* wasm_cursor: numbers as the specification has them, errors that stick, streams that give a byte at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/limits.h"
#include "wasm/wasm_cursor.h"

struct fixture {
	struct arena      *arena;
	struct wasm_input  input;
	struct wasm_cursor c;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new(64 * MIB);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	free(f);
	return 0;
}

/* A stream that gives one byte a read, as a slow pipe may. */
static ssize_t read_one(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	if (n == 0 || offset >= in->bytes.n)
		return 0;
	*p = (unsigned char)in->bytes.p[offset];
	return 1;
}

static struct wasm_cursor *open_bytes(struct fixture *f, struct str bytes, bool stream)
{
	wasm_input_bytes(&f->input, bytes);
	if (stream) {
		f->input.read = read_one;
		f->input.seekable = false;
		f->input.size = WASM_SIZE_UNKNOWN;
	}
	cursor_init(&f->c, f->arena, &f->input, 1 << 20);
	return &f->c;
}

#define BYTES(literal) STR_INIT(literal)

/* ---- LEB128 ---- */

static void test_unsigned(void **state)
{
	static const struct {
		struct str bytes;
		uint32_t   want;
		bool       ok;
	} cases[] = {
		{ BYTES("\0"), 0, true },
		{ BYTES("\x7f"), 127, true },
		{ BYTES("\x80\1"), 128, true },
		{ BYTES("\x80\x80\x80\x80\0"), 0, true }, /* padded, as Go's linker does */
		{ BYTES("\xff\xff\xff\xff\x0f"), UINT32_MAX, true },
		{ BYTES("\xff\xff\xff\xff\x1f"), 0, false },
		{ BYTES("\x80\x80\x80\x80\x10"), 0, false },
		{ BYTES("\x80\x80\x80\x80\x80\0"), 0, false },
		{ BYTES("\x80"), 0, false },
		{ BYTES(""), 0, false },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct wasm_cursor *c = open_bytes(*state, cases[i / 2].bytes, i & 1);

		assert_int_equal(cursor_u32(c), cases[i / 2].want);
		assert_int_equal(c->fault == NULL, cases[i / 2].ok);
	}
}

static void test_signed(void **state)
{
	static const struct {
		struct str bytes;
		int64_t    want;
		unsigned   bits;
		bool       ok;
	} cases[] = {
		{ BYTES("\x7f"), -1, 32, true },
		{ BYTES("\x40"), -64, 32, true },
		{ BYTES("\x3f"), 63, 64, true },
		{ BYTES("\x80\x80\x80\x80\x78"), INT32_MIN, 32, true },
		{ BYTES("\xff\xff\xff\xff\x07"), INT32_MAX, 32, true },
		{ BYTES("\xff\xff\xff\xff\x7f"), -1, 32, true },
		{ BYTES("\xff\xff\xff\xff\x0f"), 0, 32, false },
		{ BYTES("\x80\x80\x80\x80\x70"), 0, 32, false },
		{ BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"), INT64_MIN, 64, true },
		{ BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\0"), INT64_MAX, 64, true },
		{ BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"), 0, 64, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wasm_cursor *c = open_bytes(*state, cases[i].bytes, false);

		assert_true((cases[i].bits == 32 ? cursor_s32(c) : cursor_s64(c)) == cases[i].want);
		assert_int_equal(c->fault == NULL, cases[i].ok);
	}
}

/* ---- errors stick ---- */

static void test_sticky(void **state)
{
	struct wasm_cursor *c = open_bytes(*state, STR("\1\2\3"), false);

	assert_int_equal(cursor_u8(c), 1);
	cursor_skip(c, 3);
	assert_non_null(c->fault);
	assert_int_equal(c->fault_at, 1);
	assert_int_equal(cursor_u8(c), 0);
	assert_int_equal(cursor_u32(c), 0);
	assert_false(cursor_more(c));
	assert_false(str_present(cursor_name(c)));
	cursor_fail(c, "another");
	assert_string_not_equal(c->fault, "another");
}

static void test_count_is_bounded(void **state)
{
	struct wasm_cursor *c = open_bytes(*state, STR("\xff\xff\xff\xff\x0f..."), false);

	assert_int_equal(cursor_count(c, UINT32_MAX, "too many"), 0);
	assert_non_null(c->fault);
	c = open_bytes(*state, STR("\3..."), false);
	assert_int_equal(cursor_count(c, 2, "too many"), 0);
	assert_string_equal(c->fault, "too many");
}

/* ---- parts ---- */

static void test_parts(void **state)
{
	for (int stream = 0; stream < 2; stream++) {
		struct wasm_cursor *c = open_bytes(*state, STR("abcdefgh"), stream);
		uint64_t            outer = cursor_enter(c, 3, "too long");

		assert_int_equal(cursor_u8(c), 'a');
		cursor_skip(c, 2);
		assert_false(cursor_more(c));
		cursor_leave(c, outer, "not used up");
		assert_null(c->fault);
		outer = cursor_enter(c, 4, "too long");
		cursor_u8(c);
		cursor_fail(c, "inside");
		cursor_abandon(c, outer);
		assert_null(c->fault);
		assert_int_equal(cursor_u8(c), 'h');
		assert_false(cursor_has_byte(c));
	}
}

static void test_part_not_used_up(void **state)
{
	struct wasm_cursor *c = open_bytes(*state, STR("abc"), false);
	uint64_t            outer = cursor_enter(c, 2, "too long");

	cursor_u8(c);
	cursor_leave(c, outer, "not used up");
	assert_string_equal(c->fault, "not used up");
}

/* ---- names ---- */

static void test_names(void **state)
{
	struct wasm_cursor *c = open_bytes(*state, STR("\3abc\0\2\xc3\xa4\1\xff"), true);
	struct str          name = cursor_name(c);

	assert_true(str_is(name, "abc"));
	name = cursor_name(c);
	assert_true(str_present(name) && name.n == 0);
	assert_true(str_is(cursor_name(c), "\xc3\xa4"));
	assert_false(str_present(cursor_name(c)));
	assert_string_equal(c->fault, "a name is not UTF-8");
}

/* A name longer than what is kept: its UTF-8 is judged to the end, also where it is cut. */
static void test_long_name(void **state)
{
	struct fixture *f = *state;
	size_t          n = LIMIT_WASM_NAME_BYTES + 2;
	char           *bytes = arena_alloc(f->arena, n + 4);

	memcpy(bytes, "\xa2\x8d\6", 3); /* 100002 */
	for (size_t i = 0; i < n; i += 2)
		memcpy(bytes + 3 + i, "\xc3\xa4", 2);
	cursor_name(open_bytes(f, str_of(bytes, n + 3), false));
	assert_null(f->c.fault);
	assert_int_equal(cursor_offset(&f->c), n + 3);
	bytes[n + 1] = 'x';
	cursor_name(open_bytes(f, str_of(bytes, n + 3), true));
	assert_non_null(f->c.fault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsigned), cmocka_unit_test(test_signed),
		cmocka_unit_test(test_sticky),   cmocka_unit_test(test_count_is_bounded),
		cmocka_unit_test(test_parts),    cmocka_unit_test(test_part_not_used_up),
		cmocka_unit_test(test_names),    cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
