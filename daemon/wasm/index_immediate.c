/* Indices that stand behind an opcode: each must be of something that is there. */
#include "wasm/immediate.h"

/* An index below n. */
static void read_index(struct reading *r, struct instruction *ret, uint64_t n, const char *fault)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t index = cursor_u32(&r->c);

	if (index >= n)
		cursor_fail_at(&r->c, at, fault);
	instruction_keep_index(ret, index);
}

void immediate_local(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->n_locals, "a local variable that is not there");
}

void immediate_global(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->globals.n, "a global that is not there");
}

void immediate_global_set(struct reading *r, struct instruction *ret)
{
	uint64_t                  at = cursor_offset(&r->c);
	uint32_t                  index = cursor_u32(&r->c);
	const struct global_type *global = reading_global(r, index);

	instruction_keep_index(ret, index);
	if (!global)
		cursor_fail_at(&r->c, at, "a global that is not there");
	else if (!global->is_mutable)
		cursor_fail_at(&r->c, at, "a constant global is set");
}

void immediate_table(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->m->n_tables, "a table that is not there");
}

void immediate_elements(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->n_elements, "an element segment that is not there");
}

void immediate_function(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	read_index(r, ret, reading_functions(r), "a reference to a function that is not there");
	if (!r->c.fault && (!r->declared || !r->declared[ret->indices[0]]))
		cursor_fail_at(&r->c, at, "a reference to a function that is not declared outside of code");
}

void immediate_tag(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->m->n_tags, "a tag that is not there");
}

void immediate_type_index(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t type = cursor_u32(&r->c);

	if (!wasm_module_type(r->m, type))
		cursor_fail_at(&r->c, at, "a type that is not there, or none of a function");
	instruction_keep_index(ret, type);
}

void immediate_data(struct reading *r, struct instruction *ret)
{
	if (!r->has_data_count)
		cursor_fail(&r->c, "data segments are named without a data count section");
	read_index(r, ret, r->n_data_declared, "a data segment that is not there");
}
