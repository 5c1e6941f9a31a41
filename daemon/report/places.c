#include "report/places.h"

#include <nettle/sha2.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/hash.h"

enum { FINGERPRINT_BYTES = 16 };

struct str place_file(const struct source *source)
{
	struct str name;

	if (!source)
		return STR(".");
	name = source->name;
	while (str_has_prefix(name, STR("./"))) {
		size_t at = 2;

		while (at < name.n && name.p[at] == '/')
			at++;
		name = str_slice(name, at, name.n);
	}
	return name.n ? name : STR(".");
}

static bool is_unreserved(char c)
{
	return ascii_is_alnum_or(c, "-._~/");
}

void place_uri(struct buf *b, const struct source *source)
{
	static const char digits[] = "0123456789ABCDEF";
	struct str        name = place_file(source);

	if (name.p[0] == '/')
		buf_lit(b, "file://");
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (is_unreserved(name.p[i])) {
			buf_char(b, name.p[i]);
			continue;
		}
		buf_char(b, '%');
		buf_char(b, digits[c >> 4]);
		buf_char(b, digits[c & 15]);
	}
}

bool place_has_lines(const struct pos *pos)
{
	return pos->source && str_present(pos->source->bytes);
}

struct str place_note(struct arena *arena, const struct diag_related *r)
{
	struct place place;

	if (!r->pos.source)
		return STR_CONCAT(arena, STR("note: "), r->message);
	if (!source_has_lines(r->pos.source))
		return STR_CONCAT(arena, STR("note: "), place_file(r->pos.source), STR(": "), r->message);
	place = source_place(r->pos.source, r->pos.offset);
	return STR_CONCAT(arena, STR("note: "), place_file(r->pos.source), STR(":"), str_from_uint(arena, place.line),
	                  STR(":"), str_from_uint(arena, place.column), STR(": "), r->message);
}

struct str place_notes_left(struct arena *arena, const struct diag_related *r)
{
	size_t n = 0;

	for (; r; r = r->next)
		n++;
	return STR_CONCAT(arena, STR("note: "), str_from_uint(arena, n), n == 1 ? STR(" more is") : STR(" more are"),
	                  STR(" not shown"));
}

/* ---- fingerprints ---- */

struct seen {
	struct str key;
	unsigned   repeated;
};

static struct str key_of_seen(const void *item)
{
	return ((const struct seen *)item)->key;
}

/* Adds a text and a NUL behind it, so that two texts in a row never run together. */
static void hash_text(struct sha256_ctx *ctx, struct str s)
{
	sha256_update(ctx, s.n, (const uint8_t *)(s.p ? s.p : ""));
	sha256_update(ctx, 1, (const uint8_t *)"");
}

static struct str digest_of(struct arena *arena, struct sha256_ctx *ctx)
{
	uint8_t digest[FINGERPRINT_BYTES];
	char    hex[2 * FINGERPRINT_BYTES + 1];

	sha256_digest(ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return str_copy(arena, str_of(hex, 2 * sizeof(digest)));
}

static void begin(struct sha256_ctx *ctx, const struct diag *d)
{
	char code[7];

	sha256_init(ctx);
	hash_text(ctx, str_c(diag_code_text(d->code, code)));
	hash_text(ctx, place_file(d->pos.source));
	hash_text(ctx, d->path);
	if (place_has_lines(&d->pos))
		hash_text(ctx, str_trimmed(source_place(d->pos.source, d->pos.offset).text));
	hash_text(ctx, d->message);
}

const struct str *fingerprints(struct arena *arena, const struct diag *const *diags, size_t n)
{
	struct str *list = ARENA_ARRAY(arena, n + 1, struct str);
	struct hash all;

	hash_init(&all, arena, key_of_seen);
	for (size_t i = 0; i < n; i++) {
		struct sha256_ctx ctx, counted;
		struct seen      *seen = ARENA_NEW(arena, struct seen), *first;

		begin(&ctx, diags[i]);
		counted = ctx;
		list[i] = seen->key = digest_of(arena, &ctx);
		first = hash_add(&all, seen);
		if (!first)
			continue;
		hash_text(&counted, str_from_uint(arena, ++first->repeated));
		list[i] = digest_of(arena, &counted);
	}
	return list;
}
