/* operand_types.h - instructions that are told by the types of what they take and leave: those with `types` (struct opcodes). */
#ifndef CALLOUT_WASM_OPERAND_TYPES_H
#define CALLOUT_WASM_OPERAND_TYPES_H

#include "wasm/instruction.h"
#include "wasm/operand_stack.h"

/* op->types must not be NULL, and its indices must be of what is there. */
void operand_types_apply(struct operand_stack *, const struct instruction *op);

#endif
