/* Whole requests for bytes, of a plain input or of gzip: the first bytes tell which. */
#include <errno.h>

#include "json/json_source.h"

/* Fills the buffer from a plain input, behind what is there. */
static void fill_plain(struct json_source *src, unsigned char *p, size_t n, struct json_filled *ret)
{
	while (ret->n < n) {
		ssize_t got = json_source_read(src, p + ret->n, n - ret->n);

		if (got < 0) {
			ret->fault = JSON_READ;
			ret->error_number = errno;
		}
		if (got <= 0)
			return;
		ret->n += (size_t)got;
	}
}

/* Reads the first bytes, which tell whether the input is gzip (RFC 1952, section 2.3.1). A stream may deliver them one
 * by one. */
static bool begin(struct json_source *src, unsigned char *p, size_t n, struct json_filled *ret)
{
	size_t first = n < JSON_COMPRESSED_BYTES ? n : JSON_COMPRESSED_BYTES;

	src->begun = true;
	if (src->input.size >= 0 && src->input.fd >= 0) {
		/* One read for all that fits, if it is not gzip: then it is read again. */
		fill_plain(src, p, n, ret);
		if (ret->fault != JSON_OK || ret->n < 2 || p[0] != 0x1F || p[1] != 0x8B)
			return true;
		if (ret->n > first)
			ret->n = first;
		src->at = ret->n;
	} else {
		while (ret->n < 2 && ret->fault == JSON_OK) {
			ssize_t got = json_source_read(src, p + ret->n, first - ret->n);

			if (got < 0) {
				ret->fault = JSON_READ;
				ret->error_number = errno;
			}
			if (got <= 0)
				return true;
			ret->n += (size_t)got;
		}
	}
	if (ret->fault != JSON_OK || p[0] != 0x1F || p[1] != 0x8B)
		return ret->fault != JSON_OK;
	src->gzip = true;
	ret->error_number = json_inflate_begin(src->inflate, p, ret->n);
	ret->fault = ret->error_number ? JSON_READ : JSON_OK;
	ret->n = 0;
	return ret->fault != JSON_OK;
}

void json_source_fill(struct json_source *src, unsigned char *p, size_t n, struct json_filled *ret)
{
	*ret = (struct json_filled){ 0 };
	if (!src->begun && begin(src, p, n, ret))
		return;
	if (src->gzip)
		json_inflate_fill(src->inflate, src, p, n, ret);
	else
		fill_plain(src, p, n, ret);
}

void json_source_fill_at(const struct json_input *in, uint64_t offset, unsigned char *p, size_t n,
                         struct json_filled *ret)
{
	struct json_source src = { .input = *in, .at = offset, .begun = true };

	json_source_fill(&src, p, n, ret);
}
