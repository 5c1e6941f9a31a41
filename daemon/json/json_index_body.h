/* json_index_body.h - the frame of a kernel, compiled once for each.
 *
 * The including file defines, for its processor, KERNEL (the name of the table), KERNEL_NAME, and
 *
 *	static inline void classify(const unsigned char *p, struct raw *);       of the 64 bytes at p
 *	static inline void classify_rare(const unsigned char *p, struct json_rare *);
 *
 * and may define KERNEL_RUNS and its own index_run.
 */
#include "json/json_index_kernel.h"

#define UNLIKELY(x) __builtin_expect((x) != 0, 0)

static uint64_t is_pending(const struct json_carry *c)
{
	return c->escaped | c->escape | c->utf8_need;
}

static inline void set_word(struct json_word *word, const struct raw *m, uint64_t quotes, uint64_t in_string)
{
	word->quotes = quotes;
	word->opens = m->opens & ~in_string;
	word->closes = m->closes & ~in_string;
	word->squares = m->squares;
}

#ifndef KERNEL_RUNS
/* Indexes plain words from the offset `at` on; the offset of the first that is not, or n at least. */
static size_t index_run(const unsigned char *p, size_t n, size_t at, struct json_word *words, struct json_run *run)
{
	uint64_t before = run->in_string, newlines = run->newlines;

	for (; at < n; at += JSON_WORD) {
		struct raw m;
		uint64_t   in_string;

		classify(p + at, &m);
		in_string = prefix_xor(m.quotes) ^ before;
		if (UNLIKELY(m.rare || (m.newlines & in_string)))
			break;
		before = (uint64_t)((int64_t)in_string >> 63);
		newlines += (uint64_t)count(m.newlines);
		set_word(&words[at / JSON_WORD], &m, m.quotes, in_string);
	}
	run->in_string = before;
	run->newlines = newlines;
	return at;
}
#endif

/* The word at offset `at` of the block, with all that is rare. */
static void index_rare_word(const unsigned char *p, size_t n, size_t at, struct json_word *word, struct json_carry *c,
                            struct json_indexed *out)
{
	struct raw       m;
	struct json_rare rare = { 0 };
	uint64_t         escaped, quotes, in_string;

	classify(p + at, &m);
	classify_rare(p + at, &rare);
	escaped = json_escaped(rare.backslashes, c);
	quotes = m.quotes & ~escaped;
	in_string = prefix_xor(quotes) ^ c->in_string;
	c->in_string = (uint64_t)((int64_t)in_string >> 63);
	set_word(word, &m, quotes, in_string);
	out->newlines += (uint64_t)count(m.newlines);
	rare.controls |= (m.newlines | rare.blanks) & in_string;
	json_rare_check(p, n, at, &rare, escaped, in_string, c, out);
}

/* What stands behind a fault does not count. */
static void cut_word(struct json_word *word, size_t at, size_t limit)
{
	uint64_t keep = limit <= at ? 0 : ((uint64_t)1 << (limit - at)) - 1;

	word->quotes &= keep;
	word->opens &= keep;
	word->closes &= keep;
}

static void index_block(const unsigned char *p, size_t n, struct json_word *words, struct json_carry *carry,
                        struct json_indexed *ret)
{
	struct json_carry   c = *carry;
	struct json_indexed out = { .limit = n };
	struct json_run     run = { .in_string = c.in_string };
	size_t              at = 0;

	while (at < n && out.fault == JSON_OK) {
		if (!is_pending(&c)) {
			at = index_run(p, n, at, words, &run);
			if (at >= n)
				break;
		}
		c.in_string = run.in_string;
		index_rare_word(p, n, at, &words[at / JSON_WORD], &c, &out);
		run.in_string = c.in_string;
		at += JSON_WORD;
	}
	if (out.fault != JSON_OK)
		cut_word(&words[at / JSON_WORD - 1], at - JSON_WORD, out.limit);
	words[(at + JSON_WORD - 1) / JSON_WORD] = (struct json_word){ 0 };
	c.in_string = run.in_string;
	out.newlines += run.newlines;
	*carry = c;
	*ret = out;
}

