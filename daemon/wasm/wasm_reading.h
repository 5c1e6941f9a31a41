/* wasm_reading.h - what the files that read a module share; no one else needs it. */
#ifndef CALLOUT_WASM_WASM_READING_H
#define CALLOUT_WASM_WASM_READING_H

#include "wasm/wasm_cursor.h"
#include "wasm/wasm_module.h"

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
};

/* The module needs the feature, as the byte at `at` shows. */
void reading_needs(struct reading *, enum engine_feature, uint64_t at);

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
struct const_value read_const_expression(struct reading *);

/* wasm_code.c */
void read_code_section(struct reading *);

/* wasm_custom.c */
void read_custom_section(struct reading *);

static inline uint32_t reading_functions(const struct reading *r)
{
	return r->m->n_imported_functions + (uint32_t)r->m->functions.n;
}

#endif
