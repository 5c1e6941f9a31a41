#include "wasm/text_search.h"

#include "base/arena.h"
#include "base/ascii.h"

enum { FINGERPRINT = SEARCH_SHORTEST, GROUPS = 8 };

struct sought {
	struct str text;
	size_t     offset; /* of its fingerprint */
	size_t     number;
};

struct text_search {
	struct sought *sought; /* by groups */
	size_t         n, farthest;
	bool           ascii; /* all fingerprints */
	size_t         first[GROUPS + 1];
	/* A bit for each group, by the lower and upper half of a byte of the fingerprint, and by the byte. */
	unsigned char low[FINGERPRINT][16], high[FINGERPRINT][16], byte[FINGERPRINT][256];
	size_t (*next)(const struct text_search *, const unsigned char *, size_t from, size_t to);
};

/* ---- building ---- */

/* Roughly how often a byte stands in the data of programs: of texts, tables, and zeros between them. */
static unsigned frequency(unsigned char c)
{
	if (c == 0 || c >= 0x80)
		return 1000;
	if (strchr("etaoinsr", c))
		return 100;
	if (ascii_is_lower(c))
		return 50;
	if (ascii_is_alnum_or(c, "._-/"))
		return 20;
	return 4;
}

/* In UTF-16 every other byte is zero: as the one in the middle it tells it from UTF-8, while runs of zeros, which fill
 * much of a program's data, must not look like the beginning of anything. */
static unsigned weight_of(struct str part)
{
	unsigned weight = 1;

	for (size_t i = 0; i < FINGERPRINT; i++) {
		unsigned char c = (unsigned char)part.p[i];

		weight *= c == 0 && i == 1 ? 20 : frequency(c);
	}
	return weight;
}

static size_t rarest_part(struct str text)
{
	size_t   best = 0;
	unsigned least = UINT32_MAX;

	for (size_t at = 0; at + FINGERPRINT <= text.n; at++) {
		unsigned weight = weight_of(str_slice(text, at, at + FINGERPRINT));

		if (weight < least) {
			least = weight;
			best = at;
		}
	}
	return best;
}

static void add_fingerprint(struct text_search *s, const struct sought *t, unsigned group)
{
	for (size_t i = 0; i < FINGERPRINT; i++) {
		unsigned char c = (unsigned char)t->text.p[t->offset + i], bit = (unsigned char)(1U << group);

		s->low[i][c & 15] |= bit;
		s->high[i][c >> 4] |= bit;
		s->byte[i][c] |= bit;
		s->ascii = s->ascii && c < 0x80;
	}
}

/* The groups that a fingerprint here may belong to. */
static inline unsigned groups_at(const struct text_search *s, const unsigned char *p)
{
	return s->byte[0][p[0]] & s->byte[1][p[1]] & s->byte[2][p[2]];
}

static size_t next_portable(const struct text_search *s, const unsigned char *p, size_t from, size_t to)
{
	while (from < to && !groups_at(s, p + from))
		from++;
	return from;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* A bit for each group that the bytes may belong to, as their halves tell. Bytes from 0x80 on belong to none: so the
 * instruction works, and no fingerprint has one. */
__attribute__((target("avx2"))) static inline __m256i groups_of(const unsigned char *p, __m256i low, __m256i high)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));

	return _mm256_and_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, upper));
}

__attribute__((target("avx2"))) static inline __m256i table_of(const unsigned char *table)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* A bit for each of 32 bytes that is not zero. */
__attribute__((target("avx2"))) static inline uint32_t places_of(__m256i bytes)
{
	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
}

/* The first and the third byte are looked up for 64 places at once. Reads two bytes behind them: those are within what
 * the caller bounds `to` by. */
__attribute__((target("avx2"))) static size_t next_avx2(const struct text_search *s, const unsigned char *p,
                                                        size_t from, size_t to)
{
	const __m256i low0 = table_of(s->low[0]), low2 = table_of(s->low[2]);
	const __m256i high0 = table_of(s->high[0]), high2 = table_of(s->high[2]);

	for (; from + 64 <= to; from += 64) {
		const unsigned char *q = p + from;
		__m256i              a = _mm256_and_si256(groups_of(q, low0, high0), groups_of(q + 2, low2, high2));
		__m256i  b = _mm256_and_si256(groups_of(q + 32, low0, high0), groups_of(q + 34, low2, high2));
		__m256i  either = _mm256_or_si256(a, b);
		uint64_t places;

		if (_mm256_testz_si256(either, either))
			continue;
		for (places = (uint64_t)places_of(b) << 32 | places_of(a); places; places &= places - 1) {
			size_t at = from + (size_t)__builtin_ctzll(places);

			if (groups_at(s, p + at))
				return at;
		}
	}
	return next_portable(s, p, from, to);
}

static void choose(struct text_search *s)
{
	if (s->ascii && __builtin_cpu_supports("avx2"))
		s->next = next_avx2;
	else
		s->next = next_portable;
}
#else
static void choose(struct text_search *s)
{
	s->next = next_portable;
}
#endif

struct text_search *text_search_new(struct arena *arena, const struct str *texts, size_t n)
{
	struct text_search *s = ARENA_NEW(arena, struct text_search);

	s->ascii = true;
	s->sought = ARENA_ARRAY(arena, n + 1, struct sought);
	for (unsigned group = 0; group < GROUPS; group++) {
		s->first[group] = s->n;
		for (size_t i = group; i < n; i += GROUPS) {
			struct sought *t = &s->sought[s->n++];

			*t = (struct sought){ .text = texts[i], .offset = rarest_part(texts[i]), .number = i };
			if (t->offset > s->farthest)
				s->farthest = t->offset;
			add_fingerprint(s, t, group);
		}
	}
	s->first[GROUPS] = s->n;
	choose(s);
	return s;
}

void text_search_portable(struct text_search *s)
{
	s->next = next_portable;
}

/* ---- searching ---- */

static void compare_group(const struct text_search *s, unsigned group, struct str bytes, size_t at, size_t limit,
                          text_found *found, void *context)
{
	for (size_t i = s->first[group]; i < s->first[group + 1]; i++) {
		const struct sought *t = &s->sought[i];

		if (at >= t->offset && at - t->offset < limit &&
		    str_has_prefix(str_slice(bytes, at - t->offset, bytes.n), t->text))
			found(context, at - t->offset, t->number);
	}
}

void text_search_run(const struct text_search *s, struct str bytes, size_t limit, text_found *found, void *context)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	size_t               to = bytes.n < FINGERPRINT ? 0 : bytes.n - FINGERPRINT + 1, at = 0;

	if (limit < to && to - limit > s->farthest)
		to = limit + s->farthest;
	while ((at = s->next(s, p, at, to)) < to) {
		unsigned groups = groups_at(s, p + at);

		for (unsigned group = 0; group < GROUPS; group++)
			if (groups >> group & 1)
				compare_group(s, group, bytes, at, limit, found, context);
		at++;
	}
}
