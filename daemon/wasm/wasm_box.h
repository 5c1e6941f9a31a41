/* wasm_box.h - gzip and tar around a module, opened as istio-agent opens what it fetches by http or https
 * (istio pkg/wasm/httpfetcher.go, unboxIfPossible): gzip is unpacked, of a tar archive the first entry is taken, as often as
 * there is one in the other. */
#ifndef CALLOUT_WASM_WASM_BOX_H
#define CALLOUT_WASM_WASM_BOX_H

#include "wasm/wasm_input.h"

struct arena;

enum { WASM_BOXES_MAX = 8 }; /* one in the other; the agent has no such bound */

/* The file can be sought in, stays the caller's, and is read twice: once to its end, because the agent unpacks the whole before
 * it looks at it. At most LIMIT_MODULE_BYTES are taken out of each gzip, as there. *ret reads the module in order, and lives in
 * the arena. boxes: what it is in, from the inside; absent, with *ret untouched, where the file is in no box. Else why the
 * agent takes no module from it, and again *ret is untouched. */
const char *wasm_box_open(struct arena *, struct wasm_input *file, struct wasm_input *ret, struct str *boxes);

#endif
