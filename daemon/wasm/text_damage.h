/* text_damage.h - modules that something has read and written as if they were text: the traces that this leaves in their bytes. */
#ifndef CALLOUT_WASM_TEXT_DAMAGE_H
#define CALLOUT_WASM_TEXT_DAMAGE_H

#include "base/str.h"

enum { TEXT_DAMAGE_BYTES = 16 * 1024 };

/* Of a file that begins like a module and is malformed: what has probably happened to it, and the way out, in one line; NULL when its
 * bytes do not say. head: the first TEXT_DAMAGE_BYTES, or all there is. */
const char *text_damage_of(struct str head);

#endif
