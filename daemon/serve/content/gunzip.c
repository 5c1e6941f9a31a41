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
	bool          between; /* two members, or behind the last */
	bool          at_end;
	int           fault; /* an errno: it stays */
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

/* More of what is packed. False: there is none, or errno. */
static bool refill(struct gunzip *g)
{
	ssize_t got = g->read(g->ctx, g->piece, sizeof(g->piece));

	if (got <= 0) {
		errno = got == 0 ? 0 : errno;
		return false;
	}
	g->z.next_in = g->piece;
	g->z.avail_in = (unsigned)got;
	return true;
}

/* One call of zlib's. False: errno, 0 at the end. RFC 1952 2.2: members follow each other, and each brings its checksum. */
static bool inflate_some(struct gunzip *g)
{
	int result;

	if (g->z.avail_in == 0 && !refill(g)) {
		if (errno == 0 && !g->between)
			errno = EBADMSG; /* cut off */
		return false;
	}
	if (g->between && inflateReset(&g->z) != Z_OK) {
		errno = EBADMSG;
		return false;
	}
	result = inflate(&g->z, Z_NO_FLUSH);
	g->between = result == Z_STREAM_END;
	if (result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END)
		return true;
	errno = EBADMSG;
	return false;
}

ssize_t gunzip_read(void *gunzip, void *p, size_t n)
{
	struct gunzip *g = gunzip;
	size_t         want = n > INT32_MAX ? INT32_MAX : n;

	if (g->fault) {
		errno = g->fault;
		return -1;
	}
	g->z.next_out = p;
	g->z.avail_out = (unsigned)want;
	while (g->z.avail_out == want && !g->at_end) {
		if (inflate_some(g))
			continue;
		g->fault = errno;
		if (g->fault)
			return -1;
		g->at_end = true;
	}
	want -= g->z.avail_out;
	if (want > g->left) {
		errno = g->fault = EFBIG;
		return -1;
	}
	g->left -= want;
	return (ssize_t)want;
}

int gunzip_fault(const struct gunzip *g)
{
	return g->fault;
}
