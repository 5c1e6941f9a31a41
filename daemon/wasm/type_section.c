/* The type section: what it declares, and whether that may stand beneath what it says it does. */
#include "base/arena.h"
#include "base/limits.h"
#include "wasm/type_identity.h"
#include "wasm/wasm_reading.h"

enum {
	FORM_FUNCTION = 0x60,
	FORM_STRUCT = 0x5f,
	FORM_ARRAY = 0x5e,
	FORM_CONTINUATION = 0x5d,
	FORM_SUB = 0x50,
	FORM_SUB_FINAL = 0x4f,
	FORM_GROUP = 0x4e,
	FORM_SHARED = 0x65,
};

/* ---- what stands in a type ---- */

/* i8 and i16 stand only in structs and arrays. */
static value_type read_field(struct reading *r)
{
	int        byte = cursor_peek_byte(&r->c);
	value_type type;
	uint8_t    mutability;

	if (byte == VALUE_I8 || byte == VALUE_I16)
		type = cursor_u8(&r->c);
	else
		type = read_value_type(r);
	mutability = cursor_u8(&r->c);
	if (mutability > 1)
		cursor_fail(&r->c, "a field is neither mutable nor constant");
	return mutability ? type | VALUE_MUTABLE : type;
}

static void read_fields(struct reading *r, uint32_t n, struct wasm_type *ret)
{
	value_type fields[LIMIT_WASM_FIELDS];

	for (uint32_t i = 0; i < n && !r->c.fault; i++) {
		fields[i] = read_field(r);
		ret->must_set = ret->must_set || !value_has_default(fields[i]);
	}
	if (r->c.fault)
		return;
	ret->exact = arena_copy(r->arena, fields, n * sizeof(fields[0]));
	ret->n_fields = (uint16_t)n;
}

static uint16_t read_values(struct reading *r, value_type *values)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_PARAMETERS, "more than 1000 parameters or results");

	for (uint32_t i = 0; i < n && !r->c.fault; i++)
		values[i] = read_value_type(r);
	return (uint16_t)n;
}

static void read_function_type(struct reading *r, struct wasm_type *ret)
{
	value_type     values[2 * LIMIT_WASM_PARAMETERS];
	unsigned char *bytes;
	size_t         n;
	bool           exact = true;

	ret->n_params = read_values(r, values);
	if (r->c.fault)
		return;
	ret->n_results = read_values(r, values + ret->n_params);
	if (r->c.fault)
		return;
	n = (size_t)ret->n_params + ret->n_results;
	bytes = arena_alloc(r->arena, n + 1);
	for (size_t i = 0; i < n; i++) {
		bytes[i] = value_byte(values[i]);
		exact = exact && bytes[i] == values[i];
	}
	ret->values = bytes;
	if (!exact)
		ret->exact = arena_copy(r->arena, values, n * sizeof(values[0]));
}

static void read_composite(struct reading *r, uint8_t form, uint64_t at, struct wasm_type *ret)
{
	switch (form) {
	case FORM_FUNCTION:
		read_function_type(r, ret);
		break;
	case FORM_STRUCT:
		reading_needs(r, FEATURE_GC, at);
		ret->form = TYPE_STRUCT;
		read_fields(r, cursor_count(&r->c, LIMIT_WASM_FIELDS, "a struct of more than 10000 fields"), ret);
		break;
	case FORM_ARRAY:
		reading_needs(r, FEATURE_GC, at);
		ret->form = TYPE_ARRAY;
		read_fields(r, 1, ret);
		break;
	case FORM_CONTINUATION:
		reading_needs(r, FEATURE_STACK_SWITCHING, at);
		ret->form = TYPE_CONTINUATION;
		cursor_s33(&r->c);
		break;
	default:
		cursor_fail_at(&r->c, at, "an unknown form of type");
	}
}

/* One that is declared before, or none. */
static uint32_t read_supertype(struct reading *r)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t n = cursor_u32(&r->c), super;

	if (n > 1)
		cursor_fail_at(&r->c, at, "a type beneath more than one other");
	if (n != 1)
		return NO_SUPERTYPE;
	super = cursor_u32(&r->c);
	if (super >= r->m->types.n)
		cursor_fail_at(&r->c, at, "a type beneath one that is not declared before it");
	return super;
}

