/* json_tree: what is JSON and what is not, where it went wrong, and that every limit holds. number: canonical text. */
#include <time.h>

#include "json/json_tree.h"
#include "json/json_write.h"
#include "json/number.h"
#include "unit.h"

/* Reads, and holds the reader to its promise: NULL exactly when it added an error. */
static struct document *read_str(struct fixture *f, struct str text)
{
	size_t           before = f->diags.errors;
	struct document *doc = json_tree_read(f->arena, source_from_bytes(f->arena, STR("test.json"), text), &f->diags);

	assert_int_equal(doc == NULL, f->diags.errors > before);
	return doc;
}

static struct document *read_text(struct fixture *f, const char *text)
{
	return read_str(f, str_c(text));
}

static struct str repeat(struct fixture *f, const char *head, const char *each, size_t n, const char *tail)
{
	struct buf b;

	buf_init(&b, f->arena, 512 * MIB);
	buf_add(&b, str_c(head));
	while (n--)
		buf_add(&b, str_c(each));
	buf_add(&b, str_c(tail));
	return buf_str(&b);
}

static void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static const struct diag *last_diag(const struct fixture *f)
{
	const struct diag *d = f->diags.first;

	while (d && d->next)
		d = d->next;
	return d;
}

static void assert_refused(struct fixture *f, struct str text, enum diag_code code)
{
	assert_null(read_str(f, text));
	assert_int_equal(last_diag(f)->code, code);
}

/* ---- what is JSON ---- */

static const struct {
	const char *text;
	const char *compact; /* of all documents, one a line */
} valid[] = {
	{ "null", "null\n" },
	{ " true ", "true\n" },
	{ "false\n", "false\n" },
	{ "\"\"", "\"\"\n" },
	{ "{}", "{}\n" },
	{ "[]", "[]\n" },
	{ "\xef\xbb\xbf{}", "{}\n" },
	{ "{\"a\":[1,{\"b\":[[]]},\"x\"]}", "{\"a\":[1,{\"b\":[[]]},\"x\"]}\n" },
	{ "\t{ \"a\" :\r\n[ 1 , 2 ] , \"b\" : { } }\n", "{\"a\":[1,2],\"b\":{}}\n" },
	{ "{}{}[]\"a\"\"b\" 1 2", "{}\n{}\n[]\n\"a\"\n\"b\"\n1\n2\n" },
	{ "{\"\":0}", "{\"\":0}\n" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"\n" },
	{ "\"\\u0041\\u00e9\\u65E5\\ud83d\\ude00\\u0000\"", "\"A\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80\\u0000\"\n" },
	{ "\"\x7f\xef\xbf\xbf\xf4\x8f\xbf\xbf\"", "\"\\u007f\xef\xbf\xbf\xf4\x8f\xbf\xbf\"\n" },
	{ "[0,-0,-1,10,18446744073709551615,-9223372036854775808]",
	  "[0,0,-1,10,18446744073709551615,-9223372036854775808]\n" },
	/* past 64 bits YAML readers see a float */
	{ "[18446744073709551616,-9223372036854775809]", "[1.8446744073709552e+19,-9.223372036854776e+18]\n" },
	{ "[1.0,1.50,1e3,1E+2,-2.5e-1,0.0,-0.0,1e21,0e999]", "[1,1.5,1000,100,-0.25,0,-0.0,1.0e+21,0]\n" },
	{ "[1e-999,5e-324,1.7976931348623157e308]", "[0,4.94065645841247e-324,1.7976931348623157e+308]\n" },
};

static void test_valid(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		struct document *doc = read_text(f, valid[i].text);
		struct buf       b;

		if (!doc)
			fail_msg("refused: %s", valid[i].text);
		buf_init(&b, f->arena, MIB);
		for (; doc; doc = doc->next) {
			json_write(&b, &doc->root, 0);
			buf_char(&b, '\n');
		}
		assert_str(buf_str(&b), valid[i].compact);
	}
	assert_int_equal(f->diags.n, 0);
}

