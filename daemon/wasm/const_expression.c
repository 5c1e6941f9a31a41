/* Constant expressions: what globals, tables and segments begin with (specification 3.0, 3.4.14). */
#include "base/limits.h"
#include "wasm/instruction.h"
#include "wasm/wasm_reading.h"

#define NOT_CONSTANT "an instruction that is not constant"

enum {
	OP_END = 0x0b,
	OP_GLOBAL_GET = 0x23,
	OP_I32_CONST = 0x41,
	OP_I64_CONST = 0x42,
	OP_F32_CONST = 0x43,
	OP_F64_CONST = 0x44,
	OP_REF_NULL = 0xd0,
	OP_REF_FUNC = 0xd2,
	OP_SIMD = 0xfd,
	OP_V128_CONST = 12,
};

/* What the instructions so far leave: their types, as a stack. */
struct constant {
	struct const_value value; /* of the one on top */
	value_type         types[LIMIT_WASM_CONSTANTS];
	unsigned           n;
	bool               unsure; /* there are more */
};

static void push(struct constant *c, value_type type)
{
	if (c->n == LIMIT_WASM_CONSTANTS)
		c->unsure = true;
	else
		c->types[c->n++] = type;
	c->value.known = false;
}

static void pop(struct reading *r, struct constant *c, value_type wanted, uint64_t at)
{
	if (c->unsure || r->c.fault)
		return;
	if (!c->n || !value_fits(r->m, c->types[c->n - 1], wanted))
		cursor_fail_at(&r->c, at, "a constant is made of values of another type");
	else
		c->n--;
}

/* ---- structs, arrays and what is converted ---- */

enum {
	STRUCT_NEW,
	STRUCT_NEW_DEFAULT,
	ARRAY_NEW = 6,
	ARRAY_NEW_DEFAULT,
	ARRAY_NEW_FIXED,
	ANY_CONVERT_EXTERN = 26,
	EXTERN_CONVERT_ANY,
	REF_I31
};

static void push_new(struct constant *c, const struct instruction *op)
{
	push(c, op->indices[0] | VALUE_INDEXED | VALUE_NOT_NULL);
}

/* n values of an array's field. */
static void pop_values(struct reading *r, struct constant *c, const struct wasm_type *type, uint32_t n, uint64_t at)
{
	while (n-- && !r->c.fault && !c->unsure)
		pop(r, c, field_value(type->exact[0]), at);
}

static void convert(struct reading *r, struct constant *c, value_type from, value_type to, uint64_t at)
{
	value_type null = c->n ? c->types[c->n - 1] & VALUE_NOT_NULL : 0;

	pop(r, c, from, at);
	push(c, to | null);
}

static void apply_gc(struct reading *r, struct constant *c, const struct instruction *op, uint64_t at)
{
	const struct wasm_type *type = wasm_type_at(r->m, op->indices[0]);

	switch (op->opcode) {
	case STRUCT_NEW:
		for (uint32_t i = type->n_fields; i > 0 && !r->c.fault && !c->unsure; i--)
			pop(r, c, field_value(type->exact[i - 1]), at);
		push_new(c, op);
		break;
	case STRUCT_NEW_DEFAULT:
		push_new(c, op);
		break;
	case ARRAY_NEW:
	case ARRAY_NEW_DEFAULT:
		pop(r, c, VALUE_I32, at);
		pop_values(r, c, type, op->opcode == ARRAY_NEW, at);
		push_new(c, op);
		break;
	case ARRAY_NEW_FIXED:
		pop_values(r, c, type, op->indices[1], at);
		push_new(c, op);
		break;
	case ANY_CONVERT_EXTERN:
		convert(r, c, VALUE_EXTERNREF, VALUE_ANYREF, at);
		break;
	case EXTERN_CONVERT_ANY:
		convert(r, c, VALUE_ANYREF, VALUE_EXTERNREF, at);
		break;
	case REF_I31:
		pop(r, c, VALUE_I32, at);
		push(c, VALUE_I31REF | VALUE_NOT_NULL);
		break;
	default:
		cursor_fail_at(&r->c, at, NOT_CONSTANT);
	}
}

static void read_gc_constant(struct reading *r, struct constant *c, uint64_t at)
{
	struct instruction op;

	instruction_read(r, &op);
	if (!r->c.fault)
		apply_gc(r, c, &op, at);
}

/* ---- all others ---- */

uint32_t read_function_reference(struct reading *r, uint64_t at)
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
	pop(r, c, type, at);
	pop(r, c, type, at);
	push(c, type);
}

/* One instruction. False at the end of the expression. */
static bool read_constant(struct reading *r, struct constant *c)
{
	uint64_t at = cursor_offset(&r->c), value;
	uint8_t  op;
	uint32_t function;

	if (cursor_peek_byte(&r->c) == PREFIX_GC) {
		read_gc_constant(r, c, at);
		return true;
	}
	op = cursor_u8(&r->c);
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
		function = read_function_reference(r, at);
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
	case OP_SIMD:
		if (cursor_u32(&r->c) != OP_V128_CONST)
			cursor_fail_at(&r->c, at, NOT_CONSTANT);
		reading_needs(r, FEATURE_SIMD, at);
		cursor_skip(&r->c, 16);
		push(c, VALUE_V128);
		break;
	default:
		cursor_fail_at(&r->c, at, NOT_CONSTANT);
	}
	return true;
}

struct const_value read_const_expression(struct reading *r, value_type type)
{
	struct constant c;
	uint64_t        at = cursor_offset(&r->c);

	c.n = 0; /* the types are many, and set one by one */
	c.unsure = c.value.known = false;
	while (!r->c.fault && read_constant(r, &c))
		;
	if (!c.unsure && (c.n != 1 || !value_fits(r->m, c.types[0], type)))
		cursor_fail_at(&r->c, at, "a constant of another type than what it is for");
	c.value.known = c.value.known && !c.unsure && c.n == 1;
	return c.value;
}
