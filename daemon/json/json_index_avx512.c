/* 64 bytes at a time: x86-64 with AVX-512 and what came to it with Ice Lake and Zen 4. */
#if defined(__x86_64__)
#define KERNEL      json_kernel_avx512
#define KERNEL_NAME "avx512"
#define KERNEL_RUNS

#include <immintrin.h>

#include "json/json_index_kernel.h"

static inline __m512i load(const unsigned char *p)
{
	return _mm512_loadu_si512(p);
}

static inline __mmask64 is(__m512i x, char c)
{
	return _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(c));
}

/* Below 0x20, and as the comparison is signed, above 0x7F. */
static inline __mmask64 is_low(__m512i x)
{
	return _mm512_cmplt_epi8_mask(x, _mm512_set1_epi8(' '));
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	__m512i   x = load(p), folded = _mm512_or_si512(x, _mm512_set1_epi8(0x20));
	__mmask64 newlines = is(x, '\n'), low = _kandn_mask64(newlines, is_low(x));

	m->quotes = is(x, '"');
	m->opens = is(folded, '{');
	m->closes = is(folded, '}');
	m->squares = _mm512_testn_epi8_mask(x, _mm512_set1_epi8(0x20));
	m->newlines = newlines;
	m->rare = !_kortestz_mask64_u8(low, is(x, '\\'));
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	__m512i x = load(p);

	r->backslashes = is(x, '\\');
	r->wide = _mm512_movepi8_mask(x);
	r->blanks = is(x, '\t') | is(x, '\r');
	r->controls = is_low(x) & ~(r->wide | r->blanks | is(x, '\n'));
}

/* Classes of ASCII bytes, a bit each; the bit's number is the mask's place in what masks_of gives. */
enum {
	CLASS_QUOTE = 1 << 0,
	CLASS_OPEN = 1 << 1,
	CLASS_CLOSE = 1 << 2,
	CLASS_SQUARE = 1 << 3,
	CLASS_NEWLINE = 1 << 4,
	CLASS_RARE = 1 << 7, /* the place of the bit that ASCII does not have */
};

/* clang-format off */
#define RARE8 CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE
static const unsigned char classes[128] __attribute__((aligned(64))) = {
	RARE8,
	CLASS_RARE, CLASS_RARE, CLASS_NEWLINE, CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE, CLASS_RARE,
	RARE8,
	RARE8,
	['"'] = CLASS_QUOTE,
	['['] = CLASS_OPEN | CLASS_SQUARE,
	['\\'] = CLASS_RARE,
	[']'] = CLASS_CLOSE | CLASS_SQUARE,
	['{'] = CLASS_OPEN,
	['}'] = CLASS_CLOSE,
};
/* clang-format on */

/* From the classes of 64 bytes to eight masks of 64 bits: each group of eight bytes is turned over as a matrix of bits, the
 * bits of each row are put in the order of the bytes, and the first rows of all groups side by side, then the second rows,
 * and so on. */
static inline __m512i masks_of(__m512i x)
{
	const __m512i unit = _mm512_set1_epi64((int64_t)0x8040201008040201U); /* turns a row of bits round, as well */
	const __m512i rows =
		_mm512_set_epi8(63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21,
	                        13, 5, 60, 52, 44, 36, 28, 20, 12, 4, 59, 51, 43, 35, 27, 19, 11, 3, 58, 50, 42, 34, 26,
	                        18, 10, 2, 57, 49, 41, 33, 25, 17, 9, 1, 56, 48, 40, 32, 24, 16, 8, 0);
	__m512i class;

	class = _mm512_permutex2var_epi8(_mm512_load_si512(classes), x, _mm512_load_si512(classes + 64));
	class = _mm512_ternarylogic_epi64(class, x, _mm512_set1_epi8((char)CLASS_RARE), 0xF8); /* class | (x & RARE) */
	class = _mm512_gf2p8affine_epi64_epi8(unit, class, 0);
	return _mm512_permutexvar_epi8(rows, _mm512_gf2p8affine_epi64_epi8(class, unit, 0));
}

static size_t index_run(const unsigned char *p, size_t n, size_t at, struct json_word *words, struct json_run *run)
{
	const __m256i rare = _mm256_set_epi64x(-1, 0, 0, 0);
	__m128i       before = _mm_set1_epi64x((int64_t)run->in_string);
	__m256i       newlines = _mm256_setzero_si256();

	for (; at < n; at += JSON_WORD) {
		__m512i masks = masks_of(load(p + at));
		__m256i low = _mm512_castsi512_si256(masks), high = _mm512_extracti64x4_epi64(masks, 1);
		__m128i quotes = _mm256_castsi256_si128(low);
		__m128i in_string = _mm_xor_si128(_mm_clmulepi64_si128(quotes, _mm_set1_epi8(-1), 0), before);
		__m256i in_strings = _mm256_broadcastq_epi64(in_string);

		if (_mm256_test_epi64_mask(high, _mm256_or_si256(in_strings, rare)))
			break;
		before = _mm_srai_epi64(in_string, 63);
		newlines = _mm256_add_epi64(newlines, _mm256_popcnt_epi64(high));
		low = _mm256_mask_andnot_epi64(low, CLASS_OPEN | CLASS_CLOSE, in_strings, low);
		_mm256_store_si256((__m256i *)(void *)&words[at / JSON_WORD], low);
	}
	run->in_string = (uint64_t)_mm_cvtsi128_si64(before);
	run->newlines += (uint64_t)_mm_cvtsi128_si64(_mm256_castsi256_si128(newlines));
	return at;
}

#include "json/json_index_body.h"

#endif
