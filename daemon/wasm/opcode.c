#include "wasm/opcode.h"

#include <stddef.h>

static const struct opcodes prefix_fb[] = {
	{ 0, 0, STRUCT, FEATURE_GC, NULL },
	{ 1, 1, STRUCT_DEFAULT, FEATURE_GC, ">R" },
	{ 2, 2, FIELD, FEATURE_GC, "r>u" },
	{ 3, 4, FIELD_PACKED, FEATURE_GC, "r>u" },
	{ 5, 5, FIELD_SET, FEATURE_GC, "ru>" },
	{ 6, 6, ARRAY, FEATURE_GC, "ui>R" },
	{ 7, 7, ARRAY_DEFAULT, FEATURE_GC, "i>R" },
	{ 8, 8, ARRAY_VALUES, FEATURE_GC, NULL },
	{ 9, 9, ARRAY_DATA, FEATURE_GC, "ii>R" },
	{ 10, 10, ARRAY_ELEMENTS, FEATURE_GC, "ii>R" },
	{ 11, 11, ARRAY_GET, FEATURE_GC, "ri>u" },
	{ 12, 13, ARRAY_PACKED, FEATURE_GC, "ri>u" },
	{ 14, 14, ARRAY_SET, FEATURE_GC, "riu>" },
	{ 15, 15, NONE, FEATURE_GC, "y>i" },
	{ 16, 16, ARRAY_SET, FEATURE_GC, "riui>" },
	{ 17, 17, ARRAY_COPY, FEATURE_GC, "riqii>" },
	{ 18, 18, ARRAY_DATA_SET, FEATURE_GC, "riii>" },
	{ 19, 19, ARRAY_ELEMENTS_SET, FEATURE_GC, "riii>" },
	{ 20, 23, HEAP, FEATURE_GC, NULL },
	{ 24, 25, CAST, FEATURE_GC, NULL },
	{ 26, 27, NONE, FEATURE_GC, NULL },
	{ 28, 28, NONE, FEATURE_GC, "i>J" },
	{ 29, 30, NONE, FEATURE_GC, "j>i" },
	{ 0x80, 0xbf, UNKNOWN_REST, FEATURE_STRINGREF, NULL },
};

static const struct opcodes prefix_fc[] = {
	{ 0, 1, NONE, NEEDS_NOTHING, "f>i" },
	{ 2, 3, NONE, NEEDS_NOTHING, "F>i" },
	{ 4, 5, NONE, NEEDS_NOTHING, "f>I" },
	{ 6, 7, NONE, NEEDS_NOTHING, "F>I" },
	{ 8, 8, DATA2, NEEDS_NOTHING, "Mii>" },
	{ 9, 9, DATA, NEEDS_NOTHING, ">" },
	{ 10, 10, MEMORY2, NEEDS_NOTHING, "mMs>" },
	{ 11, 11, MEMORY, NEEDS_NOTHING, "mim>" },
	{ 12, 12, ELEMENTS_TABLE, NEEDS_NOTHING, "Aii>" },
	{ 13, 13, ELEMENTS, NEEDS_NOTHING, ">" },
	{ 14, 14, TABLE_2, NEEDS_NOTHING, "aAS>" },
	{ 15, 15, TABLE_1, FEATURE_REFERENCE_TYPES, "ta>a" },
	{ 16, 16, TABLE_1, FEATURE_REFERENCE_TYPES, ">a" },
	{ 17, 17, TABLE_1, FEATURE_REFERENCE_TYPES, "ata>" },
	{ 19, 20, NONE, FEATURE_WIDE_ARITHMETIC, "IIII>II" },
	{ 21, 22, NONE, FEATURE_WIDE_ARITHMETIC, "II>II" },
};

