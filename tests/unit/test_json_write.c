/* json_write: layout, escapes, and that what is written reads back as the same tree. */

#include "base/utf8.h"
#include "json/json_tree.h"
#include "json/json_write.h"
#include "json/number.h"
#include "same_tree.h"
#include "unit.h"

static void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("got <%.*s>, want <%s>", STR_ARG(got), want);
}

static struct document *read_json(struct arena *arena, struct str text)
{
	struct diags     diags;
	struct document *doc;

	diags_init(&diags, arena);
	doc = json_tree_read(arena, source_from_bytes(arena, STR("test.json"), text), &diags);
	if (!doc)
		fail_msg("%.*s in %.*s", STR_ARG(diags.first->message), STR_ARG(text));
	return doc;
}

static struct str write_json(struct arena *arena, const struct node *root, unsigned indent)
{
	struct buf b;

	buf_init(&b, arena, 64 * MIB);
	json_write(&b, root, indent);
	assert_false(b.overflow);
	return buf_str(&b);
}

/* ---- layout ---- */

static void test_layout(void **state)
{
	struct arena    *arena = arena_of(state);
	struct document *doc =
		read_json(arena, STR("{\"a\":{},\"b\":[],\"c\":[1,[2,{\"d\":null}],\"x\"],\"e\":{\"f\":true}}"));

	assert_str(write_json(arena, &doc->root, 0),
	           "{\"a\":{},\"b\":[],\"c\":[1,[2,{\"d\":null}],\"x\"],\"e\":{\"f\":true}}");
	assert_str(write_json(arena, &doc->root, 2), "{\n"
	                                             "  \"a\": {},\n"
	                                             "  \"b\": [],\n"
	                                             "  \"c\": [\n"
	                                             "    1,\n"
	                                             "    [\n"
	                                             "      2,\n"
	                                             "      {\n"
	                                             "        \"d\": null\n"
	                                             "      }\n"
	                                             "    ],\n"
	                                             "    \"x\"\n"
	                                             "  ],\n"
	                                             "  \"e\": {\n"
	                                             "    \"f\": true\n"
	                                             "  }\n"
	                                             "}");
	assert_str(write_json(arena, node_get(&doc->root, "c"), 0), "[1,[2,{\"d\":null}],\"x\"]");
	assert_str(write_json(arena, node_get(&doc->root, "a"), 2), "{}");
	assert_str(write_json(arena, node_get(&doc->root, "c")->first, 2), "1");
}

static void test_streaming(void **state)
{
	struct arena      *arena = arena_of(state);
	struct json_writer w;
	struct buf         b;

	buf_init(&b, arena, MIB);
	json_writer_init(&w, &b, 0);
	json_open(&w, '{');
	json_member_string(&w, "a", STR("b"));
	json_member_int(&w, "min", INT64_MIN);
	json_member_int(&w, "max", INT64_MAX);
	json_key(&w, STR("list"));
	json_open(&w, '[');
	json_bool(&w, true);
	json_plain(&w, STR("null"));
	json_open(&w, '[');
	json_close(&w, ']');
	json_int(&w, -1);
	json_node(&w, &read_json(arena, STR("{\"k\":[]}"))->root);
	json_close(&w, ']');
	json_close(&w, '}');
	assert_str(buf_str(&b), "{\"a\":\"b\",\"min\":-9223372036854775808,\"max\":9223372036854775807,"
	                        "\"list\":[true,null,[],-1,{\"k\":[]}]}");
}

static void test_not_json(void **state)
{
	struct arena    *arena = arena_of(state);
	struct document *doc = document_new(arena, NULL);

	node_set_text(&doc->root, NODE_FLOAT, STR(".inf"));
	doc->root.style = STYLE_NOT_JSON;
	assert_str(write_json(arena, &doc->root, 0), "null");
}

static void test_depth_is_bounded(void **state)
{
	struct arena      *arena = arena_of(state);
	struct json_writer w;
	struct buf         b;

	buf_init(&b, arena, MIB);
	json_writer_init(&w, &b, 2);
	for (int i = 0; i < JSON_WRITER_DEPTH; i++)
		json_open(&w, '[');
	assert_false(b.overflow);
	json_open(&w, '[');
	assert_true(b.overflow);
	for (int i = 0; i < JSON_WRITER_DEPTH + 5; i++)
		json_close(&w, ']');
}

static void test_ceiling(void **state)
{
	struct arena    *arena = arena_of(state);
	struct document *doc = read_json(arena, STR("[\"aaaaaaaaaaaaaaaaaaaa\"]"));
	struct buf       b;

	buf_init(&b, arena, 10);
	json_write(&b, &doc->root, 2);
	assert_true(b.overflow);
	assert_true(b.n <= 10);
}

/* ---- strings ---- */

