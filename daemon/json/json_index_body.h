/* json_index_body.h - the frame of a kernel, compiled once for each.
 *
 * The including file defines, for its processor, KERNEL (the name of the table), KERNEL_NAME, and
 *
 *	static inline void classify(const unsigned char *p, struct raw *);       of the 64 bytes at p
 *	static inline void classify_rare(const unsigned char *p, struct json_rare *);
 *	static inline size_t first_low(const int32_t *lowest, size_t w, size_t end, int32_t floor);
 *		the first from w on that is at most floor, or end
 *
 * and where it can index several words at once, KERNEL_GROUPS and
 *
 *	static size_t index_groups(p, n, at, words, run);       as index_run, which does what is left
 */
#include "json/json_index_kernel.h"
#include "json/json_index_search.h"

static uint64_t is_pending(const struct json_carry *c)
{
	return c->escaped | c->escape | c->utf8_need;
}

static inline void set_word(const struct json_words *words, size_t w, const struct raw *m, uint64_t quotes,
                            uint64_t in_string, struct json_run *run)
{
	uint64_t opens = m->opens & ~in_string, closes = m->closes & ~in_string;
	int32_t  up = (int32_t)bits_set(opens), down = (int32_t)bits_set(closes), highest = run->depth.all + up;

	words->quotes[w] = quotes;
	words->opens[w] = opens;
	words->closes[w] = closes;
	words->squares[w] = m->squares;
	words->depth[w] = run->depth;
	words->lowest[w] = run->depth.all - down;
	run->depth.all += up - down;
	run->depth.squares += (int32_t)(bits_set_rare(opens & m->squares) - bits_set_rare(closes & m->squares));
	run->deepest = run->deepest < highest ? highest : run->deepest;
}

/* Indexes plain words from the offset `at` on; the offset of the first that is not, or n at least. */
static size_t index_run(const unsigned char *p, size_t n, size_t at, const struct json_words *words,
                        struct json_run *run)
{
	struct json_run r;

#ifdef KERNEL_GROUPS
	at = index_groups(p, n, at, words, run);
#endif
	for (r = *run; at < n; at += JSON_WORD) {
		struct raw m;
		uint64_t   in_string;

		classify(p + at, &m);
		in_string = prefix_xor(m.quotes) ^ r.in_string;
		if (UNLIKELY(m.rare || (m.newlines & in_string)))
			break;
		r.in_string = (uint64_t)((int64_t)in_string >> 63);
		r.newlines += (uint64_t)bits_set(m.newlines);
		set_word(words, at / JSON_WORD, &m, m.quotes, in_string, &r);
	}
	*run = r;
	return at;
}

/* The word at offset `at` of the block, with all that is rare. */
static void index_rare_word(const unsigned char *p, size_t n, size_t at, const struct json_words *words,
                            struct json_run *run, struct json_carry *c, struct json_indexed *out)
{
	struct raw       m;
	struct json_rare rare = { 0 };
	uint64_t         quotes;

	classify(p + at, &m);
	classify_rare(p + at, &rare);
	rare.escaped = json_escaped(rare.backslashes, c);
	quotes = m.quotes & ~rare.escaped;
	rare.in_string = prefix_xor(quotes) ^ run->in_string;
	run->in_string = (uint64_t)((int64_t)rare.in_string >> 63);
	run->newlines += (uint64_t)bits_set(m.newlines);
	set_word(words, at / JSON_WORD, &m, quotes, rare.in_string, run);
	rare.controls |= (m.newlines | rare.blanks) & rare.in_string;
	json_rare_check(p, n, at, &rare, c, out);
}

/* What stands behind a fault does not count; w is the word where it was found. */
static void cut_word(const struct json_words *words, size_t w, size_t limit, struct json_run *run)
{
	uint64_t keep = limit <= w * JSON_WORD ? 0 : ((uint64_t)1 << (limit - w * JSON_WORD)) - 1;

	words->quotes[w] &= keep;
	words->opens[w] &= keep;
	words->closes[w] &= keep;
	run->depth = depth_within(words, w, ~(uint64_t)0);
}

static void index_block(const unsigned char *p, size_t n, struct json_words *words, struct json_carry *carry,
                        struct json_indexed *ret)
{
	static const struct raw nothing;
	struct json_carry       c = *carry;
	struct json_indexed     out = { .limit = n };
	struct json_run         run = { .in_string = c.in_string };
	size_t                  at = 0;

	while (at < n && out.fault == JSON_OK) {
		if (!is_pending(&c)) {
			at = index_run(p, n, at, words, &run);
			if (at >= n)
				break;
		}
		index_rare_word(p, n, at, words, &run, &c, &out);
		at += JSON_WORD;
	}
	if (out.fault != JSON_OK)
		cut_word(words, at / JSON_WORD - 1, out.limit, &run);
	set_word(words, (at + JSON_WORD - 1) / JSON_WORD, &nothing, 0, 0, &run);
	words->deepest = run.deepest;
	c.in_string = run.in_string;
	out.newlines = run.newlines;
	*carry = c;
	*ret = out;
}

const struct json_kernel_ops KERNEL = { KERNEL_NAME, index_block, skip_nesting, find_member };
