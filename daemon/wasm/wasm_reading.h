/* wasm_reading.h - what the files that read a module share; no one else needs it. */
#ifndef CALLOUT_WASM_WASM_READING_H
#define CALLOUT_WASM_WASM_READING_H

#include "wasm/wasm_cursor.h"
#include "wasm/wasm_module.h"

struct global_type {
	uint8_t value; /* enum wasm_value */
	bool    is_mutable;
};

struct reading {
	struct wasm_cursor         c;
	struct arena              *arena;
	const struct wasm_options *options;
	struct wasm_module        *m;
	struct hash               *export_names;
	uint64_t                   first_memory_bytes; /* of memory 0 at its start, and the entries of table 0 */
	uint64_t                   first_table_entries;
	uint32_t                   n_code_bodies, n_data, n_data_declared;
	bool                       has_data_count;
	struct wasm_list           globals;    /* of struct global_type */
	uint32_t                   n_elements; /* element segments */
	uint64_t                   n_locals;   /* of the function that is being read, its parameters included */
};

/* The module needs the feature, as the byte at `at` shows. */
static inline void reading_needs(struct reading *r, enum engine_feature feature, uint64_t at)
{
	if (r->c.fault || r->m->features[feature])
		return;
	r->m->features[feature] = true;
	r->m->feature_at[feature] = at;
}

/* wasm_types.c */
void               read_type_section(struct reading *);
uint8_t            read_value_type(struct reading *); /* enum wasm_value */
void               read_heap_type(struct reading *);
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

struct const_value {
	bool     known; /* one constant, nothing else */
	uint64_t value;
};
/* An expression that gives a value of that type (enum wasm_value; 0: any), else a fault. */
struct const_value read_const_expression(struct reading *, uint8_t type);

/* wasm_code.c */
void read_code_section(struct reading *);

/* wasm_custom.c */
void read_custom_section(struct reading *);

/* NULL when there is no such global so far. */
static inline const struct global_type *reading_global(const struct reading *r, uint32_t index)
{
	return index < r->globals.n ? (const struct global_type *)r->globals.items + index : NULL;
}

static inline uint32_t reading_functions(const struct reading *r)
{
	return r->m->n_imported_functions + (uint32_t)r->m->functions.n;
}

#endif
