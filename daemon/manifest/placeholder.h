/* placeholder.h - ${upstreams.NAME.FIELD} and ${metadata.name} inside the filter's configuration and Lua code.
 *
 * The grammar: `$${` writes `${`; `${` begins a placeholder that ends at the next `}`; every other `$` is itself.
 * A name may end in `:string`, which makes text of any value.
 */
#ifndef CALLOUT_MANIFEST_PLACEHOLDER_H
#define CALLOUT_MANIFEST_PLACEHOLDER_H

#include "manifest/manifest.h"

enum segment_kind { SEGMENT_TEXT, SEGMENT_PLACEHOLDER, SEGMENT_UNCLOSED };

struct segment {
	enum segment_kind kind;
	struct str        text;  /* literal text, or what stands between ${ and } */
	size_t            start; /* byte offset in the string */
	size_t            end;
};

/* The next piece of s, from *at on; *at moves behind it. False: there is no more. */
bool placeholder_next(struct str s, size_t *at, struct segment *ret);

enum placeholder_field {
	PLACEHOLDER_CLUSTER,
	PLACEHOLDER_AUTHORITY,
	PLACEHOLDER_HOST,
	PLACEHOLDER_PORT,
	PLACEHOLDER_PATH,
	PLACEHOLDER_TIMEOUT,
	PLACEHOLDER_TIMEOUT_MS,
	PLACEHOLDER_TLS,
	PLACEHOLDER_METADATA_NAME,
	PLACEHOLDER_METADATA_NAMESPACE,
};

struct placeholder {
	enum placeholder_field field;
	const struct upstream *upstream; /* NULL for metadata */
	bool                   as_string;
};

/* Resolves the text between ${ and }; false when there is no such name. */
bool placeholder_parse(const struct manifest *, struct str text, struct placeholder *ret);

/* Why the placeholder has no value in this manifest, or NULL when it has one. */
const char *placeholder_fault(const struct placeholder *);

/* What the author most likely meant, as ${…} text; absent when nothing is near. */
struct str placeholder_suggestion(struct arena *, const struct manifest *, struct str text);

/* The place in the source of the bytes [at, at + length) of a scalar's decoded text: exact if the text was written
 * without escapes and folding, else the whole scalar. */
struct pos placeholder_pos(const struct node *, size_t at, size_t length);

#endif