static void read_type(struct reading *r, bool in_group)
{
	uint64_t         at = cursor_offset(&r->c);
	uint8_t          form = cursor_u8(&r->c);
	struct wasm_type type = { .super = NO_SUPERTYPE, .in_group = in_group };

	if (form == FORM_SUB || form == FORM_SUB_FINAL) {
		reading_needs(r, FEATURE_GC, at);
		type.open = form == FORM_SUB;
		type.super = read_supertype(r);
		form = cursor_u8(&r->c);
	}
	if (form == FORM_SHARED) {
		reading_needs(r, FEATURE_SHARED_EVERYTHING, at);
		form = cursor_u8(&r->c);
	}
	read_composite(r, form, at, &type);
	if (r->m->types.n == LIMIT_WASM_ITEMS)
		cursor_fail_at(&r->c, at, "more than 1000000 types");
	if (r->c.fault)
		return;
	*(struct wasm_type *)wasm_list_add(r->arena, &r->m->types, sizeof(type)) = type;
}

/* ---- beneath another ---- */

static bool values_fit(const struct wasm_module *m, const struct wasm_type *type, const struct wasm_type *super)
{
	if (type->n_params != super->n_params || type->n_results != super->n_results)
		return false;
	for (uint32_t i = 0; i < type->n_params; i++)
		if (!value_fits(m, wasm_type_value(super, i), wasm_type_value(type, i)))
			return false;
	for (uint32_t i = type->n_params; i < (uint32_t)type->n_params + type->n_results; i++)
		if (!value_fits(m, wasm_type_value(type, i), wasm_type_value(super, i)))
			return false;
	return true;
}

/* What can be set must be the same, for it is written through either type. */
static bool field_fits(const struct wasm_module *m, value_type field, value_type super)
{
	if ((field ^ super) & VALUE_MUTABLE)
		return false;
	if (field & VALUE_MUTABLE)
		return value_is_same(m, field & ~VALUE_MUTABLE, super & ~VALUE_MUTABLE);
	return value_fits(m, field, super);
}

static bool fields_fit(const struct wasm_module *m, const struct wasm_type *type, const struct wasm_type *super)
{
	if (type->n_fields < super->n_fields)
		return false;
	for (uint32_t i = 0; i < super->n_fields; i++)
		if (!field_fits(m, type->exact[i], super->exact[i]))
			return false;
	return true;
}

/* Beneath its supertype, which has its place: two leaps of one length become one of both, so that any type above is reached in
 * a number of steps that grows as the logarithm of the depth. */
static void place_type(const struct wasm_module *m, struct wasm_type *type)
{
	const struct wasm_type *super = wasm_type_at(m, type->super), *far, *farther;

	type->far = type->super;
	if (!super)
		return;
	type->depth = (uint8_t)(super->depth + 1);
	far = wasm_type_at(m, super->far);
	farther = far ? wasm_type_at(m, far->far) : NULL;
	if (farther && super->depth - far->depth == far->depth - farther->depth)
		type->far = far->far;
}

/* NULL, or why it may not stand there. */
static const char *supertype_fault(const struct wasm_module *m, const struct wasm_type *type)
{
	const struct wasm_type *super = wasm_type_at(m, type->super);

	if (!super)
		return NULL;
	if (!super->open)
		return "a type beneath one that is final";
	if (type->depth > LIMIT_WASM_SUPERTYPES)
		return "a type beneath more than 63 others";
	if (type->form != super->form ||
	    !(type->form == TYPE_FUNCTION ? values_fit(m, type, super) : fields_fit(m, type, super)))
		return "a type that cannot stand for the one that it is declared beneath";
	return NULL;
}

/* ---- the section ---- */

/* Types that may name each other. at: where the first of them stands. */
static void finish_group(struct reading *r, struct type_identities *identities, uint32_t first, uint64_t at)
{
	struct wasm_type *types = r->m->types.items;

	if (r->c.fault)
		return;
	type_identities_add(identities, r->m, first);
	for (uint32_t i = first; i < r->m->types.n; i++)
		place_type(r->m, &types[i]);
	for (uint32_t i = first; i < r->m->types.n && !r->c.fault; i++) {
		const char *fault = supertype_fault(r->m, wasm_type_at(r->m, i));

		if (fault)
			cursor_fail_at(&r->c, at, fault);
	}
}

void read_type_section(struct reading *r)
{
	uint32_t               n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 types");
	struct type_identities identities;

	type_identities_init(&identities, r->arena);
	while (n-- && !r->c.fault) {
		uint64_t at = cursor_offset(&r->c);
		uint32_t first = (uint32_t)r->m->types.n, in_group = 1;
		bool     is_group = cursor_peek_byte(&r->c) == FORM_GROUP;

		if (is_group) {
			reading_needs(r, FEATURE_GC, at);
			cursor_u8(&r->c);
			in_group = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 types");
		}
		r->n_types_known = first + in_group;
		is_group = in_group > 1;
		while (in_group-- && !r->c.fault)
			read_type(r, is_group);
		finish_group(r, &identities, first, at);
	}
}
