/* wasm_code.h - who calls whom, as far as direct calls tell. */
#ifndef CALLOUT_WASM_WASM_CODE_H
#define CALLOUT_WASM_WASM_CODE_H

#include "wasm/wasm_module.h"

/* Set in a call that runs whenever its function does: no condition and no branch stands before it. */
#define CALL_CERTAIN (UINT32_C(1) << 31)

/* Calls of the function defined as the i-th stand in calls[first[i]] up to calls[first[i + 1]]; indexes of the function
 * space, without repetitions that are near. */
struct code_summary {
	uint32_t           *first; /* one more than there are functions */
	struct wasm_list    calls; /* of uint32_t */
	struct code_traits *traits;
};

/* How a run ends that does not come back. */
enum code_end {
	CODE_RETURNS,
	CODE_TRAPS,
	CODE_DIVIDES,
	CODE_REMAINDERS,
	CODE_OVERFLOWS,      /* a division whose result no integer can hold */
	CODE_TRUNCATES,      /* the same of the integer in another number */
	CODE_OUTSIDE,        /* an address past all that the memory may ever have */
	CODE_OUTSIDE_NOW,    /* past what it begins with, unless code lets it grow */
	CODE_OUTSIDE_OF_ALL, /* the same, of WASM_PAGES_MAX pages */
	CODE_TABLE_PAST,     /* an entry past all that the table may ever have */
	CODE_NULL_ENTRY,     /* a call of an entry that nothing fills, unless code writes tables */
	CODE_OTHER_TYPE,     /* a call of an entry by another type than its function's, under the same condition */
	CODE_NULL_REFERENCE,
	CODE_LOOPS, /* it does not end at all */
	CODE_RECURS,
	CODE_THROWS,
};

/* Of one function. */
struct code_traits {
	uint8_t end;          /* enum code_end, behind its certain calls, whenever it gets there */
	bool    catches;      /* has handlers of exceptions */
	bool    leaves;       /* calls in the place of a return, so that it takes no room on the stack */
	bool    returns_zero; /* whenever it comes back, as a constant at its end says */
	bool    unsure;       /* has calls that are not certain, or of whom nobody knows */
};

/* What runs when a function is called. */
struct reach {
	bool         *functions; /* by index of the function space: can it be called? */
	enum code_end end;       /* of wasm_code_run */
	uint32_t      ender;     /* the function in which it ends so, by its index there */
};

/* All that direct calls may reach from the n functions. m->code must not be NULL. */
struct reach wasm_code_reach(struct arena *, const struct wasm_module *, const uint32_t *functions, size_t n);
/* What is sure to run: along calls that run whenever their function does, in their order, up to a trap or an exception, or to
 * where a handler may go on instead. */
struct reach wasm_code_run(struct arena *, const struct wasm_module *, uint32_t function);

#endif