static const struct opcodes prefix_fd[] = {
	{ 0, 10, MEMARG, FEATURE_SIMD, "m>V" },
	{ 11, 11, MEMARG, FEATURE_SIMD, "mV>" },
	{ 12, 12, BYTES16, FEATURE_SIMD, ">V" },
	{ 13, 13, SHUFFLE, FEATURE_SIMD, "VV>V" },
	{ 14, 14, NONE, FEATURE_SIMD, "VV>V" },
	{ 15, 17, NONE, FEATURE_SIMD, "i>V" },
	{ 18, 18, NONE, FEATURE_SIMD, "I>V" },
	{ 19, 19, NONE, FEATURE_SIMD, "f>V" },
	{ 20, 20, NONE, FEATURE_SIMD, "F>V" },
	{ 21, 22, LANE, FEATURE_SIMD, "V>i" },
	{ 23, 23, LANE, FEATURE_SIMD, "Vi>V" },
	{ 24, 25, LANE, FEATURE_SIMD, "V>i" },
	{ 26, 26, LANE, FEATURE_SIMD, "Vi>V" },
	{ 27, 27, LANE, FEATURE_SIMD, "V>i" },
	{ 28, 28, LANE, FEATURE_SIMD, "Vi>V" },
	{ 29, 29, LANE, FEATURE_SIMD, "V>I" },
	{ 30, 30, LANE, FEATURE_SIMD, "VI>V" },
	{ 31, 31, LANE, FEATURE_SIMD, "V>f" },
	{ 32, 32, LANE, FEATURE_SIMD, "Vf>V" },
	{ 33, 33, LANE, FEATURE_SIMD, "V>F" },
	{ 34, 34, LANE, FEATURE_SIMD, "VF>V" },
	{ 35, 76, NONE, FEATURE_SIMD, "VV>V" },
	{ 77, 77, NONE, FEATURE_SIMD, "V>V" },
	{ 78, 81, NONE, FEATURE_SIMD, "VV>V" },
	{ 82, 82, NONE, FEATURE_SIMD, "VVV>V" },
	{ 83, 83, NONE, FEATURE_SIMD, "V>i" },
	{ 84, 87, MEMARG_LANE, FEATURE_SIMD, "mV>V" },
	{ 88, 91, MEMARG_LANE, FEATURE_SIMD, "mV>" },
	{ 92, 93, MEMARG, FEATURE_SIMD, "m>V" },
	{ 94, 98, NONE, FEATURE_SIMD, "V>V" },
	{ 99, 100, NONE, FEATURE_SIMD, "V>i" },
	{ 101, 102, NONE, FEATURE_SIMD, "VV>V" },
	{ 103, 106, NONE, FEATURE_SIMD, "V>V" },
	{ 107, 109, NONE, FEATURE_SIMD, "Vi>V" },
	{ 110, 115, NONE, FEATURE_SIMD, "VV>V" },
	{ 116, 117, NONE, FEATURE_SIMD, "V>V" },
	{ 118, 121, NONE, FEATURE_SIMD, "VV>V" },
	{ 122, 122, NONE, FEATURE_SIMD, "V>V" },
	{ 123, 123, NONE, FEATURE_SIMD, "VV>V" },
	{ 124, 129, NONE, FEATURE_SIMD, "V>V" },
	{ 130, 130, NONE, FEATURE_SIMD, "VV>V" },
	{ 131, 132, NONE, FEATURE_SIMD, "V>i" },
	{ 133, 134, NONE, FEATURE_SIMD, "VV>V" },
	{ 135, 138, NONE, FEATURE_SIMD, "V>V" },
	{ 139, 141, NONE, FEATURE_SIMD, "Vi>V" },
	{ 142, 147, NONE, FEATURE_SIMD, "VV>V" },
	{ 148, 148, NONE, FEATURE_SIMD, "V>V" },
	{ 149, 153, NONE, FEATURE_SIMD, "VV>V" },
	{ 155, 159, NONE, FEATURE_SIMD, "VV>V" },
	{ 160, 161, NONE, FEATURE_SIMD, "V>V" },
	{ 163, 164, NONE, FEATURE_SIMD, "V>i" },
	{ 167, 170, NONE, FEATURE_SIMD, "V>V" },
	{ 171, 173, NONE, FEATURE_SIMD, "Vi>V" },
	{ 174, 174, NONE, FEATURE_SIMD, "VV>V" },
	{ 177, 177, NONE, FEATURE_SIMD, "VV>V" },
	{ 181, 186, NONE, FEATURE_SIMD, "VV>V" },
	{ 188, 191, NONE, FEATURE_SIMD, "VV>V" },
	{ 192, 193, NONE, FEATURE_SIMD, "V>V" },
	{ 195, 196, NONE, FEATURE_SIMD, "V>i" },
	{ 199, 202, NONE, FEATURE_SIMD, "V>V" },
	{ 203, 205, NONE, FEATURE_SIMD, "Vi>V" },
	{ 206, 206, NONE, FEATURE_SIMD, "VV>V" },
	{ 209, 209, NONE, FEATURE_SIMD, "VV>V" },
	{ 213, 223, NONE, FEATURE_SIMD, "VV>V" },
	{ 224, 225, NONE, FEATURE_SIMD, "V>V" },
	{ 227, 227, NONE, FEATURE_SIMD, "V>V" },
	{ 228, 235, NONE, FEATURE_SIMD, "VV>V" },
	{ 236, 237, NONE, FEATURE_SIMD, "V>V" },
	{ 239, 239, NONE, FEATURE_SIMD, "V>V" },
	{ 240, 247, NONE, FEATURE_SIMD, "VV>V" },
	{ 248, 255, NONE, FEATURE_SIMD, "V>V" },
	{ 256, 256, NONE, FEATURE_RELAXED_SIMD, "VV>V" },
	{ 257, 260, NONE, FEATURE_RELAXED_SIMD, "V>V" },
	{ 261, 268, NONE, FEATURE_RELAXED_SIMD, "VVV>V" },
	{ 269, 274, NONE, FEATURE_RELAXED_SIMD, "VV>V" },
	{ 275, 275, NONE, FEATURE_RELAXED_SIMD, "VVV>V" },
	{ 0x120, 0x17f, UNKNOWN_REST, FEATURE_FP16, NULL },
};

