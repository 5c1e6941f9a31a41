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
	OP_I32_ADD = 0x6a,
	OP_I32_SUB,
	OP_I32_MUL,
	OP_I64_ADD = 0x7c,
	OP_I64_SUB,
	OP_I64_MUL,
	OP_REF_NULL = 0xd0,
	OP_REF_FUNC = 0xd2,
	OP_SIMD = 0xfd,
	OP_V128_CONST = 12,
};

enum { VALUES_KEPT = 16 }; /* of the first that stand on the stack: compilers add two or three */

/* What the instructions so far leave: their types, as a stack. */
struct constant {
	value_type         types[LIMIT_WASM_CONSTANTS];
	struct const_value values[VALUES_KEPT];
	unsigned           n;
	bool               unsure; /* there are more */
};

static void push_value(struct constant *c, value_type type, struct const_value value)
{
	if (c->n == LIMIT_WASM_CONSTANTS) {
		c->unsure = true;
		return;
	}
	if (c->n < VALUES_KEPT)
		c->values[c->n] = value;
	c->types[c->n++] = type;
}

static void push(struct constant *c, value_type type)
{
	push_value(c, type, (struct const_value){ 0 });
}

static void push_number(struct constant *c, value_type type, uint64_t bits)
{
	push_value(c, type, (struct const_value){ true, bits });
}

/* Counted from the bottom. */
static struct const_value value_at(const struct constant *c, unsigned i)
{
	return i < c->n && i < VALUES_KEPT && !c->unsure ? c->values[i] : (struct const_value){ 0 };
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
		push_value(c, global->value, global->constant);
	if (index >= r->m->n_imported_globals)
		reading_needs(r, FEATURE_GC, at);
}

enum arithmetic { ADD, SUBTRACT, MULTIPLY };

static uint64_t computed(enum arithmetic op, uint64_t a, uint64_t b)
{
	if (op == ADD)
		return a + b;
	return op == SUBTRACT ? a - b : a * b;
}

static void read_arithmetic(struct reading *r, struct constant *c, value_type type, enum arithmetic op, uint64_t at)
{
	struct const_value a = value_at(c, c->n - 2), b = value_at(c, c->n - 1),
			   result = { .known = a.known && b.known };

	reading_needs(r, FEATURE_EXTENDED_CONST, at);
	pop(r, c, type, at);
	pop(r, c, type, at);
	result.value = computed(op, a.value, b.value);
	if (type == VALUE_I32)
		result.value = (uint32_t)result.value;
	push_value(c, type, result);
}

static void read_vector(struct reading *r, struct constant *c, uint64_t at)
{
	if (cursor_u32(&r->c) != OP_V128_CONST)
		cursor_fail_at(&r->c, at, NOT_CONSTANT);
	reading_needs(r, FEATURE_SIMD, at);
	cursor_skip(&r->c, 16);
	push(c, VALUE_V128);
}

static void read_ref_func(struct reading *r, struct constant *c, uint64_t at)
{
	uint32_t function = read_function_reference(r, at);

	if (!r->c.fault)
		push(c, reading_function_type(r, function) | VALUE_INDEXED | VALUE_NOT_NULL);
}

/* A number that is written down. False: the instruction is another. */
static bool read_number(struct reading *r, struct constant *c, uint8_t op)
{
	switch (op) {
	case OP_I32_CONST:
		push_number(c, VALUE_I32, (uint32_t)cursor_s32(&r->c));
		return true;
	case OP_I64_CONST:
		push_number(c, VALUE_I64, (uint64_t)cursor_s64(&r->c));
		return true;
	case OP_F32_CONST:
		cursor_skip(&r->c, 4);
		push(c, VALUE_F32);
		return true;
	case OP_F64_CONST:
		cursor_skip(&r->c, 8);
		push(c, VALUE_F64);
		return true;
	default:
		return false;
	}
}

static void read_value(struct reading *r, struct constant *c, uint8_t op, uint64_t at)
{
	switch (op) {
	case OP_GLOBAL_GET:
		read_global_get(r, c, at);
		break;
	case OP_REF_NULL:
		read_ref_null(r, c);
		break;
	case OP_REF_FUNC:
		read_ref_func(r, c, at);
		break;
	case OP_I32_ADD:
	case OP_I32_SUB:
	case OP_I32_MUL:
		read_arithmetic(r, c, VALUE_I32, (enum arithmetic)(op - OP_I32_ADD), at);
		break;
	case OP_I64_ADD:
	case OP_I64_SUB:
	case OP_I64_MUL:
		read_arithmetic(r, c, VALUE_I64, (enum arithmetic)(op - OP_I64_ADD), at);
		break;
	case OP_SIMD:
		read_vector(r, c, at);
		break;
	default:
		cursor_fail_at(&r->c, at, NOT_CONSTANT);
	}
}

/* One instruction. False at the end of the expression. */
static bool read_constant(struct reading *r, struct constant *c)
{
	uint64_t at = cursor_offset(&r->c);
	uint8_t  op;

	if (cursor_peek_byte(&r->c) == PREFIX_GC) {
		read_gc_constant(r, c, at);
		return true;
	}
	op = cursor_u8(&r->c);
	if (op == OP_END)
		return false;
	if (!read_number(r, c, op))
		read_value(r, c, op, at);
	return true;
}

struct const_value read_const_expression(struct reading *r, value_type type)
{
	struct constant c;
	uint64_t        at = cursor_offset(&r->c);

	c.n = 0; /* the types are many, and set one by one */
	c.unsure = false;
	while (!r->c.fault && read_constant(r, &c))
		;
	if (!c.unsure && (c.n != 1 || !value_fits(r->m, c.types[0], type)))
		cursor_fail_at(&r->c, at, "a constant of another type than what it is for");
	return value_at(&c, 0);
}
