/* wasm_code.h - who calls whom, as far as direct calls tell. */
#ifndef CALLOUT_WASM_WASM_CODE_H
#define CALLOUT_WASM_WASM_CODE_H

#include "wasm/wasm_module.h"

/* Set in a call that runs whenever its function does: no condition and no branch stands before it. */
#define CALL_CERTAIN (UINT32_C(1) << 31)

/* Calls of the function defined as the i-th stand in calls[first[i]] up to calls[first[i + 1]]; indexes of the function
 * space, without repetitions that are near. */
struct code_summary {
	uint32_t        *first;    /* one more than there are functions */
	struct wasm_list calls;    /* of uint32_t */
	bool            *indirect; /* does it call through a table or a reference too? */
};

/* What runs when a function is called. */
struct reach {
	bool *functions; /* by index of the function space: can it be called? */
	bool  indirect;  /* something may be called that is not known */
};

/* certain: only along calls that run whenever their function does. m->code must not be NULL. */
struct reach wasm_code_reach(struct arena *, const struct wasm_module *, uint32_t function, bool certain);

#endif
