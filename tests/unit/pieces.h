/* pieces.h - an input of the scanner that comes in pieces of at most so many bytes, as from a pipe. */
#ifndef CALLOUT_TESTS_PIECES_H
#define CALLOUT_TESTS_PIECES_H

#include <sys/types.h>

#include "base/str.h"

struct pieces {
	struct str bytes;
	size_t     at, most;
};

/* For json_input_callback, with a struct pieces. */
static inline ssize_t pieces_read(void *pieces, void *p, size_t n)
{
	struct pieces *in = pieces;
	struct str     piece = str_slice(in->bytes, in->at, in->at + (n < in->most ? n : in->most));

	memcpy(p, piece.p, piece.n);
	in->at += piece.n;
	return (ssize_t)piece.n;
}

#endif
