/* tls_datum.h - our strings as GnuTLS takes them. */
#ifndef CALLOUT_SERVE_TLS_DATUM_H
#define CALLOUT_SERVE_TLS_DATUM_H

#include <gnutls/gnutls.h>

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

#endif
