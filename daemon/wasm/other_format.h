/* other_format.h - files that are no module, known by their first bytes: what they are, and the way from there. */
#ifndef CALLOUT_WASM_OTHER_FORMAT_H
#define CALLOUT_WASM_OTHER_FORMAT_H

#include "base/str.h"

enum { OTHER_FORMAT_BYTES = 512 };

struct other_format {
	size_t     offset;
	struct str magic;
	bool       any_case; /* of ASCII letters, after blanks */
	bool       component;
	const char *
		log; /* what Envoy says of it; NULL: nothing, or of a module of another version what host_walk.h tells */
	const char *kind;
	const char *fix;
};

/* head: the first OTHER_FORMAT_BYTES, or all there is. NULL: it begins like a module of version 1. */
const struct other_format *other_format_of(struct str head);

#endif
