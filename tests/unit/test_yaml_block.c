/* manifest/yaml_block: what it reads, it reads as libyaml does, to the byte; and it reads nearly every manifest. */
#include "unit.h"

#include <glob.h>

#include "base/file.h"
#include "yaml_both.h"

enum { MUTATIONS = 30000, LARGEST_MUTATED = 4096, BEFORE = 7 };

/* Read without libyaml. */
static const char *const plain_texts[] = {
	"a: b\n",
	"a: b",
	"---\na: b\n---\n- c\n---\n# nothing\n---\n",
	"# c\n\n--- # d\n  # e\na: b # f\n#g\n\n",
	"a: b\nc:\n- d\n- e\nf:\n  - g\n  - h: i\n    j: k\n  -\n    l: m\n  - - n\n    - - o\n  -   p: q\n      r:\n  "
	"    - s\n",
	"a:\nb:\n  c:\n  d:\n",
	"- a\n-\n- b:\n-   - c\n-\n  - d\n",
	"a:\n  b:\n      c: d\n      e:\n      - f\n      -\n  g: h\n",
	"a:\n  b\nc:\n  'd'\ne:\n  [f]\n",
	"a: 1\nb: 0x1f\nc: 1.5\nd: true\ne: on\nf: ~\ng: null\nh: 1_000\ni: -1\nj: +2\nk: .5\nl: 0123\nm: .inf\n"
	"p: 1e3\nq: -a\n",
	"a: b#c\nd: e:f\ng: h  i   # j\nk: http://l.m:80/n?o=p&q='r'\ns: t,u[v]{w}\nx: $(y) *z\n",
	"a: 'b'\nc: 'd''e'\nf: ''''\ng: ''\nh: 'i: # j'  # k\n'l m': n\n\"o\": p\n",
	"a: \"b\"\nc: \"d\\\"e\\\\\"\nf: \"\\n\\t\\r\\/\"\ng: \"\"\nh: \"i\tj\"\n",
	"a: [b, c]\nd: {e: f, g: [h, {i: j}], k: {}, l: []}\nm: [ n , 'o' , \"p\" ]\nq: {\"r\":1,\"s\": \"t\", 'u': "
	"v}\n",
	"a: {b: c:d, e: f#g}\nh: [[[]], [{}]] # i\n",
	"a: |\n  b\n   c\n\n  d\ne: |-\n    f\n\n\ng: |+\n  h\n\n\ni: | # j\n\n\n  k\n  # l\n # m\np: o\n",
	"- |\n a\n- b: |\n    c\n      \n    d\n     \n  e: f\n",
	"a: |\n  ---\n  b\n---\nc: d\n",
	"\xc3\xa9: \xe2\x82\xac \xf0\x9f\x98\x80 # \xc3\xa9\na: '\xc3\xa9'\n",
	"  a: b\n  c: d\n",
	"a: -b-\nc: -1\n",
	"   \n\n# a\n",
	"---",
	"--- \n",
};

