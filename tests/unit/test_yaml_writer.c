/* yaml_writer: the layout of kubectl, the quoting rule (yaml_is_bare), and that our own reader reads what is written as the
 * same tree. yaml_roundtrip.py asks other people's readers. */

#include "base/utf8.h"
#include "json/json_tree.h"
#include "manifest/yaml_tree.h"
#include "render/yaml_writer.h"
#include "same_tree.h"
#include "unit.h"

static struct document *read_json(struct arena *arena, const char *text)
{
	struct diags     diags;
	struct document *doc;

	diags_init(&diags, arena);
	doc = json_tree_read(arena, source_from_bytes(arena, STR("test.json"), str_c(text)), &diags);
	if (!doc)
		fail_msg("%.*s in %s", STR_ARG(diags.first->message), text);
	return doc;
}

static struct document *read_yaml(struct arena *arena, struct str text)
{
	struct document *doc = NULL;
	struct diags     diags;

	diags_init(&diags, arena);
	if (!yaml_tree_read(arena, source_from_bytes(arena, STR("test.yaml"), text), &doc, &diags) || !doc)
		fail_msg("%.*s in %.*s", STR_ARG(diags.first ? diags.first->message : STR("nothing")), STR_ARG(text));
	return doc;
}

static struct str write_yaml(struct arena *arena, const struct node *root)
{
	struct buf b;

	buf_init(&b, arena, 64 * MIB);
	yaml_write_document(&b, root);
	assert_false(b.overflow);
	return buf_str(&b);
}

/* ---- layout ---- */

static const struct {
	const char *json;
	const char *yaml;
} layouts[] = {
	{ "{}", "---\n{}\n" },
	{ "[]", "---\n[]\n" },
	{ "\"a b\"", "---\n\"a b\"\n" },
	{ "null", "---\nnull\n" },
	{ "{\"a\":{},\"b\":[],\"c\":\"\",\"d\":null,\"e\":true,\"f\":-1,\"g\":1e21}",
	  "---\na: {}\nb: []\nc: \"\"\nd: null\ne: true\nf: -1\ng: 1.0e+21\n" },
	{ "{\"z\":{\"y\":{\"x\":1}},\"a\":2}", "---\nz:\n  \"y\":\n    x: 1\na: 2\n" },
	{ "{\"l\":[1,\"a\",{\"k\":1,\"m\":{\"n\":2},\"o\":[3,4]},[5,[6,7],8],{},[]],\"z\":1}",
	  "---\nl:\n- 1\n- a\n- k: 1\n  m:\n    \"n\": 2\n  o:\n  - 3\n  - 4\n- - 5\n  - - 6\n    - 7\n  - 8\n- {}\n- "
	  "[]\nz: 1\n" },
	{ "[{\"a\":[{\"b\":[[{\"c\":1,\"d\":2}]]}]}]", "---\n- a:\n  - b:\n    - - c: 1\n        d: 2\n" },
	{ "{\"on\":\"off\",\"1\":\"1\",\"a b\":\"c: d\"}", "---\n\"on\": \"off\"\n\"1\": \"1\"\n\"a b\": \"c: d\"\n" },
	{ "[[\"---\"],\"...\",\"-\"]", "---\n- - \"---\"\n- \"...\"\n- \"-\"\n" },
};

static void test_layout(void **state)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		struct document *doc = read_json(arena_of(state), layouts[i].json);
		struct str       text = write_yaml(arena_of(state), &doc->root);

		if (!str_is(text, layouts[i].yaml))
			fail_msg("%s became\n%.*s", layouts[i].json, STR_ARG(text));
	}
}

/* A part of a tree is written as a document of its own. */
static void test_subtree(void **state)
{
	struct document *doc = read_json(arena_of(state), "{\"l\":[{\"a\":[1],\"b\":{\"c\":2}},3]}");
	struct str       text = write_yaml(arena_of(state), node_get(&doc->root, "l")->first);

	assert_true(str_is(text, "---\na:\n- 1\nb:\n  c: 2\n"));
}

