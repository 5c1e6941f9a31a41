/* json_index: every kernel against a reader that goes byte by byte, on texts made of what JSON is made of, in any order. */
#include "unit.h"

#include "json/json_index.h"

enum { MOST = 8192, WORDS = MOST / JSON_WORD + 1, ROUNDS = 400, CAP = 40 };

/* Bytes by themselves: what each is, and how deep what stands before it is. */
struct text {
	_Alignas(64) unsigned char p[MOST + JSON_WORD];
	size_t n;
	bool   quote[MOST + 1];
	int    bracket[MOST + 1]; /* 1 opens, -1 closes */
	bool   square[MOST + 1];
	int    depth[MOST + 1], squares[MOST + 1];
};

struct room {
	uint64_t          quotes[WORDS], opens[WORDS], closes[WORDS], squares[WORDS];
	struct json_depth depth[WORDS];
	int32_t           lowest[WORDS];
};

static uint64_t chance;

static unsigned below(unsigned n)
{
	return (unsigned)(random_next(&chance) >> 33) % n;
}

static void make(struct text *t, size_t most)
{
	static const char *const pieces[] = {
		"{",
		"}",
		"[",
		"]",
		"{",
		"}",
		"\"name\"",
		"\"name\":\"x\"",
		"\"mane\"",
		"{\"name\":",
		":",
		",",
		"\n",
		" ",
		"                                                     ",
		"\"\\\"name\\\"{[\"",
		"\"]}]}\"",
		"\"\\\\\"",
		"\"\xC3\xA9\xE2\x82\xAC\"",
		"123",
		"[[[{{{",
		"}}}]]]",
		"\"a long string without anything that is rare in it, which "
		"is to fill a word and more of the text\"",
	};
	bool plain = below(2); /* nothing rare: the way of whole groups */

	t->n = 0;
	while (t->n < most) {
		const char *piece = pieces[below(COUNT(pieces))];
		size_t      n = strlen(piece);

		if (t->n + n > most)
			break;
		if (plain && (strchr(piece, '\\') || strchr(piece, '\xC3')))
			continue;
		memcpy(t->p + t->n, piece, n);
		t->n += n;
	}
	memset(t->p + t->n, ' ', JSON_WORD);
}

static void read_by_bytes(struct text *t)
{
	bool in_string = false;
	int  depth = 0, squares = 0;

	for (size_t i = 0; i <= t->n; i++) {
		unsigned char c = t->p[i];

		t->depth[i] = depth;
		t->squares[i] = squares;
		t->square[i] = c == '[' || c == ']';
		t->bracket[i] = i == t->n || in_string ? 0 : c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
		t->quote[i] = i < t->n && c == '"';
		depth += t->bracket[i];
		squares += t->square[i] ? t->bracket[i] : 0;
		in_string ^= t->quote[i];
		if (in_string && c == '\\') {
			i++;
			t->depth[i] = depth;
			t->squares[i] = squares;
			t->quote[i] = false;
			t->bracket[i] = 0;
		}
	}
}

static void compare_words(const struct text *t, const struct json_words *w)
{
	size_t n = (t->n + JSON_WORD - 1) / JSON_WORD;

	for (size_t i = 0; i < t->n; i++) {
		uint64_t bit = (uint64_t)1 << i % JSON_WORD;

		assert_int_equal((w->quotes[i / JSON_WORD] & bit) != 0, t->quote[i]);
		assert_int_equal((w->opens[i / JSON_WORD] & bit) != 0, t->bracket[i] == 1);
		assert_int_equal((w->closes[i / JSON_WORD] & bit) != 0, t->bracket[i] == -1);
		if (t->bracket[i])
			assert_int_equal((w->squares[i / JSON_WORD] & bit) != 0, t->square[i]);
		assert_true(t->depth[i] <= w->deepest);
		assert_true(t->depth[i] + t->bracket[i] >= w->lowest[i / JSON_WORD]);
	}
	for (size_t i = 0; i < n; i++) {
		int32_t lowest = t->depth[i * JSON_WORD];

		assert_int_equal(w->depth[i].all, t->depth[i * JSON_WORD]);
		assert_int_equal(w->depth[i].squares, t->squares[i * JSON_WORD]);
		for (size_t k = i * JSON_WORD; k < t->n && k < (i + 1) * JSON_WORD; k++)
			lowest -= t->bracket[k] == -1;
		assert_int_equal(w->lowest[i], lowest);
	}
	assert_int_equal(w->depth[n].all, t->depth[t->n]);
	assert_int_equal(w->depth[n].squares, t->squares[t->n]);
	assert_true(w->quotes[n] == 0 && w->opens[n] == 0 && w->closes[n] == 0);
}

