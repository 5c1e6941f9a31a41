/* 64 bytes at a time, and their masks eight words at a time: x86-64 with AVX-512, as Ice Lake and Zen 4 have it. */
#if defined(__x86_64__)
#define KERNEL      json_kernel_avx512
#define KERNEL_NAME "avx512"
#define KERNEL_GROUPS

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

/* Below 0x20 or, since the comparison is signed, above 0x7F. */
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

enum { GROUP = 8, GROUP_BYTES = GROUP * JSON_WORD }; /* a register of 64 bytes holds one mask of so many words */

/* Masks of a group, a lane a word. */
struct group {
	__m512i quotes, opens, closes, squares, newlines, rare;
};

/* The lanes of a and b that are named by two bits each: two of a, then two of b. */
#define LANES_OF(a, b, first, second) _mm512_shuffle_i64x2(a, b, (first) | (second) << 2 | (first) << 4 | (second) << 6)

/* From the eight masks of each word to each mask of eight words: pairs of words side by side, then fours, then all. */
static inline void group_masks(const unsigned char *p, struct group *g)
{
	__m512i m[GROUP], low[GROUP / 2], high[GROUP / 2], a, b;

#pragma GCC unroll 8
	for (unsigned i = 0; i < GROUP; i++)
		m[i] = masks_of(load(p + i * JSON_WORD));
#pragma GCC unroll 4
	for (unsigned i = 0; i < GROUP / 2; i++) {
		low[i] = _mm512_unpacklo_epi64(m[2 * i], m[2 * i + 1]);  /* of classes 0, 2, 4 and 6, a lane each */
		high[i] = _mm512_unpackhi_epi64(m[2 * i], m[2 * i + 1]); /* 1, 3, 5 and 7 */
	}
	a = LANES_OF(low[0], low[1], 0, 2);
	b = LANES_OF(low[2], low[3], 0, 2);
	g->quotes = LANES_OF(a, b, 0, 2);
	g->newlines = LANES_OF(a, b, 1, 3);
	a = LANES_OF(low[0], low[1], 1, 1);
	b = LANES_OF(low[2], low[3], 1, 1);
	g->closes = LANES_OF(a, b, 0, 2);
	a = LANES_OF(high[0], high[1], 1, 3);
	b = LANES_OF(high[2], high[3], 1, 3);
	g->squares = LANES_OF(a, b, 0, 2);
	g->rare = LANES_OF(a, b, 1, 3);
	a = LANES_OF(high[0], high[1], 0, 0);
	b = LANES_OF(high[2], high[3], 0, 0);
	g->opens = LANES_OF(a, b, 0, 2);
}

/* prefix_xor of each lane. */
static inline __m512i prefix_xors(__m512i x)
{
	const __m512i ones = _mm512_set1_epi8(-1);

	return _mm512_unpacklo_epi64(_mm512_clmulepi64_epi128(x, ones, 0), _mm512_clmulepi64_epi128(x, ones, 1));
}

/* Bit i of the result: the parity of bits 0 to i, of eight. */
static inline unsigned parities(unsigned x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	return x & 0xFF;
}

/* Sums of the lanes up to each, in halves of 32 bits. */
static inline __m512i prefix_sums(__m512i x)
{
	const __m512i zero = _mm512_setzero_si512();

	x = _mm512_add_epi32(x, _mm512_alignr_epi64(x, zero, GROUP - 1));
	x = _mm512_add_epi32(x, _mm512_alignr_epi64(x, zero, GROUP - 2));
	return _mm512_add_epi32(x, _mm512_alignr_epi64(x, zero, GROUP - 4));
}

/* What words of brackets add to the depth: a struct json_depth a lane. */
static inline __m512i depths_added(__m512i opens, __m512i closes, __m512i squares)
{
	__m512i all = _mm512_sub_epi32(_mm512_popcnt_epi64(opens), _mm512_popcnt_epi64(closes));
	__m512i only = _mm512_sub_epi32(_mm512_popcnt_epi64(_mm512_and_si512(opens, squares)),
	                                _mm512_popcnt_epi64(_mm512_and_si512(closes, squares)));

	return _mm512_or_si512(all, _mm512_slli_epi64(only, 32));
}

