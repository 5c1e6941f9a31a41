/* tar_member.h - one file in a tar archive, which may be packed with gzip, as a module's input. */
#ifndef CALLOUT_WASM_TAR_MEMBER_H
#define CALLOUT_WASM_TAR_MEMBER_H

#include "wasm/wasm_input.h"

struct arena;

/* The first regular file of that name, in whatever folder of the archive. The archive is read in order, from an open file
 * that stays the caller's; what the input needs lives in the arena. False: there is none, or the archive is damaged before
 * it. */
bool tar_member_open(struct arena *, int fd, struct str name, struct wasm_input *ret);

#endif