static void test_ceiling(void **state)
{
	struct document *doc = read_json(arena_of(state), "{\"aaaaaaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbbbbbbbbb\"}");
	struct buf       b;

	buf_init(&b, arena_of(state), 20);
	yaml_write_document(&b, &doc->root);
	assert_true(b.overflow);
	assert_true(b.n <= 20);
}

/* ---- bare or not ---- */

/* clang-format off */
static const char *const bare[] = {
	"a", "auth", "auth-check", "auth.example.com", "_a", "/", "/v1/check", "a/b", "a_1", "Auth", "x",
	"nope", "yesno", "nullx", "e", "ea1", "e3a", "e-a", "ee3", "exact", "SIMPLE", "FAIL_CLOSE",
	"MESH_EXTERNAL", "v1", "app.kubernetes.io/name", "oni", "offs", "a-", "a.", "ye", "tru", "falsey", "_",
	"__", "E.3", "f1", "e3.", "e-", "e--1", "e-1-", "e/3", "_e3", "trueno",
};

/* One or more of each row of the table. */
static const char *const quoted[] = {
	"", "~", "null", "Null", "NULL", "nULL", "true", "True", "TRUE", "tRUE", "false", "False", "FALSE",
	"fAlse", "y", "Y", "n", "N", "yes", "Yes", "YES", "yES", "no", "No", "NO", "nO", "on", "On", "ON",
	"oN", "off", "Off", "OFF", "oFF", "0", "00", "007", "08", "8080", "-1", "+1", "-0", "+0",
	"18446744073709551616", "0777", "0o17", "0O17", "-0o7", "0x1f", "0X1F", "-0x1f", "0b101", "0B1",
	"0x8000000000000000", "1_000", "1_", "0_7", "0x_1", ".5_0", "85_230.15", "1,000", "1,0", "1.", "1.0",
	".5", "+.5", "-.5", "1.10", "00.5", "1e3", "1E3", "1e+3", "1.e3", ".1e3", "0e0", "1e400", "e3", "E3",
	"e-1", "e00", "e_", "e-_", "E0_1", ".", "+.", "-.", "._5", ".e3", ".nan", ".NaN", ".inf", "-.inf",
	"+.Inf", "...", "2001-12-14", "2001-12-14T21:59:43Z", "2001-12-14 21:59:43", "2001-02-30", "1:30",
	"12:30:45", "190:20:30.15", "0:0", "<<", "=", ":a", "::1", ":80", "- a", "-", "--", "-a", "?", "? a",
	":", ": a", ",", "[", "]", "{", "}", "#", "#a", "&a", "*a", "!a", "|", ">", "'a'", "\"a\"", "%a", "@a",
	"`a", "---", "--- a", "a: b", "a:", "a #b", " a", "a ", "\ta", "a\t", "a\tb", "a\nb", "a\n", "a\r",
	"a b", "a,b", "a#b", "a:b", "a=b", "a+b", "a@b", "a~b", "a*b", "a%b", "a$b", "a'b", "a\"b", "a\\b",
	"a|b", "a(b)", "a[0]", "a{b}", "${a}", "a!", "a?", "a<b", "a^b", "a`b", "a;b", "a&b", "\x7f",
	"\x1b[31m", "\xc2\x85", "\xc2\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbb\xbf""a",
	"\xef\xbf\xbe", "\xef\xbf\xbf", "\xc3\xa9", "a\xc3\xa9", "\xe6\x97\xa5", "10.0.0.5", "500ms", "1.5s",
	"oci://a", "outbound|443||auth.example.com",
};
/* clang-format on */

static void assert_style(struct arena *arena, const char *text, bool is_bare)
{
	struct str s = str_c(text);
	struct buf b;

	assert_int_equal(yaml_is_bare(s), is_bare);
	buf_init(&b, arena, MIB);
	yaml_write_string(&b, s);
	if (is_bare != str_eq(buf_str(&b), s) || is_bare == (b.p[0] == '"'))
		fail_msg("%s is written %.*s", text, STR_ARG(buf_str(&b)));
}

