/* gunzip.h - a body with Content-Encoding: gzip, inflated as it arrives. */
#ifndef CALLOUT_SERVE_GUNZIP_H
#define CALLOUT_SERVE_GUNZIP_H

#include <sys/types.h>

#include "base/str.h"

struct arena;
struct gunzip;

/* max: inflated bytes in all. Released with the arena. */
struct gunzip *gunzip_new(struct arena *, ssize_t (*read)(void *ctx, void *p, size_t n), void *ctx, uint64_t max);

/* As read(2): 0 at the end, -1 with errno (EBADMSG: no gzip, EFBIG: past the limit). */
ssize_t gunzip_read(void *gunzip, void *p, size_t n);

/* 0, or the errno that it ended with. */
int gunzip_fault(const struct gunzip *);

#endif
