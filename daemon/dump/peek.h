/* peek.h - an input whose beginning is examined to decide which reader gets it. */
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
	uint64_t          offset;  /* how much of a regular input was read */
	bool              gzip;
	char              plain[PEEK_BYTES]; /* the head, inflated */
	size_t            plain_n;
	int               error; /* errno of the first read, or 0 */
};

/* Looks at the beginning. The inflater is used for it and, from then on, only for this input. Whoever gets the input from
 * peek_input reads it from its beginning. */
void       peek_begin(struct peek *, const struct json_input *, struct json_inflate *);
struct str peek_head(const struct peek *); /* inflated */
/* The whole input, from its beginning, for the scanner; valid as long as the peek is. */
void peek_input(struct peek *, struct json_input *ret);

#endif
