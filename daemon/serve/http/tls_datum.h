/* tls_datum.h - our strings as GnuTLS takes them, and its addresses as text. */
#ifndef CALLOUT_SERVE_TLS_DATUM_H
#define CALLOUT_SERVE_TLS_DATUM_H

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/str.h"

/* GnuTLS asks for bytes that it may write, and writes nothing. */
static inline unsigned char *tls_without_const(const char *p)
{
	union {
		const char    *given;
		unsigned char *wanted;
	} bytes = { .given = p };

	return bytes.wanted;
}

static inline gnutls_datum_t tls_datum(struct str s)
{
	return (gnutls_datum_t){ tls_without_const(s.p), (unsigned)s.n };
}

/* The address of a certificate, which has 4 or 16 bytes, as text of at most INET6_ADDRSTRLEN bytes with its NUL. Returns its length; 0: it is
 * none. */
static inline size_t tls_address_text(const char *bytes, size_t n, char *text)
{
	bool is = (n == 4 || n == 16) && inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, text, INET6_ADDRSTRLEN);

	return is ? strlen(text) : 0;
}

#endif
