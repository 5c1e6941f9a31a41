/* lookup.h - names by which V8's C interface cannot find again what it has put there itself.
 *
 * It hands imports over, and takes exports, as properties of a JavaScript object, which it asks for by name and never as the
 * entries of an array; and it takes a zero byte at the end of a name for the end of a string of C (Instance::make,
 * Instance::exports and VecToString of v8/src/wasm/c-api.cc).
 */
#ifndef CALLOUT_WASM_LOOKUP_H
#define CALLOUT_WASM_LOOKUP_H

#include "base/str.h"

/* The name that is asked for: without a zero byte at its end. */
struct str lookup_name(struct str name);

/* Is it the number of an array's entry, as JavaScript writes it: decimal, less than 4294967295, and no zero before it? */
bool lookup_is_index(struct str name);

/* Why nothing is found by that name alone, as the findings say it: "a name that is a number". NULL: it is. */
const char *lookup_fault(struct str name);

#endif
