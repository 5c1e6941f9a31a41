/* text_format.h - what a string field must look like.
 *
 * One table has, for each format, how a string is judged, what a finding says of it, and its pattern in the JSON
 * Schema.
 */
#ifndef CALLOUT_MANIFEST_TEXT_FORMAT_H
#define CALLOUT_MANIFEST_TEXT_FORMAT_H

#include "base/diag.h"

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
	TEXT_EXPORT,  /* of a policy: ".", "*" or a namespace */
	TEXT_FILE,
	TEXT_KUBERNETES_KIND,
	TEXT_GROUP,
	TEXT_NO_CONTROLS,
	TEXT_ENV_NAME,
	TEXT_SERVED_NAME, /* of a setting: what Host may be */
	TEXT_LISTENED,    /* of a setting: an address and a port */
	TEXT_ORIGIN,      /* of a setting: as browsers write it (RFC 6454, 6.2) */
};

/* Does the string have this format? Always true for formats that are judged elsewhere, with findings of their own. */
bool text_format_is(enum text_format, struct str);
/* The code of the finding that refuses a string of another format. */
enum diag_code text_format_code(enum text_format);
/* "a name of lower-case letters, digits and inner hyphens": what findings and explain say. */
const char *text_format_text(enum text_format);
/* The pattern for JSON Schema (ECMA-262), or NULL. */
const char *text_format_pattern(enum text_format);

#endif
