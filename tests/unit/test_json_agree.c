/* json_scan: neither looking ahead, nor the kernel, nor the cut into blocks and reads, nor a second thread makes a difference. */
#include "unit.h"

#include <unistd.h>

#include "pieces.h"
#include "scan_events.h"

enum { WALK, SKIP, STRICT, WAYS };

/* How one text comes out, read behind so many spaces. */
static struct str outcome(struct fixture *f, struct json_scan *s, struct str text, size_t spaces, int way)
{
	struct buf        padded, out;
	struct json_input in;

	buf_init(&padded, f->arena, 64 * MIB);
	buf_init(&out, f->arena, 64 * MIB);
	buf_fill(&padded, ' ', spaces);
	buf_add(&padded, text);
	json_input_bytes(&in, buf_str(&padded));
	json_scan_open(s, &in, way == STRICT ? JSON_SCAN_STRICT : 0);
	if (way == WALK)
		events_value(s, &out);
	events_result(s, spaces, &out);
	return buf_str(&out);
}

/* Looking ahead finds the name wherever it stands, moves nothing, and gives up at the border of a block and at anything
 * that is wrong; what follows is the same either way. */
static void looks_ahead(void **state)
{
	static const char *const texts[] = {
		"[{\"a\":{\"name\":\"no\"},\"name\":\"one\",\"b\":[1,[2]]},{\"name\":\"two\"},{\"c\":1},{\"name\":3},["
		"\"name\"],{\"name\":\"six\",\"d\":{}}]",
		"[{\"a\":[\"x\"],\"name\":\"one\",\"b\":nul}]",
		"[{\"a\":1,\"name\" \"one\"}]",
		"[{\"a\":tru,\"name\":\"one\"}]",
		"[{\"name\":\"one\",\"b\":\"\x01\"}]",
		"[{\"name\":\"on",
	};
	struct fixture *f = *state;

	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
		for (size_t block = 64; block <= 4096; block *= 64)
			for (size_t spaces = 0; spaces < 64; spaces++)
				for (int way = WALK; way < WAYS; way++) {
					struct json_scan_options o = { .block_bytes = block };
					struct json_scan        *s = json_scan_new(f->arena, &o);
					struct str        want = outcome(f, s, str_c(texts[t]), spaces, way), value;
					struct json_input in;
					struct buf        padded, out;

					buf_init(&padded, f->arena, MIB);
					buf_init(&out, f->arena, MIB);
					buf_fill(&padded, ' ', spaces);
					buf_add(&padded, str_c(texts[t]));
					json_input_bytes(&in, buf_str(&padded));
					json_scan_open(s, &in, way == STRICT ? JSON_SCAN_STRICT : 0);
					if (way == WALK) {
						events_look_ahead = true;
						events_value(s, &out);
						events_look_ahead = false;
					} else if (json_scan_enter_array(s))
						while (json_scan_next_item(s))
							if (json_scan_peek_string(s, STR("name"), &value)) {
								assert_true(str_is(value, "one") ||
								            str_is(value, "two") ||
								            str_is(value, "six"));
								json_scan_skip_peeked(s);
							}
					events_result(s, spaces, &out);
					if (way == WALK || t == 0)
						assert_true(str_eq(buf_str(&out), want));
				}
}

/* Objects shorter than half a block are always told ahead, for the block is cut anew where they do not end in it; offsets,
 * lines and columns are those of the uncut text. */
static void looks_ahead_over_borders(void **state)
{
	static const char text[] =
		"[{\"a\":1,\n\"name\":\"\xC3\xA9\"},{\"name\":\"b\",\"\\u00e9\":\"\xE2\x82\xAC\"},\n\n  "
		"{\"c\":[[{}]],\n\"name\":\"c\"}, \"\xC3\xA9\xC3\xA9\", {\"name\":\"d\"},\n"
		"{\"n\":[],\"name\":\"e\"}]";
	static const struct json_place places[] = {
		{ 1, 1, 2 }, { 22, 2, 13 }, { 54, 4, 3 }, { 88, 5, 20 }, { 102, 6, 1 }
	};
	static const char *const found[] = { "\xC3\xA9", "b", "c", "d", "e" };
	struct fixture          *f = *state;
	struct json_scan_options o = { .block_bytes = 64 };
	struct json_scan        *s = json_scan_new(f->arena, &o);

	for (size_t spaces = 0; spaces < 256; spaces++) {
		struct arena_mark mark = arena_mark(f->arena);
		struct json_input in;
		struct buf        padded;
		struct str        value;
		size_t            i = 0;

		buf_init(&padded, f->arena, MIB);
		buf_fill(&padded, ' ', spaces);
		buf_add(&padded, str_c(text));
		json_input_bytes(&in, buf_str(&padded));
		json_scan_open(s, &in, 0);
		assert_true(json_scan_enter_array(s));
		while (json_scan_next_item(s)) {
			struct json_place at = json_scan_place(s);

			if (json_scan_kind(s) != JSON_OBJECT)
				continue;
			assert_true(i < 5 && json_scan_peek_string(s, STR("name"), &value));
			assert_true(str_is(value, found[i]));
			assert_int_equal(at.offset, spaces + places[i].offset);
			assert_int_equal(at.line, places[i].line);
			assert_int_equal(at.column, places[i].column + (at.line == 1 ? spaces : 0));
			at = json_scan_place(s);
			assert_int_equal(at.offset, spaces + places[i].offset);
			assert_int_equal(at.line, places[i].line);
			assert_true(json_scan_skip_peeked(s));
			i++;
		}
		assert_true(json_scan_finish(s) && i == 5);
		arena_reset(f->arena, mark);
	}
}

