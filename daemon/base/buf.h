/* buf.h - growing output bytes with a mandatory ceiling.
 *
 * The bytes live in the arena. Past the ceiling nothing more is taken and `overflow` stays set: check it
 * once, when the text is complete. Nothing is ever half taken: one append is whole or not there.
 */
#ifndef CALLOUT_BASE_BUF_H
#define CALLOUT_BASE_BUF_H

#include "base/str.h"

struct buf {
	struct arena *arena;
	char         *p;
	size_t        n;        /* bytes in it */
	size_t        cap;      /* bytes that there is room for */
	size_t        max;      /* the ceiling */
	bool          overflow; /* something did not fit below the ceiling */
};

void buf_init(struct buf *, struct arena *, size_t max);
/* Makes room for n more bytes. False: that would pass the ceiling, and overflow is set. */
bool buf_reserve(struct buf *, size_t n);

/* Each of these appends: count copies of a byte, a number in decimal, a formatted text. */
void buf_fill(struct buf *, char, size_t count);
void buf_uint(struct buf *, uint64_t);
void buf_fmt(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void buf_add(struct buf *b, struct str s)
{
	if (s.n && (s.n <= b->cap - b->n || buf_reserve(b, s.n)) && !b->overflow) {
		memcpy(b->p + b->n, s.p, s.n);
		b->n += s.n;
	}
}

static inline void buf_char(struct buf *b, char c)
{
	if ((b->cap > b->n || buf_reserve(b, 1)) && !b->overflow)
		b->p[b->n++] = c;
}

#define buf_lit(b, lit) buf_add((b), STR(lit))

static inline void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
}

static inline struct str buf_str(const struct buf *b)
{
	return str_of(b->p ? b->p : "", b->n);
}

#endif
