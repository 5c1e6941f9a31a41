/* Objects decoded by a table of their own, with a field of each type. */
#include "unit.h"

#include <stddef.h>

#include "manifest/fields.h"
#include "manifest/yaml_tree.h"

struct inner {
	const struct node *node;
	int64_t            number;
};

struct sample {
	const struct node *node;
	struct str         text, other;
	enum tri           flag;
	int64_t            number;
	struct duration    wait;
	unsigned           word;
	struct inner      *inner, *always;
	struct objects     list;
	struct strings     names, words, repeated;
	const struct node *labels, *tree;
};

static const char *const    words[] = { "ONE", "THREE", NULL };
static const char *const    refused_words[] = { "TWO", NULL };
static const struct refusal refusals[] = { { CO_PROTOCOL, refused_words, "write `ONE` twice" }, { 0 } };
static const struct refusal null_refusal = { CO_TLS_NULL, NULL, "write {}" };
static const char *const    one_of[] = { "text", "other", NULL };
static const struct field   inner_fields[] = { { "number", FIELD_INT, .flags = FIELD_REQUIRED,
	                                         .offset = offsetof(struct inner, number), .min = -5, .max = 5 } };
static const struct object  inner_object = { "inner", "", sizeof(struct inner), inner_fields, 1, NULL, false };

#define AT(member) .offset = offsetof(struct sample, member)
static const struct field sample_fields[] = {
	{ "text", FIELD_STRING, AT(text), .min = 1, .max = 3, .format = TEXT_DNS_LABEL },
	{ "other", FIELD_STRING, AT(other), .flags = FIELD_DEFAULTED, .default_text = "usual" },
	{ "flag", FIELD_BOOL, AT(flag), .flags = FIELD_DEFAULTED, .default_text = "true" },
	{ "number", FIELD_INT, AT(number), .min = -5, .max = 5 },
	{ "wait", FIELD_DURATION, AT(wait), .flags = FIELD_DEFAULTED, .default_text = "2s", .max = 60000 },
	{ "word", FIELD_ENUM, AT(word), .words = words, .refusal = refusals, .flags = FIELD_DEFAULTED,
	  .default_text = "THREE" },
	{ "inner", FIELD_OBJECT, AT(inner), .object = &inner_object, .null_refusal = &null_refusal },
	{ "always", FIELD_OBJECT, AT(always), .object = &inner_object },
	{ "list", FIELD_OBJECTS, AT(list), .object = &inner_object, .max = 2 },
	{ "names", FIELD_STRINGS, AT(names), .min = 1, .max = 2 },
	{ "words", FIELD_WORDS, AT(words), .words = words, .max = 3 },
	{ "repeated", FIELD_STRINGS, AT(repeated), .flags = FIELD_REPEATS, .max = 3 },
	{ "labels", FIELD_STRING_MAP, AT(labels), .max = 2 },
	{ "tree", FIELD_TREE, AT(tree) },
};
static const struct object sample_object = {
	"sample", "", sizeof(struct sample), sample_fields, COUNT(sample_fields), one_of, false,
};

/* The findings are left in the fixture. */
static bool decode(struct fixture *f, const char *yaml, struct sample *ret)
{
	struct document *doc = NULL;

	*ret = (struct sample){ 0 };
	assert_true(
		yaml_tree_read(f->arena, source_from_bytes(f->arena, STR("in.yaml"), str_c(yaml)), &doc, &f->diags));
	assert_non_null(doc);
	return fields_decode(f->arena, &sample_object, &doc->root, ret, &f->diags);
}

static void test_defaults(void **state)
{
	struct sample s;

	assert_true(decode(*state, "{}", &s));
	assert_int_equal(s.number, INT_ABSENT);
	assert_int_equal(s.flag, TRI_YES);
	assert_int_equal(s.word, 2);
	assert_int_equal(s.wait.ms, 2000);
	row_text("other", s.other, "usual");
	row_str("text", s.text, STR_ABSENT);
	assert_true(!s.inner && !s.list.node && !s.names.node && !s.labels && !s.tree);
}

static void test_values(void **state)
{
	struct sample s;

	assert_true(decode(*state,
	                   "text: abc\nflag: false\nnumber: -5\nwait: 1m\nword: ONE\ninner: {number: 5}\n"
	                   "list: [{number: 1}, {number: 2}]\nnames: [a, b]\nwords: [THREE]\nrepeated: [x, x]\n"
	                   "labels: {a: b}\ntree: {a: [1]}\n",
	                   &s));
	row_text("text", s.text, "abc");
	assert_int_equal(s.flag, TRI_NO);
	assert_int_equal(s.number, -5);
	assert_int_equal(s.wait.ms, 60000);
	row_text("wait", s.wait.text, "1m");
	row_text("word", field_word(words, s.word), "ONE");
	assert_int_equal(s.inner->number, 5);
	assert_int_equal(s.list.n, 2);
	assert_int_equal(((struct inner *)s.list.items)[1].number, 2);
	assert_int_equal(s.names.n, 2);
	row_text("names", s.names.items[1], "b");
	assert_int_equal(s.words.n, 1);
	assert_int_equal(s.repeated.n, 2);
	assert_true(s.labels && s.tree);
}

