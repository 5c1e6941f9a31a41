#include "wasm/opcode.h"

#include <stddef.h>

static const struct opcodes prefix_fb[] = {
	{ 0, 1, INDEX, FEATURE_GC },   { 2, 5, INDEX2, FEATURE_GC },   { 6, 7, INDEX, FEATURE_GC },
	{ 8, 10, INDEX2, FEATURE_GC }, { 11, 14, INDEX, FEATURE_GC },  { 15, 15, NONE, FEATURE_GC },
	{ 16, 16, INDEX, FEATURE_GC }, { 17, 19, INDEX2, FEATURE_GC }, { 20, 23, HEAP, FEATURE_GC },
	{ 24, 25, CAST, FEATURE_GC },  { 26, 30, NONE, FEATURE_GC },   { 0x80, 0xbf, UNKNOWN_REST, FEATURE_STRINGREF },
};

static const struct opcodes prefix_fc[] = {
	{ 0, 7, NONE, NEEDS_NOTHING },
	{ 8, 8, DATA2, NEEDS_NOTHING },
	{ 9, 9, DATA, NEEDS_NOTHING },
	{ 10, 10, MEMORY2, NEEDS_NOTHING },
	{ 11, 11, MEMORY, NEEDS_NOTHING },
	{ 12, 12, ELEMENTS_TABLE, NEEDS_NOTHING },
	{ 13, 13, ELEMENTS, NEEDS_NOTHING },
	{ 14, 14, TABLE_2, NEEDS_NOTHING },
	{ 15, 17, TABLE_1, FEATURE_REFERENCE_TYPES },
	{ 19, 22, NONE, FEATURE_WIDE_ARITHMETIC },
};

static const struct opcodes prefix_fd[] = {
	{ 0, 11, MEMARG, FEATURE_SIMD },
	{ 12, 12, BYTES16, FEATURE_SIMD },
	{ 13, 13, SHUFFLE, FEATURE_SIMD },
	{ 14, 20, NONE, FEATURE_SIMD },
	{ 21, 34, LANE, FEATURE_SIMD },
	{ 35, 83, NONE, FEATURE_SIMD },
	{ 84, 91, MEMARG_LANE, FEATURE_SIMD },
	{ 92, 93, MEMARG, FEATURE_SIMD },
	{ 94, 255, NONE, FEATURE_SIMD },
	{ 256, 275, NONE, FEATURE_RELAXED_SIMD },
	{ 0x120, 0x17f, UNKNOWN_REST, FEATURE_FP16 },
};

static const struct opcodes prefix_fe[] = {
	{ 0, 2, MEMARG, NEEDS_NOTHING },
	{ 3, 3, ZERO, NEEDS_NOTHING },
	{ 0x10, 0x4e, MEMARG, NEEDS_NOTHING },
	{ 0x4f, 0x7f, UNKNOWN_REST, FEATURE_SHARED_EVERYTHING },
};

static const struct opcodes plain[] = {
	{ 0x00, 0x00, STOP, NEEDS_NOTHING },
	{ 0x01, 0x01, NONE, NEEDS_NOTHING },
	{ 0x02, 0x03, BLOCK, NEEDS_NOTHING },
	{ 0x04, 0x04, IF, NEEDS_NOTHING },
	{ 0x05, 0x05, ELSE, NEEDS_NOTHING },
	{ 0x06, 0x06, TRY, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x07, 0x07, CATCH, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x08, 0x08, THROW, FEATURE_EXCEPTION_TAGS },
	{ 0x09, 0x09, RETHROW, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x0a, 0x0a, STOP, FEATURE_EXCEPTIONS },
	{ 0x0b, 0x0b, END, NEEDS_NOTHING },
	{ 0x0c, 0x0d, BRANCH, NEEDS_NOTHING },
	{ 0x0e, 0x0e, LABELS, NEEDS_NOTHING },
	{ 0x0f, 0x0f, STOP, NEEDS_NOTHING },
	{ 0x10, 0x10, CALL, NEEDS_NOTHING },
	{ 0x11, 0x11, CALL_TABLE, NEEDS_NOTHING },
	{ 0x12, 0x12, RETURN_CALL, FEATURE_TAIL_CALL },
	{ 0x13, 0x13, RETURN_CALL_TABLE, FEATURE_TAIL_CALL },
	{ 0x14, 0x14, CALL_REF, FEATURE_TYPED_REFERENCES },
	{ 0x15, 0x15, RETURN_CALL_REF, FEATURE_TYPED_REFERENCES },
	{ 0x18, 0x18, DELEGATE, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x19, 0x19, CATCH_ALL, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x1a, 0x1b, NONE, NEEDS_NOTHING },
	{ 0x1c, 0x1c, TYPES, FEATURE_REFERENCE_TYPES },
	{ 0x1f, 0x1f, TRY_TABLE, FEATURE_EXCEPTIONS },
	{ 0x20, 0x22, LOCAL, NEEDS_NOTHING },
	{ 0x23, 0x23, GLOBAL, NEEDS_NOTHING },
	{ 0x24, 0x24, GLOBAL_SET, NEEDS_NOTHING },
	{ 0x25, 0x26, TABLE_1, FEATURE_REFERENCE_TYPES },
	{ 0x28, 0x3e, MEMARG, NEEDS_NOTHING },
	{ 0x3f, 0x40, MEMORY, NEEDS_NOTHING },
	{ 0x41, 0x41, S32, NEEDS_NOTHING },
	{ 0x42, 0x42, S64, NEEDS_NOTHING },
	{ 0x43, 0x43, F32, NEEDS_NOTHING },
	{ 0x44, 0x44, F64, NEEDS_NOTHING },
	{ 0x45, 0xc4, NONE, NEEDS_NOTHING },
	{ 0xd0, 0xd0, HEAP, FEATURE_REFERENCE_TYPES },
	{ 0xd1, 0xd1, NONE, FEATURE_REFERENCE_TYPES },
	{ 0xd2, 0xd2, FUNCTION, FEATURE_REFERENCE_TYPES },
	{ 0xd3, 0xd3, NONE, FEATURE_GC },
	{ 0xd4, 0xd4, NONE, FEATURE_TYPED_REFERENCES },
	{ 0xd5, 0xd6, BRANCH, FEATURE_TYPED_REFERENCES },
	{ 0xe0, 0xe6, UNKNOWN_REST, FEATURE_STACK_SWITCHING },
};

#define TABLE(rows) rows, sizeof(rows) / sizeof(rows[0])

static const struct opcodes *find(const struct opcodes *rows, size_t n, uint32_t op)
{
	size_t low = 0;

	while (n > 1) {
		size_t half = n / 2;

		if (rows[low + half].first <= op) {
			low += half;
			n -= half;
		} else {
			n = half;
		}
	}
	return rows[low].first <= op && op <= rows[low].last ? &rows[low] : NULL;
}

const struct opcodes *opcode_find(enum opcode_prefix prefix, uint32_t opcode)
{
	switch (prefix) {
	case PREFIX_GC:
		return find(TABLE(prefix_fb), opcode);
	case PREFIX_MORE:
		return find(TABLE(prefix_fc), opcode);
	case PREFIX_SIMD:
		return find(TABLE(prefix_fd), opcode);
	case PREFIX_ATOMIC:
		return find(TABLE(prefix_fe), opcode);
	default:
		return find(TABLE(plain), opcode);
	}
}
