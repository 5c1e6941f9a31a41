/* json_input.h - where the bytes of a dump come from: a descriptor, memory, or whoever has them as they arrive. */
#ifndef CALLOUT_JSON_JSON_INPUT_H
#define CALLOUT_JSON_JSON_INPUT_H

#include <sys/types.h>

#include "base/str.h"

/* At most n > 0 bytes into p: their number, 0 at the end, -1 with errno. May block. */
typedef ssize_t json_read_fn(void *ctx, void *p, size_t n);

struct json_input {
	json_read_fn *read; /* NULL: use fd, or else bytes */
	void         *ctx;
	int           fd;    /* -1: use bytes */
	int64_t       size;  /* of a regular file, from start on; -1: not a regular file, so it is read in order */
	uint64_t      start; /* where in the file the document begins */
	struct str    bytes;
};

/* The descriptor stays the caller's and must outlive the reading. A regular file is read from its current offset, which
 * does not change. */
void json_input_fd(struct json_input *, int fd);
/* The bytes stay the caller's and must outlive the reading. */
void json_input_bytes(struct json_input *, struct str bytes);
/* read(ctx, …) is called by json_scan_* functions, in their thread; it may wait for bytes that are still to arrive. */
void json_input_callback(struct json_input *, json_read_fn *read, void *ctx);

#endif
