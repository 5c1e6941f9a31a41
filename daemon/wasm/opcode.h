/* opcode.h - the instructions of WebAssembly by their numbers: what follows each, and what it asks of the engine. */
#ifndef CALLOUT_WASM_OPCODE_H
#define CALLOUT_WASM_OPCODE_H

#include "wasm/engine_feature.h"
#include "wasm/instruction_bounds.h"

/* What follows an opcode. */
enum immediate {
	NONE,
	BLOCK, /* a block type; opens a block */
	LOOP,  /* the same; its label is its beginning */
	IF,    /* the same, and may be left out */
	ELSE,  /* turns it into the other one */
	STOP,  /* nothing follows; what stands behind it does not run */
	TRAP,  /* the same, and what runs ends there */
	THROW_REF,
	BRANCH, /* a label */
	THROW,  /* a tag; nothing behind it runs */
	END,    /* closes one */
	LOCAL,
	GLOBAL,
	GLOBAL_SET,
	TABLE_1, /* a table */
	TABLE_2, /* two of them */
	ELEMENTS,
	ELEMENTS_TABLE,
	FUNCTION,
	DATA,    /* a data segment, whose number must be told before */
	DATA2,   /* the same, and a memory */
	MEMORY,  /* a memory */
	MEMORY2, /* two of them */
	LABELS,  /* a vector of labels and one more */
	MEMARG,  /* alignment and offset */
	ZERO,    /* a byte that is kept for later */
	LANE,    /* of one vector */
	SHUFFLE, /* 16 of them, of two vectors */
	BYTES16, /* a vector */
	MEMARG_LANE,
	S32,
	S64,
	F32,
	F64,
	TYPES,  /* a vector of value types */
	HEAP,   /* a heap type */
	CAST,   /* flags, a label, two heap types */
	STRUCT, /* a type of structs; its fields may have to have defaults */
	STRUCT_DEFAULT,
	FIELD, /* a type of structs and a field of it: not packed, packed, to be set */
	FIELD_PACKED,
	FIELD_SET,
	ARRAY, /* a type of arrays, with the same differences */
	ARRAY_DEFAULT,
	ARRAY_GET,
	ARRAY_PACKED,
	ARRAY_SET,
	ARRAY_VALUES, /* a type of arrays, and how many values */
	ARRAY_COPY,   /* two types of arrays */
	ARRAY_DATA,   /* a type of arrays and a data segment */
	ARRAY_DATA_SET,
	ARRAY_ELEMENTS, /* a type of arrays and an element segment */
	ARRAY_ELEMENTS_SET,
	TRY,       /* block type; opens a block with handlers */
	CATCH,     /* a tag; begins a handler */
	CATCH_ALL, /* begins the last one */
	RETHROW,   /* the label of a handler around it */
	DELEGATE,  /* a label in the place of handlers; closes the block */
	TRY_TABLE, /* block type, then catch clauses; opens a block */
	CALL,
	CALL_TABLE, /* a type and a table */
	CALL_REF,
	RETURN_CALL, /* the same three in the place of a return */
	RETURN_CALL_TABLE,
	RETURN_CALL_REF,
	UNKNOWN_REST,
};

enum { NEEDS_NOTHING = FEATURE_KINDS };

/* A range of opcodes that are alike.
 *
 * types: the operands that they take, the last one on top, then > and what they leave. NULL: more is to be said of them than
 * types (operand_rules.c), or they are not followed. Each is one letter:
 *
 *     i I f F V   i32, i64, f32, f64, v128
 *     m M s       an address in the memory that the first (m) or second (M) index names; of the smaller of both (s)
 *     a A S       the same for tables
 *     t           what is in the table that the first index names
 *     l L g       the local that it reads (l) or sets (L), the global that it names
 *     r R q       a reference, that may be null (r) or not (R), of the type that the first index names; of the second (q)
 *     u           what comes out of the field of that type
 *     y j J       (ref null array), (ref null i31), (ref i31)
 */
struct opcodes {
	uint32_t       first, last;
	enum immediate immediate;
	unsigned       feature;
	const char    *types;
};

/* The rows of the instructions of one byte, by that byte: most of those in a module. 0: there is none, else 1 + the row. */
struct opcode_index {
	uint8_t rows[256];
};

void opcode_index_init(struct opcode_index *);

/* NULL: there is no such instruction. */
const struct opcodes *opcode_find(const struct opcode_index *, enum opcode_prefix, uint32_t opcode);

#endif
