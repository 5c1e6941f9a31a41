#include "wasm/operand_types.h"

static value_type local_type(const struct operand_stack *s, uint32_t local)
{
	const struct reading   *r = s->r;
	const struct wasm_type *type = wasm_module_type(r->m, reading_function_type(r, s->function));
	const struct local_run *runs = r->locals.items;
	size_t                  low = 0, high = r->locals.n;

	if (local < s->n_params)
		return wasm_type_value(type, local);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs[middle].end <= local)
			low = middle + 1;
		else
			high = middle;
	}
	return runs[low].value;
}

/* An array has one field. */
static value_type field_type(const struct reading *r, uint32_t index, uint32_t field)
{
	const struct wasm_type *type = wasm_type_at(r->m, index);

	return field_value(type->exact[type->form == TYPE_ARRAY ? 0 : field]);
}

/* Parameters are set by the caller. */
static value_type follow_local(struct operand_stack *s, uint32_t local,
                               void (*follow)(struct operand_stack *, uint32_t))
{
	value_type type = local_type(s, local);

	if (type & VALUE_NOT_NULL && local >= s->n_params)
		follow(s, local);
	return type;
}

/* Letters that are one type, whatever the instruction. */
static const struct {
	char       letter;
	value_type type;
} fixed_types[] = {
	{ 'i', VALUE_I32 },  { 'I', VALUE_I64 },      { 'f', VALUE_F32 },    { 'F', VALUE_F64 },
	{ 'V', VALUE_V128 }, { 'y', VALUE_ARRAYREF }, { 'j', VALUE_I31REF }, { 'J', VALUE_I31REF | VALUE_NOT_NULL },
};

/* i32 is the larger byte. */
static value_type narrower(value_type a, value_type b)
{
	return a > b ? a : b;
}

/* Letters whose type is that of what the instruction names. */
static value_type named_type(struct operand_stack *s, const struct instruction *op, char letter)
{
	const struct reading *r = s->r;
	uint32_t              first = op->indices[0], second = op->indices[1];

	switch (letter) {
	case 'r':
		return first | VALUE_INDEXED;
	case 'R':
		return first | VALUE_INDEXED | VALUE_NOT_NULL;
	case 'q':
		return second | VALUE_INDEXED;
	case 'u':
		return field_type(r, first, second);
	case 'l':
		return follow_local(s, first, operand_local_read);
	case 'L':
		return follow_local(s, first, operand_local_set);
	case 'g':
		return reading_global(r, first)->value;
	case 't':
		return reading_table(r, first)->value;
	case 'm':
		return reading_memory_address(r, first);
	case 'M':
		return reading_memory_address(r, second);
	case 's':
		return narrower(reading_memory_address(r, first), reading_memory_address(r, second));
	case 'a':
		return reading_table_address(r, first);
	case 'A':
		return reading_table_address(r, second);
	default: /* 'S' */
		return narrower(reading_table_address(r, first), reading_table_address(r, second));
	}
}

static value_type type_of(struct operand_stack *s, const struct instruction *op, char letter)
{
	for (size_t i = 0; i < sizeof(fixed_types) / sizeof(fixed_types[0]); i++)
		if (fixed_types[i].letter == letter)
			return fixed_types[i].type;
	return named_type(s, op, letter);
}

void operand_types_apply(struct operand_stack *s, const struct instruction *op)
{
	const char *middle = op->types;

	while (*middle != '>')
		middle++;
	for (const char *p = middle; p > op->types; p--)
		operand_pop(s, type_of(s, op, p[-1]));
	for (const char *p = middle + 1; *p; p++)
		operand_push(s, type_of(s, op, *p));
}