static const struct {
	const char    *text;
	enum diag_code code;
	unsigned       offset, length;
	const char    *says; /* part of the message */
	const char    *help; /* part of it, or NULL */
} invalid[] = {
	{ "", CO_JSON_SYNTAX, 0, 1, "a value expected, not the end of the text", NULL },
	{ " \n", CO_JSON_SYNTAX, 2, 1, "a value expected, not the end", NULL },
	{ "[", CO_JSON_SYNTAX, 1, 1, "a value expected, not the end", NULL },
	{ "[1", CO_JSON_SYNTAX, 2, 1, "`,` or `]` expected, not the end", NULL },
	{ "[1,", CO_JSON_SYNTAX, 3, 1, "a value expected, not the end", NULL },
	{ "[1,]", CO_JSON_SYNTAX, 3, 1, "a value expected, not `]`", NULL },
	{ "[1 2]", CO_JSON_SYNTAX, 3, 1, "`,` or `]` expected, not `2`", NULL },
	{ "[1}", CO_JSON_SYNTAX, 2, 1, "`,` or `]` expected, not `}`", NULL },
	{ "]", CO_JSON_SYNTAX, 0, 1, "a value expected, not `]`", NULL },
	{ "{]", CO_JSON_SYNTAX, 1, 1, "a key in double quotes or `}` expected, not `]`", NULL },
	{ "{\"a\":1,}", CO_JSON_SYNTAX, 7, 1, "a key in double quotes expected, not `}`", NULL },
	{ "{\"a\" 1}", CO_JSON_SYNTAX, 5, 1, "`:` expected, not `1`", NULL },
	{ "{\"a\":}", CO_JSON_SYNTAX, 5, 1, "a value expected, not `}`", NULL },
	{ "{a:1}", CO_JSON_SYNTAX, 1, 1, "not `a`", NULL },
	{ "{1:1}", CO_JSON_SYNTAX, 1, 1, "not `1`", NULL },
	{ "{'a':1}", CO_JSON_SYNTAX, 1, 1, "not `'`", "double quotes" },
	{ "[True]", CO_JSON_SYNTAX, 1, 4, "not `True`", "true" },
	{ "[NaN]", CO_JSON_SYNTAX, 1, 3, "not `NaN`", "finite" },
	{ "[nul]", CO_JSON_SYNTAX, 1, 3, "not `nul`", NULL },
	{ "[nulll]", CO_JSON_SYNTAX, 1, 5, "not `nulll`", NULL },
	{ "{} // x", CO_JSON_SYNTAX, 3, 1, "a value expected, not `/`", "no comments" },
	{ "{}\n---\n{}", CO_JSON_SYNTAX, 3, 1, "a value expected, not `-`", "separates YAML" },
	{ "{\"a\": ${x}}", CO_JSON_SYNTAX, 6, 1, "not `$`", "double quotes" },
	{ "12a", CO_JSON_SYNTAX, 2, 1, "white space expected, not `a`", NULL },
	{ "truefalse", CO_JSON_SYNTAX, 0, 9, "not `truefalse`", NULL },
	{ "1[]", CO_JSON_SYNTAX, 1, 1, "white space expected", NULL },
	{ "[01]", CO_JSON_SYNTAX, 1, 1, "does not begin with 0", NULL },
	{ "[-01]", CO_JSON_SYNTAX, 2, 1, "does not begin with 0", NULL },
	{ "[+1]", CO_JSON_SYNTAX, 1, 1, "a value expected, not `+`", NULL },
	{ "[.5]", CO_JSON_SYNTAX, 1, 1, "a value expected, not `.`", NULL },
	{ "[1.]", CO_JSON_SYNTAX, 3, 1, "a digit expected, not `]`", NULL },
	{ "[1e]", CO_JSON_SYNTAX, 3, 1, "a digit expected", NULL },
	{ "[1e+]", CO_JSON_SYNTAX, 4, 1, "a digit expected", NULL },
	{ "[-]", CO_JSON_SYNTAX, 1, 1, "a value expected, not `-`", NULL },
	{ "[0x1]", CO_JSON_SYNTAX, 2, 2, "not `x1`", NULL },
	{ "[1e999]", CO_JSON_SYNTAX, 1, 5, "larger than any", NULL },
	{ "[\"abc", CO_JSON_SYNTAX, 1, 4, "not closed", NULL },
	{ "[\"a\nb\"]", CO_JSON_SYNTAX, 1, 2, "not closed", NULL },
	{ "\"\\", CO_JSON_SYNTAX, 0, 2, "not closed", NULL },
	{ "[\"\\x41\"]", CO_JSON_SYNTAX, 2, 2, "\\x is no escape", NULL },
	{ "[\"\\\xc3\xa9\"]", CO_JSON_SYNTAX, 2, 3, "is no escape", NULL },
	{ "[\"\\u12g4\"]", CO_JSON_SYNTAX, 2, 2, "four hexadecimal digits", NULL },
	{ "[\"\\u12\"]", CO_JSON_SYNTAX, 2, 2, "four hexadecimal digits", NULL },
	{ "[\"\\ud800\"]", CO_JSON_SYNTAX, 2, 6, "one half of a surrogate pair", NULL },
	{ "[\"\\ud800\\ud800\"]", CO_JSON_SYNTAX, 2, 6, "one half", NULL },
	{ "[\"x\\udc00\"]", CO_JSON_SYNTAX, 3, 6, "one half", NULL },
	{ "[\"a\tb\"]", CO_CONTROL_CHARACTER, 3, 1, "U+0009", "\\t" },
	{ "[\"a\x01\"]", CO_CONTROL_CHARACTER, 3, 1, "U+0001", NULL },
	{ "[\x1b]", CO_CONTROL_CHARACTER, 1, 1, "U+001B", NULL },
	{ "[\x0c]", CO_CONTROL_CHARACTER, 1, 1, "U+000C", NULL },
	{ "[\"\xef\xbb\xbf\"]", CO_CONTROL_CHARACTER, 2, 3, "U+FEFF", NULL },
	{ "\xef\xbb\xbf\xef\xbb\xbf{}", CO_CONTROL_CHARACTER, 3, 3, "U+FEFF", NULL },
	{ "[\"\xff\"]", CO_NOT_UTF8, 2, 1, "0xFF", NULL },
	{ "[\"\xed\xa0\x80\"]", CO_NOT_UTF8, 2, 1, "0xED", NULL },
	{ "[\"\xc0\xaf\"]", CO_NOT_UTF8, 2, 1, "0xC0", NULL },
	{ "[\"\xe2\x80", CO_NOT_UTF8, 2, 1, "0xE2", NULL },
};

