/* sha256.h - checksums as 64 lower-case hexadecimal digits. */
#ifndef CALLOUT_BASE_SHA256_H
#define CALLOUT_BASE_SHA256_H

#include "base/str.h"

struct arena;

/* A checksum that grows with what is added; it lives in the arena. */
struct sha256 *sha256_new(struct arena *);
void           sha256_add(struct sha256 *, struct str bytes);
/* Ends it: nothing may be added afterwards. */
struct str sha256_text(struct arena *, struct sha256 *);

/* The checksum of the bytes; never absent. */
struct str sha256_of_bytes(struct arena *, struct str bytes);

/* The checksum of a file from offset `from` to its end. It is read with pread(2), so the descriptor's own offset does
 * not change. Absent: errno tells why. */
struct str sha256_of_file(struct arena *, int fd, uint64_t from);

#endif
