/* operand_rules.h - what each instruction takes from the operand stack and leaves there.
 *
 * Followed are all instructions of the specification but those of garbage collection that begin with 0xfb: a body that has
 * one of them is given up there.
 */
#ifndef CALLOUT_WASM_OPERAND_RULES_H
#define CALLOUT_WASM_OPERAND_RULES_H

#include "wasm/instruction.h"
#include "wasm/operand_stack.h"

/* Applies an instruction that stands where it may, at that offset of the module. Its faults are noted in the module. */
void operand_rules_apply(struct operand_stack *, const struct instruction *, uint64_t at);

#endif
