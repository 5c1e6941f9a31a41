/* opcode.h - the instructions of WebAssembly by their numbers: what follows each, and what it asks of the engine. */
#ifndef CALLOUT_WASM_OPCODE_H
#define CALLOUT_WASM_OPCODE_H

#include "wasm/engine_feature.h"
#include "wasm/instruction_bounds.h"

/* What follows an opcode. */
enum immediate {
	NONE,
	BLOCK,  /* a block type; opens a block */
	IF,     /* the same, and may be left out */
	ELSE,   /* turns it into the other one */
	STOP,   /* nothing follows; what stands behind it does not run */
	BRANCH, /* a label */
	THROW,  /* a tag; nothing behind it runs */
	END,    /* closes one */
	INDEX,  /* one index or number */
	INDEX2, /* two of them */
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
	TYPES,     /* a vector of value types */
	HEAP,      /* a heap type */
	CAST,      /* flags, a label, two heap types */
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

/* A range of opcodes that are alike. */
struct opcodes {
	uint32_t       first, last;
	enum immediate immediate;
	unsigned       feature;
};

/* NULL: there is no such instruction. */
const struct opcodes *opcode_find(enum opcode_prefix, uint32_t opcode);

#endif
