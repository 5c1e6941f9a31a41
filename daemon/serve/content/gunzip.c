#include "serve/content/gunzip.h"

#include <errno.h>
#include <zlib.h>

#include "base/arena.h"

enum { PIECE_BYTES = 16 * 1024 };

struct gunzip {
	z_stream z;
	ssize_t (*read)(void *ctx, void *p, size_t n);
	void         *ctx;
	uint64_t      left;
	bool          at_end;
	unsigned char piece[PIECE_BYTES];
};

static void release(void *gunzip)
{
	inflateEnd(&((struct gunzip *)gunzip)->z);
}

struct gunzip *gunzip_new(struct arena *arena, ssize_t (*read)(void *ctx, void *p, size_t n), void *ctx, uint64_t max)
{
	struct gunzip *g = ARENA_NEW(arena, struct gunzip);

	g->read = read;
	g->ctx = ctx;
	g->left = max;
	if (inflateInit2(&g->z, 15 + 16) != Z_OK)
		arena_exhausted(arena);
	arena_defer(arena, release, g);
	return g;
}

ssize_t gunzip_read(void *gunzip, void *p, size_t n)
{
	struct gunzip *g = gunzip;
	size_t         want = n > INT32_MAX ? INT32_MAX : n;

	g->z.next_out = p;
	g->z.avail_out = (unsigned)want;
	while (g->z.avail_out == want && !g->at_end) {
		int result;

		if (g->z.avail_in == 0) {
			ssize_t got = g->read(g->ctx, g->piece, sizeof(g->piece));

			if (got <= 0) {
				errno = got == 0 ? EBADMSG : errno; /* cut off */
				return -1;
			}
			g->z.next_in = g->piece;
			g->z.avail_in = (unsigned)got;
		}
		result = inflate(&g->z, Z_NO_FLUSH);
		if (result == Z_STREAM_END) {
			g->at_end = true;
		} else if (result != Z_OK && result != Z_BUF_ERROR) {
			errno = EBADMSG;
			return -1;
		}
	}
	want -= g->z.avail_out;
	if (want > g->left) {
		errno = EFBIG;
		return -1;
	}
	g->left -= want;
	return (ssize_t)want;
}