static bool contains(struct str s, const char *part)
{
	return str_find_str(s, str_c(part), 0) < s.n;
}

static void test_invalid(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		size_t             before = f->diags.n;
		const struct diag *d;

		if (read_text(f, invalid[i].text))
			fail_msg("accepted: %s", invalid[i].text);
		d = last_diag(f);
		assert_int_equal(f->diags.n, before + 1);
		if (d->code != invalid[i].code || d->pos.offset != invalid[i].offset ||
		    d->pos.length != invalid[i].length || !contains(d->message, invalid[i].says) ||
		    (invalid[i].help && !contains(d->help, invalid[i].help)))
			fail_msg("%s: CO%04d at %u+%u: %.*s (%.*s)", invalid[i].text, (int)d->code, d->pos.offset,
			         d->pos.length, STR_ARG(d->message), STR_ARG(d->help));
	}
}

static void test_nul(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, STR("[1\0,2]"), CO_CONTROL_CHARACTER);
	assert_int_equal(last_diag(f)->pos.offset, 2);
	assert_refused(f, STR("{\"a\":1\0}"), CO_CONTROL_CHARACTER);
	assert_refused(f, STR("{}\0"), CO_CONTROL_CHARACTER);
	assert_refused(f, STR("{\0}\0"), CO_CONTROL_CHARACTER); /* UTF-16 */
	assert_refused(f, STR("\xff\xfe{\0}\0"), CO_NOT_UTF8);
}

static void test_unclosed_is_related(void **state)
{
	struct fixture            *f = *state;
	const struct diag_related *r;

	assert_null(read_text(f, "{\"a\": [1, 2"));
	r = last_diag(f)->related;
	assert_non_null(r);
	assert_int_equal(r->pos.offset, 6);
}

/* ---- places ---- */

static void test_places(void **state)
{
	struct fixture    *f = *state;
	const char        *text = " {\"k\": [10, \"a\\nb\", {}], \"long\" : true}";
	struct document   *doc = read_text(f, text);
	const struct node *list, *n;

	assert_non_null(doc);
	assert_int_equal(doc->root.offset, 1);
	assert_int_equal(doc->root.length, strlen(text) - 1);
	assert_int_equal(doc->root.style, STYLE_FLOW);
	list = node_get(&doc->root, "k");
	assert_int_equal(list->key_offset, 2);
	assert_int_equal(list->offset, 7);
	assert_int_equal(list->length, 16);
	assert_int_equal(list->count, 3);
	n = list->first;
	assert_int_equal(n->offset, 8);
	assert_int_equal(n->length, 2);
	n = n->next;
	assert_int_equal(n->offset, 12);
	assert_int_equal(n->length, 6);
	assert_int_equal(n->style, STYLE_QUOTED);
	assert_str(node_text(n), "a\nb");
	assert_str(node_path(f->arena, n), "k[1]");
	n = node_get(&doc->root, "long");
	assert_int_equal(n->key_offset, 25);
	assert_int_equal(n->offset, 34);
	assert_true(n->key_p == doc->source->bytes.p + 26); /* points into the source */
}

