/* The type section, and the types that stand in other sections. */
#include "base/arena.h"
#include "base/limits.h"
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
	REF = 0x64,
	REF_NULL = 0x63,
};

/* Heap types that are one byte, as in (ref any) or, written alone, (ref null any). */
static bool read_abstract_heap(struct reading *r, uint8_t byte, uint64_t at)
{
	switch (byte) {
	case VALUE_FUNCREF:
	case VALUE_EXTERNREF:
		reading_needs(r, FEATURE_REFERENCE_TYPES, at);
		return true;
	case 0x69: /* exn, noexn */
	case 0x74:
		reading_needs(r, FEATURE_EXCEPTIONS, at);
		return true;
	case 0x6a: /* array, struct, i31, eq, any, none, noextern, nofunc */
	case 0x6b:
	case 0x6c:
	case 0x6d:
	case 0x6e:
	case 0x71:
	case 0x72:
	case 0x73:
		reading_needs(r, FEATURE_GC, at);
		return true;
	case 0x67: /* string */
		reading_needs(r, FEATURE_STRINGREF, at);
		return true;
	case 0x68: /* cont, nocont */
	case 0x75:
		reading_needs(r, FEATURE_STACK_SWITCHING, at);
		return true;
	default:
		return false;
	}
}

value_type read_heap_type(struct reading *r)
{
	uint64_t   at = cursor_offset(&r->c);
	struct str byte = cursor_peek(&r->c, 1);
	bool       shared = byte.n && (unsigned char)*byte.p == FORM_SHARED;
	int64_t    index;

	if (shared) {
		reading_needs(r, FEATURE_SHARED_EVERYTHING, at);
		cursor_u8(&r->c);
		byte = cursor_peek(&r->c, 1);
	}
	if (byte.n && read_abstract_heap(r, (uint8_t)*byte.p, at)) {
		value_type heap = cursor_u8(&r->c);

		return shared ? VALUE_REFERENCE : heap;
	}
	reading_needs(r, FEATURE_TYPED_REFERENCES, at);
	index = cursor_s33(&r->c);
	if (index < 0)
		cursor_fail_at(&r->c, at, "an unknown heap type");
	else if (index >= r->n_types_known)
		cursor_fail_at(&r->c, at, "a reference of a type that is not there");
	return shared || index >= LIMIT_WASM_ITEMS ? VALUE_REFERENCE : (value_type)index | VALUE_INDEXED;
}

value_type read_value_type(struct reading *r)
{
	uint64_t at = cursor_offset(&r->c);
	uint8_t  byte = cursor_u8(&r->c);

	switch (byte) {
	case VALUE_I32:
	case VALUE_I64:
	case VALUE_F32:
	case VALUE_F64:
		return byte;
	case VALUE_V128:
		reading_needs(r, FEATURE_SIMD, at);
		return byte;
	case REF:
	case REF_NULL:
		reading_needs(r, FEATURE_TYPED_REFERENCES, at);
		return read_heap_type(r) | (byte == REF ? VALUE_NOT_NULL : 0);
	default:
		if (!read_abstract_heap(r, byte, at))
			cursor_fail_at(&r->c, at, "an unknown type");
		return byte;
	}
}

/* i8 and i16 stand only in structs and arrays. */
static void read_field_type(struct reading *r)
{
	struct str byte = cursor_peek(&r->c, 1);

	if (byte.n && (*byte.p == 0x78 || *byte.p == 0x77))
		cursor_u8(&r->c);
	else
		read_value_type(r);
	if (cursor_u8(&r->c) > 1)
		cursor_fail(&r->c, "a field is neither mutable nor constant");
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
	uint32_t n;

	if (form == FORM_FUNCTION) {
		read_function_type(r, ret);
		return;
	}
	switch (form) {
	case FORM_STRUCT:
		reading_needs(r, FEATURE_GC, at);
		n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "a struct has too many fields");
		while (n-- && !r->c.fault)
			read_field_type(r);
		break;
	case FORM_ARRAY:
		reading_needs(r, FEATURE_GC, at);
		read_field_type(r);
		break;
	case FORM_CONTINUATION:
		reading_needs(r, FEATURE_STACK_SWITCHING, at);
		cursor_s33(&r->c);
		break;
	default:
		cursor_fail_at(&r->c, at, "an unknown form of type");
	}
}

static void read_type(struct reading *r)
{
	uint64_t          at = cursor_offset(&r->c);
	uint8_t           form = cursor_u8(&r->c);
	struct wasm_type  type = { 0 };
	struct wasm_type *added;

	if (form == FORM_SUB || form == FORM_SUB_FINAL) {
		uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "a type has too many supertypes");

		reading_needs(r, FEATURE_GC, at);
		while (n-- && !r->c.fault)
			cursor_u32(&r->c);
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
	added = wasm_list_add(r->arena, &r->m->types, sizeof(*added));
	*added = type;
}

void read_type_section(struct reading *r)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 types");

	while (n-- && !r->c.fault) {
		uint64_t   at = cursor_offset(&r->c);
		struct str byte = cursor_peek(&r->c, 1);
		uint32_t   in_group = 1;

		if (byte.n && *byte.p == FORM_GROUP) {
			reading_needs(r, FEATURE_GC, at);
			cursor_u8(&r->c);
			in_group = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 types");
		}
		r->n_types_known = (uint32_t)r->m->types.n + in_group;
		while (in_group-- && !r->c.fault)
			read_type(r);
	}
}

/* ---- limits ---- */

enum { LIMITS_MAX = 1, LIMITS_SHARED = 2, LIMITS_64 = 4, LIMITS_PAGE_SIZE = 8 };

struct wasm_limits read_limits(struct reading *r, bool memory)
{
	uint64_t           at = cursor_offset(&r->c);
	uint8_t            flags = cursor_u8(&r->c);
	struct wasm_limits l = { .max = UINT64_MAX };

	l.has_max = flags & LIMITS_MAX;
	l.shared = flags & LIMITS_SHARED;
	l.is_64 = flags & LIMITS_64;
	if (flags & (memory ? 0xf0 : 0xf8))
		cursor_fail_at(&r->c, at, "unknown flags of limits");
	if (l.is_64)
		reading_needs(r, FEATURE_MEMORY64, at);
	if (l.shared && !memory)
		reading_needs(r, FEATURE_SHARED_EVERYTHING, at);
	l.min = l.is_64 ? cursor_u64(&r->c) : cursor_u32(&r->c);
	if (l.has_max)
		l.max = l.is_64 ? cursor_u64(&r->c) : cursor_u32(&r->c);
	if (flags & LIMITS_PAGE_SIZE) {
		reading_needs(r, FEATURE_PAGE_SIZE, at);
		cursor_u32(&r->c);
	}
	if (l.min > l.max)
		cursor_fail_at(&r->c, at, "limits whose minimum is above their maximum");
	if (memory && l.shared && !l.has_max)
		cursor_fail_at(&r->c, at, "shared memory without a maximum");
	return l;
}
