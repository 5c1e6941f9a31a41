/* http_guard.h - what of a request is refused before its body is read, because others could understand it otherwise. */
#ifndef CALLOUT_SERVE_HTTP_GUARD_H
#define CALLOUT_SERVE_HTTP_GUARD_H

#include <microhttpd.h>

#include "serve/http/http.h"

struct http_framing {
	uint64_t length; /* HTTP_LENGTH_UNKNOWN: chunked */
	bool     expects_continue;
};

/* Called when the headers are whole and nothing was answered. method, url, version: the pointers that the library gave, no
 * copies, since it is looked at what lies between and behind them in its buffer. target: the request target as it was
 * sent. NULL: the request is sound, and *ret is set; else the reason, and *ret_status is 400, 413, 501 or 505. A method
 * that is known and that no route takes is sound here. */
const char *http_guard(struct MHD_Connection *, const char *method, const char *url, const char *version,
                       struct str target, struct http_framing *ret, unsigned *ret_status);

#endif
