/* peek.h - an input whose beginning is looked at before it is decided who reads it. */
#ifndef CALLOUT_DUMP_PEEK_H
#define CALLOUT_DUMP_PEEK_H

#include "base/str.h"
#include "json/json_source.h"

enum { PEEK_BYTES = 4096 };

struct peek {
	struct json_input input;
	char              head[PEEK_BYTES]; /* of a stream: read ahead */
	size_t            n, at;
	bool              replays; /* the head was taken from a stream */
	uint64_t          offset;  /* of peek_read in a regular input */
	bool              gzip;
	char              plain[PEEK_BYTES]; /* the head, inflated */
	size_t            plain_n;
	int               error; /* errno of the first read, or 0 */
};

/* Looks at the beginning, with the help of an inflater that may be in use later only for this input. The input stays as it was
 * for whom peek_input gives it to. */
void       peek_begin(struct peek *, const struct json_input *, struct json_inflate *);
struct str peek_head(const struct peek *); /* inflated */
/* The whole input, from its beginning, for the scanner; valid as long as the peek is. */
void peek_input(struct peek *, struct json_input *ret);
/* The same in pieces, as stored: 0 at the end, -1 with errno. */
ssize_t peek_read(struct peek *, void *p, size_t n);

#endif
