/* cause.h - why a module has imports that Envoy lacks: what in the source pulls them in, and what to write instead. */
#ifndef CALLOUT_WASM_CAUSE_H
#define CALLOUT_WASM_CAUSE_H

#include "wasm/toolchain.h"

struct wasm_verdict;

struct cause {
	const char *what;    /* "net/http" */
	const char *why;     /* what of it Envoy does not have */
	const char *instead; /* what to do */
	bool        callout; /* the way out is a call through Envoy: worth showing it */
};

/* Imports of one module that have one cause. */
struct cause_found {
	struct cause_found       *next;
	const struct cause       *cause;
	const struct wasm_import *first;
	struct str                imports; /* "fd_pread, path_open and 3 more" */
	size_t                    n;
};

/* Sorts the imports that are missing on one of the releases by their causes; what no rule explains is left out. */
struct cause_found *causes_find(struct arena *, const struct wasm_verdict *, uint32_t releases);

#endif
