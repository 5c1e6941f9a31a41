/* instruction.h - one instruction of WebAssembly, as far as it matters whom it calls and what it asks of the engine. */
#ifndef CALLOUT_WASM_INSTRUCTION_H
#define CALLOUT_WASM_INSTRUCTION_H

#include "wasm/instruction_bounds.h"
#include "wasm/wasm_reading.h"

enum call_kind { CALL_NONE, CALL_DIRECT, CALL_INDIRECT };

/* Blocks, by what may stand in them: an else, a handler, a rethrow. */
enum block {
	BLOCK_NONE,
	BLOCK_PLAIN, /* block, try_table, the function itself, an else */
	BLOCK_LOOP,
	BLOCK_IF,
	BLOCK_TRY,       /* of the older exceptions, its handlers still to come */
	BLOCK_CATCH,     /* its handler for one tag */
	BLOCK_CATCH_ALL, /* its last one */
};

/* What it does to the order in which the instructions behind it run. */
enum flow {
	FLOW_NEXT,
	FLOW_IF,     /* what stands behind it, in the innermost block, may be left out */
	FLOW_BRANCH, /* may leave, or leaves, the block that `label` counts outwards */
	FLOW_STOP,   /* nothing behind it runs */
	FLOW_TRAP,   /* the same, and no handler stops the fault */
	FLOW_THROW,  /* the same, unless a handler catches what is thrown */
};

enum { INSTRUCTION_INDICES = 2 };

/* Of the clauses of try_table. */
enum catch_kind { CATCH_KIND_TAG, CATCH_KIND_TAG_REF, CATCH_KIND_ALL, CATCH_KIND_ALL_REF };

struct instruction {
	enum opcode_prefix prefix;
	uint32_t           opcode;
	const char        *types; /* of its operands: struct opcodes */
	uint32_t
		indices[INSTRUCTION_INDICES]; /* in their order: locals, globals, tables, memories, segments, types … */
	unsigned   n_indices;
	value_type value;  /* that a block gives, a select takes, a null is of; VALUE_BOTTOM: none is written */
	value_type target; /* to which `value` is cast */
	const struct wasm_type *type;        /* of a block that is written as a function's; else NULL */
	bool                    unsure;      /* there is more of it than is kept */
	bool                    is_constant; /* it leaves a number, this one, and takes nothing */
	uint64_t                constant;    /* its bits */
	bool                    accesses;    /* memory, at an address that it takes and this far behind it */
	uint64_t                offset;
	enum call_kind          call;
	uint32_t                index; /* of the function called directly */
	enum flow               flow;
	bool                    has_label;
	uint32_t                label;     /* the outermost, counted from outside of what it opens or closes itself */
	enum block              opens;     /* a block of that kind */
	bool                    closes;    /* the innermost one */
	enum block              becomes;   /* what the innermost one is from here on */
	bool                    catches;   /* opens a block that exceptions may not leave */
	unsigned                within;    /* bits 1 << enum block: what the innermost one may be; 0: anything */
	bool                    again;     /* throws again what the block that `label` counts has caught */
	const char             *misplaced; /* the fault where it may not stand */
	bool unknown_rest; /* of a proposal that no engine of Envoy's has: what follows is not understood */
};

/* Reads one, immediates included, and notes the features it needs. An instruction that is none is a fault. */
void instruction_read(struct reading *, struct instruction *ret);

#endif
