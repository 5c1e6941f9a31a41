/* host_walk.h - what Envoy's own reader, which comes before V8 and minds no version, makes of a module that V8 refuses.
 *
 * A component (or another later format) begins like a module and goes on in sections of other meanings: the host takes
 * the one with the number of the exports for them.
 */
#ifndef CALLOUT_WASM_HOST_WALK_H
#define CALLOUT_WASM_HOST_WALK_H

#include "wasm/wasm_cursor.h"

/* The first line of the log; the cursor stands behind the header, and somewhere else afterwards, without a fault but that
 * of a file that could not be read. */
const char *host_walk_log(struct wasm_cursor *);

#endif
