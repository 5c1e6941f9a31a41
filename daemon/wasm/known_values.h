/* known_values.h - constants on top of a body's values, and the instructions that are sure to fail on them. */
#ifndef CALLOUT_WASM_KNOWN_VALUES_H
#define CALLOUT_WASM_KNOWN_VALUES_H

#include "wasm/instruction.h"
#include "wasm/wasm_code.h"

enum { KNOWN_VALUES = 3 }; /* as many as an instruction takes that fails on them */

struct known_value {
	bool     known;
	bool     is_null; /* a reference, to nothing */
	uint64_t bits;    /* of a number, in its own width */
};

/* What the last few instructions have put there, the uppermost first. Begin with all of them unknown. */
struct known_values {
	struct known_value top[KNOWN_VALUES];
};

/* How the instruction ends what runs, whenever it gets there; CODE_RETURNS: nobody knows that it does. */
enum code_end known_values_end(const struct known_values *, const struct reading *, const struct instruction *);

/* What is known behind it. */
void known_values_follow(struct known_values *, const struct instruction *);

#endif
