/* 32 bytes at a time: x86-64 with AVX2, PCLMULQDQ and POPCNT. */
#if defined(__x86_64__)
#define KERNEL      json_kernel_avx2
#define KERNEL_NAME "avx2"
#define LANES       32

#include <immintrin.h>

#include "json/json_index_lanes.h"

static inline uint64_t top_bits(lanes x)
{
	return (unsigned)_mm256_movemask_epi8((__m256i)x);
}

#include "json/json_index_body.h"

#endif
