/* json_scan: the walk, the texts, the faults and their places. */
#include "unit.h"

#include <errno.h>

#include "base/buf.h"
#include "json/json_scan.h"

static struct json_scan *open_text(struct fixture *f, struct json_input *in, const char *text)
{
	struct json_scan *s = json_scan_new(f->arena, NULL);

	json_input_bytes(in, str_c(text));
	json_scan_open(s, in, 0);
	return s;
}

/* ---- walking ---- */

static void walks_and_skips(void **state)
{
	static const struct json_key names[] = { { STR_INIT("name"), 1 },
		                                 { STR_INIT("edsName"), 2 },
		                                 { STR_INIT("eds_name"), 2 } };
	struct json_keys             keys = { names, 3, 0 };
	struct json_input            in;
	struct json_scan            *s = open_text(*state, &in,
	                                           "[{\"a\":[1,{\"name\":\"no\"}],\"name\":\"x\\u00e9\",\"b\":{}},\n"
	                                                      "  {\"eds_name\":\"y\", \"n\\u0061me\":\"z\"}, 7, []]");
	char                         buf[16];
	struct json_text             text;
	int                          id;

	json_keys_prepare(&keys);
	assert_int_equal(json_scan_kind(s), JSON_ARRAY);
	assert_true(json_scan_enter_array(s));
	assert_true(json_scan_next_item(s));
	assert_true(json_scan_enter_object(s));
	assert_true(json_scan_next_wanted(s, &keys, &id));
	assert_int_equal(id, 1);
	assert_true(json_scan_string(s, buf, sizeof(buf), &text));
	assert_true(str_is(text.text, "x\xc3\xa9"));
	assert_false(json_scan_next_wanted(s, &keys, &id));
	assert_int_equal(json_scan_level(s), 1);
	assert_true(json_scan_next_item(s));
	assert_int_equal(json_scan_place(s).line, 2);
	assert_int_equal(json_scan_place(s).column, 3);
	assert_true(json_scan_enter_object(s));
	assert_true(json_scan_next_wanted(s, &keys, &id));
	assert_int_equal(id, 2);
	assert_true(json_scan_next_wanted(s, &keys, &id));
	assert_int_equal(id, 1);
	assert_true(json_scan_string_is(s, STR("z")));
	assert_true(json_scan_leave(s));
	assert_true(json_scan_next_item(s));
	assert_false(json_scan_enter_object(s)); /* a number, which is skipped */
	assert_true(json_scan_next_item(s));
	assert_true(json_scan_enter_array(s));
	assert_false(json_scan_next_item(s));
	assert_false(json_scan_next_item(s));
	assert_true(json_scan_finish(s));
	assert_int_equal(json_scan_error(s)->fault, JSON_OK);
}

