/* json_index_body.h - the frame of a kernel, compiled once for each.
 *
 * The including file defines, for its processor, KERNEL (the name of the table), KERNEL_NAME, and
 *
 *	struct raw { uint64_t quotes, opens, closes, squares, spaces, newlines; bool rare; };
 *	static inline void classify(const unsigned char *p, struct raw *);       of the 64 bytes at p
 *	static inline void classify_rare(const unsigned char *p, struct json_rare *);
 *	static inline uint64_t prefix_xor(uint64_t);    bit i of the result: the parity of bits 0 to i
 *	static inline int64_t count(uint64_t);
 *
 * opens and closes are those of any place, in strings too; spaces are tab, line feed and carriage return; rare tells that
 * there is a backslash, a byte that is not ASCII, or another control character.
 */
#include "json/json_index_rare.h"

#define LIKELY_NOT(x) __builtin_expect((x), 0)

static uint64_t is_pending(const struct json_carry *c)
{
	return c->escaped | c->escape | c->utf8_need;
}

/* The word at offset `at` of the block; false: there is a fault in it. */
static inline bool index_word(const unsigned char *p, size_t n, size_t at, struct json_word *word, struct json_carry *c,
                              struct json_indexed *out)
{
	struct raw       m;
	struct json_rare rare = { 0 };
	uint64_t         escaped = 0, in_string, quotes;
	bool             is_rare;

	classify(p + at, &m);
	is_rare = LIKELY_NOT(m.rare || is_pending(c));
	if (is_rare) {
		classify_rare(p + at, &rare);
		escaped = json_escaped(rare.backslashes, c);
	}
	quotes = m.quotes & ~escaped;
	in_string = prefix_xor(quotes) ^ c->in_string;
	c->in_string = (uint64_t)((int64_t)in_string >> 63);
	*word = (struct json_word){ quotes, m.opens & ~in_string, m.closes & ~in_string, m.squares };
	out->newlines += (uint64_t)count(m.newlines);
	if (is_rare) {
		rare.controls |= m.spaces & in_string;
		json_rare_check(p, n, at, &rare, escaped, in_string, c, out);
	} else if (LIKELY_NOT((m.spaces & in_string) != 0)) {
		json_index_fault(out, JSON_CONTROL, at + (size_t)__builtin_ctzll(m.spaces & in_string), 0);
	}
	return out->fault == JSON_OK;
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
                        struct json_indexed *out)
{
	struct json_carry   c = *carry;
	struct json_indexed found = { .limit = n };

	for (size_t at = 0; at < n; at += JSON_WORD)
		if (LIKELY_NOT(!index_word(p, n, at, &words[at / JSON_WORD], &c, &found))) {
			cut_word(&words[at / JSON_WORD], at, found.limit);
			break;
		}
	*carry = c;
	*out = found;
}

/* The word in which the nesting may end, bracket by bracket. True: it ends, or a fault does, at *pos. */
static bool skip_word(const struct json_word *word, uint64_t keep, size_t *pos, struct json_nesting *nest)
{
	for (uint64_t rest = (word->opens | word->closes) & keep; rest; rest &= rest - 1) {
		uint64_t bit = rest & -rest;
		size_t   i = *pos / JSON_WORD * JSON_WORD + (size_t)__builtin_ctzll(rest);
		int64_t  square = (word->squares & bit) != 0;

		if (word->opens & bit) {
			nest->depth++;
			nest->squares += square;
			if (nest->depth <= nest->cap)
				continue;
			nest->fault = JSON_DEPTH;
			*pos = i;
			return true;
		}
		nest->depth--;
		nest->squares -= square;
		if (nest->depth > 0)
			continue;
		nest->fault = nest->squares == 0 ? JSON_OK : JSON_UNBALANCED;
		*pos = nest->squares == 0 ? i + 1 : i;
		return true;
	}
	return false;
}

static size_t skip_nesting(const struct json_word *words, size_t pos, size_t limit, struct json_nesting *nesting)
{
	struct json_nesting nest = *nesting;
	uint64_t            keep = ~(uint64_t)0 << pos % JSON_WORD;

	for (; pos < limit; pos = (pos / JSON_WORD + 1) * JSON_WORD, keep = ~(uint64_t)0) {
		const struct json_word *word = &words[pos / JSON_WORD];
		uint64_t                opens = word->opens & keep, closes = word->closes & keep;
		int64_t                 up = count(opens), down = count(closes);

		if (LIKELY_NOT(nest.depth <= down || nest.depth + up > nest.cap)) {
			if (skip_word(word, keep, &pos, &nest)) {
				*nesting = nest;
				return pos;
			}
			continue;
		}
		nest.depth += up - down;
		nest.squares += count(opens & word->squares) - count(closes & word->squares);
	}
	*nesting = nest;
	return limit;
}

const struct json_kernel_ops KERNEL = { KERNEL_NAME, index_block, skip_nesting };
