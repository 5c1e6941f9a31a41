/* Element and data segments, and the constant expressions that place them. */
#include "base/arena.h"
#include "base/limits.h"
#include "wasm/wasm_reading.h"

/* ---- constant expressions ---- */

enum {
	OP_END = 0x0b,
	OP_GLOBAL_GET = 0x23,
	OP_I32_CONST = 0x41,
	OP_I64_CONST = 0x42,
	OP_F32_CONST = 0x43,
	OP_F64_CONST = 0x44,
	OP_REF_NULL = 0xd0,
	OP_REF_FUNC = 0xd2,
	OP_GC = 0xfb,
	OP_SIMD = 0xfd,
	OP_V128_CONST = 12,
};

/* What the instructions so far leave: their types, as a stack. */
struct constant {
	struct const_value value; /* of the one on top */
	value_type         types[8];
	unsigned           n;
	bool               unsure; /* of types that are not kept, or too many */
};

static void push(struct constant *c, value_type type)
{
	if (c->n == sizeof(c->types) / sizeof(c->types[0]))
		c->unsure = true;
	else
		c->types[c->n++] = type;
	c->value.known = false;
}

static void read_gc_constant(struct reading *r, uint64_t at)
{
	uint32_t op = cursor_u32(&r->c);

	reading_needs(r, FEATURE_GC, at);
	switch (op) {
	case 0x00: /* struct.new, struct.new_default, array.new, array.new_default */
	case 0x01:
	case 0x06:
	case 0x07:
		cursor_u32(&r->c);
		break;
	case 0x08: /* array.new_fixed */
		cursor_u32(&r->c);
		cursor_u32(&r->c);
		break;
	case 0x1a: /* any.convert_extern, extern.convert_any, ref.i31 */
	case 0x1b:
	case 0x1c:
		break;
	default:
		cursor_fail_at(&r->c, at, "an instruction that is not constant");
	}
}

static uint32_t read_ref_func(struct reading *r, uint64_t at)
{
	uint32_t function = cursor_u32(&r->c);

	if (function >= reading_functions(r))
		cursor_fail_at(&r->c, at, "a reference to a function that is not there");
	reading_declare(r, function);
	return function;
}

static void read_ref_null(struct reading *r, struct constant *c)
{
	push(c, read_heap_type(r));
}

static void read_global_get(struct reading *r, struct constant *c, uint64_t at)
{
	uint32_t                  index = cursor_u32(&r->c);
	const struct global_type *global = reading_global(r, index);

	if (!global)
		cursor_fail_at(&r->c, at, "a global that is not there");
	else if (global->is_mutable)
		cursor_fail_at(&r->c, at, "a constant of a global that can change");
	else
		push(c, global->value);
	if (index >= r->m->n_imported_globals)
		reading_needs(r, FEATURE_GC, at);
}

static void read_arithmetic(struct reading *r, struct constant *c, value_type type, uint64_t at)
{
	reading_needs(r, FEATURE_EXTENDED_CONST, at);
	if (c->unsure)
		return;
	if (c->n < 2 || c->types[c->n - 1] != type || c->types[c->n - 2] != type)
		cursor_fail_at(&r->c, at, "a constant is reckoned of values of another type");
	else
		c->n--;
	c->value.known = false;
}