/* What the groups of a run leave to the next one, as run is changed by them. */
struct group_run {
	unsigned before;   /* all ones: the group begins in a string */
	__m512i  newlines; /* to be added up */
	__m512i  depth;    /* a struct json_depth, in each lane the same */
	__m512i  deepest;  /* of each lane, in halves of 32 bits; the higher mean nothing */
};

static inline void set_group(const struct json_words *words, size_t w, const struct group *g, __m512i in_string,
                             struct group_run *run)
{
	__m512i opens = _mm512_andnot_si512(in_string, g->opens), closes = _mm512_andnot_si512(in_string, g->closes);
	__m512i added = depths_added(opens, closes, g->squares), sums = prefix_sums(added);
	__m512i depth = _mm512_add_epi32(run->depth, _mm512_sub_epi32(sums, added));
	__m512i highest = _mm512_add_epi32(depth, _mm512_popcnt_epi64(opens));
	__m512i lowest = _mm512_sub_epi32(depth, _mm512_popcnt_epi64(closes));

	_mm512_storeu_si512(words->quotes + w, g->quotes);
	_mm512_storeu_si512(words->opens + w, opens);
	_mm512_storeu_si512(words->closes + w, closes);
	_mm512_storeu_si512(words->squares + w, g->squares);
	_mm512_storeu_si512(words->depth + w, depth);
	_mm256_storeu_si256((__m256i *)(void *)(words->lowest + w), _mm512_cvtepi64_epi32(lowest));
	run->deepest = _mm512_max_epi32(run->deepest, highest);
	run->depth = _mm512_add_epi32(run->depth, _mm512_permutexvar_epi64(_mm512_set1_epi64(GROUP - 1), sums));
}

static struct group_run group_run_of(const struct json_run *run)
{
	int64_t depth;

	memcpy(&depth, &run->depth, sizeof(depth));
	return (struct group_run){ run->in_string & 0xFF, _mm512_setzero_si512(), _mm512_set1_epi64(depth),
		                   _mm512_set1_epi64(run->deepest) };
}

static void leave_group_run(const struct group_run *from, struct json_run *run)
{
	int64_t depth = _mm_cvtsi128_si64(_mm512_castsi512_si128(from->depth));

	run->in_string = from->before ? ~(uint64_t)0 : 0;
	run->newlines += (uint64_t)_mm512_reduce_add_epi64(from->newlines);
	memcpy(&run->depth, &depth, sizeof(depth));
	run->deepest = _mm512_mask_reduce_max_epi32(0x5555, from->deepest);
}

/* As index_run: plain groups, up to the first that is not, or that is not whole. */
static size_t index_groups(const unsigned char *p, size_t n, size_t at, const struct json_words *words,
                           struct json_run *run)
{
	struct group_run r = group_run_of(run);

	for (; at + GROUP_BYTES <= n; at += GROUP_BYTES) {
		struct group g;
		__m512i      in_string;
		unsigned     after; /* of each word, a bit: it ends in a string */

		group_masks(p + at, &g);
		in_string = prefix_xors(g.quotes);
		after = parities(_mm512_movepi64_mask(in_string)) ^ r.before;
		in_string = _mm512_mask_xor_epi64(in_string, (__mmask8)(after << 1 | (r.before & 1)), in_string,
		                                  _mm512_set1_epi8(-1));
		if (_mm512_test_epi64_mask(g.rare, g.rare) | _mm512_test_epi64_mask(g.newlines, in_string))
			break;
		r.before = after >> (GROUP - 1) ? 0xFF : 0;
		r.newlines = _mm512_add_epi64(r.newlines, _mm512_popcnt_epi64(g.newlines));
		set_group(words, at / JSON_WORD, &g, in_string, &r);
	}
	leave_group_run(&r, run);
	return at;
}

static inline size_t first_low(const int32_t *lowest, size_t w, size_t end, int32_t floor)
{
	enum { STEP = sizeof(__m512i) / sizeof(int32_t) };

	for (; w < end; w += STEP) {
		__mmask16 lanes = (__mmask16)(end - w < STEP ? (1U << (end - w)) - 1 : 0xFFFF);
		__m512i   x = _mm512_maskz_loadu_epi32(lanes, lowest + w);
		__mmask16 found = _mm512_mask_cmple_epi32_mask(lanes, x, _mm512_set1_epi32(floor));

		if (found)
			return w + (size_t)__builtin_ctz(found);
	}
	return end;
}

#include "json/json_index_body.h"

#endif
