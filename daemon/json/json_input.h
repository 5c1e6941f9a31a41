/* json_input.h - where the bytes of a dump come from: a descriptor, memory, or whoever has them as they arrive.
 *
 * Gzip is recognised by its first two bytes and inflated on the way; what the reader sees, counts and limits are the
 * inflated bytes. Nothing is held but one buffer of compressed bytes.
 */
#ifndef CALLOUT_JSON_JSON_INPUT_H
#define CALLOUT_JSON_JSON_INPUT_H

#include <sys/types.h>

#include "base/str.h"

struct arena;
struct json_inflate;

/* At most n > 0 bytes into p: their number, 0 at the end, -1 with errno. May block. */
typedef ssize_t json_read_fn(void *ctx, void *p, size_t n);

struct json_input {
	json_read_fn *read;
	void         *ctx;
	int           fd;      /* -1: none */
	int64_t       size;    /* of a regular file, from `start`; -1: unknown */
	uint64_t      start;   /* where in the file the document begins */
	bool          regular; /* pread works at any offset */
	struct str    bytes;   /* of an input in memory */
	bool          in_memory;
};

/* The descriptor stays the caller's and must outlive the reading. A regular file is read from where it stands. */
void json_input_fd(struct json_input *, int fd);
void json_input_bytes(struct json_input *, struct str bytes);
/* Bytes as they arrive: read(ctx, …) is called from the thread that scans, and may wait for more. */
void json_input_callback(struct json_input *, json_read_fn *read, void *ctx);

#endif