static void test_bare(void **state)
{
	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
		assert_style(arena_of(state), bare[i], true);
}

static void test_quoted(void **state)
{
	for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++)
		assert_style(arena_of(state), quoted[i], false);
}

static void test_nul(void **state)
{
	struct buf b;

	assert_false(yaml_is_bare(STR("a\0b")));
	buf_init(&b, arena_of(state), MIB);
	yaml_write_string(&b, STR("a\0b"));
	assert_true(str_is(buf_str(&b), "\"a\\x00b\""));
}

/* The rule once more, letter by letter as it is written down. */
static bool is_bare_by_the_book(struct str s)
{
	static const char *const words[] = { "y", "n", "yes", "no", "true", "false", "on", "off", "null" };
	static const char        first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/_";
	static const char        digits[] = "0123456789_";
	size_t                   at = 1;

	if (s.n == 0 || s.p[0] == '\0' || !strchr(first, s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] == '\0' || (!strchr(first, s.p[i]) && !strchr("0123456789.-", s.p[i])))
			return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(s, str_c(words[i])))
			return false;
	if (s.p[0] != 'e' && s.p[0] != 'E')
		return true;
	if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
		at++;
	if (at == s.n)
		return true;
	for (; at < s.n; at++)
		if (!strchr(digits, s.p[at]))
			return true;
	return false;
}

static void test_every_short_string(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1u << 24; i++) {
		char       text[3] = { (char)i, (char)(i >> 8), (char)(i >> 16) };
		struct str s = str_of(text, i < 1u << 8 ? 1 : i < 1u << 16 ? 2 : 3);

		if (yaml_is_bare(s) != is_bare_by_the_book(s))
			fail_msg("%06x", i);
	}
}

static void test_escapes(void **state)
{
	static const struct {
		struct str  text;
		const char *written;
	} cases[] = {
		{ STR_INIT("a\"b\\c"), "\"a\\\"b\\\\c\"" },
		{ STR_INIT("\n\t\r\x1b\x7f"), "\"\\n\\t\\x0d\\x1b\\x7f\"" },
		{ STR_INIT("\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0"), "\"\\x80\\x85\\x9f\xc2\xa0\"" },
		{ STR_INIT("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf"),
		  "\"\\u2028\\u2029\\ufeff\\ufffe\\uffff\"" },
		{ STR_INIT("\xe2\x80\xae"
		           "a\xe2\x81\xa6"),
		  "\"\\u202ea\\u2066\"" },
		{ STR_INIT("\xf0\x9f\x98\x80 \xef\xbf\xbd"), "\"\xf0\x9f\x98\x80 \xef\xbf\xbd\"" },
		{ STR_INIT("a \xff\xc3"), "\"a \xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;

		buf_init(&b, arena_of(state), MIB);
		yaml_write_string(&b, cases[i].text);
		if (!str_is(buf_str(&b), cases[i].written))
			fail_msg("got %.*s, want %s", STR_ARG(buf_str(&b)), cases[i].written);
	}
}

/* ---- blocks ---- */

#define LONG "local function check(handle) -- sixty bytes or more of text"

static const struct {
	const char *text;
	const char *header; /* NULL: in quotes */
} blocks[] = {
	{ LONG "\nend", "|-" },
	{ LONG "\nend\n", "|" },
	{ LONG "\n\n  end\n", "|" },
	{ " " LONG "\nend", "|2-" },
	{ "\n" LONG "\nend\n", "|2" },
	{ "\n\n" LONG "\n", "|2" },
	{ "---\n" LONG "\n...\n# x\n- y: z", "|-" },
	{ "a\ttab: \"\\" LONG "\n\xc3\xa9 \xf0\x9f\x98\x80", "|-" },
	{ "short\ntext", NULL },
	{ LONG, NULL },
	{ LONG "\n\n", NULL },
	{ LONG "\ntrailing \nx", NULL },
	{ LONG "\ntrailing\t\nx", NULL },
	{ LONG "\n   \nx", NULL },
	{ LONG "\n\ttab", NULL },
	{ LONG "\nend ", NULL },
	{ LONG "\r\nend", NULL },
	{ LONG "\nend\r", NULL },
	{ LONG "\n\x7f", NULL },
	{ LONG "\n\x1b[m", NULL },
	{ LONG "\n\xc2\x85", NULL },
	{ LONG "\n\xe2\x80\xa8x", NULL },
	{ LONG "\n\xef\xbb\xbfx", NULL },
	{ LONG "\n\xe2\x80\xaex", NULL },
	{ LONG "\n\xff", NULL },
};

static void test_blocks(void **state)
{
	struct arena *arena = arena_of(state);

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct document *doc = document_new(arena, NULL);
		struct node     *tail = NULL;
		struct str       text, header;

		doc->root.kind = NODE_MAP;
		node_set_text(node_append(arena, &doc->root, &tail, STR("k")), NODE_STRING, str_c(blocks[i].text));
		text = write_yaml(arena, &doc->root);
		header = str_slice(text, strlen("---\nk: "), str_find(text, '\n', 4));
		if (blocks[i].header ? !str_is(header, blocks[i].header) : header.p[0] != '"')
			fail_msg("%.*s", STR_ARG(text));
		if (blocks[i].header && !str_is(node_text(read_yaml(arena, text)->root.first), blocks[i].text))
			fail_msg("%.*s", STR_ARG(text));
	}
}