/* One instruction. False at the end of the expression. */
static bool read_constant(struct reading *r, struct constant *c)
{
	uint64_t at = cursor_offset(&r->c), value;
	uint8_t  op = cursor_u8(&r->c);
	uint32_t function;

	switch (op) {
	case OP_END:
		return false;
	case OP_I32_CONST:
		value = (uint32_t)cursor_s32(&r->c);
		push(c, VALUE_I32);
		c->value = (struct const_value){ true, value };
		break;
	case OP_I64_CONST:
		value = (uint64_t)cursor_s64(&r->c);
		push(c, VALUE_I64);
		c->value = (struct const_value){ true, value };
		break;
	case OP_F32_CONST:
		cursor_skip(&r->c, 4);
		push(c, VALUE_F32);
		break;
	case OP_F64_CONST:
		cursor_skip(&r->c, 8);
		push(c, VALUE_F64);
		break;
	case OP_GLOBAL_GET:
		read_global_get(r, c, at);
		break;
	case OP_REF_NULL:
		read_ref_null(r, c);
		break;
	case OP_REF_FUNC:
		function = read_ref_func(r, at);
		if (!r->c.fault)
			push(c, reading_function_type(r, function) | VALUE_INDEXED | VALUE_NOT_NULL);
		break;
	case 0x6a: /* add, sub, mul of i32 and i64 */
	case 0x6b:
	case 0x6c:
		read_arithmetic(r, c, VALUE_I32, at);
		break;
	case 0x7c:
	case 0x7d:
	case 0x7e:
		read_arithmetic(r, c, VALUE_I64, at);
		break;
	case OP_GC:
		read_gc_constant(r, at);
		c->unsure = true;
		break;
	case OP_SIMD:
		if (cursor_u32(&r->c) != OP_V128_CONST)
			cursor_fail_at(&r->c, at, "an instruction that is not constant");
		reading_needs(r, FEATURE_SIMD, at);
		cursor_skip(&r->c, 16);
		push(c, VALUE_V128);
		break;
	default:
		cursor_fail_at(&r->c, at, "an instruction that is not constant");
	}
	return true;
}

/* A few bytes can name two long types: when the steps for that are spent, nothing more is said against any. */
static bool may_fit(struct reading *r, value_type given, value_type wanted)
{
	const struct wasm_type *type = NULL;
	uint64_t                steps;

	if (given & wanted & VALUE_INDEXED && given != wanted)
		type = wasm_module_type(r->m, given & ~(VALUE_INDEXED | VALUE_NOT_NULL));
	steps = type ? (uint64_t)type->n_params + type->n_results : 0;
	if (steps > r->type_steps)
		r->type_steps = 0;
	else
		r->type_steps -= steps;
	return (steps && !r->type_steps) || value_may_fit(r->m, given, wanted);
}

struct const_value read_const_expression(struct reading *r, value_type type)
{
	struct constant c = { 0 };
	uint64_t        at = cursor_offset(&r->c);

	while (!r->c.fault && read_constant(r, &c))
		;
	if (!c.unsure && (c.n != 1 || !may_fit(r, c.types[0], type)))
		cursor_fail_at(&r->c, at, "a constant of another type than what it is for");
	c.value.known = c.value.known && !c.unsure && c.n == 1;
	return c.value;
}

/* ---- segments ---- */

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

static value_type read_element_type(struct reading *r, uint8_t flags)
{
	uint64_t   at = cursor_offset(&r->c);
	value_type type = VALUE_FUNCREF | VALUE_NOT_NULL;

	if (flags & ELEMENT_EXPRESSIONS ? !value_is_reference(type = read_value_type(r)) : cursor_u8(&r->c) != 0)
		cursor_fail_at(&r->c, at, "an unknown kind of elements");
	return type;
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
	if (!(flags & ELEMENT_PASSIVE) && !r->c.fault && !may_fit(r, type, reading_table(r, table)->value))
		cursor_fail_at(&r->c, at, "elements of another type than those of their table");
	n = cursor_count(&r->c, 10 * LIMIT_WASM_ITEMS, "a segment of more than 10000000 elements");
	if (!(flags & ELEMENT_PASSIVE) && table == 0)
		judge_place(r, at, offset, n, r->first_table_entries, "an element segment lies outside of its table");
	while (n-- && !r->c.fault) {
		if (flags & ELEMENT_EXPRESSIONS)
			read_const_expression(r, type);
		else
			read_ref_func(r, at);
	}
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
	if (flags != 1 && memory == 0)
		judge_place(r, at, offset, n, r->first_memory_bytes, "a data segment lies outside of the memory");
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
