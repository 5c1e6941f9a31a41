/* tar_entry.h - the first entry of a tar archive, as Go's archive/tar, which istio-agent reads with, finds it. */
#ifndef CALLOUT_WASM_TAR_ENTRY_H
#define CALLOUT_WASM_TAR_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

/* Exactly n bytes of the archive, in order; false: there are fewer. */
typedef bool tar_read_fn(void *ctx, unsigned char *p, size_t n);

/* NULL: the entry's bytes come next, so many. Else why there is none to take; nothing is said of what ends the archive behind
 * it. Long names and extended headers before the entry are read over. */
const char *tar_entry_first(tar_read_fn *, void *ctx, uint64_t *ret_size);

#endif
