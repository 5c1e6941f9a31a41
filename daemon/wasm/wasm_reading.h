/* wasm_reading.h - what the files that read a module share; no one else needs it. */
#ifndef CALLOUT_WASM_WASM_READING_H
#define CALLOUT_WASM_WASM_READING_H

#include "base/arena.h"
#include "wasm/opcode.h"
#include "wasm/wasm_cursor.h"
#include "wasm/wasm_module.h"

/* What a constant expression gives, where it is a number. */
struct const_value {
	bool     known; /* it is made of constants alone */
	uint64_t value; /* its bits, in its own width */
};

struct global_type {
	value_type         value;
	bool               is_mutable;
	struct const_value constant; /* what it begins with */
};

struct table_type {
	value_type                value;
	const struct wasm_limits *limits;
};

struct memory_type {
	bool     is_64; /* its addresses have 64 bits */
	uint64_t bytes; /* at its start */
};

/* A label that an instruction of several names; of try_table with what is caught. */
struct branch {
	uint32_t label, tag;
	uint8_t  kind;
};

/* Locals of one type: those up to `end`, parameters counted in. */
struct local_run {
	uint32_t   end;
	value_type value;
};

struct reading {
	struct wasm_cursor         c;
	struct arena              *arena;
	const struct wasm_options *options;
	struct wasm_module        *m;
	struct hash               *export_names;
	uint64_t                   filled_from, filled_to; /* entries of table 0 that are not null; equal: none */
	uint32_t *entries; /* the first ones of table 0: the function's index and one; 0: nobody knows, or it is null */
	size_t    n_entries; /* of which a record is kept; NULL and 0 before the first segment */
	uint32_t  n_code_bodies, n_data, n_data_declared;
	bool      has_data_count;
	struct wasm_list    imported_functions; /* of uint32_t: their types */
	struct wasm_list    globals;            /* of struct global_type */
	struct wasm_list    tables;             /* of struct table_type */
	struct wasm_list    memories;           /* of struct memory_type */
	struct wasm_list    tags;               /* of uint32_t: their types */
	struct wasm_list    elements;           /* of value_type: those of the first LIMIT_WASM_TABLES segments */
	uint32_t            n_elements;         /* element segments */
	uint64_t            n_locals;           /* of the function that is being read, its parameters included */
	struct wasm_list    locals;             /* of struct local_run: its own */
	uint32_t            n_types_known; /* types that may be named so far: also those of the group that is read */
	bool               *declared;      /* of the function space: may code make a reference to it? NULL: none */
	struct opcode_index opcodes;
	struct wasm_list    branches; /* of struct branch: of the instruction that was read last */
};

/* The module needs the feature, as the byte at `at` shows. */
static inline void reading_needs(struct reading *r, enum engine_feature feature, uint64_t at)
{
	if (r->c.fault || r->m->features[feature])
		return;
	r->m->features[feature] = true;
	r->m->feature_at[feature] = at;
}

/* type_section.c */
void read_type_section(struct reading *);

/* wasm_types.c */
value_type         read_value_type(struct reading *);
value_type         read_heap_type(struct reading *); /* as a reference that may be null */
struct wasm_limits read_limits(struct reading *, bool memory);

/* wasm_sections.c: each reads what stands between the section's size and its end */
void read_import_section(struct reading *);
void read_function_section(struct reading *);
void read_table_section(struct reading *);
void read_memory_section(struct reading *);
void read_tag_section(struct reading *);
void read_global_section(struct reading *);
void read_export_section(struct reading *);
void read_start_section(struct reading *);

/* wasm_segments.c */
void read_element_section(struct reading *);
void read_data_count_section(struct reading *);
void read_data_section(struct reading *);

/* const_expression.c */
/* An expression that gives a value of that type, else a fault. */
struct const_value read_const_expression(struct reading *, value_type);
/* The index of a function, that code may make references to from here on. at: for a fault. */
uint32_t read_function_reference(struct reading *, uint64_t at);

/* wasm_code.c */
void read_code_section(struct reading *);

/* wasm_custom.c */
void read_custom_section(struct reading *);

/* NULL when there is no such global so far. */
static inline const struct global_type *reading_global(const struct reading *r, uint32_t index)
{
	return index < r->globals.n ? (const struct global_type *)r->globals.items + index : NULL;
}

/* The same of tables. */
static inline const struct table_type *reading_table(const struct reading *r, uint32_t index)
{
	return index < r->tables.n ? (const struct table_type *)r->tables.items + index : NULL;
}

/* And of memories. */
static inline const struct memory_type *reading_memory(const struct reading *r, uint32_t index)
{
	return index < r->memories.n ? (const struct memory_type *)r->memories.items + index : NULL;
}

/* Of addresses in the memory, or in the table: i32 or i64. */
static inline value_type reading_memory_address(const struct reading *r, uint32_t memory)
{
	const struct memory_type *type = reading_memory(r, memory);

	return type && type->is_64 ? VALUE_I64 : VALUE_I32;
}

static inline value_type reading_table_address(const struct reading *r, uint32_t table)
{
	const struct table_type *type = reading_table(r, table);

	return type && type->limits->is_64 ? VALUE_I64 : VALUE_I32;
}

/* Of the function space; the function is there. */
static inline uint32_t reading_function_type(const struct reading *r, uint32_t function)
{
	size_t                  imported = r->imported_functions.n;
	const struct wasm_list *l = function < imported ? &r->imported_functions : &r->m->functions;

	return ((const uint32_t *)l->items)[function < imported ? function : function - imported];
}

static inline uint32_t reading_functions(const struct reading *r)
{
	return r->m->n_imported_functions + (uint32_t)r->m->functions.n;
}

/* Code may only make references to functions that something outside of it names. */
static inline void reading_declare(struct reading *r, uint32_t function)
{
	if (r->c.fault)
		return;
	if (!r->declared)
		r->declared = ARENA_ARRAY(r->arena, reading_functions(r) + 1, bool);
	r->declared[function] = true;
}

#endif