static const struct opcodes prefix_fe[] = {
	{ 0, 0, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 1, 1, MEMARG, NEEDS_NOTHING, "miI>i" },
	{ 2, 2, MEMARG, NEEDS_NOTHING, "mII>i" },
	{ 3, 3, ZERO, NEEDS_NOTHING, ">" },
	{ 0x10, 0x10, MEMARG, NEEDS_NOTHING, "m>i" },
	{ 0x11, 0x11, MEMARG, NEEDS_NOTHING, "m>I" },
	{ 0x12, 0x13, MEMARG, NEEDS_NOTHING, "m>i" },
	{ 0x14, 0x16, MEMARG, NEEDS_NOTHING, "m>I" },
	{ 0x17, 0x17, MEMARG, NEEDS_NOTHING, "mi>" },
	{ 0x18, 0x18, MEMARG, NEEDS_NOTHING, "mI>" },
	{ 0x19, 0x1a, MEMARG, NEEDS_NOTHING, "mi>" },
	{ 0x1b, 0x1d, MEMARG, NEEDS_NOTHING, "mI>" },
	{ 0x1e, 0x1e, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x1f, 0x1f, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x20, 0x21, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x22, 0x24, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x25, 0x25, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x26, 0x26, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x27, 0x28, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x29, 0x2b, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x2c, 0x2c, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x2d, 0x2d, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x2e, 0x2f, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x30, 0x32, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x33, 0x33, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x34, 0x34, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x35, 0x36, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x37, 0x39, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x3a, 0x3a, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x3b, 0x3b, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x3c, 0x3d, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x3e, 0x40, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x41, 0x41, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x42, 0x42, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x43, 0x44, MEMARG, NEEDS_NOTHING, "mi>i" },
	{ 0x45, 0x47, MEMARG, NEEDS_NOTHING, "mI>I" },
	{ 0x48, 0x48, MEMARG, NEEDS_NOTHING, "mii>i" },
	{ 0x49, 0x49, MEMARG, NEEDS_NOTHING, "mII>I" },
	{ 0x4a, 0x4b, MEMARG, NEEDS_NOTHING, "mii>i" },
	{ 0x4c, 0x4e, MEMARG, NEEDS_NOTHING, "mII>I" },
	{ 0x4f, 0x7f, UNKNOWN_REST, FEATURE_SHARED_EVERYTHING, NULL },
};

