#include "serve/process/heap.h"

#include <malloc.h>

void heap_keep_small(void)
{
	(void)mallopt(M_ARENA_MAX, 2);
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
	/* calloc writes zeros over what it takes from a stock, and so makes memory of all the room that arenas keep free. */
	(void)mallopt(M_TOP_PAD, 0);
}

void heap_give_back(void)
{
	/* With a sanitizer's allocator the C library's own heap was never set up: glibc 2.36 would do so in malloc_trim,
	 * without a lock, so that two threads that come first together crash. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	(void)malloc_trim(0);
#endif
}
