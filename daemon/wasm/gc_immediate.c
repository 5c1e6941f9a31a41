/* What stands behind the opcodes of structs and arrays, with what it demands of their fields (specification 3.0, 3.4.6 and 3.4.7). */
#include "base/limits.h"
#include "wasm/immediate.h"

/* The type that is declared under an index, of that form. NULL: a fault. */
static const struct wasm_type *read_declared(struct reading *r, struct instruction *ret, enum wasm_form form,
                                             const char *fault)
{
	uint64_t                at = cursor_offset(&r->c);
	uint32_t                index = cursor_u32(&r->c);
	const struct wasm_type *type = wasm_type_at(r->m, index);

	if (!type || type->form != form)
		cursor_fail_at(&r->c, at, fault);
	instruction_keep_index(ret, index);
	return r->c.fault ? NULL : type;
}

static const struct wasm_type *read_struct_type(struct reading *r, struct instruction *ret)
{
	return read_declared(r, ret, TYPE_STRUCT, "a type that is not there, or none of a struct");
}

void immediate_struct(struct reading *r, struct instruction *ret)
{
	read_struct_type(r, ret);
}

void immediate_struct_default(struct reading *r, struct instruction *ret)
{
	uint64_t                at = cursor_offset(&r->c);
	const struct wasm_type *type = read_struct_type(r, ret);

	if (type && type->must_set)
		cursor_fail_at(&r->c, at, "a struct with fields that must be set is made without values");
}

/* Of a struct's or an array's field. */
static void judge_packed(struct reading *r, value_type field, bool packed, uint64_t at)
{
	if (field_is_packed(field) != packed)
		cursor_fail_at(&r->c, at,
		               packed ? "a field of whole values is read as a part of one"
		                      : "a field that is part of a value is read as a whole");
}

static void judge_set(struct reading *r, value_type field, uint64_t at)
{
	if (!(field & VALUE_MUTABLE))
		cursor_fail_at(&r->c, at, "a constant field is set");
}

/* VALUE_BOTTOM: a fault. */
static value_type read_field(struct reading *r, struct instruction *ret)
{
	const struct wasm_type *type = read_struct_type(r, ret);
	uint64_t                at = cursor_offset(&r->c);
	uint32_t                field = cursor_u32(&r->c);

	if (type && field >= type->n_fields)
		cursor_fail_at(&r->c, at, "a field that the struct does not have");
	instruction_keep_index(ret, field);
	return r->c.fault ? VALUE_BOTTOM : type->exact[field];
}

void immediate_field_whole(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_packed(r, read_field(r, ret), false, at);
}

void immediate_field_packed(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_packed(r, read_field(r, ret), true, at);
}

void immediate_field_set(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_set(r, read_field(r, ret), at);
}

/* VALUE_BOTTOM: a fault. */
static value_type read_array_field(struct reading *r, struct instruction *ret)
{
	const struct wasm_type *type =
		read_declared(r, ret, TYPE_ARRAY, "a type that is not there, or none of an array");

	return type ? type->exact[0] : VALUE_BOTTOM;
}

void immediate_array(struct reading *r, struct instruction *ret)
{
	read_array_field(r, ret);
}

void immediate_array_default(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	if (!value_has_default(read_array_field(r, ret)))
		cursor_fail_at(&r->c, at, "an array of fields that must be set is made without values");
}

void immediate_array_whole(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_packed(r, read_array_field(r, ret), false, at);
}

void immediate_array_packed(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_packed(r, read_array_field(r, ret), true, at);
}

void immediate_array_set(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_set(r, read_array_field(r, ret), at);
}

void immediate_array_values(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	read_array_field(r, ret);
	instruction_keep_index(ret, cursor_u32(&r->c));
	if (ret->indices[1] > LIMIT_WASM_ARRAY_VALUES)
		cursor_fail_at(&r->c, at, "an array made of more than 10000 values");
}

void immediate_array_copy(struct reading *r, struct instruction *ret)
{
	uint64_t   at = cursor_offset(&r->c);
	value_type to = read_array_field(r, ret), from = read_array_field(r, ret);

	judge_set(r, to, at);
	if (!value_fits(r->m, from & ~VALUE_MUTABLE, to & ~VALUE_MUTABLE))
		cursor_fail_at(&r->c, at, "elements of another type than those of their array");
}

static void judge_array_data(struct reading *r, value_type field, uint64_t at)
{
	if (value_is_reference(field & ~VALUE_MUTABLE))
		cursor_fail_at(&r->c, at, "an array of references is made of data");
}

void immediate_array_data(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_array_data(r, read_array_field(r, ret), at);
	immediate_data(r, ret);
}

void immediate_array_data_set(struct reading *r, struct instruction *ret)
{
	uint64_t   at = cursor_offset(&r->c);
	value_type field = read_array_field(r, ret);

	judge_set(r, field, at);
	judge_array_data(r, field, at);
	immediate_data(r, ret);
}

static value_type read_array_of_elements(struct reading *r, struct instruction *ret)
{
	uint64_t   at = cursor_offset(&r->c);
	value_type field = read_array_field(r, ret);
	uint32_t   segment;

	immediate_elements(r, ret);
	segment = ret->indices[1];
	if (segment < r->elements.n &&
	    !value_fits(r->m, ((const value_type *)r->elements.items)[segment], field & ~VALUE_MUTABLE))
		cursor_fail_at(&r->c, at, "elements of another type than those of their array");
	return field;
}

void immediate_array_elements(struct reading *r, struct instruction *ret)
{
	read_array_of_elements(r, ret);
}

void immediate_array_elements_set(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	judge_set(r, read_array_of_elements(r, ret), at);
}