static const struct opcodes plain[] = {
	{ 0x00, 0x00, TRAP, NEEDS_NOTHING, NULL },
	{ 0x01, 0x01, NONE, NEEDS_NOTHING, ">" },
	{ 0x02, 0x02, BLOCK, NEEDS_NOTHING, NULL },
	{ 0x03, 0x03, LOOP, NEEDS_NOTHING, NULL },
	{ 0x04, 0x04, IF, NEEDS_NOTHING, NULL },
	{ 0x05, 0x05, ELSE, NEEDS_NOTHING, NULL },
	{ 0x06, 0x06, TRY, FEATURE_LEGACY_EXCEPTIONS, NULL },
	{ 0x07, 0x07, CATCH, FEATURE_LEGACY_EXCEPTIONS, NULL },
	{ 0x08, 0x08, THROW, FEATURE_EXCEPTION_TAGS, NULL },
	{ 0x09, 0x09, RETHROW, FEATURE_LEGACY_EXCEPTIONS, NULL },
	{ 0x0a, 0x0a, THROW_REF, FEATURE_EXCEPTIONS, NULL },
	{ 0x0b, 0x0b, END, NEEDS_NOTHING, NULL },
	{ 0x0c, 0x0d, BRANCH, NEEDS_NOTHING, NULL },
	{ 0x0e, 0x0e, LABELS, NEEDS_NOTHING, NULL },
	{ 0x0f, 0x0f, STOP, NEEDS_NOTHING, NULL },
	{ 0x10, 0x10, CALL, NEEDS_NOTHING, NULL },
	{ 0x11, 0x11, CALL_TABLE, NEEDS_NOTHING, NULL },
	{ 0x12, 0x12, RETURN_CALL, FEATURE_TAIL_CALL, NULL },
	{ 0x13, 0x13, RETURN_CALL_TABLE, FEATURE_TAIL_CALL, NULL },
	{ 0x14, 0x14, CALL_REF, FEATURE_TYPED_REFERENCES, NULL },
	{ 0x15, 0x15, RETURN_CALL_REF, FEATURE_TYPED_REFERENCES, NULL },
	{ 0x18, 0x18, DELEGATE, FEATURE_LEGACY_EXCEPTIONS, NULL },
	{ 0x19, 0x19, CATCH_ALL, FEATURE_LEGACY_EXCEPTIONS, NULL },
	{ 0x1a, 0x1b, NONE, NEEDS_NOTHING, NULL },
	{ 0x1c, 0x1c, TYPES, FEATURE_REFERENCE_TYPES, NULL },
	{ 0x1f, 0x1f, TRY_TABLE, FEATURE_EXCEPTIONS, NULL },
	{ 0x20, 0x20, LOCAL, NEEDS_NOTHING, ">l" },
	{ 0x21, 0x21, LOCAL, NEEDS_NOTHING, "L>" },
	{ 0x22, 0x22, LOCAL, NEEDS_NOTHING, "L>l" },
	{ 0x23, 0x23, GLOBAL, NEEDS_NOTHING, ">g" },
	{ 0x24, 0x24, GLOBAL_SET, NEEDS_NOTHING, "g>" },
	{ 0x25, 0x25, TABLE_1, FEATURE_REFERENCE_TYPES, "a>t" },
	{ 0x26, 0x26, TABLE_1, FEATURE_REFERENCE_TYPES, "at>" },
	{ 0x28, 0x28, MEMARG, NEEDS_NOTHING, "m>i" },
	{ 0x29, 0x29, MEMARG, NEEDS_NOTHING, "m>I" },
	{ 0x2a, 0x2a, MEMARG, NEEDS_NOTHING, "m>f" },
	{ 0x2b, 0x2b, MEMARG, NEEDS_NOTHING, "m>F" },
	{ 0x2c, 0x2f, MEMARG, NEEDS_NOTHING, "m>i" },
	{ 0x30, 0x35, MEMARG, NEEDS_NOTHING, "m>I" },
	{ 0x36, 0x36, MEMARG, NEEDS_NOTHING, "mi>" },
	{ 0x37, 0x37, MEMARG, NEEDS_NOTHING, "mI>" },
	{ 0x38, 0x38, MEMARG, NEEDS_NOTHING, "mf>" },
	{ 0x39, 0x39, MEMARG, NEEDS_NOTHING, "mF>" },
	{ 0x3a, 0x3b, MEMARG, NEEDS_NOTHING, "mi>" },
	{ 0x3c, 0x3e, MEMARG, NEEDS_NOTHING, "mI>" },
	{ 0x3f, 0x3f, MEMORY, NEEDS_NOTHING, ">m" },
	{ 0x40, 0x40, MEMORY, NEEDS_NOTHING, "m>m" },
	{ 0x41, 0x41, S32, NEEDS_NOTHING, ">i" },
	{ 0x42, 0x42, S64, NEEDS_NOTHING, ">I" },
	{ 0x43, 0x43, F32, NEEDS_NOTHING, ">f" },
	{ 0x44, 0x44, F64, NEEDS_NOTHING, ">F" },
	{ 0x45, 0x45, NONE, NEEDS_NOTHING, "i>i" },
	{ 0x46, 0x4f, NONE, NEEDS_NOTHING, "ii>i" },
	{ 0x50, 0x50, NONE, NEEDS_NOTHING, "I>i" },
	{ 0x51, 0x5a, NONE, NEEDS_NOTHING, "II>i" },
	{ 0x5b, 0x60, NONE, NEEDS_NOTHING, "ff>i" },
	{ 0x61, 0x66, NONE, NEEDS_NOTHING, "FF>i" },
	{ 0x67, 0x69, NONE, NEEDS_NOTHING, "i>i" },
	{ 0x6a, 0x78, NONE, NEEDS_NOTHING, "ii>i" },
	{ 0x79, 0x7b, NONE, NEEDS_NOTHING, "I>I" },
	{ 0x7c, 0x8a, NONE, NEEDS_NOTHING, "II>I" },
	{ 0x8b, 0x91, NONE, NEEDS_NOTHING, "f>f" },
	{ 0x92, 0x98, NONE, NEEDS_NOTHING, "ff>f" },
	{ 0x99, 0x9f, NONE, NEEDS_NOTHING, "F>F" },
	{ 0xa0, 0xa6, NONE, NEEDS_NOTHING, "FF>F" },
	{ 0xa7, 0xa7, NONE, NEEDS_NOTHING, "I>i" },
	{ 0xa8, 0xa9, NONE, NEEDS_NOTHING, "f>i" },
	{ 0xaa, 0xab, NONE, NEEDS_NOTHING, "F>i" },
	{ 0xac, 0xad, NONE, NEEDS_NOTHING, "i>I" },
	{ 0xae, 0xaf, NONE, NEEDS_NOTHING, "f>I" },
	{ 0xb0, 0xb1, NONE, NEEDS_NOTHING, "F>I" },
	{ 0xb2, 0xb3, NONE, NEEDS_NOTHING, "i>f" },
	{ 0xb4, 0xb5, NONE, NEEDS_NOTHING, "I>f" },
	{ 0xb6, 0xb6, NONE, NEEDS_NOTHING, "F>f" },
	{ 0xb7, 0xb8, NONE, NEEDS_NOTHING, "i>F" },
	{ 0xb9, 0xba, NONE, NEEDS_NOTHING, "I>F" },
	{ 0xbb, 0xbb, NONE, NEEDS_NOTHING, "f>F" },
	{ 0xbc, 0xbc, NONE, NEEDS_NOTHING, "f>i" },
	{ 0xbd, 0xbd, NONE, NEEDS_NOTHING, "F>I" },
	{ 0xbe, 0xbe, NONE, NEEDS_NOTHING, "i>f" },
	{ 0xbf, 0xbf, NONE, NEEDS_NOTHING, "I>F" },
	{ 0xc0, 0xc1, NONE, NEEDS_NOTHING, "i>i" },
	{ 0xc2, 0xc4, NONE, NEEDS_NOTHING, "I>I" },
	{ 0xd0, 0xd0, HEAP, FEATURE_REFERENCE_TYPES, NULL },
	{ 0xd1, 0xd1, NONE, FEATURE_REFERENCE_TYPES, NULL },
	{ 0xd2, 0xd2, FUNCTION, FEATURE_REFERENCE_TYPES, NULL },
	{ 0xd3, 0xd3, NONE, FEATURE_GC, NULL },
	{ 0xd4, 0xd4, NONE, FEATURE_TYPED_REFERENCES, NULL },
	{ 0xd5, 0xd6, BRANCH, FEATURE_TYPED_REFERENCES, NULL },
	{ 0xe0, 0xe6, UNKNOWN_REST, FEATURE_STACK_SWITCHING, NULL },
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

void opcode_index_init(struct opcode_index *index)
{
	*index = (struct opcode_index){ 0 };
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		for (uint32_t op = plain[i].first; op <= plain[i].last; op++)
			index->rows[op] = (uint8_t)(i + 1);
}

const struct opcodes *opcode_find(const struct opcode_index *index, enum opcode_prefix prefix, uint32_t opcode)
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
		return opcode < sizeof(index->rows) && index->rows[opcode] ? &plain[index->rows[opcode] - 1] : NULL;
	}
}
