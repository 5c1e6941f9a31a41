/* host_functions.h - the functions that Envoy offers to modules, by version. */
#ifndef CALLOUT_WASM_HOST_FUNCTIONS_H
#define CALLOUT_WASM_HOST_FUNCTIONS_H

#include "wasm/envoy_version.h"
#include "wasm/wasm_module.h"

/* Versions of the Proxy-Wasm ABI, as a mask; 0: none that Envoy knows. */
enum { ABI_0_1_0 = 1, ABI_0_2_0 = 2, ABI_0_2_1 = 4, ABI_ALL = 7 };

/* The first Envoy minor that lets a module call only some functions while it starts. */
enum { FIRST_WITH_TRAPS = 24 };

/* A row of host_functions.def. */
struct host_function {
	const char *module; /* env or wasi */
	const char *name;
	const char *type;
	int         since;
	unsigned    abi;
	int         init, allocate;
	bool        crashes_at_start;
};

extern const struct host_function host_function_table[];
extern const size_t               host_function_table_size;

/* NULL: Envoy never offers it. */
const struct host_function *host_function_find(struct str module, struct str name);

/* The releases that have it, under an ABI that it belongs to. */
static inline uint32_t host_function_releases(const struct host_function *f)
{
	return envoy_since(f->since);
}

/* Those where a call of it is a trap while the module is initialized, or while Envoy asks it for memory. */
uint32_t host_function_trapped_at_init(const struct host_function *);
uint32_t host_function_trapped_at_allocation(const struct host_function *);

/* May it read or write the module's memory? Measured on modules without one. */
bool host_function_uses_memory(const struct host_function *);

/* The product that has the function, which no Envoy has; NULL when none is known. */
const char *host_function_vendor(struct str module, struct str name);

/* Is a function's type the one written so ("iiI>i")? */
bool wasm_type_is(const struct wasm_type *, const char *signature);
/* As Envoy prints it: "i32 i32 -> i32", "void -> i32". */
struct str wasm_type_text(struct arena *, const struct wasm_type *);
struct str signature_text(struct arena *, const char *signature);

#endif
