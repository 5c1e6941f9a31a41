/* Gzip on the way to the scanner: any number of members (RFC 1952, section 2.2), zeros behind the last one. */
#include <errno.h>
#include <zlib.h>

#include "base/arena.h"
#include "json/json_source.h"

struct json_inflate {
	z_stream      z;
	bool          ready;   /* z holds memory */
	bool          between; /* a member has ended, none has begun */
	bool          ended;
	unsigned char in[JSON_COMPRESSED_BYTES];
};

static void release(void *what)
{
	struct json_inflate *inf = what;

	if (inf->ready)
		inflateEnd(&inf->z);
}

struct json_inflate *json_inflate_new(struct arena *arena)
{
	struct json_inflate *inf = ARENA_NEW(arena, struct json_inflate);

	arena_defer(arena, release, inf);
	return inf;
}

bool json_inflate_begin(struct json_inflate *inf, const unsigned char *p, size_t n)
{
	if (!inf->ready && inflateInit2(&inf->z, 15 + 16) != Z_OK) /* the largest window, gzip alone */
		return false;
	inf->ready = true;
	inflateReset(&inf->z);
	memcpy(inf->in, p, n);
	inf->z.next_in = inf->in;
	inf->z.avail_in = (uInt)n;
	inf->between = false;
	inf->ended = false;
	return true;
}

/* True: there are compressed bytes, or none will come (avail_in is 0). */
static bool refill(struct json_inflate *inf, struct json_source *src, struct json_filled *ret)
{
	ssize_t got;

	if (inf->z.avail_in)
		return true;
	got = json_source_read(src, inf->in, sizeof(inf->in));
	if (got < 0) {
		ret->fault = JSON_READ;
		ret->error_number = errno;
		return false;
	}
	inf->z.next_in = inf->in;
	inf->z.avail_in = (uInt)got;
	return true;
}

/* Behind a member: another one, or zeros (tape blocks, as gzip(1) takes them), or the end. */
static bool next_member(struct json_inflate *inf, struct json_source *src, struct json_filled *ret)
{
	for (;;) {
		if (!refill(inf, src, ret))
			return false;
		if (!inf->z.avail_in) {
			inf->ended = true;
			return true;
		}
		if (*inf->z.next_in)
			break;
		inf->z.next_in++;
		inf->z.avail_in--;
	}
	inf->between = false;
	inflateReset(&inf->z);
	return true;
}

static bool inflate_some(struct json_inflate *inf, struct json_source *src, struct json_filled *ret)
{
	int rc;

	if (inf->between)
		return next_member(inf, src, ret);
	if (!refill(inf, src, ret))
		return false;
	if (!inf->z.avail_in) {
		ret->fault = JSON_GZIP;
		return false;
	}
	rc = inflate(&inf->z, Z_NO_FLUSH);
	if (rc == Z_STREAM_END) {
		inf->between = true;
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		ret->fault = JSON_GZIP;
		return false;
	}
	return true;
}

void json_inflate_fill(struct json_inflate *inf, struct json_source *src, unsigned char *p, size_t n,
                       struct json_filled *ret)
{
	inf->z.next_out = p;
	inf->z.avail_out = (uInt)n;
	while (inf->z.avail_out && !inf->ended && inflate_some(inf, src, ret))
		;
	ret->n = n - inf->z.avail_out;
}
