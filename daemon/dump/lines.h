/* lines.h - answers of Envoy's admin interface that are text, line by line. */
#ifndef CALLOUT_DUMP_LINES_H
#define CALLOUT_DUMP_LINES_H

#include "dump/peek.h"
#include "dump/reading.h"

struct text_line {
	struct str        text;  /* without its end; valid until the next line */
	struct json_place place; /* of its first byte */
	bool              cut;   /* it is longer: LIMIT_CLUSTER_NAME_BYTES are there */
	bool              ended; /* by a line feed, as all of Envoy's are: else it may be cut off */
};

/* False: no line of what is read. */
typedef bool text_line_met(void *ctx, const struct text_line *);

/* Hands out all lines that are not empty. of: what they belong to, for findings. False: a finding was added, of what could not be read, is
 * larger than LIMIT_STATS_BYTES, or of the first line that is none. */
bool lines_read(struct dump_reader *, struct peek *, const char *of, text_line_met *, void *ctx);

#endif
