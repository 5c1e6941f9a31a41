/* report: the text with excerpt and caret, to the byte; the JSON report's fixed shape; nothing of an input acts on a
 * terminal. */
#include "base/limits.h"
#include "base/utf8.h"
#include "json/json_tree.h"
#include "report/report.h"
#include "unit.h"

static const struct source *source_of(struct fixture *f, const char *name, struct str text)
{
	return source_from_bytes(f->arena, str_c(name), text);
}

static struct str report_as(struct fixture *f, const char *format, bool color)
{
	const struct report report = { .command = STR("generate"), .diags = &f->diags, .color = color };
	struct buf          b;

	buf_init(&b, f->arena, 16 * MIB);
	assert_true(report_write(&b, report_format_find(str_c(format)), &report));
	return buf_str(&b);
}

static void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("got\n%.*s\nwant\n%s", STR_ARG(got), want);
}

static void assert_text(struct fixture *f, const char *want)
{
	assert_str(report_as(f, "text", false), want);
}

/* One finding without values at a span of one line of text; what the excerpt shows of it. */
static void assert_excerpt(struct fixture *f, struct str text, size_t offset, size_t length, const char *want)
{
	struct str got, tail = STR("1 error\n");

	diags_init(&f->diags, f->arena);
	diag_add(&f->diags, CO_PLACEHOLDER_UNQUOTED, pos_at(source_of(f, "a", text), offset, length), NO_ARGS);
	got = report_as(f, "text", false);
	got = str_slice(got, str_find(got, '\n', 0) + 1, got.n);
	assert_true(str_has_suffix(got, tail));
	assert_str(str_slice(got, 0, got.n - tail.n), want);
}

/* ---- text ---- */

static void test_nothing(void **state)
{
	assert_text(*state, "");
}

static void test_design_example(void **state)
{
	struct fixture      *f = *state;
	const struct source *s =
		source_of(f, "filters/auth.yaml", STR("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n    port: 443\n"));
	struct diag *d = diag_add(&f->diags, CO_TLS_UNSAID, pos_at(s, 34, 3), NO_ARGS);

	diag_help(&f->diags, d, "add `tls: {}`, or `tls: {mode: DISABLE}` if the port really is plaintext",
	          ARGS(STR("{}")));
	assert_text(f, "filters/auth.yaml:12:11: error CO0204: port 443 without a tls block: the filter would send "
	               "plain HTTP to a TLS "
	               "port\n"
	               "   12 |     port: 443\n"
	               "      |           ^~~\n"
	               "  help: add `tls: {}`, or `tls: {mode: DISABLE}` if the port really is plaintext\n"
	               "1 error\n");
}