static const struct row {
	const char *yaml;
	const char *findings; /* names and places */
} refused[] = {
	{ "text: 1", "BARE_SCALAR 1:7" },
	{ "text: [a]", "WRONG_TYPE 1:7" },
	{ "text:", "WRONG_TYPE 1:1" },
	{ "text: ''", "EMPTY_VALUE 1:7" },
	{ "text: abcd", "OUT_OF_RANGE 1:7" },
	{ "text: A_b", "NAME_INVALID 1:7" },
	{ "flag: 'true'", "WRONG_TYPE 1:7" },
	{ "number: 6", "OUT_OF_RANGE 1:9" },
	{ "number: -6", "OUT_OF_RANGE 1:9" },
	{ "number: 99999999999999999999", "OUT_OF_RANGE 1:9" },
	{ "number: '5'", "WRONG_TYPE 1:9" },
	{ "wait: 5", "BARE_SCALAR 1:7" },
	{ "wait: soon", "DURATION 1:7" },
	{ "wait: 60001ms", "OUT_OF_RANGE 1:7" },
	{ "word: TWO", "PROTOCOL 1:7" },
	{ "word: SIX", "UNKNOWN_VALUE 1:7" },
	{ "inner:", "TLS_NULL 1:1" },
	{ "inner: 1", "WRONG_TYPE 1:8" },
	{ "inner: {}", "FIELD_MISSING 1:1" },
	{ "always:", "WRONG_TYPE 1:1" },
	{ "list: {}", "WRONG_TYPE 1:7" },
	{ "list: [1, {number: 1}]", "WRONG_TYPE 1:8" },
	{ "list: [{number: 1}, {number: 2}, {number: 3}]", "OUT_OF_RANGE 1:7" },
	{ "names: []", "EMPTY_VALUE 1:8" },
	{ "names: [a, a]", "DUPLICATE_NAME 1:12" },
	{ "names: [a, b, c]", "OUT_OF_RANGE 1:8" },
	{ "names: ['']", "EMPTY_VALUE 1:9" },
	{ "words: [ONE, FOUR]", "UNKNOWN_VALUE 1:14" },
	{ "labels: [a]", "WRONG_TYPE 1:9" },
	{ "labels: {a: 1}", "BARE_SCALAR 1:13" },
	{ "labels: {a: b, c: d, e: f}", "OUT_OF_RANGE 1:9" },
	{ "tree: text", "WRONG_TYPE 1:7" },
	{ "nmaes: [a]", "UNKNOWN_FIELD 1:1" },
	{ "text: a\nother: b", "ONE_OF 2:1" },
	{ "nmaes: [a]\nflag: 1", "UNKNOWN_FIELD 1:1, WRONG_TYPE 2:7" },
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct sample s;

		row_true(refused[i].yaml, !decode(*state, refused[i].yaml, &s), "it is refused");
		row_findings(refused[i].yaml, *state, refused[i].findings);
	}
}

/* What is wrong does not take the place of what would be there without it. */
static void test_members_stay(void **state)
{
	struct sample s;

	assert_false(decode(*state, "flag: 1\nnumber: 6\nword: FOUR\nlist: [1, {number: 1}]\nnames: [a, 1]\n", &s));
	assert_int_equal(s.flag, TRI_YES);
	assert_int_equal(s.number, INT_ABSENT);
	assert_int_equal(s.word, 2);
	assert_int_equal(s.list.n, 1);
	assert_int_equal(s.names.n, 1);
}

static const struct help_row {
	const char *yaml;
	const char *help;
} helped[] = {
	{ "flag: 'true'", "write `true` without quotes" },
	{ "number: '5'", "write `5` without quotes" },
	{ "number: '05'", NULL },
	{ "text: on", "put it in quotes: `\"on\"`" },
	{ "wait: 5", "write a number with its unit, such as `500ms` or `1m30s`" },
	{ "word: 1", "write one of ONE, THREE" },
	{ "word: THRE", "did you mean `THREE`?" },
	{ "word: TWO", "write `ONE` twice" },
	{ "nmaes: [a]", "did you mean `names`?" },
	{ "qqqqqqq: [a]", NULL },
};

static void test_help(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(helped); i++) {
		struct sample s;

		decode(f, helped[i].yaml, &s);
		row_text(helped[i].yaml, f->diags.first->help, helped[i].help);
		diags_init(&f->diags, f->arena);
	}
}

static void test_rows(void **state)
{
	(void)state;
	assert_ptr_equal(object_field(&sample_object, STR("number")), &sample_fields[3]);
	assert_null(object_field(&sample_object, STR("numbe")));
	assert_null(object_field(&sample_object, STR("numbers")));
	row_text("near", object_nearest_field(&sample_object, STR("nunber")), "number");
	row_str("far", object_nearest_field(&sample_object, STR("unheard-of")), STR_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_defaults),     UNIT_TEST(test_values), UNIT_TEST(test_refused),
		UNIT_TEST(test_members_stay), UNIT_TEST(test_help),   UNIT_TEST(test_rows),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
