#include "json/json_index.h"

struct kernel_row {
	const struct json_kernel_ops *ops;
	bool (*available)(void);
};

#if defined(__x86_64__)
static bool has_sse2(void)
{
	return true; /* every x86-64 has it */
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("bmi");
}

static bool has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("gfni") &&
	       __builtin_cpu_supports("vpclmulqdq");
}
#endif

static bool has_all(void)
{
	return true;
}

static const struct kernel_row kernels[] = {
	[JSON_KERNEL_PORTABLE] = { &json_kernel_portable, has_all },
#if defined(__x86_64__)
	[JSON_KERNEL_SSE2] = { &json_kernel_sse2, has_sse2 },
	[JSON_KERNEL_AVX2] = { &json_kernel_avx2, has_avx2 },
	[JSON_KERNEL_AVX512] = { &json_kernel_avx512, has_avx512 },
#endif
};

enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

const struct json_kernel_ops *json_kernel_get(enum json_kernel which)
{
	if (which == JSON_KERNEL_BEST) {
		for (unsigned i = KERNELS - 1; i > JSON_KERNEL_PORTABLE; i--)
			if (kernels[i].available())
				return kernels[i].ops;
		return &json_kernel_portable;
	}
	if ((unsigned)which >= KERNELS || !kernels[which].available())
		return NULL;
	return kernels[which].ops;
}

bool json_kernel_available(enum json_kernel which)
{
	return json_kernel_get(which) != NULL;
}
