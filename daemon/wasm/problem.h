/* problem.h - what was found of a module so far; each file that checks one subject adds to it. */
#ifndef CALLOUT_WASM_PROBLEM_H
#define CALLOUT_WASM_PROBLEM_H

#include "base/arena.h"
#include "base/hash.h"
#include "wasm/wasm_check.h"

struct checking {
	struct arena             *arena;
	const struct wasm_module *m;
	const struct wasm_wants  *wants; /* NULL: unknown */
	struct wasm_verdict      *verdict;
	struct wasm_problem     **last;
	size_t                    n;
	struct hash               missing; /* of struct wasm_problem, by import */
};

/* Class and stage come from the code. NULL: the set of releases is empty, or LIMIT_WASM_PROBLEMS is reached, which counts. */
struct wasm_problem *problem_add(struct checking *, struct wasm_problem);

/* Does it keep the module from loading, or crash the proxy? */
bool problem_stops(const struct wasm_problem *);

/* The releases that one of the problems so far stops. */
uint32_t problems_stop(const struct checking *);

#endif