static const struct {
	struct str  text;
	const char *written;
} strings[] = {
	{ STR_INIT(""), "\"\"" },
	{ STR_INIT("a/b"), "\"a/b\"" },
	{ STR_INIT("\"\\"), "\"\\\"\\\\\"" },
	{ STR_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
	{ STR_INIT("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\"" },
	{ STR_INIT("\x1b[31m"), "\"\\u001b[31m\"" },
	{ STR_INIT("\x7f\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0"), "\"\\u007f\\u0080\\u0085\\u009f\xc2\xa0\"" },
	{ STR_INIT("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf"), "\"\\u2028\\u2029\\ufeff\"" },
	{ STR_INIT("\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80\"" },
	{ STR_INIT("a\xff\xc0\xaf\xed\xa0\x80z"),
	  "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"" },
	{ STR_INIT("\xe2\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void test_strings(void **state)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct buf b;

		buf_init(&b, arena_of(state), MIB);
		json_write_string(&b, strings[i].text);
		assert_str(buf_str(&b), strings[i].written);
	}
}

static void assert_same_string(struct arena *arena, struct str s)
{
	struct buf b;

	buf_init(&b, arena, MIB);
	json_write_string(&b, s);
	for (size_t i = 0; i < b.n; i++)
		assert_true((unsigned char)b.p[i] >= 0x20 && b.p[i] != 0x7f);
	if (!str_eq(node_text(&read_json(arena, buf_str(&b))->root), s))
		fail_msg("%.*s", STR_ARG(buf_str(&b)));
}

static void test_all_code_points(void **state)
{
	struct arena *arena = arena_of(state);

	for (uint32_t cp = 0; cp <= 0x10ffff;) {
		struct arena_mark mark = arena_mark(arena);
		char              text[64 * 5];
		size_t            n = 0;

		for (unsigned i = 0; i < 64; i++, cp++) {
			if (cp >= 0xd800 && cp <= 0xdfff)
				continue;
			n += utf8_encode(cp, text + n);
			text[n++] = 'u';
		}
		assert_same_string(arena, str_of(text, n));
		arena_reset(arena, mark);
	}
}

/* ---- random trees ---- */

static uint64_t random_state;

static uint64_t next_random(uint64_t below)
{
	return random_next(&random_state) % below;
}

static struct str random_string(struct arena *arena)
{
	static const uint32_t limits[] = { 0x80, 0x80, 0x100, 0x3000, 0x10000, 0x110000 };
	struct buf            b;

	buf_init(&b, arena, MIB);
	for (uint64_t n = next_random(12); n; n--) {
		uint32_t cp = (uint32_t)next_random(limits[next_random(6)]);
		char     utf8[4];

		if (cp < 0xd800 || cp > 0xdfff)
			buf_add(&b, str_of(utf8, utf8_encode(cp, utf8)));
	}
	return buf_str(&b);
}

static void fill_scalar(struct arena *arena, struct node *n)
{
	uint64_t bits = next_random(UINT64_MAX);
	double   d;

	switch (next_random(6)) {
	case 0:
		node_set_text(n, NODE_NULL, STR("null"));
		break;
	case 1:
		node_set_text(n, NODE_BOOL, bits & 1 ? STR("true") : STR("false"));
		break;
	case 2:
		node_set_text(n, NODE_INT, str_from_int(arena, (int64_t)bits >> next_random(64)));
		break;
	case 3:
		memcpy(&d, &bits, sizeof(d));
		if (d - d == 0 && (d > 1e15 || (d > 0 && d < 1e-4)))
			node_set_text(n, NODE_FLOAT, number_canonical(arena, d));
		else
			node_set_text(n, NODE_FLOAT, STR("-0.0"));
		break;
	default:
		node_set_text(n, NODE_STRING, random_string(arena));
		break;
	}
}

static void fill(struct arena *arena, struct node *n, unsigned depth)
{
	struct node *tail = NULL;
	uint64_t     kind = next_random(4);

	if (depth == 0 || kind > 1) {
		fill_scalar(arena, n);
		return;
	}
	n->kind = kind ? NODE_MAP : NODE_LIST;
	for (uint64_t count = next_random(6); count; count--) {
		struct str key = n->kind == NODE_MAP ? random_string(arena) : STR_ABSENT;

		if (!str_present(key) || !node_get_str(n, key))
			fill(arena, node_append(arena, n, &tail, key), depth - 1);
	}
}

static void test_random_trees(void **state)
{
	struct arena *arena = arena_of(state);

	random_state = random_seed();
	for (int i = 0; i < 5000; i++) {
		struct arena_mark mark = arena_mark(arena);
		struct document  *doc = document_new(arena, NULL), *back;
		struct str        text;

		fill(arena, &doc->root, 5);
		for (unsigned indent = 0; indent <= 2; indent += 2) {
			text = write_json(arena, &doc->root, indent);
			back = read_json(arena, text);
			if (back->next || !same_tree(&doc->root, &back->root))
				fail_msg("%.*s", STR_ARG(text));
			assert_true(str_eq(write_json(arena, &back->root, indent), text));
		}
		arena_reset(arena, mark);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_layout),           UNIT_TEST(test_streaming),    UNIT_TEST(test_not_json),
		UNIT_TEST(test_depth_is_bounded), UNIT_TEST(test_ceiling),      UNIT_TEST(test_strings),
		UNIT_TEST(test_all_code_points),  UNIT_TEST(test_random_trees),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
