/* immediate.h - parts of what stands behind an opcode, each read and judged: a part that may not stand there is a fault of the
 * cursor. What later files need of it is kept in the instruction. */
#ifndef CALLOUT_WASM_IMMEDIATE_H
#define CALLOUT_WASM_IMMEDIATE_H

#include "wasm/instruction.h"

static inline void instruction_keep_index(struct instruction *ret, uint32_t index)
{
	if (ret->n_indices < INSTRUCTION_INDICES)
		ret->indices[ret->n_indices++] = index;
}

/* index_immediate.c */
void immediate_local(struct reading *, struct instruction *);
void immediate_global(struct reading *, struct instruction *);
void immediate_global_set(struct reading *, struct instruction *);
void immediate_table(struct reading *, struct instruction *);
void immediate_elements(struct reading *, struct instruction *);
void immediate_function(struct reading *, struct instruction *);
void immediate_tag(struct reading *, struct instruction *);
void immediate_type_index(struct reading *, struct instruction *);
void immediate_data(struct reading *, struct instruction *);

/* gc_immediate.c: the type of a struct or an array, and what the instruction does with its fields */
void immediate_struct(struct reading *, struct instruction *);
void immediate_struct_default(struct reading *, struct instruction *);
void immediate_field_whole(struct reading *, struct instruction *);
void immediate_field_packed(struct reading *, struct instruction *);
void immediate_field_set(struct reading *, struct instruction *);
void immediate_array(struct reading *, struct instruction *);
void immediate_array_default(struct reading *, struct instruction *);
void immediate_array_whole(struct reading *, struct instruction *);
void immediate_array_packed(struct reading *, struct instruction *);
void immediate_array_set(struct reading *, struct instruction *);
void immediate_array_values(struct reading *, struct instruction *);
void immediate_array_copy(struct reading *, struct instruction *);
void immediate_array_data(struct reading *, struct instruction *);
void immediate_array_data_set(struct reading *, struct instruction *);
void immediate_array_elements(struct reading *, struct instruction *);
void immediate_array_elements_set(struct reading *, struct instruction *);

#endif
