/* 16 bytes at a time: what every x86-64 has. */
#if defined(__x86_64__)
#define KERNEL      json_kernel_sse2
#define KERNEL_NAME "sse2"
#define LANES       16

#include <emmintrin.h>

#include "json/json_index_lanes.h"

static inline uint64_t top_bits(lanes x)
{
	return (unsigned)_mm_movemask_epi8((__m128i)x);
}

#include "json/json_index_body.h"

#endif
