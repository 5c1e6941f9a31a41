/* 16 bytes at a time: what every x86-64 has. */
#if defined(__x86_64__)

#define KERNEL      json_kernel_sse2
#define KERNEL_NAME "sse2"

#include <emmintrin.h>

#include "json/json_index_rare.h"

struct raw {
	uint64_t quotes, opens, closes, squares, newlines;
	bool     rare;
};

static inline __m128i load(const unsigned char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i is(__m128i x, char c)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

static inline uint64_t mask_at(__m128i x, unsigned i)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(x) << i;
}

/* Below 0x20, and as the comparison is signed, above 0x7F. */
static inline __m128i is_low(__m128i x)
{
	return _mm_cmplt_epi8(x, _mm_set1_epi8(' '));
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	__m128i rare = _mm_setzero_si128();

	*m = (struct raw){ 0 };
	for (unsigned i = 0; i < JSON_WORD; i += 16) {
		__m128i x = load(p + i), folded = _mm_or_si128(x, _mm_set1_epi8(0x20)), newline = is(x, '\n');

		m->quotes |= mask_at(is(x, '"'), i);
		m->opens |= mask_at(is(folded, '{'), i);
		m->closes |= mask_at(is(folded, '}'), i);
		m->squares |= mask_at(_mm_slli_epi16(x, 2), i);
		m->newlines |= mask_at(newline, i);
		rare = _mm_or_si128(rare, _mm_or_si128(is(x, '\\'), _mm_andnot_si128(newline, is_low(x))));
	}
	m->squares = ~m->squares;
	m->rare = _mm_movemask_epi8(rare) != 0;
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	for (unsigned i = 0; i < JSON_WORD; i += 16) {
		__m128i x = load(p + i), blank = _mm_or_si128(is(x, '\t'), is(x, '\r'));

		r->backslashes |= mask_at(is(x, '\\'), i);
		r->wide |= mask_at(x, i);
		r->blanks |= mask_at(blank, i);
		r->controls |= mask_at(_mm_andnot_si128(_mm_or_si128(blank, is(x, '\n')), is_low(x)), i);
	}
	r->controls &= ~r->wide;
}

static inline uint64_t prefix_xor(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	return x ^ x << 32;
}

/* Without POPCNT: bits added in pairs, fours and bytes. */
static inline int64_t count(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555U;
	x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
	return (int64_t)(((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0FU) * 0x0101010101010101U >> 56);
}

#include "json/json_index_body.h"

#endif
