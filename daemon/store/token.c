#include "store/token.h"

#include <nettle/base64.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/digest.h"

enum { CHECK_BYTES = 8 };

static struct str check_of(struct digest *d, const struct token *t, const struct store_scope *scope)
{
	digest_begin(d, t->kind);
	digest_str(d, t->filter);
	digest_int(d, scope->n_namespaces);
	for (size_t i = 0; i < scope->n_namespaces; i++)
		digest_str(d, scope->namespaces[i]);
	for (size_t i = 0; i < TOKEN_NUMBERS; i++)
		digest_int(d, t->numbers[i]);
	for (size_t i = 0; i < TOKEN_STRINGS; i++)
		digest_str(d, t->strings[i]);
	return str_slice(digest_end(d), 0, CHECK_BYTES);
}

static void add_number(struct buf *b, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		buf_char(b, (char)(unsigned char)(value >> (8 * i)));
}

struct str token_write(struct arena *arena, const struct token *t, const struct store_scope *scope)
{
	struct base64_encode_ctx ctx;
	struct digest            digest;
	struct buf               b;
	char                    *text;
	size_t                   n;

	buf_init(&b, arena, TOKEN_BYTES);
	buf_add(&b, check_of(&digest, t, scope));
	for (size_t i = 0; i < TOKEN_NUMBERS; i++)
		add_number(&b, t->numbers[i]);
	for (size_t i = 0; i < TOKEN_STRINGS; i++) {
		add_number(&b, t->strings[i].n);
		buf_add(&b, t->strings[i]);
	}
	text = arena_alloc(arena, BASE64_ENCODE_LENGTH(b.n) + BASE64_ENCODE_FINAL_LENGTH);
	base64url_encode_init(&ctx);
	n = base64_encode_update(&ctx, text, b.n, (const uint8_t *)b.p);
	n += base64_encode_final(&ctx, text + n);
	while (n && text[n - 1] == '=')
		n--; /* not needed, and awkward in a query */
	return str_of(text, n);
}

static bool take_number(struct str *rest, uint64_t *ret)
{
	uint64_t value = 0;

	if (rest->n < 8)
		return false;
	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)(unsigned char)rest->p[i] << (8 * i);
	*rest = str_slice(*rest, 8, rest->n);
	*ret = value;
	return true;
}

static bool take_string(struct str *rest, struct str *ret)
{
	uint64_t n;

	if (!take_number(rest, &n) || n > rest->n)
		return false;
	*ret = str_slice(*rest, 0, (size_t)n);
	*rest = str_slice(*rest, (size_t)n, rest->n);
	return true;
}

/* Without padding, as it is written. */
static bool decode(struct arena *arena, struct str text, struct str *ret)
{
	struct base64_decode_ctx ctx;
	struct str               padded = STR_CONCAT(arena, text, str_of("===", (4 - text.n % 4) % 4));
	uint8_t                 *bytes = arena_alloc(arena, BASE64_DECODE_LENGTH(padded.n));
	size_t                   n = BASE64_DECODE_LENGTH(padded.n);

	base64url_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &n, bytes, padded.n, padded.p) || !base64_decode_final(&ctx))
		return false;
	*ret = str_of((const char *)bytes, n);
	return true;
}

bool token_read(struct arena *arena, struct str text, struct token *t, const struct store_scope *scope)
{
	struct digest digest;
	struct token  read = { .kind = t->kind, .filter = t->filter };
	struct str    rest, check;

	if (text.n == 0 || text.n > TOKEN_BYTES || !decode(arena, text, &rest) || rest.n < CHECK_BYTES)
		return false;
	check = str_slice(rest, 0, CHECK_BYTES);
	rest = str_slice(rest, CHECK_BYTES, rest.n);
	for (size_t i = 0; i < TOKEN_NUMBERS; i++)
		if (!take_number(&rest, &read.numbers[i]))
			return false;
	for (size_t i = 0; i < TOKEN_STRINGS; i++)
		if (!take_string(&rest, &read.strings[i]))
			return false;
	/* A string that was absent comes back as "", which is why writers give "" for what they do not use. */
	if (rest.n || !str_eq(check_of(&digest, &read, scope), check))
		return false;
	*t = read;
	return true;
}