static void test_block_layout(void **state)
{
	struct document *doc =
		read_json(arena_of(state), "{\"a\":[{\"b\":\"" LONG "\\n\\n  x\",\"c\":1},[\"" LONG "\\ny\\n\"]]}");

	assert_true(str_is(write_yaml(arena_of(state), &doc->root),
	                   "---\na:\n- b: |-\n    " LONG "\n\n      x\n  c: 1\n- - |\n    " LONG "\n    y\n"));
	doc = read_json(arena_of(state), "\"" LONG "\\nx\""); /* at the root readers disagree */
	assert_true(str_is(write_yaml(arena_of(state), &doc->root), "---\n\"" LONG "\\nx\"\n"));
}

/* ---- keys of any length ---- */

static void test_long_keys(void **state)
{
	static const size_t lengths[] = { 255, 256, 1000, LIMIT_KEY_BYTES };
	static const char   fills[] = { 'a', ' ', '\x01' };
	struct arena       *arena = arena_of(state);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]) * 3; i++) {
		struct document *doc = document_new(arena, NULL), *back;
		struct node     *tail = NULL, *inner_tail = NULL, *list;
		char            *key = arena_alloc(arena, lengths[i / 3]);
		struct str       k = str_of(key, lengths[i / 3]);

		memset(key, fills[i % 3], k.n);
		doc->root.kind = NODE_MAP;
		list = node_append(arena, &doc->root, &tail, k);
		list->kind = NODE_LIST;
		node_set_text(node_append(arena, list, &inner_tail, STR_ABSENT), NODE_INT, STR("1"));
		node_set_text(node_append(arena, &doc->root, &tail, STR("b")), NODE_INT, STR("2"));
		back = read_yaml(arena, write_yaml(arena, &doc->root));
		assert_true(str_eq(node_key(back->root.first), k));
		assert_true(str_is(node_text(back->root.first->first), "1"));
		assert_true(str_is(node_key(back->root.first->next), "b"));
	}
}

/* ---- our own reader ---- */

static void assert_survives(struct arena *arena, const struct node *root)
{
	struct str       text = write_yaml(arena, root);
	struct document *back = read_yaml(arena, text);

	if (back->next || !same_tree(root, &back->root))
		fail_msg("%.*s", STR_ARG(text));
	assert_true(str_eq(write_yaml(arena, &back->root), text));
}

