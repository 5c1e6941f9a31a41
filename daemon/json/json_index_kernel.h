/* json_index_kernel.h - what every kernel begins with: what it finds in a word, and two things that depend on what the file
 * is compiled for. The frame that goes round it is json_index_body.h. */
#ifndef CALLOUT_JSON_JSON_INDEX_KERNEL_H
#define CALLOUT_JSON_JSON_INDEX_KERNEL_H

#include "json/json_index_rare.h"

#ifdef __PCLMUL__
#include <wmmintrin.h>
#endif

#define UNLIKELY(x) __builtin_expect((x) != 0, 0)

/* Of the 64 bytes of a word, wherever they stand: in strings, too, and behind backslashes. */
struct raw {
	uint64_t quotes, opens, closes, squares, newlines;
	bool     rare; /* there is a backslash, a byte that is not ASCII, or a control character that is no line feed */
};

/* Bit i of the result: the parity of bits 0 to i. */
static inline uint64_t prefix_xor(uint64_t x)
{
#ifdef __PCLMUL__
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)x), _mm_set1_epi8(-1), 0));
#else
	for (unsigned by = 1; by < JSON_WORD; by *= 2)
		x ^= x << by;
	return x;
#endif
}

static inline int64_t bits_set(uint64_t x)
{
#ifdef __POPCNT__
	return __builtin_popcountll(x);
#else
	/* Bits added in pairs, fours and bytes. */
	x -= x >> 1 & 0x5555555555555555U;
	x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
	return (int64_t)(((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0FU) * 0x0101010101010101U >> 56);
#endif
}

/* The same, for words that are mostly 0. */
static inline int64_t bits_set_rare(uint64_t x)
{
#ifdef __POPCNT__
	return bits_set(x);
#else
	return x ? bits_set(x) : 0;
#endif
}

#endif
