/* token.h - where a listing goes on: the key of its last item, as text that means nothing to others.
 *
 * Base64url over a checksum and the key. The checksum also covers what was asked (kind, scope, filter), so a token
 * goes on with its own listing only; it grants nothing, for the scope is that of each request anew.
 */
#ifndef CALLOUT_STORE_TOKEN_H
#define CALLOUT_STORE_TOKEN_H

#include "store/store.h"

enum { TOKEN_STRINGS = 4, TOKEN_NUMBERS = 2, TOKEN_BYTES = 8192 };

struct token {
	struct str kind; /* of listing */
	struct str filter;
	uint64_t   numbers[TOKEN_NUMBERS];
	struct str strings[TOKEN_STRINGS];
};

/* In the arena: not while a connection is held. */
struct str token_write(struct arena *, const struct token *, const struct store_scope *);

/* kind and filter are what is asked now; numbers and strings are filled in. False: not a token of this listing. */
bool token_read(struct arena *, struct str text, struct token *, const struct store_scope *);

#endif
