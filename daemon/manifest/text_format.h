/*
 * text_format.h - what a string field must look like
 *
 * One table: how a string is judged, how that is said in a finding, and as what pattern the JSON Schema knows it.
 */
#ifndef CALLOUT_MANIFEST_TEXT_FORMAT_H
#define CALLOUT_MANIFEST_TEXT_FORMAT_H

#include "base/diag.h"

/* What a string must look like. */
enum text_format {
	TEXT_ANY,
	TEXT_DNS_LABEL,
	TEXT_SUBSET, /* Istio's labels.IsDNS1123Label, which has upper-case letters */
	TEXT_DNS_SUBDOMAIN,
	TEXT_ISTIO_VERSION,
	TEXT_HOST, /* judged with findings of its own */
	TEXT_SHA256,
	TEXT_ADDRESS, /* judged with findings of its own */
	TEXT_CLUSTER, /* printable, no blanks */
	TEXT_PATH,    /* of a request: begins with a slash */
	TEXT_AUTHORITY,
	TEXT_SNI,
	TEXT_HOST_PATTERN,
	TEXT_URL_PREFIX,
	TEXT_SUFFIX,
	TEXT_SUBJECT, /* a SAN: printable, no blanks */
	TEXT_FILE,
	TEXT_KUBERNETES_KIND,
	TEXT_GROUP,
	TEXT_NO_CONTROLS,
	TEXT_ENV_NAME,
};

/* True, too, for the formats that are judged with findings of their own. */
bool text_format_is(enum text_format, struct str);
/* The finding that refuses it. */
enum diag_code text_format_code(enum text_format);
/* "a name of lower-case letters, digits and inner hyphens": what findings and explain say. */
const char *text_format_text(enum text_format);
/* Regular expression of JSON Schema, or NULL. */
const char *text_format_pattern(enum text_format);

#endif
