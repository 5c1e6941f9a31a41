/* Element and data segments. */
#include "base/arena.h"
#include "base/limits.h"
#include "wasm/table_entries.h"
#include "wasm/wasm_reading.h"

/* A segment outside of what it fills stops the module when it is instantiated. */
static void judge_place(struct reading *r, uint64_t at, struct const_value offset, uint64_t length, uint64_t room,
                        const char *fault)
{
	if (!offset.known || r->m->segment_fault || (offset.value <= room && length <= room - offset.value))
		return;
	r->m->segment_fault = fault;
	r->m->segment_fault_at = at;
}

enum { ELEMENT_PASSIVE = 1, ELEMENT_EXPLICIT = 2, ELEMENT_EXPRESSIONS = 4 };

/* Of expressions V8 takes any type, numbers too, which only a table refuses (measured with 1.36 and 1.40). */
static value_type read_element_type(struct reading *r, uint8_t flags)
{
	uint64_t at = cursor_offset(&r->c);

	if (flags & ELEMENT_EXPRESSIONS)
		return read_value_type(r);
	if (cursor_u8(&r->c) != 0)
		cursor_fail_at(&r->c, at, "an unknown kind of elements");
	return VALUE_FUNCREF | VALUE_NOT_NULL;
}

/* One after another; room: of the first table, which an active segment fills. */
static void read_elements(struct reading *r, uint64_t at, uint32_t n, value_type of_expressions,
                          const struct const_value *room)
{
	if (room)
		table_entries_fill(r, *room, n);
	for (uint32_t i = 0; i < n && !r->c.fault; i++) {
		uint32_t function;

		if (of_expressions != VALUE_BOTTOM) {
			read_const_expression(r, of_expressions);
			continue;
		}
		function = read_function_reference(r, at);
		if (room)
			table_entries_set(r, *room, i, function);
	}
}

static void read_element_segment(struct reading *r)
{
	uint64_t           at = cursor_offset(&r->c);
	uint32_t           flags = cursor_u32(&r->c), table = 0, n;
	struct const_value offset = { 0 };
	value_type         type = flags & ELEMENT_EXPRESSIONS ? VALUE_FUNCREF : VALUE_FUNCREF | VALUE_NOT_NULL;

	if (flags > 7)
		cursor_fail_at(&r->c, at, "unknown flags of an element segment");
	if (!(flags & ELEMENT_PASSIVE)) {
		if (flags & ELEMENT_EXPLICIT)
			table = cursor_u32(&r->c);
		if (table >= r->m->n_tables)
			cursor_fail_at(&r->c, at, "elements of a table that is not there");
		offset = read_const_expression(r, reading_table_address(r, table));
	}
	if (flags & (ELEMENT_PASSIVE | ELEMENT_EXPLICIT))
		type = read_element_type(r, (uint8_t)flags);
	if (r->elements.n < LIMIT_WASM_TABLES)
		*(value_type *)wasm_list_add(r->arena, &r->elements, sizeof(type)) = type;
	if (!(flags & ELEMENT_PASSIVE) && !r->c.fault && !value_fits(r->m, type, reading_table(r, table)->value))
		cursor_fail_at(&r->c, at, "elements of another type than those of their table");
	n = cursor_count(&r->c, 10 * LIMIT_WASM_ITEMS, "a segment of more than 10000000 elements");
	if (!(flags & ELEMENT_PASSIVE) && !r->c.fault)
		judge_place(r, at, offset, n, reading_table(r, table)->limits->min,
		            "an element segment lies outside of its table");
	read_elements(r, at, n, flags & ELEMENT_EXPRESSIONS ? type : VALUE_BOTTOM,
	              flags & ELEMENT_PASSIVE || table ? NULL : &offset);
}

void read_element_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, 10 * LIMIT_WASM_ITEMS, "more than 10000000 element segments");

	r->n_elements = n;
	while (n-- && !r->c.fault)
		read_element_segment(r);
}

void read_data_count_section(struct reading *r)
{
	r->has_data_count = true;
	r->n_data_declared = cursor_u32(&r->c);
}

static void read_data_segment(struct reading *r)
{
	uint64_t           at = cursor_offset(&r->c);
	uint32_t           flags = cursor_u32(&r->c), memory = 0, n;
	struct const_value offset = { 0 };

	if (flags > 2)
		cursor_fail_at(&r->c, at, "unknown flags of a data segment");
	if (flags == 2)
		memory = cursor_u32(&r->c);
	if (flags != 1) {
		if (memory >= r->m->n_memories)
			cursor_fail_at(&r->c, at, "data of a memory that is not there");
		offset = read_const_expression(r, reading_memory_address(r, memory));
	}
	n = cursor_u32(&r->c);
	if (flags != 1 && !r->c.fault)
		judge_place(r, at, offset, n, reading_memory(r, memory)->bytes,
		            "a data segment lies outside of its memory");
	if (r->options->names)
		read_names_in_data(r, n);
	else
		cursor_skip(&r->c, n);
}

void read_data_section(struct reading *r)
{
	uint64_t start = cursor_offset(&r->c);
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_TABLES, "more than 100000 data segments");

	r->n_data = n;
	r->m->data_bytes = cursor_left(&r->c);
	if (r->has_data_count && r->n_data_declared != n)
		cursor_fail_at(&r->c, start, "another number of data segments than the data count section says");
	while (n-- && !r->c.fault)
		read_data_segment(r);
}