static const char *const difference_texts[] = {
	"{\"configs\": [\n  {\"@type\": \"a.b/C\", \"n\\\\\\\"me\": \"outbound|443||x.com\", \"w\": [1, -2.5e+10, "
	"true, false, null, {}, []]},\n"
	"  {\"s\": \"\\u00e9\\ud83d\\ude00\\n\", \"t\": \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}\n]}\n",
	"[\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
	"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\", {\"\": \"}]\"}]",
	"[[[[{\"a\":[{\"b\":[]}]}]]], \"[[{{\", {\"c\":{\"d\":{\"e\":[1,2,3,[4,[5]]]}}}]",
	"[\"abcdefghij\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	"\", \"\\u12",
	"[1,\x0b]",
	"[\"a\nb\"]",
	"[\"\\u00g0\"]",
	"[\"\xf0\x9f\x98\"]",
	"[\"\\ud83d\\u0041\"]",
	"[truex]",
	"[1e]",
	"{\"a\":1,}",
	"[1} ",
	"[[[]}]",
	"[\xc3\xa9]",
	"[\\\"]",
};

struct variant {
	struct json_scan *scan;
	bool              small;
};

/* Every kernel, with blocks as small as they can be and with one for all. The portable kernel with large blocks first. */
static size_t variants(struct fixture *f, struct variant *v)
{
	size_t n = 0;

	for (int kernel = JSON_KERNEL_PORTABLE; kernel <= JSON_KERNEL_AVX512; kernel++)
		for (int small = 0; small <= 1; small++) {
			struct json_scan_options o = { .block_bytes = small ? 64 : 0, .kernel = kernel };

			if (json_kernel_available((enum json_kernel)kernel))
				v[n++] = (struct variant){ json_scan_new(f->arena, &o), small };
		}
	return n;
}

static void compare_all(struct fixture *f, const struct variant *v, size_t n, struct str text, size_t shifts)
{
	for (int way = WALK; way < WAYS; way++) {
		struct arena_mark mark = arena_mark(f->arena);
		struct str        want = outcome(f, v[0].scan, text, 0, way);

		for (size_t i = 1; i < n; i++)
			for (size_t spaces = 0; spaces < shifts; spaces++) {
				struct str got = outcome(f, v[i].scan, text, spaces, way);

				if (way == WALK) {
					events_look_ahead = true;
					assert_true(str_eq(outcome(f, v[i].scan, text, spaces, way), want));
					events_look_ahead = false;
				}
				if (!str_eq(got, want))
					fail_msg("%.*s\nvariant %zu, way %d, behind %zu spaces:\n%.*s\nnot\n%.*s",
					         STR_ARG(text), i, way, spaces, STR_ARG(got), STR_ARG(want));
			}
		arena_reset(f->arena, mark);
	}
}

static void kernels_and_borders_agree(void **state)
{
	struct fixture *f = *state;
	struct variant  v[10];
	size_t          n = variants(f, v);

	for (size_t i = 0; i < sizeof(difference_texts) / sizeof(difference_texts[0]); i++)
		compare_all(f, v, n, str_c(difference_texts[i]), 64);
}

/* Every byte of every text replaced by every byte that means something to JSON or to UTF-8. */
static void they_agree_on_damaged_texts(void **state)
{
	static const char hostile[] = "\0\x01\t\n\r \"\\{}[]:,0-ue\x7f\x80\xbf\xc2\xe0\xed\xf0\xf4\xff";
	struct fixture   *f = *state;
	struct variant    v[10];
	size_t            n = variants(f, v);

	for (size_t i = 0; i < 4; i++) {
		struct str text = str_c(difference_texts[i]);

		for (size_t at = 0; at < text.n; at++)
			for (size_t h = 0; h < sizeof(hostile) - 1; h++) {
				struct arena_mark mark = arena_mark(f->arena);
				char             *damaged = arena_copy(f->arena, text.p, text.n);

				damaged[at] = hostile[h];
				compare_all(f, v, n, str_of(damaged, text.n), 1);
				arena_reset(f->arena, mark);
			}
	}
}

