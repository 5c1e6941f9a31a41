/* engine_feature.h - what modules ask of V8, and the first V8 that gives it.
 *
 * Measured with Node 16 to 20 and Envoy 1.36 to 1.40: each feature in a module of its own.
 */
#ifndef CALLOUT_WASM_ENGINE_FEATURE_H
#define CALLOUT_WASM_ENGINE_FEATURE_H

#include "base/str.h"

enum engine_feature {
#define ENGINE_FEATURE(name, text, since, target_feature) FEATURE_##name,
#include "wasm/engine_features.def"
#undef ENGINE_FEATURE
	FEATURE_KINDS
};

enum { V8_NEVER = 99999 };

struct engine_feature_row {
	const char *text;
	int         since;          /* V8's major * 100 + minor */
	const char *target_feature; /* as LLVM names it in the section target_features; NULL: it does not */
};

extern const struct engine_feature_row engine_feature_table[FEATURE_KINDS];

#endif
