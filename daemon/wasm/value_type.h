/* value_type.h - the types of values, as exactly as operands need them, and which may stand for which.
 *
 * A number's type is its byte (enum wasm_value). A reference that may be null is the byte of its heap type, or VALUE_INDEXED
 * with the index of a type; VALUE_NOT_NULL is added where it may not.
 */
#ifndef CALLOUT_WASM_VALUE_TYPE_H
#define CALLOUT_WASM_VALUE_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct wasm_module;
struct wasm_type;

typedef uint32_t value_type;

#define VALUE_NOT_NULL (UINT32_C(1) << 31)
#define VALUE_INDEXED  (UINT32_C(1) << 30)

enum wasm_value {
	VALUE_BOTTOM = 0, /* of code that nothing reaches: stands for any */
	VALUE_I32 = 0x7f,
	VALUE_I64 = 0x7e,
	VALUE_F32 = 0x7d,
	VALUE_F64 = 0x7c,
	VALUE_V128 = 0x7b,
	VALUE_NOCONTREF = 0x75,
	VALUE_NOEXNREF = 0x74,
	VALUE_NOFUNCREF = 0x73,
	VALUE_NOEXTERNREF = 0x72,
	VALUE_NULLREF = 0x71,
	VALUE_FUNCREF = 0x70,
	VALUE_EXTERNREF = 0x6f,
	VALUE_ANYREF = 0x6e,
	VALUE_EQREF = 0x6d,
	VALUE_I31REF = 0x6c,
	VALUE_STRUCTREF = 0x6b,
	VALUE_ARRAYREF = 0x6a,
	VALUE_EXNREF = 0x69,
	VALUE_CONTREF = 0x68,
	VALUE_STRINGREF = 0x67,
	VALUE_REFERENCE = 0x64, /* any other: to what it refers is not kept */
};

static inline bool value_is_reference(value_type v)
{
	return v & (VALUE_NOT_NULL | VALUE_INDEXED) || (v && v < VALUE_V128);
}

/* Does V8's C interface have a name for it? Envoy lists imports and exports through that. */
static inline bool value_is_listable(value_type v)
{
	value_type heap = v & ~VALUE_NOT_NULL;

	return (heap >= VALUE_F64 && heap <= VALUE_I32) || heap == VALUE_FUNCREF || heap == VALUE_EXTERNREF;
}

/* As one byte: what is not written as one is VALUE_REFERENCE. */
static inline unsigned char value_byte(value_type v)
{
	return v == VALUE_FUNCREF || v == VALUE_EXTERNREF || !value_is_reference(v) ? (unsigned char)v
	                                                                            : VALUE_REFERENCE;
}

/* May a value of the one type stand where the other is wanted? True as well where that hangs on what is not followed: types
 * that garbage collection declares, and function types that name others. Takes as many steps as the types are long. */
bool value_may_fit(const struct wasm_module *, value_type given, value_type wanted);

/* "i32", "funcref", "(ref null 5)" */
struct str value_type_text(struct arena *, value_type);

/* The i-th of a function's parameters and results, in this order. */
value_type wasm_type_value(const struct wasm_type *, uint32_t i);

#endif
