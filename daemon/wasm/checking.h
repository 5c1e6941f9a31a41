/* checking.h - what the files of wasm_check share, one subject each. */
#ifndef CALLOUT_WASM_CHECKING_H
#define CALLOUT_WASM_CHECKING_H

#include "wasm/host_functions.h"
#include "wasm/problem.h"

void check_format(struct checking *);
void check_abi(struct checking *);
void check_listed_imports(struct checking *);
void check_imports(struct checking *);
void check_memory(struct checking *);
void check_features(struct checking *);
void check_operands(struct checking *);
void check_listed_exports(struct checking *);
void check_exports(struct checking *);
void check_start(struct checking *);
void check_callouts(struct checking *);
void check_runtime(struct checking *);
void check_names(struct checking *);

/* Does some Envoy call an export of that name? */
bool export_is_called(const struct wasm_export *);

/* The first Envoy minor that calls __main_void, where no main is exported. */
enum { MAIN_VOID_SINCE = 39 };

#define NO_INSTANCE STR("Failed to create new Wasm instance")

/* "env.proxy_log" */
static inline struct str import_text(struct arena *arena, const struct wasm_import *import)
{
	return STR_CONCAT(arena, import->module, STR("."), import->name);
}

/* Where it stands in the module, for .at and .length. */
#define AT_ITEM(item) .at = (item)->at, .length = (item)->length

#endif
