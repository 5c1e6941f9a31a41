/* digest.h - SHA-256 over the columns of a row, to detect damage when the row is read, and to make entity tags. Each
 * column is hashed with its length, so that no two different rows give the same input. */
#ifndef CALLOUT_STORE_DIGEST_H
#define CALLOUT_STORE_DIGEST_H

#include <nettle/sha2.h>

#include "base/str.h"

struct store_manifest;
struct store_status;

enum { DIGEST_BYTES = SHA256_DIGEST_SIZE };

struct digest {
	struct sha256_ctx sha;
	unsigned char     bytes[DIGEST_BYTES];
};

void       digest_begin(struct digest *, struct str kind);
void       digest_str(struct digest *, struct str);
void       digest_int(struct digest *, uint64_t);
struct str digest_end(struct digest *); /* points into the digest */

/* Of a revision with its document, and of a verdict. */
struct str digest_of_manifest(struct digest *, const struct store_manifest *);
struct str digest_of_status(struct digest *, struct str namespace, struct str name, const struct store_status *);

#endif