/* Left to libyaml, whether it takes them or not. */
static const char *const other_texts[] = {
	"a",
	"'a'\n",
	"[a]\n",
	"|\n a\n",
	"%YAML 1.2\n---\na: b\n",
	"a: b\n...\n",
	"a: b\n---a\n",
	"a: b\n--- a\n",
	"a: b\n---\tc\n",
	"a: b\n c\n",
	"a: b\n\n  c\n",
	"a: b\n # c\n d\n",
	"a: 'b\n  c'\n",
	"a: \"b\\\n  c\"\n",
	"a: \"\\x41\\u00e9\"\n",
	"a: [b,\n  c]\n",
	"a: [b, ]\nc: {d}\n",
	"a: [b: c]\n",
	"a: {b: , c: }\n",
	"a: [b #c\n  ]\n",
	"{a: b}: c\n",
	"? a\n: b\n",
	"a: &b c\nd: *b\n",
	"a: !b c\n",
	"a: >\n  b\n  c\n",
	"a: |2\n   b\n",
	"a: |\n   \n  b\n",
	"a: |\n\n",
	"a: |\nb: c\n",
	"a: |\n  b\n \tc\n",
	"a: |\n  b",
	"a: |\n  b\n c: d\n",
	"a:\tb\n",
	"a: b\tc\n",
	"a: b\t\n",
	"\ta: b\n",
	"a:\n\t\n  b: c\n",
	"a: b: c\n",
	"a: 'b' c\n",
	"a: 'b'#c\n",
	"a: - b\n",
	"a: b\n- c\n",
	"- a\nb: c\n",
	"- a\n  b: c\n",
	"a:\n    b: c\n  d: e\n",
	"  a: b\nc: d\n",
	"a: b\n  c: d\n",
	"a: b\na: c\n",
	"1: a\n",
	"on: a\n",
	"<<: {a: b}\n",
	"a : b\n",
	"-: a\n",
	"a: ---\n",
	"- : a\n",
	"a: @b\n",
	"a: `b\n",
	"a: %b\n",
	"a: ,b\n",
	"a: [\n",
	"a: [b]]\n",
	"a: {b: [}]\n",
	"a: ${b}\nc: {d: ${e}}\n",
	"a: b\r\nc: d\r\n",
	"a: b\xc2\x85"
	"c: d\n",
	"a: b\xe2\x80\xa8"
	"c: d\n",
	"\xef\xbb\xbf- a\n- b: 'c\n",
	"a: b\x01\n",
	"a: \xff\n",
};

/* Caps so low that many a text reaches them. */
static const struct tree_limits low_limits = { 60, 8, 5, false };

/* Reads the text as a part of a larger source, which ends with it, so that a watched program sees who looks behind it. */
static struct yaml_both compare_within(struct str text, const struct tree_limits *limits)
{
	struct arena    *arena = arena_new(512 * MIB);
	char            *bytes = malloc(BEFORE + text.n);
	struct yaml_both both;

	assert_non_null(arena);
	assert_non_null(bytes);
	memset(bytes, '\n', BEFORE);
	if (text.n)
		memcpy(bytes + BEFORE, text.p, text.n);
	both = yaml_read_both(arena, str_of(bytes, BEFORE + text.n), BEFORE, str_of(bytes + BEFORE, text.n), limits);
	if (str_present(both.differs))
		fail_msg("%.*s\n%.*s", STR_ARG(text), STR_ARG(both.differs));
	arena_free(arena);
	free(bytes);
	return both;
}

static struct yaml_both compare(struct str text)
{
	compare_within(text, &low_limits);
	return compare_within(text, &manifest_limits);
}

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(plain_texts); i++) {
		struct yaml_both both = compare(str_c(plain_texts[i]));

		row_true(plain_texts[i], both.good && both.plain, "read as plain YAML");
	}
}

static void test_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(other_texts); i++)
		row_true(other_texts[i], !compare(str_c(other_texts[i])).plain, "left to libyaml");
}

/* What stands before a document that is not plain is read without libyaml, the rest is not. */
static void test_some_of_them(void **state)
{
	struct yaml_both both = compare(STR("a: b\n---\nc: d\n---\ne: f\n g\n---\nh: i\n"));

	(void)state;
	row_int("documents", (int64_t)both.documents, 4);
	row_int("plain ones", (int64_t)both.plain_documents, 2);
}

static struct str table_text(size_t i)
{
	return str_c(i < COUNT(plain_texts) ? plain_texts[i] : other_texts[i - COUNT(plain_texts)]);
}

static void test_every_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(plain_texts) + COUNT(other_texts); i++)
		for (size_t n = 0; n < table_text(i).n; n++)
			compare(str_slice(table_text(i), 0, n));
}

