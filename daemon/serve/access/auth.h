/* auth.h - who may do what: bearer tokens and client certificates, from one file.
 *
 *     tokens:
 *     - {name: ci, scope: read, id: 1f00c2d9, salt: "…", sha256: "…"}
 *     - {name: shop, scope: write, namespaces: [shop], id: …, salt: …, sha256: …}
 *     - {name: mesh, scope: admin, san: "DNS:mesh.example.com"}
 *
 * A token is callout_ID_SECRET with a secret of 256 random bits; the file holds SHA-256 of salt and token, so it does
 * not reveal any token. Comparing takes the same time wherever two digests differ.
 */
#ifndef CALLOUT_SERVE_AUTH_H
#define CALLOUT_SERVE_AUTH_H

#include "manifest/fields.h"

enum scope { SCOPE_NONE, SCOPE_READ, SCOPE_WRITE, SCOPE_ADMIN };

struct principal {
	const struct node *node;
	struct str         name;
	unsigned           scope;
	struct strings     namespaces; /* none: all */
	struct str         id, salt, sha256;
	struct str         san; /* as san.h has it */
};

struct principals {
	const struct node *node;
	struct objects     tokens; /* of struct principal */
};

/* NULL: findings were added. */
const struct principals *principals_read(struct arena *, struct str path, struct diags *);
const struct principals *principals_parse(struct arena *, const struct source *, struct diags *);

/* The principal whose token, or whose certificate with these names, this is; NULL: nobody's. */
const struct principal *principal_of_token(struct arena *, const struct principals *, struct str token);
const struct principal *principal_of_names(const struct principals *, const struct str *names, size_t n);

/* Is the principal still among these, with the same scope and namespaces? Both NULL: no authentication is
 * configured. */
bool principal_stands(const struct principals *, const struct principal *);

/* May the principal work with this namespace? */
bool principal_reaches(const struct principal *, struct str namespace);

/* callout serve token add …: the exit status. */
int token_command(struct arena *, int argc, char **argv);

/* ---- failures ---- */

/* Counts wrong credentials per address, so that guessing is slow. now: microseconds of a steady clock. */
struct guesses;
struct guesses *guesses_new(struct arena *);
bool            guesses_too_many(struct guesses *, struct str peer, int64_t now);
void            guesses_count(struct guesses *, struct str peer, int64_t now);

#endif
