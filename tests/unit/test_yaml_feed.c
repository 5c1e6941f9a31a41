/* manifest/yaml_feed: the events of a text that stands in the parser's buffer are those that libyaml's own reader gives,
 * with their places, and so are the errors. */
#include "unit.h"

#include "manifest/yaml_feed.h"

enum { MUTATIONS = 4000, EVENTS_MAX = 5000 };

static const char *const texts[] = {
	"",
	"\n",
	"a",
	"---\n",
	"%YAML 1.2\n---\na: b\n...\n",
	"a: b\nc:\n- d\n- {e: f, \"g h\": 'i''j'}\n- [k, l]\n",
	"a: |\n  b\n\n  c\nd: >-\n  e\n  f\n\ng: |2+\n   h\n\n",
	"a: \"b\\n\\x41\\u00e9\\U0001F600 c\\\n  d\"\ne: 'f\n\n  g'\n",
	"# c\na: b # d\n? e\n: f\n? - g\n: - h\n",
	"a: &x b\nc: *x\nd: !t e\nf: !!str 1\n<<: {a: b}\n",
	"a: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 b\n\xc3\xa9: c\xe2\x80\xa8 d\xc2\x85 e\n",
	"a: b\r\nc: d\r\re: f\r\n",
	"---\na: 1\n---\nb: 2\n...\n---\nc\n",
	"a:\n    b:\n        c:\n            - d\n            -   e: f\n                g: h\n",
	"- - - a\n    - b\n  - c\n- d\n",
	"config: {authCluster: ${upstreams.auth.cluster}}\n",
	"a: b: c\n",
	"a: [b\n",
	"\ta: b\n",
	"a:\n\t- b\n",
	"a: 'b\n",
	"- a\nb\n",
	"-",
	"--",
	"---",
	"..",
	"...",
	"a: -",
	"? ",
	": ",
	"&",
	"!",
	"a: |",
	"a: \"\\",
	"a: \"\\x4",
};

static void write_event(struct buf *out, const yaml_event_t *e)
{
	buf_fmt(out, "%d %zu:%zu:%zu-%zu:%zu:%zu", e->type, e->start_mark.index, e->start_mark.line,
	        e->start_mark.column, e->end_mark.index, e->end_mark.line, e->end_mark.column);
	if (e->type == YAML_SCALAR_EVENT)
		buf_fmt(out, " %d %zu %.*s", e->data.scalar.style, e->data.scalar.length, (int)e->data.scalar.length,
		        e->data.scalar.value);
	buf_char(out, '\n');
}

static void write_error(struct buf *out, const yaml_parser_t *p)
{
	buf_fmt(out, "error %d %s %s %zu:%zu:%zu\n", p->error, p->problem ? p->problem : "",
	        p->context ? p->context : "", p->problem_mark.index, p->problem_mark.line, p->problem_mark.column);
}

static struct str by_feed(struct arena *arena, const struct yaml_marks *marks)
{
	struct yaml_feed *f = ARENA_NEW(arena, struct yaml_feed);
	struct buf        out;

	buf_init(&out, arena, MIB);
	yaml_feed_begin(f, arena, marks);
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		if (!yaml_feed_next(f, arena)) {
			write_error(&out, &f->parser);
			break;
		}
		write_event(&out, &f->event);
		if (f->event.type == YAML_STREAM_END_EVENT)
			break;
	}
	return buf_str(&out);
}

static struct str by_libyaml(struct arena *arena, struct str text)
{
	yaml_parser_t parser;
	yaml_event_t  event;
	bool          more = true;
	struct buf    out;

	buf_init(&out, arena, MIB);
	assert_int_equal(yaml_parser_initialize(&parser), 1);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	for (unsigned i = 0; more && i < EVENTS_MAX; i++) {
		if (!yaml_parser_parse(&parser, &event)) {
			write_error(&out, &parser);
			break;
		}
		write_event(&out, &event);
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return buf_str(&out);
}

/* Did libyaml get to see the text? */
static bool compare(struct str text)
{
	struct arena     *arena = arena_new(64 * MIB);
	struct diags      diags;
	struct yaml_marks marks;
	bool              judged;

	diags_init(&diags, arena);
	judged = yaml_marks_begin(&marks, source_from_bytes(arena, STR("text"), text), 0, text, &diags);
	if (judged) {
		/* Without a byte behind the text, so that a watched program sees who looks there. */
		char      *copy = malloc(marks.text.n ? marks.text.n : 1);
		struct str own = str_of(copy, marks.text.n);

		assert_non_null(copy);
		memcpy(copy, marks.text.p, marks.text.n);
		marks.text = own;
		row_str(str_copy(arena, text).p, by_feed(arena, &marks), by_libyaml(arena, own));
		arena_free(arena);
		free(copy);
		return true;
	}
	arena_free(arena);
	return false;
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_true(compare(str_c(texts[i])));
}

static void test_every_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t n = 0; n < strlen(texts[i]); n++)
			compare(str_of(texts[i], n));
}

/* Texts longer than the buffers of libyaml, so that its reader fills them several times. */
static void test_long(void **state)
{
	struct buf b;

	for (size_t i = 0; i < COUNT(texts); i++) {
		buf_init(&b, arena_of(state), 4 * MIB);
		while (b.n < 100 * KIB) {
			buf_add(&b, str_c(texts[i]));
			buf_lit(&b, "\n---\n");
		}
		assert_true(compare(buf_str(&b)));
	}
}

static void test_mutations(void **state)
{
	static const char marks[] = "-?:,[]{}#&*!|>'\"%@` \n\r\ta0.~\xc3";
	uint64_t          chance = 1;
	size_t            seen = 0;

	(void)state;
	for (size_t i = 0; i < MUTATIONS; i++) {
		const char *text = texts[random_next(&chance) % COUNT(texts)];
		size_t      n = strlen(text);
		char        changed[512];

		assert_true(n < sizeof(changed));
		memcpy(changed, text, n);
		for (size_t k = random_next(&chance) % 4; n && k > 0; k--)
			changed[random_next(&chance) % n] = marks[random_next(&chance) % (sizeof(marks) - 1)];
		seen += compare(str_of(changed, n));
	}
	assert_true(seen > MUTATIONS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_texts),
		UNIT_TEST(test_every_beginning),
		UNIT_TEST(test_long),
		UNIT_TEST(test_mutations),
	};

	return cmocka_run_group_tests_name("yaml_feed", tests, NULL, NULL);
}
