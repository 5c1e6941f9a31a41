/* wasm_input.h - where the bytes of a module come from: a file that can be sought in, or a stream that cannot.
 *
 * Nothing of it is kept: whoever reads brings the buffer. A regular file is read at offsets (pread), so that what is not
 * needed costs nothing; all else is read in order.
 */
#ifndef CALLOUT_WASM_WASM_INPUT_H
#define CALLOUT_WASM_WASM_INPUT_H

#include <sys/types.h>

#include "base/str.h"

enum { WASM_SIZE_UNKNOWN = -1 };

struct wasm_input {
	/* At most n bytes from the offset; 0 at the end, -1 with errno. A stream is asked for its offsets in order. */
	ssize_t (*read)(struct wasm_input *, unsigned char *p, size_t n, uint64_t offset);
	int64_t    size; /* WASM_SIZE_UNKNOWN for a stream */
	bool       seekable;
	int        fd;
	uint64_t   start; /* of the module in the file */
	struct str bytes;

	struct sha256 *sha256;  /* of all that a stream gives; NULL: not asked for */
	void          *context; /* of other readers than these */
};

/* An open file; it stays the caller's and must outlive the input. */
void wasm_input_fd(struct wasm_input *, int fd);
void wasm_input_bytes(struct wasm_input *, struct str bytes);

/* Reads a stream to its end, for its checksum. False with errno. */
bool wasm_input_drain(struct wasm_input *);

#endif
