/* checking.h - what the files of wasm_check share, one subject each. */
#ifndef CALLOUT_WASM_CHECKING_H
#define CALLOUT_WASM_CHECKING_H

#include "base/arena.h"
#include "base/hash.h"
#include "wasm/host_functions.h"
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

/* The releases that one of the problems so far stops. */
uint32_t releases_stopped(const struct checking *);

/* Class and stage come from the code; nothing is added for an empty set of releases. */
struct wasm_problem *problem_add(struct checking *, struct wasm_problem);

void check_format(struct checking *);
void check_abi(struct checking *);
void check_imports(struct checking *);
void check_memory(struct checking *);
void check_features(struct checking *);
void check_exports(struct checking *);
void check_start(struct checking *);
void check_callouts(struct checking *);
void check_runtime(struct checking *);
void check_names(struct checking *);

/* "env.proxy_log" */
static inline struct str import_text(struct arena *arena, const struct wasm_import *import)
{
	return STR_CONCAT(arena, import->module, STR("."), import->name);
}

/* Where it stands in the module, for .at and .length. */
#define AT_ITEM(item) .at = (item)->at, .length = (item)->length

#endif