static void reads_scalars(void **state)
{
	struct json_input in;
	struct json_scan *s =
		open_text(*state, &in,
	                  "[18446744073709551615,\"42\",1e3,2.5,-1,true,null,0,\"12345678\",{\"a\" : [1, 2]}]");
	char             buf[8];
	struct json_text text;
	uint64_t         n = 0;
	bool             b = false;

	assert_true(json_scan_enter_array(s) && json_scan_next_item(s));
	assert_true(json_scan_uint(s, UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_true(json_scan_next_item(s) && json_scan_uint(s, 42, &n));
	assert_int_equal(n, 42);
	assert_true(json_scan_next_item(s) && json_scan_uint(s, 1000, &n));
	assert_int_equal(n, 1000);
	assert_true(json_scan_next_item(s));
	assert_false(json_scan_uint(s, 1000, &n));
	assert_true(json_scan_next_item(s));
	assert_false(json_scan_uint(s, 1000, &n));
	assert_int_equal(n, 1000);
	assert_true(json_scan_next_item(s) && json_scan_bool(s, &b));
	assert_true(b);
	assert_true(json_scan_next_item(s) && json_scan_null(s));
	assert_true(json_scan_next_item(s));
	assert_false(json_scan_string(s, buf, sizeof(buf), &text));
	assert_true(json_scan_next_item(s) && json_scan_string_copy(s, buf, 5, &text));
	assert_true(text.cut && str_is(text.text, "12345"));
	assert_true(json_scan_next_item(s) && json_scan_raw(s, buf, sizeof(buf), &text));
	assert_true(text.cut && str_is(text.text, "{\"a\" : ["));
	assert_false(json_scan_next_item(s));
	assert_true(json_scan_finish(s));
}

/* Cut where a character ends, the same whether it was decoded or taken as it stands. */
static void cuts_texts_at_characters(void **state)
{
	static const char *const texts[] = { "\"ab\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z\"",
		                             "\"ab\xc3\xa9\xe2\x82\xac\\ud83d\\ude00z\"" };
	static const size_t      want[] = { 0, 1, 2, 2, 4, 4, 4, 7, 7, 7, 7, 11, 12 };
	char                     buf[16];

	for (size_t t = 0; t < 2; t++)
		for (size_t cap = 0; cap < sizeof(want) / sizeof(want[0]); cap++) {
			struct json_input in;
			struct json_scan *s = open_text(*state, &in, texts[t]);
			struct json_text  text;

			assert_true(json_scan_string(s, buf, cap, &text));
			assert_int_equal(text.text.n, want[cap]);
			assert_int_equal(text.cut, cap < 12);
			assert_true(json_scan_finish(s));
		}
}

/* In blocks so small that documents, and what stands between them, end in the middle of some. */
static void walks_documents(void **state)
{
	const struct json_scan_options options = { .block_bytes = 64 };
	struct fixture                *f = *state;
	struct str                     text = STR(
				    " {\"a\": [1, \"{\"]}\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
							"[[], [3]]{}{\"long\": \"0123456789012345678901234567890123456789012345678901234567890123456789\"}[");
	struct json_scan *s = json_scan_new(f->arena, &options);
	struct json_input in;
	unsigned          n = 0;

	for (size_t end = text.n - 1; end <= text.n; end++, n = 0) {
		json_input_bytes(&in, str_slice(text, 0, end));
		json_scan_open(s, &in, 0);
		do
			n += json_scan_kind(s) == (n == 1 || n == 4 ? JSON_ARRAY : JSON_OBJECT);
		while (json_scan_next_document(s));
		assert_int_equal(n, end == text.n ? 5 : 4);
		assert_int_equal(json_scan_finish(s), end < text.n);
		assert_int_equal(json_scan_error(s)->fault, end < text.n ? JSON_OK : JSON_TRUNCATED);
	}
}

/* What is no object or array is behind the end, as ever. */
static void refuses_what_stands_behind(void **state)
{
	static const char *const texts[] = { "{} x", "{} \"{\"", "{}}", "{}]", "{}1", "[],{}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json_input in;
		struct json_scan *s = open_text(*state, &in, texts[i]);

		assert_false(json_scan_next_document(s));
		assert_false(json_scan_finish(s));
		assert_int_equal(json_scan_error(s)->fault, JSON_TRAILING);
	}
}

/* ---- faults and their places ---- */

struct fault_case {
	const char     *text;
	enum json_fault lazy, strict;
	uint64_t        offset; /* of the lazy one, or where there is none of the strict one */
};

static const struct fault_case fault_cases[] = {
	{ "", JSON_EMPTY, JSON_EMPTY, 0 },
	{ " \n\t ", JSON_EMPTY, JSON_EMPTY, 4 },
	{ "[", JSON_TRUNCATED, JSON_TRUNCATED, 1 },
	{ "{\"a\":{", JSON_TRUNCATED, JSON_TRUNCATED, 6 },
	{ "\"abc", JSON_TRUNCATED, JSON_TRUNCATED, 4 },
	{ "\"abc\\", JSON_TRUNCATED, JSON_TRUNCATED, 5 },
	{ "\"abc\\u12", JSON_TRUNCATED, JSON_TRUNCATED, 8 },
	{ "\"abc\xe2\x82", JSON_TRUNCATED, JSON_TRUNCATED, 6 },
	{ "tru", JSON_TRUNCATED, JSON_TRUNCATED, 3 },
	{ "-", JSON_TRUNCATED, JSON_TRUNCATED, 1 },
	{ "1.", JSON_TRUNCATED, JSON_TRUNCATED, 2 },
	{ "{}{}", JSON_TRAILING, JSON_TRAILING, 2 },
	{ "[1] x", JSON_TRAILING, JSON_TRAILING, 4 },
	{ "1 2", JSON_TRAILING, JSON_TRAILING, 2 },
	{ "{}]", JSON_TRAILING, JSON_TRAILING, 2 },
	{ "[\"\x01\"]", JSON_CONTROL, JSON_CONTROL, 2 },
	{ "[\"a\nb\"]", JSON_CONTROL, JSON_CONTROL, 3 },
	{ "[1,\x0b 2]", JSON_CONTROL, JSON_CONTROL, 3 },
	{ "[\"\\x\"]", JSON_ESCAPE, JSON_ESCAPE, 2 },
	{ "[\"\\\\\\\\\\x\"]", JSON_ESCAPE, JSON_ESCAPE, 6 },
	{ "[\"\\u00g0\"]", JSON_ESCAPE, JSON_ESCAPE, 2 },
	{ "[\"\\u00\"]", JSON_ESCAPE, JSON_ESCAPE, 2 },
	{ "[\"\x80\"]", JSON_UTF8, JSON_UTF8, 2 },
	{ "[\"a\xed\xa0\x80\"]", JSON_UTF8, JSON_UTF8, 3 },
	{ "[\"a\xc0\x80\"]", JSON_UTF8, JSON_UTF8, 3 },
	{ "[\"a\xf4\x90\x80\x80\"]", JSON_UTF8, JSON_UTF8, 3 },
	{ "[\"a\xe2\x82\"]", JSON_UTF8, JSON_UTF8, 3 },
	{ "[\xc3\xa9]", JSON_SYNTAX, JSON_SYNTAX, 1 },
	{ "[\\n]", JSON_SYNTAX, JSON_SYNTAX, 1 },
	{ "[}", JSON_UNBALANCED, JSON_UNBALANCED, 1 },
	{ "[[}", JSON_TRUNCATED, JSON_UNBALANCED, 3 },
	{ "[1}", JSON_UNBALANCED, JSON_UNBALANCED, 2 },
	{ "{\"a\":[{\"b\":1]}}", JSON_OK, JSON_UNBALANCED, 12 },
	{ "[1,]", JSON_OK, JSON_SYNTAX, 3 },
	{ "[1 2]", JSON_OK, JSON_SYNTAX, 3 },
	{ "{\"a\" 1}", JSON_OK, JSON_SYNTAX, 5 },
	{ "{1:2}", JSON_OK, JSON_SYNTAX, 1 },
	{ "[nul]", JSON_OK, JSON_SYNTAX, 4 },
	{ "[01]", JSON_OK, JSON_SYNTAX, 2 },
	{ "[\"\\ud800\"]", JSON_OK, JSON_ESCAPE, 2 },
	{ "\xef\xbb\xbf{}", JSON_OK, JSON_OK, 0 },
	{ "\xef\xbb\xbf{}\xef\xbb\xbf", JSON_SYNTAX, JSON_SYNTAX, 5 },
};

static void says_what_is_wrong_and_where(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++)
		for (unsigned flags = 0; flags <= JSON_SCAN_STRICT; flags++) {
			const struct fault_case *c = &fault_cases[i];
			struct json_scan        *s = json_scan_new(f->arena, NULL);
			enum json_fault          want = flags ? c->strict : c->lazy;
			struct json_input        in;

			json_input_bytes(&in, str_c(c->text));
			json_scan_open(s, &in, flags);
			if (json_scan_finish(s) != (want == JSON_OK) || json_scan_error(s)->fault != want)
				fail_msg("%s: %s, not %s", c->text, json_fault_text(json_scan_error(s)->fault),
				         json_fault_text(want));
			if (want != JSON_OK && (flags == 0 || c->lazy == JSON_OK))
				assert_int_equal(json_scan_error(s)->offset, c->offset);
		}
}

static void nul_is_named(void **state)
{
	struct fixture   *f = *state;
	struct json_scan *s = json_scan_new(f->arena, NULL);
	struct json_input in;

	json_input_bytes(&in, str_of("[1\0]", 4));
	json_scan_open(s, &in, 0);
	assert_false(json_scan_finish(s));
	assert_int_equal(json_scan_error(s)->fault, JSON_NUL);
	assert_int_equal(json_scan_error(s)->offset, 2);
}

static void counts_lines_and_characters(void **state)
{
	struct json_input        in;
	struct json_scan        *s = open_text(*state, &in, "{\n \"\xc3\xa9\xe2\x82\xac\": [1,\n\n  \"\xc3\xa9\", x]}");
	const struct json_error *e = json_scan_error(s);
	struct str               key;

	assert_true(json_scan_enter_object(s) && json_scan_next_key(s, &key));
	assert_int_equal(json_scan_place(s).line, 2);
	assert_int_equal(json_scan_place(s).column, 8);
	assert_int_equal(json_scan_place(s).offset, 12);
	assert_true(json_scan_enter_array(s));
	while (json_scan_next_item(s))
		if (json_scan_kind(s) == JSON_FAILED)
			break;
	assert_int_equal(e->fault, JSON_SYNTAX);
	assert_int_equal(e->found, 'x');
	assert_int_equal(e->line, 4);
	assert_int_equal(e->column, 8);
	assert_string_equal(e->expected, "a value");
	assert_non_null(strstr(e->near, ", x]}"));
	assert_false(json_scan_finish(s));
}

static struct str nested(struct arena *arena, size_t depth)
{
	struct buf b;

	buf_init(&b, arena, 8 * MIB);
	buf_fill(&b, '[', depth);
	buf_fill(&b, ']', depth);
	return buf_str(&b);
}

static void depth_is_capped(void **state)
{
	struct fixture   *f = *state;
	struct json_scan *s = json_scan_new(f->arena, NULL);
	struct json_input in;

	for (unsigned flags = 0; flags <= JSON_SCAN_STRICT; flags++) {
		json_input_bytes(&in, nested(f->arena, LIMIT_SCAN_DEPTH));
		json_scan_open(s, &in, flags);
		assert_true(json_scan_finish(s));
		json_input_bytes(&in, nested(f->arena, 1000000));
		json_scan_open(s, &in, flags);
		assert_false(json_scan_finish(s));
		assert_int_equal(json_scan_error(s)->fault, JSON_DEPTH);
		assert_int_equal(json_scan_error(s)->offset, LIMIT_SCAN_DEPTH);
		json_scan_open(s, &in, flags);
		while (json_scan_enter_array(s))
			json_scan_next_item(s);
		assert_false(json_scan_finish(s));
		assert_int_equal(json_scan_error(s)->fault, JSON_DEPTH);
		assert_int_equal(json_scan_error(s)->offset, LIMIT_SCAN_DEPTH);
	}
}

static void bytes_are_capped(void **state)
{
	struct fixture          *f = *state;
	struct json_scan_options o = { .max_bytes = 100000 };
	struct json_scan        *s = json_scan_new(f->arena, &o);
	struct json_input        in;
	struct buf               b;

	buf_init(&b, f->arena, MIB);
	buf_fill(&b, ' ', 99998);
	buf_lit(&b, "{}");
	json_input_bytes(&in, buf_str(&b));
	json_scan_open(s, &in, 0);
	assert_true(json_scan_finish(s));
	buf_char(&b, ' ');
	json_input_bytes(&in, buf_str(&b));
	json_scan_open(s, &in, 0);
	assert_false(json_scan_finish(s));
	assert_int_equal(json_scan_error(s)->fault, JSON_TOO_LARGE);
	assert_int_equal(json_scan_error(s)->offset, 100000);
}

/* ---- looking ahead ---- */

static void looks_ahead_and_finds(struct fixture *f, unsigned flags)
{
	struct json_input in;
	struct json_scan *s = open_text(f, &in, "[[[]],[{\"a\":[],\"name\":\"x\",\"b\":[{}]},{\"name\":\"y\"}]]");
	struct str        value;

	json_scan_open(s, &in, flags);
	assert_true(json_scan_enter_array(s) && json_scan_next_item(s));
	assert_true(json_scan_enter_array(s) && json_scan_next_item(s));
	assert_true(json_scan_enter_array(s)); /* the level that objects will be looked at in */
	assert_true(json_scan_leave_to(s, 1) && json_scan_next_item(s) && json_scan_enter_array(s) &&
	            json_scan_next_item(s));
	assert_false(json_scan_peek_string(s, STR("b"), &value));
	assert_true(json_scan_peek_string(s, STR("name"), &value));
	assert_true(str_is(value, "x"));
	assert_int_equal(json_scan_level(s), 2);
	assert_int_equal(json_scan_offset(s), 7);
	assert_true(json_scan_peek_string(s, STR("name"), &value) && json_scan_skip_peeked(s));
	assert_int_equal(json_scan_offset(s), 22); /* of the name: the last value that was looked at */
	assert_true(json_scan_next_item(s) && json_scan_peek_string(s, STR("name"), &value));
	assert_true(str_is(value, "y"));
	assert_true(json_scan_skip_peeked(s));
	assert_false(json_scan_next_item(s));
	assert_true(json_scan_finish(s));
}

static void looking_ahead_finds(void **state)
{
	looks_ahead_and_finds(*state, 0);
	looks_ahead_and_finds(*state, JSON_SCAN_STRICT);
}

/* ---- inputs ---- */

static ssize_t failing_read(void *ctx, void *p, size_t n)
{
	int *calls = ctx;

	if (n == 0 || ++*calls > 1) {
		errno = EIO;
		return -1;
	}
	*(char *)p = '[';
	return 1;
}

static void a_failed_read_is_no_end(void **state)
{
	struct fixture   *f = *state;
	struct json_scan *s = json_scan_new(f->arena, NULL);
	struct json_input in;
	int               calls = 0;

	json_input_callback(&in, failing_read, &calls);
	json_scan_open(s, &in, 0);
	assert_false(json_scan_finish(s));
	assert_int_equal(json_scan_error(s)->fault, JSON_READ);
	assert_int_equal(json_scan_error(s)->error_number, EIO);
	assert_int_equal(json_scan_error(s)->offset, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(walks_and_skips),
		UNIT_TEST(reads_scalars),
		UNIT_TEST(cuts_texts_at_characters),
		UNIT_TEST(walks_documents),
		UNIT_TEST(refuses_what_stands_behind),
		UNIT_TEST(says_what_is_wrong_and_where),
		UNIT_TEST(looking_ahead_finds),
		UNIT_TEST(nul_is_named),
		UNIT_TEST(counts_lines_and_characters),
		UNIT_TEST(depth_is_capped),
		UNIT_TEST(bytes_are_capped),
		UNIT_TEST(a_failed_read_is_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
