#include "wasm/wasm_module.h"

#include "base/arena.h"

const struct engine_feature_row engine_feature_table[FEATURE_KINDS] = {
#define ENGINE_FEATURE(name, text, since, target_feature) [FEATURE_##name] = { text, since, target_feature },
#include "wasm/engine_features.def"
#undef ENGINE_FEATURE
};

const char *const wasm_kind_words[WASM_TAG + 1] = { "function", "table", "memory", "global", "tag" };

void *wasm_list_add(struct arena *arena, struct wasm_list *l, size_t item_size)
{
	l->items = arena_list(arena, l->items, l->n, &l->cap, item_size);
	return (char *)l->items + l->n++ * item_size;
}

/* ---- looking things up ---- */

const struct wasm_type *wasm_type_at(const struct wasm_module *m, uint32_t type)
{
	return type < m->types.n ? (const struct wasm_type *)m->types.items + type : NULL;
}

const struct wasm_type *wasm_module_type(const struct wasm_module *m, uint32_t type)
{
	const struct wasm_type *found = wasm_type_at(m, type);

	return found && found->values ? found : NULL;
}

const struct wasm_import *wasm_function_import(const struct wasm_module *m, uint32_t function)
{
	for (size_t i = 0; i < m->imports.n; i++) {
		const struct wasm_import *import = wasm_import_at(m, i);

		if (import->kind == WASM_FUNCTION && function-- == 0)
			return import;
	}
	return NULL;
}

const struct wasm_type *wasm_function_type(const struct wasm_module *m, uint32_t function)
{
	const uint32_t           *defined = m->functions.items;
	const struct wasm_import *import;

	if (function >= m->n_imported_functions) {
		function -= m->n_imported_functions;
		return function < m->functions.n ? wasm_module_type(m, defined[function]) : NULL;
	}
	import = wasm_function_import(m, function);
	return import ? wasm_module_type(m, import->type) : NULL;
}

const struct wasm_export *wasm_export_find(const struct wasm_module *m, enum wasm_kind kind, const char *name)
{
	for (size_t i = 0; i < m->exports.n; i++) {
		const struct wasm_export *e = wasm_export_at(m, i);

		if (e->kind == kind && str_is(e->name, name))
			return e;
	}
	return NULL;
}

const struct wasm_import *wasm_import_find(const struct wasm_module *m, const char *module, const char *name)
{
	for (size_t i = 0; i < m->imports.n; i++) {
		const struct wasm_import *import = wasm_import_at(m, i);

		if (import->kind == WASM_FUNCTION && str_is(import->module, module) && str_is(import->name, name))
			return import;
	}
	return NULL;
}
