/* 32 bytes at a time: x86-64 with AVX2, PCLMULQDQ and POPCNT. */
#if defined(__x86_64__)
#define KERNEL      json_kernel_avx2
#define KERNEL_NAME "avx2"

#include <immintrin.h>

#include "json/json_index_rare.h"

struct raw {
	uint64_t quotes, opens, closes, squares, newlines;
	bool     rare;
};

static inline uint64_t mask_of(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

static inline __m256i load(const unsigned char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* All ones in each byte that equals. */
static inline __m256i is(__m256i x, char c)
{
	return _mm256_cmpeq_epi8(x, _mm256_set1_epi8(c));
}

/* Below 0x20, and as the comparison is signed, above 0x7F. */
static inline __m256i is_low(__m256i x)
{
	return _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), x);
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	const __m256i fold = _mm256_set1_epi8(0x20);
	__m256i       a = load(p), b = load(p + 32), fa = _mm256_or_si256(a, fold), fb = _mm256_or_si256(b, fold);
	__m256i       na = is(a, '\n'), nb = is(b, '\n');
	__m256i       low = _mm256_or_si256(_mm256_andnot_si256(na, is_low(a)), _mm256_andnot_si256(nb, is_low(b)));
	__m256i       rare = _mm256_or_si256(low, _mm256_or_si256(is(a, '\\'), is(b, '\\')));

	m->quotes = mask_of(is(a, '"'), is(b, '"'));
	m->opens = mask_of(is(fa, '{'), is(fb, '{'));
	m->closes = mask_of(is(fa, '}'), is(fb, '}'));
	m->squares = ~mask_of(_mm256_slli_epi16(a, 2), _mm256_slli_epi16(b, 2));
	m->newlines = mask_of(na, nb);
	m->rare = !_mm256_testz_si256(rare, rare);
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	__m256i a = load(p), b = load(p + 32);

	r->backslashes = mask_of(is(a, '\\'), is(b, '\\'));
	r->wide = mask_of(a, b);
	r->blanks = mask_of(is(a, '\t'), is(b, '\t')) | mask_of(is(a, '\r'), is(b, '\r'));
	r->controls = mask_of(is_low(a), is_low(b)) & ~(r->wide | r->blanks | mask_of(is(a, '\n'), is(b, '\n')));
}

static inline uint64_t prefix_xor(uint64_t x)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)x), _mm_set1_epi8(-1), 0));
}

static inline int64_t count(uint64_t x)
{
	return _mm_popcnt_u64(x);
}

#include "json/json_index_body.h"

#endif
