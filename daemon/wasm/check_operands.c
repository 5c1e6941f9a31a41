/* Operands that are not of the type that their instructions take: V8 judges every body when the module is loaded. */
#include <inttypes.h>

#include "wasm/checking.h"
#include "wasm/host_log.h"

/* "5 (add) at offset 0x6f", as disassemblers count */
static struct str function_text(struct arena *arena, const struct operand_fault *f)
{
	struct str offset = str_fmt(arena, " at offset 0x%" PRIx64, f->at), index = str_from_uint(arena, f->function);

	if (!str_present(f->name))
		return STR_CONCAT(arena, index, offset);
	return STR_CONCAT(arena, index, STR(" ("), f->name, STR(")"), offset);
}

static struct str wanted_text(struct arena *arena, const struct operand_fault *f)
{
	if (f->wants_nothing)
		return STR("nothing");
	return f->wanted_text ? str_c(f->wanted_text) : value_type_text(arena, f->wanted);
}

static struct str fault_text(struct arena *arena, const struct operand_fault *f)
{
	struct str found = f->found_nothing ? STR("nothing") : value_type_text(arena, f->found);

	if (f->what)
		return str_c(f->what);
	return STR_CONCAT(arena, wanted_text(arena, f), STR(" wanted"), str_c(f->place), STR(", "), found,
	                  STR(" is there"));
}

void check_operands(struct checking *c)
{
	const struct operand_fault *faults = c->m->operand_faults.items;

	for (size_t i = 0; i < c->m->operand_faults.n; i++)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_OPERANDS,
		                                      .at = faults[i].at,
		                                      .length = 1,
		                                      .releases = ENVOY_ALL,
		                                      .values = { function_text(c->arena, &faults[i]),
		                                                  fault_text(c->arena, &faults[i]) },
		                                      .log = STR(HOST_LOG_BYTECODE) });
}
