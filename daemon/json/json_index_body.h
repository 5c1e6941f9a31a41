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

#define UNLIKELY(x) __builtin_expect((x) != 0, 0)

/* ---- the index ---- */

static uint64_t is_pending(const struct json_carry *c)
{
	return c->escaped | c->escape | c->utf8_need;
}

/* What follows word w, whose brackets are known, begins so deep. */
static inline struct json_depth depth_behind(const struct json_words *words, size_t w)
{
	uint64_t opens = words->opens[w], closes = words->closes[w], squares = words->squares[w];

	return (struct json_depth){
		words->depth[w].all + (int32_t)(count(opens) - count(closes)),
		words->depth[w].squares + (int32_t)(count(opens & squares) - count(closes & squares)),
	};
}

static inline void set_word(const struct json_words *words, size_t w, const struct raw *m, uint64_t quotes,
                            uint64_t in_string, struct json_run *run)
{
	uint64_t opens = m->opens & ~in_string, closes = m->closes & ~in_string;
	int32_t  up = (int32_t)count(opens), down = (int32_t)count(closes), highest = run->depth.all + up;

	words->quotes[w] = quotes;
	words->opens[w] = opens;
	words->closes[w] = closes;
	words->squares[w] = m->squares;
	words->depth[w] = run->depth;
	words->lowest[w] = run->depth.all - down;
	run->depth.all += up - down;
	run->depth.squares += (int32_t)(count_rare(opens & m->squares) - count_rare(closes & m->squares));
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
		r.newlines += (uint64_t)count(m.newlines);
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
	uint64_t         escaped, quotes, in_string;

	classify(p + at, &m);
	classify_rare(p + at, &rare);
	escaped = json_escaped(rare.backslashes, c);
	quotes = m.quotes & ~escaped;
	in_string = prefix_xor(quotes) ^ run->in_string;
	run->in_string = (uint64_t)((int64_t)in_string >> 63);
	run->newlines += (uint64_t)count(m.newlines);
	set_word(words, at / JSON_WORD, &m, quotes, in_string, run);
	rare.controls |= (m.newlines | rare.blanks) & in_string;
	json_rare_check(p, n, at, &rare, escaped, in_string, c, out);
}