static void test_all_code_points(void **state)
{
	struct arena *arena = arena_of(state);

	for (uint32_t cp = 0; cp <= 0x10ffff;) {
		struct arena_mark mark = arena_mark(arena);
		struct document  *doc = document_new(arena, NULL);
		struct node      *tail = NULL;

		doc->root.kind = NODE_MAP;
		for (unsigned i = 0; i < 1024; i++, cp++) {
			char       utf8[4];
			struct str s;

			if (cp >= 0xd800 && cp <= 0xdfff)
				continue;
			s = str_of(utf8, utf8_encode(cp, utf8));
			s = STR_CONCAT(arena, s, STR("a"), s, STR(" "), s);
			node_set_text(node_append(arena, &doc->root, &tail, s), NODE_STRING, s);
		}
		if (doc->root.count)
			assert_survives(arena, &doc->root);
		arena_reset(arena, mark);
	}
}

static uint64_t random_state;

static uint64_t next_random(uint64_t below)
{
	return random_next(&random_state) % below;
}

/* Pieces that mean something to YAML, and lines long enough for a block. */
static struct str random_string(struct arena *arena)
{
	/* clang-format off */
	static const char *const pieces[] = {
		"a", "e", "y", "no", "null", "3", "0x", "1", "-", ".", ":", ": ", " #", "#", "\n", "\n\n", "\n  ", " ",
		"\t", "\r", "'", "\"", "\\", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "`", "~", "=",
		"<<", "---", "\n---\n", "\n...\n", "\x01", "\x7f", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8",
		"\xef\xbb\xbf", "\xef\xbf\xbf", "\xc3\xa9", "\xf0\x9f\x98\x80", LONG, LONG "\n",
	};
	/* clang-format on */
	struct buf b;

	buf_init(&b, arena, MIB);
	for (uint64_t n = next_random(9); n; n--)
		buf_add(&b, str_c(pieces[next_random(sizeof(pieces) / sizeof(pieces[0]))]));
	return buf_str(&b);
}

static void fill(struct arena *arena, struct node *n, unsigned depth)
{
	static const struct str numbers[] = { STR_INIT("0"), STR_INIT("-17"), STR_INIT("9223372036854775807") };
	static const struct str floats[] = { STR_INIT("0.5"), STR_INIT("1.0e+21"), STR_INIT("-0.0"),
		                             STR_INIT("1.5e-07") };
	struct node            *tail = NULL;
	uint64_t                kind = next_random(depth ? 12 : 8);

	if (kind > 7) {
		n->kind = kind > 9 ? NODE_MAP : NODE_LIST;
		for (uint64_t count = next_random(5); count; count--) {
			struct str key = n->kind == NODE_MAP ? random_string(arena) : STR_ABSENT;

			if (!str_present(key) || !node_get_str(n, key))
				fill(arena, node_append(arena, n, &tail, key), depth - 1);
		}
	} else if (kind == 0) {
		node_set_text(n, NODE_NULL, STR("null"));
	} else if (kind == 1) {
		node_set_text(n, NODE_BOOL, next_random(2) ? STR("true") : STR("false"));
	} else if (kind == 2) {
		node_set_text(n, NODE_INT, numbers[next_random(3)]);
	} else if (kind == 3) {
		node_set_text(n, NODE_FLOAT, floats[next_random(4)]);
	} else {
		node_set_text(n, NODE_STRING, random_string(arena));
	}
}

static void test_random_trees(void **state)
{
	struct arena *arena = arena_of(state);

	random_state = random_seed();
	for (int i = 0; i < 5000; i++) {
		struct arena_mark mark = arena_mark(arena);
		struct document  *doc = document_new(arena, NULL);

		fill(arena, &doc->root, 6);
		assert_survives(arena, &doc->root);
		arena_reset(arena, mark);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_layout),
		UNIT_TEST(test_subtree),
		UNIT_TEST(test_ceiling),
		UNIT_TEST(test_bare),
		UNIT_TEST(test_quoted),
		UNIT_TEST(test_nul),
		UNIT_TEST(test_every_short_string),
		UNIT_TEST(test_escapes),
		UNIT_TEST(test_blocks),
		UNIT_TEST(test_block_layout),
		UNIT_TEST(test_long_keys),
		UNIT_TEST(test_all_code_points),
		UNIT_TEST(test_random_trees),
	};

	return cmocka_run_group_tests_name("yaml_writer", tests, NULL, NULL);
}
