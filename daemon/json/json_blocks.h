/* json_blocks.h - the input cut into blocks, each read and indexed, in order. */
#ifndef CALLOUT_JSON_JSON_BLOCKS_H
#define CALLOUT_JSON_JSON_BLOCKS_H

#include "json/json_index.h"
#include "json/json_source.h"

struct json_block {
	unsigned char      *p; /* JSON_WORD bytes more than a block has, so that the last word can be read whole */
	struct json_words   words;
	size_t              n;
	uint64_t            offset; /* of p[0] in the (inflated) input */
	struct json_indexed found;
	int                 error_number; /* of JSON_READ */
	bool                last;
	bool                marked; /* it begins with a byte order mark, which is blanked out */
};

/* U+FEFF */
#define JSON_MARK "\xEF\xBB\xBF"
enum { JSON_MARK_BYTES = 3 };

struct json_blocks;

struct json_blocks *json_blocks_new(struct arena *, const struct json_scan_options *);
void                json_blocks_open(struct json_blocks *, const struct json_input *);

/* Of the inputs that are opened from now on. */
void json_blocks_cap(struct json_blocks *, uint64_t max_bytes);

/* The next block (the first call gives the first). The block given before may be overwritten from now on. Must not be
 * called after the last block, nor after one with a fault. */
const struct json_block *json_blocks_next(struct json_blocks *);

/* Makes the current block begin at its byte `from`, which must be outside of strings: what comes before that byte is
 * given up, and as much is read behind. Ask first whether that is possible and worth it. */
bool                     json_blocks_can_recut(const struct json_blocks *, size_t from);
const struct json_block *json_blocks_recut(struct json_blocks *, size_t from);

/* Stops reading from the input. The current block stays valid. */
void json_blocks_stop(struct json_blocks *);

const struct json_kernel_ops *json_blocks_kernel(const struct json_blocks *);

#endif
