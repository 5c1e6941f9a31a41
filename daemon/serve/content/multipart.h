/* multipart.h - multipart/form-data (RFC 7578) read part by part as it arrives; nothing but a window is held. */
#ifndef CALLOUT_SERVE_MULTIPART_H
#define CALLOUT_SERVE_MULTIPART_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/str.h"

struct arena;
struct multipart;

typedef ssize_t multipart_read_fn(void *ctx, void *p, size_t n);

/* boundary: of the Content-Type. NULL: it is none that RFC 2046 allows. */
struct multipart *multipart_new(struct arena *, struct str boundary, multipart_read_fn *read, void *ctx);

struct multipart_part {
	struct str name;     /* of the field */
	struct str filename; /* absent when there is none */
	struct str type;     /* its Content-Type; absent when there is none */
	bool       encoded;  /* says by Content-Transfer-Encoding that its bytes stand for others (base64) */
};

/* Moves to the next part, skipping what is left of the current one. 1: *ret is set; 0: there are no more parts; -1: the
 * body is malformed (errno EBADMSG), or reading it failed (any other errno). */
int multipart_next(struct multipart *, struct arena *, struct multipart_part *ret);

/* Bytes of the current part: their number, 0 at its end, -1 as above. */
ssize_t multipart_read(void *multipart, void *p, size_t n);

#endif
