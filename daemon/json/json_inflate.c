/* Gzip on the way to the scanner: any number of members (RFC 1952, section 2.2), zeros behind the last one.
 *
 * zlib is loaded when the first gzip is met: linked, it would make every start of the program a tenth longer than it is for
 * the many that never see one.
 */
#include <dlfcn.h>
#include <errno.h>
#include <zlib.h>

#include "base/arena.h"
#include "json/json_source.h"

struct zlib {
	void *handle; /* NULL: not loaded */
	int (*init)(z_streamp, int window_bits, const char *version, int size);
	int (*inflate)(z_streamp, int flush);
	int (*reset)(z_streamp);
	int (*end)(z_streamp);
};

struct json_inflate {
	struct zlib   zlib;
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
		inf->zlib.end(&inf->z);
	if (inf->zlib.handle)
		dlclose(inf->zlib.handle);
}

struct json_inflate *json_inflate_new(struct arena *arena)
{
	struct json_inflate *inf = ARENA_NEW(arena, struct json_inflate);

	arena_defer(arena, release, inf);
	return inf;
}

/* dlsym returns a pointer to data; POSIX, unlike C, allows converting it to a pointer to a function. */
static bool find_function(void *handle, const char *name, void *ret, size_t size)
{
	void *found = dlsym(handle, name);

	memcpy(ret, &found, size);
	return found != NULL;
}

static bool load(struct zlib *z)
{
	if (z->handle)
		return true;
	z->handle = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!z->handle)
		return false;
	if (find_function(z->handle, "inflateInit2_", &z->init, sizeof(z->init)) &&
	    find_function(z->handle, "inflate", &z->inflate, sizeof(z->inflate)) &&
	    find_function(z->handle, "inflateReset", &z->reset, sizeof(z->reset)) &&
	    find_function(z->handle, "inflateEnd", &z->end, sizeof(z->end)))
		return true;
	dlclose(z->handle);
	z->handle = NULL;
	return false;
}

int json_inflate_begin(struct json_inflate *inf, const unsigned char *p, size_t n)
{
	enum { GZIP_WITH_THE_LARGEST_WINDOW = 15 + 16 };

	if (!load(&inf->zlib))
		return ELIBACC;
	if (!inf->ready &&
	    inf->zlib.init(&inf->z, GZIP_WITH_THE_LARGEST_WINDOW, ZLIB_VERSION, (int)sizeof(inf->z)) != Z_OK)
		return ENOMEM;
	inf->ready = true;
	inf->zlib.reset(&inf->z);
	memcpy(inf->in, p, n);
	inf->z.next_in = inf->in;
	inf->z.avail_in = (uInt)n;
	inf->between = false;
	inf->ended = false;
	return 0;
}

/* True: there are compressed bytes, or the input has ended (avail_in is 0). */
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

/* After a member: another one, or zeros (padding of tape blocks, which gzip(1) ignores, too), or the end. */
static bool next_member(struct json_inflate *inf, struct json_source *src, struct json_filled *ret)
{
	for (;;) {
		if (!refill(inf, src, ret))
			return false;
		if (!inf->z.avail_in) {
			inf->ended = true;
			return true;
		}
		if (*inf->z.next_in || src->strict)
			break;
		inf->z.next_in++;
		inf->z.avail_in--;
	}
	inf->between = false;
	inf->zlib.reset(&inf->z);
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
	rc = inf->zlib.inflate(&inf->z, Z_NO_FLUSH);
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
