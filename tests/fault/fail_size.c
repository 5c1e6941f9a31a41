/* fail_size - preloaded: makes allocations of one size fail for a while.
 *
 * FAIL_SIZE=N FAIL_WHILE=FILE   malloc gives nothing for N to N + 63 bytes for as long as FILE, which is there at the start, has
 *                               something in it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

extern void *__libc_malloc(size_t);

static int    file = -1;
static size_t size;

__attribute__((constructor)) static void prepare(void)
{
	const char *path = getenv("FAIL_WHILE"), *n = getenv("FAIL_SIZE");

	if (!path || !n)
		return;
	size = strtoul(n, NULL, 10);
	file = open(path, O_RDONLY | O_CLOEXEC);
}

static int fails(size_t n)
{
	struct stat st;

	return file >= 0 && n >= size && n < size + 64 && fstat(file, &st) == 0 && st.st_size > 0;
}

void *malloc(size_t n)
{
	if (!fails(n))
		return __libc_malloc(n);
	errno = ENOMEM;
	return NULL;
}
