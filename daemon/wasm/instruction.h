/* instruction.h - one instruction of WebAssembly, as far as it matters whom it calls and what it asks of the engine. */
#ifndef CALLOUT_WASM_INSTRUCTION_H
#define CALLOUT_WASM_INSTRUCTION_H

#include "wasm/wasm_reading.h"

enum call_kind { CALL_NONE, CALL_DIRECT, CALL_INDIRECT };

/* What it does to the order in which the instructions behind it run. */
enum flow {
	FLOW_NEXT,
	FLOW_IF,     /* opens a block that may be left out */
	FLOW_BRANCH, /* may leave, or leaves, the block that `label` counts outwards */
	FLOW_STOP,   /* nothing behind it runs */
};

struct instruction {
	enum call_kind call;
	uint32_t       index; /* of the function called directly */
	enum flow      flow;
	uint32_t       label;
	uint8_t        opens, closes; /* blocks */
	bool           unknown_rest;  /* of a proposal that no engine of Envoy's has: what follows is not understood */
};

/* Reads one, immediates included, and notes the features it needs. An instruction that is none is a fault. */
void instruction_read(struct reading *, struct instruction *ret);

#endif
