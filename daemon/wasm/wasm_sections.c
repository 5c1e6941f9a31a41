/* The sections that say what a module takes and gives. */
#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "wasm/wasm_reading.h"

enum { MEMORY_PAGES_32 = 65536, MEMORY_PAGES_64 = 262144, TABLE_ENTRIES = 10000000, PAGE_BYTES = 65536 };

/* ---- what imports and definitions have in common ---- */

/* V8's own bounds (max_mem32_pages, max_mem64_pages of v8/src/wasm/wasm-engine), not the specification's. */
static const struct wasm_memory *add_memory(struct reading *r, bool imported)
{
	struct wasm_memory  *memory = ARENA_NEW(r->arena, struct wasm_memory);
	struct wasm_memory **last = &r->m->memories;
	struct memory_type  *added = wasm_list_add(r->arena, &r->memories, sizeof(*added));

	memory->at = cursor_offset(&r->c);
	memory->imported = imported;
	memory->limits = read_limits(r, true);
	*added = (struct memory_type){ .is_64 = memory->limits.is_64, .bytes = memory->limits.min * PAGE_BYTES };
	if (!memory->limits.is_64 &&
	    (memory->limits.min > MEMORY_PAGES_32 || (memory->limits.has_max && memory->limits.max > MEMORY_PAGES_32)))
		cursor_fail_at(&r->c, memory->at, "a memory of more than 65536 pages");
	if (memory->limits.min > MEMORY_PAGES_64 || (memory->limits.has_max && memory->limits.max > MEMORY_PAGES_64))
		cursor_fail_at(&r->c, memory->at, "a memory of more than 262144 pages");
	if (r->m->n_memories++)
		reading_needs(r, FEATURE_MULTI_MEMORY, memory->at);
	if (r->m->n_memories > LIMIT_WASM_TABLES)
		cursor_fail_at(&r->c, memory->at, "more than 100000 memories");
	while (*last && r->m->n_memories <= 3) /* the first few are all that counts */
		last = &(*last)->next;
	if (r->m->n_memories <= 3)
		*last = memory;
	return memory;
}

static void add_table(struct reading *r, bool imported)
{
	uint64_t           at = cursor_offset(&r->c);
	bool               has_value = cursor_peek_byte(&r->c) == 0x40;
	struct wasm_limits limits;
	value_type         type = VALUE_FUNCREF;
	struct table_type *added;

	if (has_value) {
		reading_needs(r, FEATURE_TYPED_REFERENCES, at);
		cursor_u8(&r->c);
		if (cursor_u8(&r->c) != 0)
			cursor_fail_at(&r->c, at, "an unknown form of table");
	}
	if (cursor_peek_byte(&r->c) == VALUE_FUNCREF)
		cursor_u8(&r->c); /* every engine knows these */
	else if (value_is_reference(type = read_value_type(r)))
		reading_needs(r, FEATURE_REFERENCE_TYPES, at);
	else
		cursor_fail_at(&r->c, at, "a table of something else than references");
	limits = read_limits(r, false);
	if (limits.min > TABLE_ENTRIES)
		cursor_fail_at(&r->c, at, "a table of more than 10000000 entries");
	if (has_value) {
		read_const_expression(r, type);
		r->filled_to = UINT64_MAX;
	} else if (!imported && type & VALUE_NOT_NULL) {
		cursor_fail_at(&r->c, at, "a table of references that are not null, without what to fill it with");
	}
	if (r->m->n_tables++)
		reading_needs(r, FEATURE_REFERENCE_TYPES, at);
	if (r->m->n_tables > LIMIT_WASM_TABLES)
		cursor_fail_at(&r->c, at, "more than 100000 tables");
	added = wasm_list_add(r->arena, &r->tables, sizeof(*added));
	*added = (struct table_type){ .value = type, .limits = arena_copy(r->arena, &limits, sizeof(limits)) };
}

static void add_global(struct reading *r, bool imported)
{
	struct global_type  type = { .value = read_value_type(r) };
	uint8_t             mutability = cursor_u8(&r->c);
	struct global_type *added;

	if (mutability > 3)
		cursor_fail(&r->c, "a global is neither mutable nor constant");
	else if (mutability > 1)
		reading_needs(r, FEATURE_SHARED_EVERYTHING, cursor_offset(&r->c) - 1);
	if (++r->m->n_globals > LIMIT_WASM_ITEMS)
		cursor_fail(&r->c, "more than 1000000 globals");
	type.is_mutable = mutability & 1;
	if (!imported)
		type.constant = read_const_expression(r, type.value); /* which does not know the global itself */
	if (r->c.fault)
		return;
	added = wasm_list_add(r->arena, &r->globals, sizeof(*added));
	*added = type;
}

static uint32_t read_function_type_index(struct reading *r)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t index = cursor_u32(&r->c);

	if (!wasm_module_type(r->m, index))
		cursor_fail_at(&r->c, at, "a function's type is not in the type section");
	return index;
}

static uint32_t add_tag(struct reading *r)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t type;

	reading_needs(r, FEATURE_EXCEPTION_TAGS, at);
	if (cursor_u32(&r->c) != 0)
		cursor_fail_at(&r->c, at, "an unknown kind of tag");
	if (++r->m->n_tags > LIMIT_WASM_ITEMS)
		cursor_fail_at(&r->c, at, "more than 1000000 tags");
	type = read_function_type_index(r);
	if (!r->c.fault && wasm_module_type(r->m, type)->n_results)
		cursor_fail_at(&r->c, at, "a tag whose type has results");
	*(uint32_t *)wasm_list_add(r->arena, &r->tags, sizeof(type)) = type;
	return type;
}