/* What is cut off anywhere is never taken for whole, and said to be cut off. */
static void truncation_is_seen(void **state)
{
	struct fixture *f = *state;
	struct variant  v[10];
	size_t          n = variants(f, v);

	for (size_t t = 0; t < 3; t++) {
		struct str text = str_c(difference_texts[t]);

		while (text.n && text.p[text.n - 1] == '\n')
			text.n--;
		for (size_t cut = 0; cut < text.n; cut++)
			for (size_t i = 0; i < n; i++)
				for (int way = WALK; way < WAYS; way++) {
					struct arena_mark mark = arena_mark(f->arena);

					outcome(f, v[i].scan, str_slice(text, 0, cut), 0, way);
					assert_int_equal(json_scan_error(v[i].scan)->fault,
					                 cut ? JSON_TRUNCATED : JSON_EMPTY);
					assert_int_equal(json_scan_error(v[i].scan)->offset, cut);
					arena_reset(f->arena, mark);
				}
	}
}

/* ---- files, threads, pieces ---- */

static int file_of(struct str bytes)
{
	FILE *f = tmpfile();
	int   fd;

	assert_non_null(f);
	fd = dup(fileno(f));
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct str outcome_of_file(struct fixture *f, struct json_scan *s, struct str text, int way)
{
	struct json_input in;
	struct buf        out;
	int               fd = file_of(text);

	buf_init(&out, f->arena, 64 * MIB);
	json_input_fd(&in, fd);
	json_scan_open(s, &in, way == STRICT ? JSON_SCAN_STRICT : 0);
	if (way == WALK)
		events_value(s, &out);
	events_result(s, 0, &out);
	close(fd);
	return buf_str(&out);
}

/* Blocks so small that nearly every guess about their beginning is put to the test, and large enough to be ordinary. */
static void two_threads_see_the_same(void **state)
{
	static const size_t      blocks[] = { 64, 128, 4096 };
	struct fixture          *f = *state;
	struct json_scan_options alone = { .threads = 1 };
	struct json_scan        *one = json_scan_new(f->arena, &alone);

	for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
		struct json_scan_options both = { .threads = 2, .block_bytes = blocks[b] };
		struct json_scan        *two = json_scan_new(f->arena, &both);

		for (size_t i = 0; i < sizeof(difference_texts) / sizeof(difference_texts[0]); i++)
			for (int way = WALK; way < WAYS; way++) {
				struct buf text;

				buf_init(&text, f->arena, MIB);
				buf_lit(&text, "[");
				for (size_t n = 0; n < 40; n++) {
					buf_add(&text, str_c(difference_texts[n % 3 == 0 ? 0 : n % 3 == 1 ? 1 : 2]));
					buf_lit(&text, ",");
				}
				buf_add(&text, str_c(difference_texts[i]));
				buf_lit(&text, "]");
				assert_true(str_eq(outcome_of_file(f, two, buf_str(&text), way),
				                   outcome_of_file(f, one, buf_str(&text), way)));
			}
	}
}

/* What the second thread holds is given back when a scan is left in the middle: by the next one, or with the arena. */
static void a_scan_can_be_left(void **state)
{
	struct fixture          *f = *state;
	struct json_scan_options both = { .threads = 2, .block_bytes = 64 };
	struct arena            *arena = arena_new(64 * MIB);
	struct json_scan        *s = json_scan_new(arena, &both);
	struct buf               text;
	int                      fd;

	buf_init(&text, f->arena, MIB);
	buf_fill(&text, '[', 1000);
	buf_fill(&text, ']', 1000);
	fd = file_of(buf_str(&text));
	for (int i = 0; i < 200; i++) {
		struct json_input in;

		json_input_fd(&in, fd);
		json_scan_open(s, &in, 0);
		for (int level = 0; level < i; level++)
			assert_true(json_scan_enter_array(s) && json_scan_next_item(s));
	}
	arena_free(arena);
	close(fd);
}

static void reads_as_bytes_arrive(void **state)
{
	struct fixture   *f = *state;
	struct json_scan *s = json_scan_new(f->arena, NULL);
	struct str        text = str_c(difference_texts[0]), want = outcome(f, s, text, 0, WALK);

	for (size_t each = 1; each < 70; each++) {
		struct pieces     d = { text, 0, each };
		struct json_input in;
		struct buf        out;

		buf_init(&out, f->arena, MIB);
		json_input_callback(&in, pieces_read, &d);
		json_scan_open(s, &in, 0);
		events_value(s, &out);
		events_result(s, 0, &out);
		assert_true(str_eq(buf_str(&out), want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(looks_ahead),
		UNIT_TEST(looks_ahead_over_borders),
		UNIT_TEST(kernels_and_borders_agree),
		UNIT_TEST(they_agree_on_damaged_texts),
		UNIT_TEST(truncation_is_seen),
		UNIT_TEST(two_threads_see_the_same),
		UNIT_TEST(a_scan_can_be_left),
		UNIT_TEST(reads_as_bytes_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