/* Is the nesting too deep at one of the word's brackets, before it ends? Then that is where it stops. */
static bool is_too_deep(const struct json_word *word, uint64_t keep, size_t *pos, struct json_nesting *nest)
{
	int64_t depth = nest->depth;

	for (uint64_t rest = (word->opens | word->closes) & keep; rest && depth > 0; rest &= rest - 1) {
		depth += word->opens & rest & -rest ? 1 : -1;
		if (depth > nest->cap) {
			nest->fault = JSON_DEPTH;
			*pos = *pos / JSON_WORD * JSON_WORD + (size_t)__builtin_ctzll(rest);
			return true;
		}
	}
	return false;
}

/* Does the nesting end in the word? Then *pos comes to stand behind its last bracket. */
static inline bool ends_in(const struct json_word *word, uint64_t keep, size_t *pos, struct json_nesting *nest)
{
	uint64_t opens = word->opens & keep, closes = word->closes & keep;
	int64_t  depth = nest->depth;

	for (uint64_t rest = closes; rest; rest &= rest - 1) {
		uint64_t before = (rest & -rest) - 1, within = before | (rest & -rest);
		size_t   i;

		if (--depth + count(opens & before) > 0)
			continue;
		i = *pos / JSON_WORD * JSON_WORD + (size_t)__builtin_ctzll(rest);
		nest->depth = 0;
		nest->squares += count(opens & word->squares & before) - count(closes & word->squares & within);
		nest->fault = nest->squares == 0 ? JSON_OK : JSON_UNBALANCED;
		*pos = nest->squares == 0 ? i + 1 : i;
		return true;
	}
	return false;
}

/* One word in which the nesting may end or become too deep; keep has the bits from *pos on. True: it did, at *pos. */
static bool pass_word(const struct json_word *word, uint64_t keep, size_t *pos, struct json_nesting *nest)
{
	uint64_t opens = word->opens & keep, closes = word->closes & keep;
	int64_t  up = count(opens), down = count(closes);

	if (nest->depth + up > nest->cap && is_too_deep(word, keep, pos, nest))
		return true;
	if (nest->depth <= down && ends_in(word, keep, pos, nest))
		return true;
	nest->depth += up - down;
	nest->squares += count(opens & word->squares) - count(closes & word->squares);
	return false;
}

static size_t skip_nesting(const struct json_word *words, size_t pos, size_t limit, struct json_nesting *nest)
{
	size_t   end = (limit + JSON_WORD - 1) / JSON_WORD;
	int64_t  depth = nest->depth, squares = nest->squares;
	uint64_t room = nest->cap > JSON_WORD ? (uint64_t)(nest->cap - JSON_WORD) : 0,
		 keep = ~(uint64_t)0 << pos % JSON_WORD;

	for (size_t w = pos / JSON_WORD; w < end; w++) {
		uint64_t opens = words[w].opens & keep, closes = words[w].closes & keep, square = words[w].squares;
		int64_t  left = depth - count(closes);

		/* Nearly every word: whatever the order of its brackets, the nesting neither ends in it (then left is below 1,
		 * and without a sign huge) nor becomes too deep, for a word has no more than JSON_WORD of them. */
		if ((uint64_t)(left - 1) < room) {
			depth = left + count(opens);
			squares += count(opens & square) - count(closes & square);
		} else {
			nest->depth = depth;
			nest->squares = squares;
			pos = w * JSON_WORD;
			if (pass_word(&words[w], keep, &pos, nest))
				return pos;
			depth = nest->depth;
			squares = nest->squares;
		}
		keep = ~(uint64_t)0;
	}
	nest->depth = depth;
	nest->squares = squares;
	return limit;
}

const struct json_kernel_ops KERNEL = { KERNEL_NAME, index_block, skip_nesting };
