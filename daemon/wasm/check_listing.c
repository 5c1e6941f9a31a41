/* What Envoy cannot even list: it learns imports and exports from V8's C interface, in which few types have a name; V8 ends the
 * process at any other (V8ValueTypeToWasm and GetImportExportType of v8/src/wasm/c-api.cc). And of exports, what that interface
 * does not find by its name. */
#include "wasm/checking.h"
#include "wasm/lookup.h"

enum { LISTING_SINCE = 36 }; /* the oldest Envoy of which it was measured */

/* Entries of a table: V8 reads the maximum as a number of 32 bits with a sign, and ends at those that it cannot hold. */
enum { LISTED_MAX = INT32_MAX };

/* The first of a function's values that cannot be listed, else VALUE_BOTTOM. */
static value_type unlisted_of_type(const struct wasm_type *type)
{
	for (uint32_t i = 0; i < (uint32_t)type->n_params + type->n_results; i++)
		if (!value_is_listable(wasm_type_value(type, i)))
			return wasm_type_value(type, i);
	return VALUE_BOTTOM;
}

/* value: of a global, or of a table's entries; VALUE_BOTTOM: of neither, or there is nothing to say. */
static value_type unlisted(const struct wasm_type *function, value_type value)
{
	if (function)
		return unlisted_of_type(function);
	return value_is_listable(value) ? VALUE_BOTTOM : value;
}

/* What of it cannot be listed, as the finding says it; absent: all can. limits: of a table, else NULL. */
static struct str fault_text(struct checking *c, const struct wasm_type *function, value_type value,
                             const struct wasm_limits *limits)
{
	value = unlisted(function, value);
	if (value != VALUE_BOTTOM)
		return STR_CONCAT(c->arena, STR("the type "), value_type_text(c->arena, value));
	if (limits && limits->has_max && limits->max > LISTED_MAX)
		return STR("a maximum of more than 2147483647 entries");
	return STR_ABSENT;
}

static void check_import(struct checking *c, const struct wasm_import *import)
{
	const struct wasm_type *type = import->kind == WASM_FUNCTION ? wasm_module_type(c->m, import->type) : NULL;
	struct str              fault = fault_text(c, type, import->value, import->limits);

	if (import->kind == WASM_TAG)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_IMPORT_TAG,
		                                      AT_ITEM(import),
		                                      .releases = ENVOY_ALL,
		                                      .values = { import_text(c->arena, import) } });
	else if (str_present(fault))
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_IMPORT_LISTED,
		                                      AT_ITEM(import),
		                                      .releases = envoy_since(LISTING_SINCE),
		                                      .values = { str_c(wasm_kind_words[import->kind]),
		                                                  import_text(c->arena, import), fault } });
}

void check_listed_imports(struct checking *c)
{
	for (size_t i = 0; i < c->m->imports.n; i++)
		check_import(c, wasm_import_at(c->m, i));
}

static struct str export_key(const void *item)
{
	return ((const struct wasm_export *)item)->name;
}

/* Of functions and memories Envoy takes what V8 found, and does not look whether it found anything, or anything of that kind
 * (V8::link of proxy-wasm-cpp-host, Instance::exports of v8/src/wasm/c-api.cc). NULL: it is there. */
static const char *unfound(const struct hash *by_name, const struct wasm_export *e)
{
	struct str                name = lookup_name(e->name);
	const char               *fault = e->cut ? NULL : lookup_fault(e->name);
	const struct wasm_export *found;

	if (!fault || (e->kind != WASM_FUNCTION && e->kind != WASM_MEMORY))
		return NULL;
	found = lookup_is_index(name) ? NULL : hash_get(by_name, name);
	return found && found != e && found->kind == e->kind ? NULL : fault;
}

static struct str export_fault(struct checking *c, const struct hash *by_name, const struct wasm_export *e)
{
	const struct wasm_type *type = e->kind == WASM_FUNCTION ? wasm_function_type(c->m, e->index) : NULL;
	struct str              fault = e->kind == WASM_TAG ? STR("any tag") : fault_text(c, type, e->value, e->limits);

	return str_present(fault) ? fault : str_c(unfound(by_name, e));
}

static void check_export(struct checking *c, const struct hash *by_name, const struct wasm_export *e)
{
	struct str fault = export_fault(c, by_name, e);

	if (str_present(fault))
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_EXPORT_LISTED,
		                                      AT_ITEM(e),
		                                      .releases = envoy_since(LISTING_SINCE),
		                                      .values = { str_c(wasm_kind_words[e->kind]), e->name, fault } });
}

void check_listed_exports(struct checking *c)
{
	struct hash by_name;
	bool        asked = false; /* which is rare */

	for (size_t i = 0; i < c->m->exports.n && !asked; i++)
		asked = lookup_fault(wasm_export_at(c->m, i)->name) != NULL;
	hash_init(&by_name, c->arena, export_key);
	for (size_t i = 0; asked && i < c->m->exports.n; i++)
		hash_add(&by_name, (struct wasm_export *)c->m->exports.items + i);
	for (size_t i = 0; i < c->m->exports.n; i++)
		check_export(c, &by_name, wasm_export_at(c->m, i));
}
