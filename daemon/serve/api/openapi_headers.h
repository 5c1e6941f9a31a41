/* openapi_headers.h - how /openapi.json describes the headers of requests and answers that mean more here than in HTTP
 * itself. */
#ifndef CALLOUT_SERVE_OPENAPI_HEADERS_H
#define CALLOUT_SERVE_OPENAPI_HEADERS_H

#include "json/json_write.h"
#include "serve/api/routes.h"

/* Elements of "parameters": the headers that the route looks at. */
void openapi_request_headers(struct json_writer *, const struct route *);

/* The member "headers" of one answer of the route, if it has any. */
void openapi_reply_headers(struct json_writer *, const struct route *, unsigned status);

#endif
