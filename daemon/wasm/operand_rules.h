/* operand_rules.h - what each instruction takes from the operand stack and leaves there.
 *
 * Followed are all instructions of the specification. What belongs to proposals that no Envoy's V8 has (atomics of what is
 * shared, stack switching) gives a body up.
 */
#ifndef CALLOUT_WASM_OPERAND_RULES_H
#define CALLOUT_WASM_OPERAND_RULES_H

#include "wasm/instruction.h"
#include "wasm/operand_stack.h"

/* Applies an instruction that stands where it may, at that offset of the module. Its faults are noted in the module. */
void operand_rules_apply(struct operand_stack *, const struct instruction *, uint64_t at);

#endif
