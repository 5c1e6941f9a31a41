/* Types as sections and code write them: of values, of references, and limits. */
#include "base/arena.h"
#include "base/limits.h"
#include "wasm/wasm_reading.h"

enum {
	SHARED = 0x65,
	REF = 0x64,
	REF_NULL = 0x63,
};

/* Of the numbers with a sign that name heap types, those below zero are the bytes of the abstract ones, if need be in more bytes. */
enum { HEAP_LOWEST = -64 };

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
	uint64_t at = cursor_offset(&r->c);
	bool     shared = cursor_peek_byte(&r->c) == SHARED;
	int64_t  index;

	if (shared) {
		reading_needs(r, FEATURE_SHARED_EVERYTHING, at);
		cursor_u8(&r->c);
	}
	index = cursor_s33(&r->c);
	if (index >= HEAP_LOWEST && index < 0 && read_abstract_heap(r, index & 0x7f, at))
		return shared ? VALUE_REFERENCE : (value_type)(index & 0x7f);
	reading_needs(r, FEATURE_TYPED_REFERENCES, at);
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
