/* toolchain.h - who built the module: the compiler, its version, and the SDK, as far as the module tells. */
#ifndef CALLOUT_WASM_TOOLCHAIN_H
#define CALLOUT_WASM_TOOLCHAIN_H

#include "wasm/wasm_module.h"

enum tool {
	TOOL_UNKNOWN,
	TOOL_GO,
	TOOL_TINYGO,
	TOOL_RUST,
	TOOL_CLANG,
	TOOL_EMSCRIPTEN,
	TOOL_ZIG,
	TOOL_ASSEMBLYSCRIPT,
	TOOL_COUNT
};

/* The SDK's language, in which a way out is written. */
enum sdk_language { SDK_ANY, SDK_GO, SDK_RUST, SDK_CPP, SDK_ASSEMBLYSCRIPT };

struct toolchain {
	enum tool         tool;
	enum sdk_language language;
	struct str        version;  /* "1.26.8"; absent when it is not told */
	const char       *sdk;      /* NULL when nothing tells of one */
	const char       *evidence; /* what in the module says so; NULL with TOOL_UNKNOWN */
};

struct toolchain toolchain_of(const struct wasm_module *);

/* "Go 1.26.8", "TinyGo", "unknown" */
struct str toolchain_text(struct arena *, const struct toolchain *);

#endif