/* Of a global or of a table's entries; VALUE_BOTTOM: of neither. */
static value_type value_of(const struct reading *r, uint8_t kind, uint32_t index)
{
	if (kind == WASM_GLOBAL)
		return reading_global(r, index)->value;
	return kind == WASM_TABLE ? reading_table(r, index)->value : VALUE_BOTTOM;
}

/* ---- imports ---- */

static void read_import(struct reading *r)
{
	struct wasm_import  import = { .at = cursor_offset(&r->c) };
	struct wasm_import *added;
	uint8_t             kind;

	import.module = cursor_name(&r->c);
	import.name = cursor_name(&r->c);
	kind = cursor_u8(&r->c);
	switch (kind) {
	case WASM_FUNCTION:
		import.type = read_function_type_index(r);
		*(uint32_t *)wasm_list_add(r->arena, &r->imported_functions, sizeof(uint32_t)) = import.type;
		r->m->n_imported_functions++;
		break;
	case WASM_TABLE:
		add_table(r, true);
		r->m->n_imported_tables++;
		import.limits = reading_table(r, r->m->n_tables - 1)->limits;
		break;
	case WASM_MEMORY:
		import.limits = &add_memory(r, true)->limits;
		break;
	case WASM_GLOBAL:
		add_global(r, true);
		r->m->n_imported_globals++;
		break;
	case WASM_TAG:
		import.type = add_tag(r);
		break;
	default:
		cursor_fail(&r->c, "an unknown kind of import");
	}
	if (r->c.fault)
		return;
	import.kind = (enum wasm_kind)kind;
	import.value = value_of(r, kind, (kind == WASM_GLOBAL ? r->m->n_globals : r->m->n_tables) - 1);
	import.length = (uint32_t)(cursor_offset(&r->c) - import.at);
	added = wasm_list_add(r->arena, &r->m->imports, sizeof(*added));
	*added = import;
}

void read_import_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 imports");

	while (n-- && !r->c.fault)
		read_import(r);
}

/* ---- definitions ---- */

void read_function_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 functions");

	while (n-- && !r->c.fault) {
		uint32_t  index = read_function_type_index(r);
		uint32_t *added = wasm_list_add(r->arena, &r->m->functions, sizeof(*added));

		*added = index;
	}
}

void read_table_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_TABLES, "more than 100000 tables");

	while (n-- && !r->c.fault)
		add_table(r, false);
}

void read_memory_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_TABLES, "more than 100000 memories");

	while (n-- && !r->c.fault)
		add_memory(r, false);
}

void read_tag_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 tags");

	while (n-- && !r->c.fault)
		add_tag(r);
}

void read_global_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 globals");

	while (n-- && !r->c.fault)
		add_global(r, false);
}

/* ---- exports and start ---- */

static struct str export_key(const void *item)
{
	return ((const struct wasm_export *)item)->name;
}

static uint32_t count_of(const struct reading *r, uint8_t kind)
{
	switch (kind) {
	case WASM_FUNCTION:
		return reading_functions(r);
	case WASM_TABLE:
		return r->m->n_tables;
	case WASM_MEMORY:
		return r->m->n_memories;
	case WASM_GLOBAL:
		return r->m->n_globals;
	default:
		return r->m->n_tags;
	}
}

static void describe(const struct reading *r, struct wasm_export *e)
{
	e->value = value_of(r, (uint8_t)e->kind, e->index);
	if (e->kind == WASM_TABLE)
		e->limits = reading_table(r, e->index)->limits;
}

static void read_export(struct reading *r)
{
	struct wasm_export *e = wasm_list_add(r->arena, &r->m->exports, sizeof(*e));
	uint8_t             kind;

	*e = (struct wasm_export){ .at = cursor_offset(&r->c) };
	e->name = cursor_name(&r->c);
	kind = cursor_u8(&r->c);
	e->index = cursor_u32(&r->c);
	if (kind > WASM_TAG)
		cursor_fail_at(&r->c, e->at, "an unknown kind of export");
	else if (e->index >= count_of(r, kind))
		cursor_fail_at(&r->c, e->at, "an export of something that is not there");
	if (kind == WASM_FUNCTION)
		reading_declare(r, e->index);
	e->kind = (enum wasm_kind)kind;
	e->length = (uint32_t)(cursor_offset(&r->c) - e->at);
	e->cut = e->length > LIMIT_WASM_NAME_BYTES + 20;
	if (r->c.fault)
		r->m->exports.n--;
	else
		describe(r, e);
}

/* Engines refuse a name that is given twice. The list has its final place only when it is complete. */
static void find_duplicates(struct reading *r)
{
	struct wasm_export *items = r->m->exports.items;
	struct hash         names;

	hash_init(&names, r->arena, export_key);
	for (size_t i = 0; i < r->m->exports.n && !r->c.fault; i++)
		if (hash_add(&names, &items[i]) && !items[i].cut)
			cursor_fail_at(&r->c, items[i].at, "two exports of one name");
}

void read_export_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 exports");

	while (n-- && !r->c.fault)
		read_export(r);
	find_duplicates(r);
}

void read_start_section(struct reading *r)
{
	const struct wasm_type *type;

	r->m->has_start = true;
	r->m->start_at = cursor_offset(&r->c);
	r->m->start = cursor_u32(&r->c);
	type = wasm_function_type(r->m, r->m->start);
	if (!type || type->n_params || type->n_results)
		cursor_fail_at(&r->c, r->m->start_at, "the start function is missing, or takes or returns something");
}
