#include "wasm/tar_entry.h"

#include "base/limits.h"
#include "base/str.h"

/* Offsets in a header (POSIX ustar). */
enum { BLOCK = 512, SIZE = 124, SIZE_BYTES = 12, CHECKSUM = 148, CHECKSUM_BYTES = 8, KIND = 156 };
enum { EXTENDED_BYTES_MAX = 1024 * 1024 }; /* of one that is read over; archive/tar: maxSpecialFileSize */
enum { EXTENDED_MAX = 16 };                /* before one entry */

#define DAMAGED "its archive is damaged, or has no entry"

/* Octal digits between blanks and zeros, or, behind a set first bit, a number in bytes. */
static bool number_of(const unsigned char *p, size_t n, uint64_t *ret)
{
	uint64_t value = p[0] & 0x80 ? p[0] & 0x7f : 0;
	size_t   from = p[0] & 0x80 ? 1 : 0, to = n;

	while (!(p[0] & 0x80) && from < to && (p[from] == ' ' || p[from] == 0))
		from++;
	while (!(p[0] & 0x80) && to > from && (p[to - 1] == ' ' || p[to - 1] == 0))
		to--;
	for (size_t i = from; i < to; i++) {
		if (value > LIMIT_MODULE_BYTES)
			return false;
		if (p[0] & 0x80)
			value = value << 8 | p[i];
		else if (p[i] == 0)
			break;
		else if (p[i] >= '0' && p[i] <= '7')
			value = value << 3 | (uint64_t)(p[i] - '0');
		else
			return false;
	}
	*ret = value;
	return value <= LIMIT_MODULE_BYTES;
}

/* Its own field counts as blanks; old programs added the bytes up as signed ones. */
static bool has_sum(const unsigned char *header)
{
	uint64_t want;
	int64_t  sum = 0, signed_sum = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		bool          own = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES;
		unsigned char byte = own ? ' ' : header[i];

		sum += byte;
		signed_sum += (signed char)byte;
	}
	return number_of(header + CHECKSUM, CHECKSUM_BYTES, &want) &&
	       ((int64_t)want == sum || (int64_t)want == signed_sum);
}

static bool skip(tar_read_fn *read, void *ctx, uint64_t n)
{
	unsigned char block[BLOCK];

	for (; n; n -= n < BLOCK ? n : BLOCK)
		if (!read(ctx, block, BLOCK))
			return false;
	return true;
}

/* What stands in the place of the first file. NULL: it is one. */
static const char *other_kind(unsigned char kind)
{
	switch (kind) {
	case '1':
	case '2':
		return "the first entry of its archive is a link";
	case '5':
		return "the first entry of its archive is a folder; istio-agent takes the first entry, whatever it is";
	case 'g':
		return "the first entry of its archive is a header for all others, as git archive writes it; istio-agent takes "
		       "it for the module";
	case 'S':
		return "the first entry of its archive is a sparse file";
	case '3':
	case '4':
	case '6':
		return "the first entry of its archive is a device or a pipe";
	default:
		return NULL;
	}
}

const char *tar_entry_first(tar_read_fn *read, void *ctx, uint64_t *ret_size)
{
	unsigned char header[BLOCK];

	for (int i = 0; i < EXTENDED_MAX; i++) {
		unsigned char kind;
		uint64_t      size;

		if (!read(ctx, header, BLOCK) || !has_sum(header) || !number_of(header + SIZE, SIZE_BYTES, &size))
			return DAMAGED;
		kind = header[KIND];
		if (kind != 'x' && kind != 'L' && kind != 'K') {
			*ret_size = size;
			return other_kind(kind);
		}
		if (size > EXTENDED_BYTES_MAX || !skip(read, ctx, size))
			return DAMAGED;
	}
	return DAMAGED;
}