static void test_without_place(void **state)
{
	struct fixture *f = *state;

	diag_add(&f->diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
	assert_text(f, "error CO0105: out of memory\n1 error\n");
}

static void test_related(void **state)
{
	struct fixture      *f = *state;
	const struct source *a = source_of(f, "a.yaml", STR("x: 1\nx: 2\n")),
			    *m = source_of(f, "m.yaml", STR("lua: forbidden\n"));
	struct diag *d = diag_add(&f->diags, CO_DUPLICATE_KEY, pos_at(a, 5, 1), ARGS(STR("x")));

	diag_relate(&f->diags, d, pos_at(a, 0, 1), "it stands here already", NO_ARGS);
	diag_relate(&f->diags, d, pos_at(m, 5, 9), "the policy's line", NO_ARGS);
	diag_relate(&f->diags, d, POS_NONE, "and no place", NO_ARGS);
	diag_help(&f->diags, d, "remove one", NO_ARGS);
	assert_text(f, "a.yaml:2:1: error CO0115: key \"x\" is given twice\n"
	               "    2 | x: 2\n"
	               "      | ^\n"
	               "  note: a.yaml:1:1: it stands here already\n"
	               "    1 | x: 1\n"
	               "      | ^\n"
	               "  note: m.yaml:1:6: the policy's line\n"
	               "    1 | lua: forbidden\n"
	               "      |      ^~~~~~~~~\n"
	               "  note: and no place\n"
	               "  help: remove one\n"
	               "1 error\n");
}

/* Where a format stops, it says so. */
static void assert_notes_left(struct fixture *f, const char *format, unsigned notes, struct str note, const char *left)
{
	struct diag *d;
	struct str   got;

	diags_init(&f->diags, f->arena);
	d = diag_add(&f->diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
	for (unsigned i = 0; i < notes; i++)
		diag_relate(&f->diags, d, POS_NONE, "{}", ARGS(note));
	got = report_as(f, format, false);
	if (left)
		assert_true(str_find_str(got, str_c(left), 0) < got.n);
	else
		assert_true(str_find_str(got, STR("not shown"), 0) == got.n);
}

static void test_many_notes(void **state)
{
	char line[LIMIT_MESSAGE_VALUE_BYTES + 1] = "";

	memset(line, 'x', LIMIT_MESSAGE_VALUE_BYTES);
	assert_notes_left(*state, "github", 20, STR("n"), NULL);
	assert_notes_left(*state, "github", 21, STR("n"), "%0Anote: 1 more is not shown\n");
	assert_notes_left(*state, "github", 25, STR("n"), "%0Anote: 5 more are not shown\n");
	assert_notes_left(*state, "gitlab", 3000, str_c(line), NULL);
	assert_notes_left(*state, "gitlab", 4000, str_c(line), " more are not shown");
	assert_notes_left(*state, "json", 25, STR("n"), NULL);
}

static void test_order_and_summary(void **state)
{
	struct fixture      *f = *state;
	const struct source *s = source_of(f, "a", STR("xy"));

	diag_add(&f->diags, CO_SKIPPED_KIND, POS_NONE, ARGS(STR("Pod")));
	diag_add(&f->diags, CO_ALIAS, pos_at(s, 1, 1), ARGS(STR("&y")));
	diag_add(&f->diags, CO_MERGE_KEY, pos_at(s, 0, 1), NO_ARGS);
	assert_text(f, "a:1:1: error CO0117: merge keys (<<) are not allowed\n"
	               "    1 | xy\n"
	               "      | ^\n"
	               "a:1:2: error CO0116: anchors and aliases are not allowed: &y\n"
	               "    1 | xy\n"
	               "      |  ^\n"
	               "info CO0126: skipped a Pod\n"
	               "2 errors, 1 info\n");
}

static void test_color(void **state)
{
	struct fixture *f = *state;

	diag_add(&f->diags, CO_MERGE_KEY, pos_at(source_of(f, "a", STR("<<: x")), 0, 2), NO_ARGS);
	diag_add(&f->diags, CO_SKIPPED_KIND, POS_NONE, ARGS(STR("Pod")));
	assert_str(report_as(f, "text", true),
	           "\033[1ma:1:1:\033[m \033[1;31merror\033[m CO0117: merge keys (<<) are not allowed\n"
	           "    1 | <<: x\n"
	           "      | \033[1;31m^~\033[m\n"
	           "\033[1;36minfo\033[m CO0126: skipped a Pod\n"
	           "1 error, 1 info\n");
}

static void test_excerpts(void **state)
{
	static const struct {
		struct str  text;
		size_t      offset, length;
		const char *want;
	} cases[] = {
		{ STR_INIT("abc"), 1, 0, "    1 | abc\n      |  ^\n" },
		{ STR_INIT("abc"), 1, 99, "    1 | abc\n      |  ^~\n" },
		{ STR_INIT("abc\r\ndef"), 1, 99, "    1 | abc\n      |  ^~\n" },
		{ STR_INIT("abc\r\ndef"), 3, 1, "    1 | abc\n      |    ^\n" },
		{ STR_INIT("abc\r\ndef"), 4, 1, "    1 | abc\n      |    ^\n" },
		{ STR_INIT("abc"), 3, 1, "    1 | abc\n      |    ^\n" },
		{ STR_INIT("abc\n"), 4, 1, "" }, /* behind the end there is no line to show */
		{ STR_INIT("a\n\nb"), 2, 1, "" },
		{ STR_INIT("\ta\tb: c"), 3, 1, "    1 | \ta\tb: c\n      | \t \t^\n" },
		{ STR_INIT("\xc3\xa9\xc3\xa9x"), 2, 2, "    1 | \xc3\xa9\xc3\xa9x\n      |  ^\n" },
		{ STR_INIT("\xe6\x97\xa5\xe6\x9c\xacx"), 3, 3, "    1 | \xe6\x97\xa5\xe6\x9c\xacx\n      |   ^~\n" },
		{ STR_INIT("e\xcc\x81x"), 3, 1, "    1 | e\xcc\x81x\n      |  ^\n" },
		{ STR_INIT("e\xcc\x81x"), 1, 2, "    1 | e\xcc\x81x\n      |  ^\n" },
		{ STR_INIT("a\x1b[31mb"), 6, 1, "    1 | a\xef\xbf\xbd[31mb\n      |       ^\n" },
		{ STR_INIT("a\xc2\x9b"
		           "31mb"),
		  1, 2,
		  "    1 | a\xef\xbf\xbd"
		  "31mb\n      |  ^\n" },
		{ STR_INIT("a\xe2\x80\xae"
		           "b\xe2\x80\x8b"
		           "c"),
		  8, 1,
		  "    1 | a\xef\xbf\xbd"
		  "b\xef\xbf\xbd"
		  "c\n      |     ^\n" },
		{ STR_INIT("\xff\0\x7f\x08x"), 4, 1,
		  "    1 | \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\n      |     ^\n" },
		{ STR_INIT("a\rb"), 2, 1,
		  "    1 | a\xef\xbf\xbd"
		  "b\n      |   ^\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_excerpt(*state, cases[i].text, cases[i].offset, cases[i].length, cases[i].want);
}

/* Of a long line the part around the place is shown: at most LIMIT_EXCERPT_COLUMNS. */
static void test_long_lines(void **state)
{
	static const size_t at[] = { 0, 1, 59, 60, 61, 119, 120, 500, 940, 999, 1000 };
	struct fixture     *f = *state;
	char               *line = arena_alloc(f->arena, 1000);

	memset(line, '-', 1000);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct str got, excerpt, mark;
		size_t     caret;

		if (at[i] < 1000)
			line[at[i]] = 'X';
		diags_init(&f->diags, f->arena);
		diag_add(&f->diags, CO_MERGE_KEY, pos_at(source_of(f, "a", str_of(line, 1000)), at[i], 5000), NO_ARGS);
		got = report_as(f, "text", false);
		got = str_cut(got, '\n', &excerpt);
		got = str_cut(got, '\n', &excerpt);
		str_cut(got, '\n', &mark);
		excerpt = str_slice(excerpt, 8, excerpt.n);
		mark = str_slice(mark, 8, mark.n);
		assert_true(utf8_count(excerpt) >= LIMIT_EXCERPT_COLUMNS &&
		            utf8_count(excerpt) <= LIMIT_EXCERPT_COLUMNS + 2);
		assert_true(utf8_count(mark) <= LIMIT_EXCERPT_COLUMNS + 2);
		caret = str_find(mark, '^', 0);
		if (at[i] < 1000)
			assert_int_equal(utf8_count(str_slice(excerpt, 0, str_find(excerpt, 'X', 0))), caret);
		else
			assert_int_equal(utf8_count(excerpt), caret);
		if (at[i] < 1000)
			line[at[i]] = '-';
	}
}

/* Whatever bytes an input has: printable lines only, of bounded length. */
static void test_hostile_lines(void **state)
{
	struct fixture *f = *state;

	for (unsigned c = 0; c < 256; c++) {
		char      *line = arena_alloc(f->arena, 5000);
		struct str got;

		memset(line, (int)c, 5000);
		diags_init(&f->diags, f->arena);
		diag_add(&f->diags, CO_MERGE_KEY, pos_at(source_of(f, line + 4990, str_of(line, 5000)), 2500, 7),
		         NO_ARGS);
		got = report_as(f, "text", false);
		assert_true(got.n < 1000);
		for (size_t at = 0; at < got.n;) {
			uint32_t cp;
			size_t   n = utf8_decode(got, at, &cp);

			assert_true(n > 0);
			assert_true(cp == '\n' || cp == '\t' || (cp >= 0x20 && cp < 0x7f) || cp >= 0xa0);
			at += n;
		}
	}
}

static void test_hostile_name(void **state)
{
	struct fixture *f = *state;

	diag_add(&f->diags, CO_MERGE_KEY, pos_at(source_of(f, "a\x1b]0;x\x07\nb", STR("<<")), 0, 2), NO_ARGS);
	assert_text(f, "a\xef\xbf\xbd]0;x\xef\xbf\xbd\xef\xbf\xbd"
	               "b:1:1: error CO0117: merge keys (<<) are not allowed\n"
	               "    1 | <<\n"
	               "      | ^~\n"
	               "1 error\n");
}

static void test_line_numbers(void **state)
{
	struct fixture *f = *state;
	char           *text = arena_alloc(f->arena, 1234567);
	struct str      got;

	memset(text, '\n', 1234566);
	text[1234566] = 'x';
	diag_add(&f->diags, CO_MERGE_KEY, pos_at(source_of(f, "a", str_of(text, 1234567)), 1234566, 1), NO_ARGS);
	got = report_as(f, "text", false);
	assert_true(str_has_suffix(got, STR("\n1234567 | x\n        | ^\n1 error\n")));
}

/* ---- JSON ---- */

static void test_json(void **state)
{
	struct fixture      *f = *state;
	const struct source *s = source_of(f, "a \"b\".yaml", STR("\xc3\xa9: 1\n\xc3\xa9: 2\n"));
	struct diag         *d = diag_add(&f->diags, CO_DUPLICATE_KEY, pos_at(s, 6, 2), ARGS(STR("\xc3\xa9")));

	diag_relate(&f->diags, d, pos_at(s, 0, 2), "it stands here already", NO_ARGS);
	diag_help(&f->diags, d, "remove one", NO_ARGS);
	diag_set_path(d, STR("spec.\xc3\xa9"));
	diag_add(&f->diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
	diag_add(&f->diags, CO_SKIPPED_KIND, pos_at(s, 4, 1), ARGS(STR("Pod")));
	assert_str(report_as(f, "json", true), "{\n"
	                                       "  \"apiVersion\": \"callout.dev/v1alpha1\",\n"
	                                       "  \"kind\": \"Report\",\n"
	                                       "  \"command\": \"generate\",\n"
	                                       "  \"summary\": {\n"
	                                       "    \"errors\": 2,\n"
	                                       "    \"warnings\": 0,\n"
	                                       "    \"infos\": 1\n"
	                                       "  },\n"
	                                       "  \"findings\": [\n"
	                                       "    {\n"
	                                       "      \"code\": \"CO0126\",\n"
	                                       "      \"level\": \"info\",\n"
	                                       "      \"message\": \"skipped a Pod\",\n"
	                                       "      \"location\": {\n"
	                                       "        \"source\": \"a \\\"b\\\".yaml\",\n"
	                                       "        \"line\": 1,\n"
	                                       "        \"column\": 4,\n"
	                                       "        \"offset\": 4,\n"
	                                       "        \"length\": 1\n"
	                                       "      },\n"
	                                       "      \"related\": []\n"
	                                       "    },\n"
	                                       "    {\n"
	                                       "      \"code\": \"CO0115\",\n"
	                                       "      \"level\": \"error\",\n"
	                                       "      \"message\": \"key \\\"\xc3\xa9\\\" is given twice\",\n"
	                                       "      \"help\": \"remove one\",\n"
	                                       "      \"location\": {\n"
	                                       "        \"source\": \"a \\\"b\\\".yaml\",\n"
	                                       "        \"line\": 2,\n"
	                                       "        \"column\": 1,\n"
	                                       "        \"offset\": 6,\n"
	                                       "        \"length\": 2,\n"
	                                       "        \"path\": \"spec.\xc3\xa9\"\n"
	                                       "      },\n"
	                                       "      \"related\": [\n"
	                                       "        {\n"
	                                       "          \"message\": \"it stands here already\",\n"
	                                       "          \"location\": {\n"
	                                       "            \"source\": \"a \\\"b\\\".yaml\",\n"
	                                       "            \"line\": 1,\n"
	                                       "            \"column\": 1,\n"
	                                       "            \"offset\": 0,\n"
	                                       "            \"length\": 2\n"
	                                       "          }\n"
	                                       "        }\n"
	                                       "      ]\n"
	                                       "    },\n"
	                                       "    {\n"
	                                       "      \"code\": \"CO0105\",\n"
	                                       "      \"level\": \"error\",\n"
	                                       "      \"message\": \"out of memory\",\n"
	                                       "      \"related\": []\n"
	                                       "    }\n"
	                                       "  ]\n"
	                                       "}\n");
}

static void test_json_of_nothing(void **state)
{
	assert_str(report_as(*state, "json", false), "{\n"
	                                             "  \"apiVersion\": \"callout.dev/v1alpha1\",\n"
	                                             "  \"kind\": \"Report\",\n"
	                                             "  \"command\": \"generate\",\n"
	                                             "  \"summary\": {\n"
	                                             "    \"errors\": 0,\n"
	                                             "    \"warnings\": 0,\n"
	                                             "    \"infos\": 0\n"
	                                             "  },\n"
	                                             "  \"findings\": []\n"
	                                             "}\n");
}

/* Hostile names and paths leave it JSON that reads back. */
static void test_json_reads_back(void **state)
{
	struct fixture *f = *state;
	const char     *name = "\xff\x1b\n\"\\\xe2\x80\xa8";
	struct diag    *d = diag_add(&f->diags, CO_MERGE_KEY, pos_at(source_of(f, name, STR("x")), 0, 1), NO_ARGS);
	const struct document *doc;
	struct diags           none;

	diag_set_path(d, STR("a[\"\0\xed\xa0\x80\"]"));
	diags_init(&none, f->arena);
	doc = json_tree_read(f->arena, source_of(f, "report", report_as(f, "json", false)), &none);
	assert_non_null(doc);
	assert_true(str_is(node_text(node_get(node_get(node_get(&doc->root, "findings")->first, "location"), "source")),
	                   "\xef\xbf\xbd\x1b\n\"\\\xe2\x80\xa8"));
}

/* ---- the table ---- */

static void test_table(void **state)
{
	struct fixture     *f = *state;
	const struct report report = { .command = STR("check"), .diags = &f->diags };
	struct buf          b;

	assert_null(report_format_find(STR("")));
	assert_null(report_format_find(STR("TEXT")));
	for (size_t i = 0; i < report_formats_size; i++)
		assert_ptr_equal(report_format_find(str_c(report_formats[i].name)), &report_formats[i]);
	buf_init(&b, f->arena, 10);
	assert_false(report_write(&b, report_format_find(STR("json")), &report));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_nothing),         UNIT_TEST(test_design_example),    UNIT_TEST(test_without_place),
		UNIT_TEST(test_related),         UNIT_TEST(test_order_and_summary), UNIT_TEST(test_color),
		UNIT_TEST(test_excerpts),        UNIT_TEST(test_long_lines),        UNIT_TEST(test_hostile_lines),
		UNIT_TEST(test_hostile_name),    UNIT_TEST(test_line_numbers),      UNIT_TEST(test_json),
		UNIT_TEST(test_json_of_nothing), UNIT_TEST(test_json_reads_back),   UNIT_TEST(test_table),
		UNIT_TEST(test_many_notes),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
