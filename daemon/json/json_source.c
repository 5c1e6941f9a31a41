#include "json/json_source.h"

#include <errno.h>
#include <unistd.h>

void json_source_open(struct json_source *src, const struct json_input *input)
{
	src->input = *input;
	src->at = 0;
	src->begun = false;
	src->gzip = false;
	src->strict = false;
}

static ssize_t read_bytes(const struct json_source *src, unsigned char *p, size_t n)
{
	struct str rest = str_slice(src->input.bytes, (size_t)src->at, src->input.bytes.n);

	if (rest.n < n)
		n = rest.n;
	if (n)
		memcpy(p, rest.p, n);
	return (ssize_t)n;
}

ssize_t json_source_read(struct json_source *src, unsigned char *p, size_t n)
{
	const struct json_input *in = &src->input;
	ssize_t                  got;

	do {
		if (in->read)
			got = in->read(in->ctx, p, n);
		else if (in->fd < 0)
			got = read_bytes(src, p, n);
		else if (in->size >= 0)
			got = pread(in->fd, p, n, (off_t)(in->start + src->at));
		else
			got = read(in->fd, p, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		src->at += (uint64_t)got;
	return got;
}
