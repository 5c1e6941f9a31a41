/* samples.h - what the comparing programs share: the files that they are given, and changes by chance. */
#ifndef CALLOUT_TESTS_SAMPLES_H
#define CALLOUT_TESTS_SAMPLES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct text {
	char  *p; /* PEER_PADDING bytes more; the caller's to free */
	size_t n;
};

enum { PEER_PADDING = 64 }; /* behind what other people's readers are given: simdjson reads beyond the end */

/* A whole file; exit 4 where it cannot be read. */
static inline struct text file_text(const char *path)
{
	FILE       *f = fopen(path, "rb");
	struct text t = { NULL, 0 };
	long        n;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0) {
		perror(path);
		exit(4);
	}
	rewind(f);
	t.n = (size_t)n;
	t.p = (char *)calloc(1, t.n + PEER_PADDING);
	if (!t.p || fread(t.p, 1, t.n, f) != t.n) {
		perror(path);
		exit(4);
	}
	fclose(f);
	return t;
}

/* xorshift64: *state is never 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % n;
}

#endif