/* Every text after every other: as documents, and one inside of the other. */
static void test_pairs(void **state)
{
	struct arena_mark mark = arena_mark(arena_of(state));

	for (size_t i = 0; i < COUNT(plain_texts) + COUNT(other_texts); i++)
		for (size_t k = 0; k < COUNT(plain_texts) + COUNT(other_texts); k++) {
			compare(STR_CONCAT(arena_of(state), table_text(i), STR("\n---\n"), table_text(k)));
			compare(STR_CONCAT(arena_of(state), table_text(i), table_text(k)));
			arena_reset(arena_of(state), mark);
		}
}

/* Depth, keys and documents up to their caps and one more. */
static void test_caps(void **state)
{
	static const struct {
		const char *before, *again, *behind;
		size_t      cap;
		bool        one_more_is_plain;
	} rows[] = {
		{ "", "- ", "a\n", LIMIT_DEPTH, false },
		{ "a: ", "[", "b", LIMIT_DEPTH - 1, false },
		{ "", "k", ": v\n", LIMIT_KEY_BYTES, false },
		{ "'", "k", "': v\n", LIMIT_KEY_BYTES - 2, false },
		{ "a: {k", " ", ": v}\n", LIMIT_KEY_BYTES - 1, false },
		{ "a: ", "s", "\n", LIMIT_SCALAR_BYTES, false },
		{ "a: |\n  ", "s", "\n", LIMIT_SCALAR_BYTES - 1, false },
		{ "", "- a\n", "", LIMIT_NODES - 1, false },
		{ "", "---\na: b\n", "", LIMIT_DOCUMENTS, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t n = rows[i].cap - 1; n <= rows[i].cap + 1; n++) {
			struct buf       b;
			struct yaml_both both;

			buf_init(&b, arena_of(state), 4 * MIB);
			buf_add(&b, str_c(rows[i].before));
			for (size_t k = 0; k < n; k++)
				buf_add(&b, str_c(rows[i].again));
			buf_add(&b, str_c(rows[i].behind));
			for (size_t k = 0; k < n && rows[i].again[0] == '['; k++)
				buf_char(&b, ']');
			both = compare_within(buf_str(&b), &manifest_limits);
			row_true(rows[i].again, both.plain == (n <= rows[i].cap), "plain up to the cap");
		}
	}
}

/* Large maps look for duplicates in another way. */
static void test_duplicates(void **state)
{
	for (unsigned twice = 0; twice < 40; twice++) {
		struct buf b;

		buf_init(&b, arena_of(state), MIB);
		for (unsigned i = 0; i < 40; i++)
			buf_fmt(&b, "k%u: {a: b}\n", i);
		buf_fmt(&b, "'k%u': c\n", twice);
		assert_false(compare(buf_str(&b)).good);
	}
}

/* ---- the inputs of the other families ---- */

static const char *const inputs[] = {
	TESTS_DIR "/golden/*/*.yaml",      TESTS_DIR "/invalid/*/*.yaml",     TESTS_DIR "/fuzz/corpus*/*.yaml",
	TESTS_DIR "/../deploy/*/*.yaml",   TESTS_DIR "/../deploy/*/*/*.yaml", TESTS_DIR "/../templates/*.yaml",
	TESTS_DIR "/conformance/*/*.yaml",
};

static struct str input_at(struct arena *arena, const char *path)
{
	struct diags         diags;
	const struct source *source;

	diags_init(&diags, arena);
	source = source_read(arena, str_c(path), LIMIT_INPUT_BYTES, &diags);
	row_true(path, source, "read");
	return source->bytes;
}

