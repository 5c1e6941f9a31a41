/* abi.h - the versions of the Proxy-Wasm ABI that Envoy knows, by the function that says so. */
#ifndef CALLOUT_WASM_ABI_H
#define CALLOUT_WASM_ABI_H

#include "base/str.h"

enum { ABI_NAME_BYTES = 23 }; /* each of them */

struct abi {
	const char *export;
	unsigned    bit; /* ABI_0_1_0 … (host_functions.h) */
	const char *text;
};

/* NULL: Envoy knows none of that name. */
const struct abi *abi_named(struct str export);

#endif
