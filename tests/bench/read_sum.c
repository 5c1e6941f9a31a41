/* The limit: a file read into one block again and again, and its bytes added up with AVX2. */
#include <fcntl.h>
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024 };

int main(int argc, char **argv)
{
	unsigned char *block = aligned_alloc(64, BLOCK);
	int            fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	__m256i        sums = _mm256_setzero_si256(), others = sums, zero = sums;
	long long      parts[4];
	ssize_t        n;

	if (!block || fd < 0)
		return 2;
	while ((n = read(fd, block, BLOCK)) > 0)
		for (ssize_t i = 0; i + 64 <= n; i += 64) {
			const __m256i *at = (const __m256i *)(const void *)(block + i);

			sums = _mm256_add_epi64(sums, _mm256_sad_epu8(_mm256_load_si256(at), zero));
			others = _mm256_add_epi64(others, _mm256_sad_epu8(_mm256_load_si256(at + 1), zero));
		}
	_mm256_storeu_si256((__m256i *)(void *)parts, _mm256_add_epi64(sums, others));
	printf("%lld\n", parts[0] + parts[1] + parts[2] + parts[3]);
	return n < 0;
}
