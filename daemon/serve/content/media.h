/* media.h - media types: what a client accepts and what it sent (RFC 9110 12.5.1, 8.3). */
#ifndef CALLOUT_SERVE_MEDIA_H
#define CALLOUT_SERVE_MEDIA_H

#include "base/str.h"

enum media {
	MEDIA_YAML,
	MEDIA_JSON,
	MEDIA_TEXT,
	MEDIA_PROBLEM,
	MEDIA_OPENMETRICS,
	MEDIA_METRICS,
	MEDIA_HTML,
	MEDIA_EVENTS,
	MEDIA_WASM,
	MEDIA_MULTIPART,
	MEDIA_BYTES,
	MEDIA_GZIP,
	MEDIA_NONE
};

/* As it is sent. */
const char *media_text(enum media);
/* Without parameters: as OpenAPI lists it. */
const char *media_name(enum media);

/* The offer (in our order of preference, ends with MEDIA_NONE) that the Accept header prefers; MEDIA_NONE: it accepts
 * none. An absent header accepts all. */
enum media media_choose(struct str accept, const enum media *offers);

/* What a Content-Type header names; MEDIA_NONE: none of these. */
enum media media_of(struct str content_type);

/* A parameter such as boundary=…, without its quotes; absent if there is none. */
struct str media_parameter(struct str content_type, struct str name);

/* Is this Content-Encoding gzip, or x-gzip, which RFC 9110 8.4.1.3 declares equivalent? */
bool encoding_is_gzip(struct str content_encoding);

#endif
