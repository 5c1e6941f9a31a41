#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"

void buf_init(struct buf *b, struct arena *arena, size_t max)
{
	*b = (struct buf){ .arena = arena, .max = max };
}

/* The ceiling is a ceiling of the capacity too, so that the inline appends need not look at it. The old bytes stay in
 * the arena: doubling bounds what that wastes. */
bool buf_reserve(struct buf *b, size_t n)
{
	size_t want = b->cap ? b->cap : 256;
	char  *p;

	if (b->overflow || n > b->max - b->n) {
		b->overflow = true;
		return false;
	}
	if (n <= b->cap - b->n)
		return true;
	while (want - b->n < n)
		want *= 2;
	if (want > b->max)
		want = b->max;
	p = arena_alloc(b->arena, want);
	if (b->n)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->cap = want;
	return true;
}

void buf_fill(struct buf *b, char c, size_t count)
{
	if (count && buf_reserve(b, count)) {
		memset(b->p + b->n, c, count);
		b->n += count;
	}
}

void buf_uint(struct buf *b, uint64_t v)
{
	struct digits d;

	buf_add(b, str_digits(&d, v));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int     n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0 || !buf_reserve(b, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}
