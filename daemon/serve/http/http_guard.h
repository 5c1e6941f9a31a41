/* http_guard.h - requests that are refused before their body is read, because proxies on the way could understand them
 * differently (request smuggling). */
#ifndef CALLOUT_SERVE_HTTP_GUARD_H
#define CALLOUT_SERVE_HTTP_GUARD_H

#include <microhttpd.h>

#include "serve/http/http.h"

struct http_framing {
	uint64_t length; /* HTTP_LENGTH_UNKNOWN: chunked */
	bool     expects_continue;
};

/* To be called when the headers are complete and nothing was answered. method, url, version: the pointers that the
 * library passed, not copies, since the bytes between and behind them in its buffer are examined. target: the request
 * target as it was sent. NULL: the request is sound, and *ret is set; else the reason, and *ret_status is 400, 413, 501
 * or 505. A method that is known and that no route takes is sound here. */
const char *http_guard(struct MHD_Connection *, const char *method, const char *url, const char *version,
                       struct str target, struct http_framing *ret, unsigned *ret_status);

#endif
