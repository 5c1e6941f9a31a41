/* failmalloc - preloaded: makes allocations fail.
 *
 * FAILMALLOC_AT=N         the N-th allocation fails (from 1)
 * FAILMALLOC_FROM=N       the N-th and all after it fail
 * FAILMALLOC_COUNT=FILE   at exit the number of allocations is written to FILE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static unsigned long count, fail_at, fail_from;
static int           ready;

static unsigned long number(const char *text)
{
	unsigned long n = 0;

	for (; text && *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (unsigned long)(*text - '0');
	return n;
}

static int fails(void)
{
	if (!ready) {
		ready = 1;
		fail_at = number(getenv("FAILMALLOC_AT"));
		fail_from = number(getenv("FAILMALLOC_FROM"));
	}
	count++;
	if ((fail_at == 0 || count != fail_at) && (fail_from == 0 || count < fail_from))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("FAILMALLOC_COUNT");
	char        digits[24], *p = digits + sizeof(digits);
	int         fd;

	if (!path)
		return;
	*--p = '\n';
	do
		*--p = (char)('0' + count % 10);
	while (count /= 10);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, p, (size_t)(digits + sizeof(digits) - p)) < 0)
		_exit(1);
}
