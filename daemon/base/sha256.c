#include "base/sha256.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include "base/arena.h"

enum { PIECE = 256 * 1024 };

struct sha256 {
	struct sha256_ctx ctx;
};

struct sha256 *sha256_new(struct arena *arena)
{
	struct sha256 *s = ARENA_NEW(arena, struct sha256);

	sha256_init(&s->ctx);
	return s;
}

void sha256_add(struct sha256 *s, struct str bytes)
{
	sha256_update(&s->ctx, bytes.n, (const uint8_t *)bytes.p);
}

struct str sha256_text(struct arena *arena, struct sha256 *s)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t           digest[SHA256_DIGEST_SIZE];
	char             *hex = arena_alloc(arena, 2 * SHA256_DIGEST_SIZE + 1);

	sha256_digest(&s->ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	return str_of(hex, 2 * SHA256_DIGEST_SIZE);
}

struct str sha256_of_bytes(struct arena *arena, struct str bytes)
{
	struct sha256 *s = sha256_new(arena);

	sha256_add(s, bytes);
	return sha256_text(arena, s);
}

struct str sha256_of_file(struct arena *arena, int fd, uint64_t from)
{
	struct sha256    *s = sha256_new(arena);
	struct arena_mark mark = arena_mark(arena);
	char             *piece = arena_alloc(arena, PIECE);
	off_t             at = (off_t)from;
	ssize_t           got;

	do {
		got = pread(fd, piece, PIECE, at);
		if (got > 0) {
			sha256_add(s, str_of(piece, (size_t)got));
			at += got;
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	arena_reset(arena, mark);
	return got < 0 ? STR_ABSENT : sha256_text(arena, s);
}
