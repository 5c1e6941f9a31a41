/* json_index_search.h - what a kernel finds in a block that is indexed: where a nesting ends, and members of objects.
 *
 * Compiled once for each kernel, within json_index_body.h.
 */
/* ---- brackets of one word ---- */

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
	return bits_set(b->opens & b->squares & within) - bits_set(b->closes & b->squares & within);
}

/* How deep it is once the bits in `passed` of word w are passed. */
static inline struct json_depth depth_within(const struct json_words *words, size_t w, uint64_t passed)
{
	const struct brackets b = brackets_of(words, w, passed);

	return (struct json_depth){ words->depth[w].all + (int32_t)(bits_set(b.opens) - bits_set(b.closes)),
		                    words->depth[w].squares + (int32_t)squares_in(&b, passed) };
}

static inline struct json_depth depth_at(const struct json_words *words, size_t pos)
{
	return depth_within(words, pos / JSON_WORD, ((uint64_t)1 << pos % JSON_WORD) - 1);
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
		if (--depth + bits_set(b->opens & ((rest & -rest) - 1)) <= 0)
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

/* ---- skipping ---- */

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
		nest->depth += bits_set(b.opens) - bits_set(b.closes);
		nest->squares += squares_in(&b, ~(uint64_t)0);
	}
	return limit;
}

static size_t skip_nesting(const struct json_words *words, size_t pos, size_t limit, struct json_nesting *nest)
{
	size_t                  from = pos / JSON_WORD, end = (limit + JSON_WORD - 1) / JSON_WORD, w = from;
	const struct json_depth start = depth_at(words, pos);
	/* How deep the words count when the nesting ends, and how many squares are open by their count. */
	int64_t  floor = start.all - nest->depth, squares = start.squares - nest->squares;
	uint64_t keep = ~(uint64_t)0 << pos % JSON_WORD;

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
