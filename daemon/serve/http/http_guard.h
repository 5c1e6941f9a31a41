/* http_guard.h - what of a request is refused before its body is read, because others could understand it otherwise. */
#ifndef CALLOUT_SERVE_HTTP_GUARD_H
#define CALLOUT_SERVE_HTTP_GUARD_H

#include <microhttpd.h>

#include "serve/http/http.h"

struct http_framing {
	uint64_t length; /* HTTP_LENGTH_UNKNOWN: chunked */
	bool     expects_continue;
};

/* target: the request target as it was sent. NULL: the request is sound; else the reason, and *ret_status is 400, 405,
 * 413 or 505. */
const char *http_guard(struct MHD_Connection *, const char *method, const char *url, const char *version,
                       struct str target, struct http_framing *ret, unsigned *ret_status);

#endif
