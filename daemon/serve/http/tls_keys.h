/* tls_keys.h - certificates, keys and authorities as their files hold them: read, tried, and how long they are good.
 */
#ifndef CALLOUT_SERVE_TLS_KEYS_H
#define CALLOUT_SERVE_TLS_KEYS_H

#include "base/diag.h"

enum { TLS_CERT, TLS_CLIENT_CA, TLS_FILES };
/* TLS_CHAIN: certificates that the daemon shows, its own and those up to its authority. */
enum { TLS_CHAIN = 8, TLS_SUBJECT_BYTES = 160, TLS_PRINT_BYTES = 65 };

/* Of all certificates in a file, the one that ends first. */
struct tls_term {
	char    subject[TLS_SUBJECT_BYTES]; /* what it is called by, of that as much as fits */
	int64_t from, until;                /* Unix seconds; until 0: there is no file */
};

struct tls_keys {
	struct str      cert, key, client_ca; /* PEM; the last has a NUL behind it, or is absent */
	struct tls_term terms[TLS_FILES];
	char            print[TLS_PRINT_BYTES]; /* of the files, taken before they were read; empty as below */
};

/* The paths; client_ca may be absent. */
struct tls_paths {
	struct str cert, key, client_ca;
};

/* Reads and tries a certificate chain and its key, and the authorities of clients. NULL: findings were added. The keys
 * belong to the arena. */
struct tls_keys *tls_keys_read(struct arena *, const struct tls_paths *, struct diags *);

/* What the files look like from outside: it changes when one is replaced or written to, or a link on the way to it is turned.
 * Absent: one of them is a pipe or the like, which can be read once. */
struct str tls_keys_print(struct arena *, const struct tls_paths *);

#endif
