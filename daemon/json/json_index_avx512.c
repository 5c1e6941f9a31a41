/* 64 bytes at a time: x86-64 with AVX-512BW, where a comparison gives the mask itself. */
#if defined(__x86_64__)
#define KERNEL      json_kernel_avx512
#define KERNEL_NAME "avx512"

#include <immintrin.h>

#include "json/json_index_rare.h"

struct raw {
	uint64_t quotes, opens, closes, squares, spaces, newlines;
	bool     rare;
};

static inline __m512i load(const unsigned char *p)
{
	return _mm512_loadu_si512(p);
}

static inline uint64_t is(__m512i x, char c)
{
	return _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(c));
}

/* The table is explained in json_index_avx2.c. */
static inline uint64_t is_white(__m512i x)
{
	const __m512i table =
		_mm512_broadcast_i32x4(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));

	return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, x), x);
}

/* Below 0x20, and as the comparison is signed, above 0x7F. */
static inline uint64_t is_low(__m512i x)
{
	return _mm512_cmplt_epi8_mask(x, _mm512_set1_epi8(' '));
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	__m512i  x = load(p), folded = _mm512_or_si512(x, _mm512_set1_epi8(0x20));
	uint64_t white = is_white(x), low = is_low(x);

	m->quotes = is(x, '"');
	m->opens = is(folded, '{');
	m->closes = is(folded, '}');
	m->squares = _mm512_testn_epi8_mask(x, _mm512_set1_epi8(0x20));
	m->spaces = white & low;
	m->newlines = is(x, '\n');
	m->rare = ((low & ~white) | is(x, '\\')) != 0;
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	__m512i x = load(p);

	r->backslashes = is(x, '\\');
	r->wide = _mm512_movepi8_mask(x);
	r->controls = is_low(x) & ~is_white(x) & ~r->wide;
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
