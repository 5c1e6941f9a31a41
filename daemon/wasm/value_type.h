/* value_type.h - the types of values, as exactly as operands need them, and which may stand for which.
 *
 * A number's type is its byte (enum wasm_value). A reference that may be null is the byte of its heap type, or VALUE_INDEXED
 * with the index of a type; VALUE_NOT_NULL is added where it may not. The fields of structs and arrays are written alike:
 * VALUE_MUTABLE is added to those that can be set.
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
#define VALUE_MUTABLE  (UINT32_C(1) << 29)

enum wasm_value {
	VALUE_BOTTOM = 0, /* of code that nothing reaches: stands for any */
	VALUE_I32 = 0x7f,
	VALUE_I64 = 0x7e,
	VALUE_F32 = 0x7d,
	VALUE_F64 = 0x7c,
	VALUE_V128 = 0x7b,
	VALUE_I8 = 0x78, /* in fields alone: an i32 that is stored in fewer bytes */
	VALUE_I16 = 0x77,
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
	return v & (VALUE_NOT_NULL | VALUE_INDEXED) || (v && v < VALUE_I16);
}

/* Does a variable of that type have a value before it is set? */
static inline bool value_has_default(value_type v)
{
	return !(v & VALUE_NOT_NULL);
}

/* ---- fields ---- */

static inline bool field_is_packed(value_type field)
{
	return (field & ~VALUE_MUTABLE) == VALUE_I8 || (field & ~VALUE_MUTABLE) == VALUE_I16;
}

/* What is put into it, and comes out of it. */
static inline value_type field_value(value_type field)
{
	return field_is_packed(field) ? VALUE_I32 : field & ~VALUE_MUTABLE;
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

/* May a value of the one type stand where the other is wanted? (Specification 3.0, 3.3.) Takes no more steps than a type has
 * supertypes, LIMIT_WASM_SUPERTYPES. True of types that no released engine has. */
bool value_fits(const struct wasm_module *, value_type given, value_type wanted);
/* Are they the same, also where they name types by other numbers? */
bool value_is_same(const struct wasm_module *, value_type, value_type);
/* Of two references: is there a type above both? True of types that no released engine has. */
bool value_shares_top(const struct wasm_module *, value_type, value_type);

/* "i32", "funcref", "(ref null 5)" */
struct str value_type_text(struct arena *, value_type);

/* The i-th of a function's parameters and results, in this order. */
value_type wasm_type_value(const struct wasm_type *, uint32_t i);

#endif