/* From pos on, with what is open there. */
static void compare_skip(const struct text *t, const struct json_kernel_ops *kernel, const struct json_words *w,
                         size_t pos, int depth)
{
	struct json_nesting nest = { .depth = depth, .cap = CAP }, want = nest;
	size_t              end = pos;

	for (; end < t->n && want.depth > 0 && want.fault == JSON_OK; end++) {
		want.depth += t->bracket[end];
		want.squares += t->square[end] ? t->bracket[end] : 0;
		if (want.depth > CAP)
			want.fault = JSON_DEPTH;
		else if (want.depth == 0 && want.squares != 0)
			want.fault = JSON_UNBALANCED;
	}
	end -= want.fault != JSON_OK;
	assert_int_equal((kernel->skip)(w, pos, t->n, &nest), end);
	assert_int_equal(nest.fault, want.fault);
	if (nest.fault == JSON_OK) {
		assert_int_equal(nest.depth, want.depth);
		assert_int_equal(nest.squares, want.squares);
	}
}

/* In the object whose bracket is at pos. */
static void compare_find(const struct text *t, const struct json_kernel_ops *kernel, const struct json_words *w,
                         size_t pos)
{
	struct json_member got = { 0 };
	size_t             i = pos + 1;

	while (i < t->n && t->depth[i] > t->depth[pos] &&
	       !(t->depth[i] == t->depth[pos] + 1 && t->quote[i] && t->quote[i + 5] &&
	         memcmp(t->p + i, "\"name\"", 6) == 0))
		i++;
	if (i < t->n && t->depth[i] > t->depth[pos]) {
		assert_true(kernel->find(t->p, w, pos, t->n, STR("name"), &got));
		assert_int_equal(got.at, i);
		assert_int_equal(got.squares, t->squares[i] - t->squares[pos]);
		assert_true(got.deepest >= 1);
	} else {
		assert_false(kernel->find(t->p, w, pos, t->n, STR("name"), &got));
		assert_int_equal(got.ended, t->depth[i] <= t->depth[pos]);
	}
}

static void compare(struct text *t, enum json_kernel which)
{
	static struct room            room;
	const struct json_kernel_ops *kernel = json_kernel_get(which);
	struct json_words   w = { room.quotes, room.opens, room.closes, room.squares, room.depth, room.lowest, 0 };
	struct json_carry   carry = { 0 };
	struct json_indexed found;

	kernel->index(t->p, t->n, &w, &carry, &found);
	assert_int_equal(found.fault, JSON_OK);
	compare_words(t, &w);
	for (size_t pos = 0; pos < t->n; pos++)
		if (t->bracket[pos] == 1) {
			compare_skip(t, kernel, &w, pos + 1, 1);
			compare_skip(t, kernel, &w, pos, (int)below(4) + 1);
			if (!t->square[pos])
				compare_find(t, kernel, &w, pos);
		}
}

static void kernels_agree(void **state)
{
	static struct text t;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		chance = round + 1;
		make(&t, 1 + below(below(4) ? 1200 : MOST));
		read_by_bytes(&t);
		for (int which = JSON_KERNEL_PORTABLE; which <= JSON_KERNEL_AVX512; which++)
			if (json_kernel_available((enum json_kernel)which))
				compare(&t, (enum json_kernel)which);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
