/* tls.h - certificates: the daemon's own that is in force, and those of clients.
 *
 * The library asks for the certificate at each handshake, so a reload takes effect with the next connection and drops
 * none.
 */
#ifndef CALLOUT_SERVE_TLS_H
#define CALLOUT_SERVE_TLS_H

#include "serve/http/tls_keys.h"

/* Makes these the keys in use; what lives in the arena is copied. False: there is no memory, and the old keys stay in
 * use. */
bool tls_use(const struct tls_keys *);

/* Is the name one of the certificate's that is in use? */
bool tls_is_named(struct arena *, struct str name);

/* How long what is in use is good; zeros: nothing is. */
void tls_terms(struct tls_term ret[TLS_FILES]);
/* Is what is in use that of files which look like this (tls_keys_print)? */
bool tls_is_of(struct str print);

/* For the server: the callback of MHD_OPTION_HTTPS_CERT_CALLBACK2, the priorities, and what makes it ask clients for
 * certificates (the authorities as PEM; NULL: it does not ask). */
extern void (*const tls_certificate_callback)(void);
extern const char *const tls_priorities;
const char              *tls_client_authorities(const struct tls_keys *);

/* A session is about to begin: clients are asked for their certificates as the authorities in force want it. */
void tls_session_begin(void *session);

/* Which keys and authorities are in force: another number each time that tls_use changed them. */
unsigned tls_generation(void);

/* The subject alternative names of the session's verified peer, allocated with malloc as one block; *ret_given tells
 * whether it showed a certificate at all. NULL: none, or not to be trusted. */
struct str *tls_peer_names(void *session, size_t *ret_n, bool *ret_given);

#endif