/* What fits on the stack of a mutation is mutated. */
static void test_inputs(void **state)
{
	struct yaml_both all = { .differs = STR_ABSENT };
	size_t           files = 0;

	for (size_t i = 0; i < COUNT(inputs); i++) {
		glob_t found;

		if (glob(inputs[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++) {
			struct yaml_both both = compare(input_at(arena_of(state), found.gl_pathv[k]));

			files++;
			if (i == 0) {
				all.documents += both.documents;
				all.plain_documents += both.plain_documents;
			}
		}
		globfree(&found);
	}
	printf("%zu files; of %zu documents of the golden cases %zu are plain\n", files, all.documents,
	       all.plain_documents);
	assert_true(files > 500);
	assert_true(all.plain_documents * 100 >= all.documents * 95);
}

/* ---- chance ---- */

static const char *const pieces[] = {
	"\n",   " ",  "  ",  "- ",   "-",   ": ",  ":",        "\n  ", "\n- ",     "#",       " #",   "'",
	"\"",   "''", "\\",  "[",    "]",   "{",   "}",        ", ",   ",",        "|",       "|-\n", "|\n ",
	"\n\n", "\t", "? ",  "&",    "*",   "!",   "%",        "@",    "`",        ">",       "---",  "~",
	"0",    "a",  "a: ", "\r\n", "\\n", "...", "\xc3\xa9", "|+\n", "\xc2\x85", "\n---\n",
};

/* Puts a piece in, takes bytes away, or copies some to another place. */
static size_t mutate(char *text, size_t n, uint64_t *chance)
{
	size_t      at = random_next(chance) % (n + 1), length;
	const char *piece = pieces[random_next(chance) % COUNT(pieces)];
	char        copied[24];

	switch (random_next(chance) % 4) {
	case 0:
		length = random_next(chance) % 8;
		length = length < n - at ? length : n - at;
		memmove(text + at, text + at + length, n - at - length);
		return n - length;
	case 1:
		length = random_next(chance) % sizeof(copied);
		length = length < n - at ? length : n - at;
		memcpy(copied, text + at, length);
		at = random_next(chance) % (n + 1);
		memmove(text + at + length, text + at, n - at);
		memcpy(text + at, copied, length);
		return n + length;
	default:
		length = strlen(piece);
		memmove(text + at + length, text + at, n - at);
		memcpy(text + at, piece, length);
		return n + length;
	}
}

/* More of them, and others: CALLOUT_MUTATIONS and CALLOUT_SEED. */
static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
	const char *given = getenv(name);

	return given ? strtoull(given, NULL, 10) : otherwise;
}

static void test_mutations(void **state)
{
	uint64_t chance = number_from_environment("CALLOUT_SEED", 1);
	uint64_t runs = number_from_environment("CALLOUT_MUTATIONS", MUTATIONS);
	size_t   good = 0, plain = 0;
	glob_t   found;

	assert_int_equal(glob(inputs[0], 0, NULL, &found), 0);
	for (uint64_t i = 0; i < runs; i++) {
		struct arena_mark mark = arena_mark(arena_of(state));
		size_t            which = random_next(&chance) % (COUNT(plain_texts) + COUNT(other_texts));
		struct str        text = table_text(which);
		char              changed[LARGEST_MUTATED + 256];
		size_t            n;
		struct yaml_both  both;

		if (i % 4 == 0)
			text = input_at(arena_of(state), found.gl_pathv[random_next(&chance) % found.gl_pathc]);
		n = text.n < LARGEST_MUTATED ? text.n : LARGEST_MUTATED;
		memcpy(changed, text.p, n);
		for (size_t k = 1 + random_next(&chance) % 3; k > 0; k--)
			n = mutate(changed, n, &chance);
		both = compare(str_of(changed, n));
		good += both.good;
		plain += both.plain;
		arena_reset(arena_of(state), mark);
	}
	globfree(&found);
	printf("%llu mutations: %zu good, %zu plain\n", (unsigned long long)runs, good, plain);
	assert_true(plain > runs / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_plain),           UNIT_TEST(test_other),  UNIT_TEST(test_some_of_them),
		UNIT_TEST(test_every_beginning), UNIT_TEST(test_pairs),  UNIT_TEST(test_caps),
		UNIT_TEST(test_duplicates),      UNIT_TEST(test_inputs), UNIT_TEST(test_mutations),
	};

	return cmocka_run_group_tests_name("yaml_block", tests, NULL, NULL);
}