/* ---- duplicate keys ---- */

static void test_duplicates(void **state)
{
	struct fixture    *f = *state;
	const struct diag *d;

	assert_null(read_text(f, "{\"a\":1,\"b\":{\"a\":2},\"\\u0061\":3,\"a\":4} {\"a\":1}"));
	assert_int_equal(f->diags.n, 2);
	d = f->diags.first;
	assert_int_equal(d->code, CO_DUPLICATE_KEY);
	assert_int_equal(d->pos.offset, 19);
	assert_int_equal(d->pos.length, 8);
	assert_int_equal(d->related->pos.offset, 1);
	d = d->next;
	assert_int_equal(d->pos.offset, 30);
	assert_int_equal(d->related->pos.offset, 1);
}

static void test_many_keys(void **state)
{
	struct fixture *f = *state;
	struct buf      b;
	clock_t         start = clock();
	uint32_t        first;

	buf_init(&b, f->arena, 16 * MIB);
	buf_char(&b, '{');
	for (unsigned i = 0; i < 60000; i++)
		buf_fmt(&b, "%s\"key-%u\":1", i ? "," : "", i);
	buf_lit(&b, ",\"key-5\":1,\"key-59999\":1,\"key-5\":1}");
	assert_null(read_str(f, buf_str(&b)));
	assert_int_equal(f->diags.n, 3);
	first = (uint32_t)str_find_str(buf_str(&b), STR("\"key-5\""), 0);
	assert_int_equal(f->diags.first->related->pos.offset, first);
	assert_int_equal(last_diag(f)->related->pos.offset, first);
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

/* ---- limits ---- */

static void test_depth(void **state)
{
	struct fixture *f = *state;

	assert_non_null(read_str(f, STR_CONCAT(f->arena, repeat(f, "", "[", LIMIT_DEPTH, ""),
	                                       repeat(f, "", "]", LIMIT_DEPTH, ""))));
	assert_refused(f, repeat(f, "", "[", LIMIT_DEPTH + 1, ""), CO_TOO_DEEP);
	assert_int_equal(last_diag(f)->pos.offset, LIMIT_DEPTH);
	assert_refused(f, repeat(f, "", "{\"a\":", 1000000, ""), CO_TOO_DEEP);
}

static void test_counts(void **state)
{
	struct fixture *f = *state;

	assert_non_null(read_str(f, repeat(f, "[0", ",0", LIMIT_NODES - 2, "]")));
	assert_refused(f, repeat(f, "[0", ",0", LIMIT_NODES - 1, "]"), CO_TOO_MANY_VALUES);
	assert_non_null(read_str(f, repeat(f, "", "[]", LIMIT_DOCUMENTS, "")));
	assert_refused(f, repeat(f, "", "[]", LIMIT_DOCUMENTS + 1, ""), CO_TOO_MANY_INPUTS);
}

static void test_lengths(void **state)
{
	struct fixture *f = *state;

	assert_non_null(read_str(f, repeat(f, "\"", "a", LIMIT_SCALAR_BYTES, "\"")));
	assert_refused(f, repeat(f, "\"", "a", LIMIT_SCALAR_BYTES + 1, "\""), CO_STRING_TOO_LONG);
	assert_non_null(read_str(f, repeat(f, "\"", "\\u0061", LIMIT_SCALAR_BYTES, "\"")));
	assert_refused(f, repeat(f, "\"", "\\u0061", LIMIT_SCALAR_BYTES + 1, "\""), CO_STRING_TOO_LONG);
	assert_refused(f, repeat(f, "", "1", LIMIT_SCALAR_BYTES + 1, ""), CO_STRING_TOO_LONG);
	assert_non_null(read_str(f, repeat(f, "{\"", "k", LIMIT_KEY_BYTES, "\":1}")));
	assert_refused(f, repeat(f, "{\"", "k", LIMIT_KEY_BYTES + 1, "\":1}"), CO_STRING_TOO_LONG);
	assert_non_null(read_str(f, repeat(f, "[", " ", LIMIT_DOCUMENT_BYTES - 2, "]")));
	assert_refused(f, repeat(f, "[", " ", LIMIT_DOCUMENT_BYTES - 1, "]"), CO_STRING_TOO_LONG);
	assert_non_null(read_str(f, repeat(f, "[]", " ", LIMIT_DOCUMENT_BYTES, "[]")));
}

/* Cut anywhere, the text is refused or is still JSON, and the reader keeps its promise (read_str). */
static void test_truncation(void **state)
{
	struct fixture *f = *state;
	struct str text = STR("{\"a\": [1, -2.5e+3, \"x\\u00e9\\ud83d\\ude00\xc3\xa9\", null, true], \"b\": {\"c\": "
	                      "{}}} [[]] \"s\" ");

	for (size_t n = 0; n <= text.n; n++) {
		char *exact = malloc(n + 1); /* so that the sanitizer sees a byte too far */

		assert_non_null(exact);
		memcpy(exact, text.p, n);
		exact = realloc(exact, n ? n : 1);
		read_str(f, str_of(exact, n));
		free(exact);
		diags_init(&f->diags, f->arena);
	}
}

/* ---- JSON or YAML ---- */

static void test_looks_like(void **state)
{
	static const struct {
		const char *text;
		bool        json;
	} cases[] = {
		{ "{\"a\": 1}", true },
		{ "{}", true },
		{ " \n\t{ }", true },
		{ "\xef\xbb\xbf{\"", true },
		{ "[]", true },
		{ "[ 1, 2]", true },
		{ "[-1]", true },
		{ "[\"a\"]", true },
		{ "[null]", true },
		{ "[true,", true },
		{ "[{\"a\"", true },
		{ "[[[1", true },
		{ "[[{}]]", true },
		{ "", false },
		{ " ", false },
		{ "a: b", false },
		{ "{a: b}", false },
		{ "{ 'a': b}", false },
		{ "[a, b]", false },
		{ "[nullable]", false },
		{ "[{a: 1}]", false },
		{ "[-a]", false },
		{ "[- a]", false },
		{ "- {\"a\": 1}", false },
		{ "\"a\": b", false },
		{ "{", false },
		{ "[", false },
		{ "12", false },
		{ "--- {\"a\": 1}", false },
		{ "# {\"a\": 1}", false },
		{ "{# x\n\"a\"", false },
		{ "{{ a }}", false },
		{ "[-", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (json_tree_looks_like(str_c(cases[i].text)) != cases[i].json)
			fail_msg("%s", cases[i].text);
}

/* ---- numbers ---- */

static void test_number_canonical(void **state)
{
	static const struct {
		double      d;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ -0.0, "-0.0" },
		{ 1, "1" },
		{ -1000, "-1000" },
		{ 0.1, "0.1" },
		{ 1.5, "1.5" },
		{ -2.25, "-2.25" },
		{ 0.0001, "0.0001" },
		{ 0.00001, "1.0e-05" },
		{ 0.000012, "1.2e-05" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 999999999999999, "999999999999999" },
		{ 999999999999999.9, "999999999999999.9" },
		{ 1e15, "1.0e+15" },
		{ -1e15, "-1.0e+15" },
		{ 1234567890123456, "1.234567890123456e+15" },
		{ 9007199254740992, "9.007199254740992e+15" },
		{ 1e21, "1.0e+21" },
		{ 1e100, "1.0e+100" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(number_canonical(f->arena, cases[i].d), cases[i].text);
}

/* ^-?[0-9]+(\.[0-9]+(e[-+][0-9]+)?)?$ is what JSON, PyYAML and goyaml all take for a number. */
static bool is_common_form(struct str s)
{
	size_t at = s.n && s.p[0] == '-', start = at;

	while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
		at++;
	if (at == start || (s.p[start] == '0' && at > start + 1))
		return false;
	if (at == s.n)
		return true;
	if (s.p[at++] != '.')
		return false;
	for (start = at; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++)
		;
	if (at == start)
		return false;
	if (at == s.n)
		return true;
	if (s.p[at] != 'e' || at + 1 >= s.n || (s.p[at + 1] != '-' && s.p[at + 1] != '+'))
		return false;
	for (start = at += 2; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++)
		;
	return at > start && at == s.n;
}

static void test_number_round_trip(void **state)
{
	struct fixture *f = *state;
	uint64_t        random = random_seed();

	for (int i = 0; i < 200000; i++) {
		struct arena_mark mark = arena_mark(f->arena);
		uint64_t          bits = random_next(&random);
		double            d, back;
		struct str        text;

		memcpy(&d, &bits, sizeof(d));
		if (i % 2)
			d = (double)(int64_t)bits / (double)(1 + (random_next(&random) >> (i % 64)));
		if (d - d != 0)
			continue;
		text = number_canonical(f->arena, d);
		assert_true(is_common_form(text));
		assert_true(number_parse_double(text, &back));
		if (memcmp(&back, &d, sizeof(d)) != 0)
			fail_msg("%.17g became %.*s", d, STR_ARG(text));
		arena_reset(f->arena, mark);
	}
}

static void test_number_parse(void **state)
{
	static const struct {
		const char *text;
		double      d;
	} good[] = {
		{ "0", 0 },
		{ "007", 7 },
		{ "+1", 1 },
		{ "-1", -1 },
		{ ".5", 0.5 },
		{ "5.", 5 },
		{ "+.5e1", 5 },
		{ "1e3", 1000 },
		{ "1E+03", 1000 },
		{ "1e-2", 0.01 },
		{ "1e-400", 0 },
		{ "0e99999999999999999999", 0 },
		{ "0.000e5", 0 },
		{ "9007199254740993", 9007199254740992.0 },
		{ "1e-99999999999999999999", 0 },
		{ "9007199254740993.0000000000000000000000000000000000000000000001", 9007199254740994.0 },
	};
	static const char *const bad[] = { "",      "-",   "+",     ".",      "e1",
		                           "1e",    "1e+", "1.2.3", "0x10",   "inf",
		                           "nan",   " 1",  "1 ",    "1,5",    "--1",
		                           "1e1.5", "1_0", "1e400", "-1e400", "1e99999999999999999999" };
	struct fixture          *f = *state;
	double                   d = 42;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!number_parse_double(str_c(good[i].text), &d) || d != good[i].d)
			fail_msg("%s became %.17g", good[i].text, d);
	d = 42;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (number_parse_double(str_c(bad[i]), &d))
			fail_msg("%s became %.17g", bad[i], d);
	assert_true(d == 42); /* untouched */
	assert_true(number_parse_double(repeat(f, "0.", "0", 100000, "5e100001"), &d));
	assert_true(d == 5);
	assert_true(number_parse_double(repeat(f, "1", "0", 100000, "e-100000"), &d));
	assert_true(d == 1);
	assert_true(number_parse_double(repeat(f, "9007199254740993.", "0", 100000, "1"), &d)); /* just past the half */
	assert_true(d == 9007199254740994.0);
}

/* ---- anything ---- */

/* Bytes of JSON in any order: refused or read, but never past the end. */
static void test_noise(void **state)
{
	static const char *const parts[] = {
		"{", "}",  "[", "]",    ",",    ":", "\"a\"", "\"",       "\\",   "\\u",          "d800", "1",
		"-", ".5", "e", "true", "null", " ", "\n",    "\xc3\xa9", "\xff", "\xef\xbb\xbf", "'"
	};
	struct fixture *f = *state;
	uint64_t        random = random_seed();

	for (int i = 0; i < 50000; i++) {
		struct arena_mark mark = arena_mark(f->arena);
		struct buf        b;

		buf_init(&b, f->arena, MIB);
		for (uint64_t n = random_next(&random) % 12; n; n--)
			buf_add(&b, str_c(parts[random_next(&random) % (sizeof(parts) / sizeof(parts[0]))]));
		diags_init(&f->diags, f->arena);
		read_str(f, str_copy(f->arena, buf_str(&b)));
		arena_reset(f->arena, mark);
	}
	diags_init(&f->diags, f->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_valid),
		UNIT_TEST(test_invalid),
		UNIT_TEST(test_nul),
		UNIT_TEST(test_unclosed_is_related),
		UNIT_TEST(test_places),
		UNIT_TEST(test_duplicates),
		UNIT_TEST(test_many_keys),
		UNIT_TEST(test_depth),
		UNIT_TEST(test_counts),
		UNIT_TEST(test_lengths),
		UNIT_TEST(test_truncation),
		UNIT_TEST(test_looks_like),
		UNIT_TEST(test_number_canonical),
		UNIT_TEST(test_number_round_trip),
		UNIT_TEST(test_number_parse),
		UNIT_TEST(test_noise),
	};

	return cmocka_run_group_tests_name("json_tree", tests, NULL, NULL);
}