/* What stands behind a fault does not count; w is the word where it was found. */
static void cut_word(const struct json_words *words, size_t w, size_t limit, struct json_run *run)
{
	uint64_t keep = limit <= w * JSON_WORD ? 0 : ((uint64_t)1 << (limit - w * JSON_WORD)) - 1;

	words->quotes[w] &= keep;
	words->opens[w] &= keep;
	words->closes[w] &= keep;
	run->depth = depth_behind(words, w);
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

/* ---- skipping ---- */

/* Of one word, those that count. */
struct brackets {
	uint64_t opens, closes, squares;
};

static inline struct brackets brackets_of(const struct json_words *words, size_t w, uint64_t keep)
{
	return (struct brackets){ words->opens[w] & keep, words->closes[w] & keep, words->squares[w] };
}

static inline int64_t squares_in(const struct brackets *b, uint64_t within)
{
	return count(b->opens & b->squares & within) - count(b->closes & b->squares & within);
}

/* Is the nesting too deep at one of the word's brackets, before it ends? Then that is where it stops. */
static bool is_too_deep(const struct brackets *b, size_t *pos, struct json_nesting *nest)
{
	int64_t depth = nest->depth;

	for (uint64_t rest = b->opens | b->closes; rest && depth > 0; rest &= rest - 1) {
		depth += b->opens & rest & -rest ? 1 : -1;
		if (depth > nest->cap) {
			nest->fault = JSON_DEPTH;
			*pos += (size_t)__builtin_ctzll(rest);
			return true;
		}
	}
	return false;
}

/* The bit of the bracket that brings the depth to 0, or JSON_WORD. */
static inline unsigned end_of(const struct brackets *b, int64_t depth)
{
	for (uint64_t rest = b->closes; rest; rest &= rest - 1)
		if (--depth + count(b->opens & ((rest & -rest) - 1)) <= 0)
			return (unsigned)__builtin_ctzll(rest);
	return JSON_WORD;
}

/* Does the nesting end in the word at *pos? Then *pos comes to stand behind its last bracket. */
static inline bool ends_in(const struct brackets *b, size_t *pos, struct json_nesting *nest)
{
	unsigned bit = end_of(b, nest->depth);

	if (bit == JSON_WORD)
		return false;
	nest->depth = 0;
	nest->squares += squares_in(b, ~(uint64_t)0 >> (JSON_WORD - 1 - bit));
	nest->fault = nest->squares == 0 ? JSON_OK : JSON_UNBALANCED;
	*pos += bit + (nest->squares == 0);
	return true;
}

/* Word for word, where one of them may be too deep. */
static size_t skip_carefully(const struct json_words *words, size_t pos, size_t limit, struct json_nesting *nest)
{
	uint64_t keep = ~(uint64_t)0 << pos % JSON_WORD;
	size_t   end = (limit + JSON_WORD - 1) / JSON_WORD;

	for (size_t w = pos / JSON_WORD; w < end; w++, keep = ~(uint64_t)0) {
		struct brackets b = brackets_of(words, w, keep);

		pos = w * JSON_WORD;
		if (is_too_deep(&b, &pos, nest) || ends_in(&b, &pos, nest))
			return pos;
		nest->depth += count(b.opens) - count(b.closes);
		nest->squares += squares_in(&b, ~(uint64_t)0);
	}
	return limit;
}

static size_t skip_nesting(const struct json_words *words, size_t pos, size_t limit, struct json_nesting *nest)
{
	size_t                from = pos / JSON_WORD, end = (limit + JSON_WORD - 1) / JSON_WORD, w = from;
	uint64_t              keep = ~(uint64_t)0 << pos % JSON_WORD;
	const struct brackets passed = brackets_of(words, from, ~keep);
	int64_t               floor, squares;

	/* How deep the words count when the nesting ends, and how many squares are open by their count. */
	floor = words->depth[from].all + count(passed.opens) - count(passed.closes) - nest->depth;
	squares = words->depth[from].squares + squares_in(&passed, ~(uint64_t)0) - nest->squares;
	if (UNLIKELY(words->deepest > floor + nest->cap))
		return skip_carefully(words, pos, limit, nest);
	while ((w = first_low(words->lowest, w, end, (int32_t)floor)) < end) {
		struct brackets b = brackets_of(words, w, w == from ? keep : ~(uint64_t)0);

		if (w > from) {
			nest->depth = words->depth[w].all - floor;
			nest->squares = words->depth[w].squares - squares;
		}
		pos = w * JSON_WORD;
		if (ends_in(&b, &pos, nest))
			return pos;
		w++;
	}
	if (end > from) {
		nest->depth = words->depth[end].all - floor;
		nest->squares = words->depth[end].squares - squares;
	}
	return limit;
}

/* ---- looking for a member ---- */

static inline struct json_depth depth_at(const struct json_words *words, size_t pos)
{
	const struct brackets b = brackets_of(words, pos / JSON_WORD, ((uint64_t)1 << pos % JSON_WORD) - 1);
	struct json_depth     depth = words->depth[pos / JSON_WORD];

	depth.all += (int32_t)(count(b.opens) - count(b.closes));
	depth.squares += (int32_t)squares_in(&b, ~(uint64_t)0);
	return depth;
}

/* Pairs of quotes in word w with so many bytes between them, by the first. */
static inline uint64_t quote_pairs(const struct json_words *words, size_t w, size_t between)
{
	uint64_t second = words->quotes[w] >> (between + 1) | words->quotes[w + 1] << (JSON_WORD - 1 - between);

	return words->quotes[w] & second;
}

/* Is one of these pairs of quotes in word w the key of a member? outside is the depth that the object stands in. */
static bool match_key(const unsigned char *p, const struct json_words *words, size_t w, uint64_t pairs, struct str key,
                      const struct json_depth *outside, struct json_member *ret)
{
	for (; pairs; pairs &= pairs - 1) {
		size_t            at = w * JSON_WORD + (size_t)__builtin_ctzll(pairs);
		struct json_depth depth;

		if (p[at + 1] != (unsigned char)key.p[0] || memcmp(p + at + 1, key.p, key.n) != 0)
			continue;
		depth = depth_at(words, at);
		if (depth.all != outside->all + 1)
			continue;
		ret->at = at;
		ret->squares = depth.squares - outside->squares;
		return true;
	}
	return false;
}

static bool find_member(const unsigned char *p, const struct json_words *words, size_t pos, size_t limit,
                        struct str key, struct json_member *ret)
{
	size_t                  from = pos / JSON_WORD, end = (limit + JSON_WORD - 1) / JSON_WORD;
	const struct json_depth outside = depth_at(words, pos);
	uint64_t                keep = ~(uint64_t)0 << pos % JSON_WORD;

	ret->deepest = words->deepest - outside.all;
	for (size_t w = from; w < end; w++, keep = ~(uint64_t)0) {
		uint64_t pairs = words->lowest[w] > outside.all + 1 ? 0 : quote_pairs(words, w, key.n) & keep;
		bool     may_end = words->lowest[w] <= outside.all;
		unsigned bit = JSON_WORD;

		if (may_end) {
			struct brackets b = brackets_of(words, w, keep);

			bit = end_of(&b, w == from ? 0 : words->depth[w].all - outside.all);
			pairs &= bit == JSON_WORD ? ~(uint64_t)0 : ((uint64_t)1 << bit) - 1;
		}
		if (pairs && match_key(p, words, w, pairs, key, &outside, ret))
			return true;
		if (bit < JSON_WORD) {
			ret->ended = true;
			return false;
		}
	}
	return false;
}

const struct json_kernel_ops KERNEL = { KERNEL_NAME, index_block, skip_nesting, find_member };
