/* wasm_box.h - a module as istio-agent takes it out of what it fetches by http or https: gzip is unpacked, of a tar archive the first entry
 * is taken, as often as there is one in the other (istio pkg/wasm/httpfetcher.go, unboxIfPossible). A box may come as a stream. */
#ifndef CALLOUT_WASM_WASM_BOX_H
#define CALLOUT_WASM_WASM_BOX_H

#include "base/diag.h"
#include "wasm/wasm_module.h"

enum { WASM_BOXES_MAX = 8 }; /* one in the other; the agent has no such bound */

struct wasm_box {
	/* The caller's, before it is opened. */
	struct wasm_input file;   /* what it reads from must outlive the box */
	bool              sealed; /* nothing is unpacked: the agent does not do so with images, nor Envoy with files */
	bool              wants_sha256;

	struct str  kinds; /* what the module is in, from the inside: "gzip in a tar archive"; absent: in nothing */
	const char *fault; /* why the agent takes no module out of them; NULL: it takes one, or it was not read yet */

	struct layer     *inmost; /* NULL: the file is read as it is */
	struct wasm_input module;
};

/* Looks at the first bytes, and opens as far as there are boxes. At most LIMIT_MODULE_BYTES are taken out of each gzip, as there. */
void wasm_box_open(struct arena *, struct wasm_box *);

/* Reads the module, and the boxes to their end, because the agent unpacks the whole before it looks at it. Where the agent takes
 * none, the file itself is what it would load: it is read in its place, of a stream its first bytes. As wasm_module_read. */
const struct wasm_module *wasm_box_read(struct arena *, struct wasm_box *, const struct wasm_options *);

/* Of the module, or of the file where that stands in its place, as Istio compares it; wants_sha256 was set. Reads the rest. Absent: errno
 * tells why. */
struct str wasm_box_sha256(struct arena *, struct wasm_box *);

/* What the module is in (CO0676), or why none is taken out of it (CO0677); nothing where it is in nothing. */
void wasm_box_finding(const struct wasm_box *, struct pos place, struct diags *);

#endif
