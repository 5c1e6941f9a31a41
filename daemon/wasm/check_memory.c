/* Memory, and what fills it: Envoy reads the module's memory with every call. */
#include "wasm/checking.h"

static void check_minimum(struct checking *c, const struct wasm_memory *memory)
{
	if (memory->limits.min > WASM_PAGES_MAX)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_MEMORY_MINIMUM,
		                                      .at = memory->at,
		                                      .length = 1,
		                                      .releases = envoy_since(WASM_PAGES_MAX_SINCE),
		                                      .values = { str_from_uint(c->arena, memory->limits.min) },
		                                      .log = NO_INSTANCE });
}

/* The memory exported last is what the host reads; without one, the imported one; else a null pointer. */
static void check_presence(struct checking *c)
{
	bool imported = false, exported = false;

	for (const struct wasm_memory *memory = c->m->memories; memory; memory = memory->next)
		imported = imported || memory->imported;
	for (size_t i = 0; i < c->m->exports.n; i++)
		exported = exported || wasm_export_at(c->m, i)->kind == WASM_MEMORY;
	if (!imported && !exported)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_MEMORY_NONE,
		                                      .releases = ENVOY_ALL,
		                                      .values = { c->m->n_memories ? STR("exports no memory")
		                                                                   : STR("has no memory") } });
}

static void check_several(struct checking *c)
{
	const struct wasm_export *last = NULL;
	size_t                    n = 0;

	for (size_t i = 0; i < c->m->exports.n; i++)
		if (wasm_export_at(c->m, i)->kind == WASM_MEMORY) {
			last = wasm_export_at(c->m, i);
			n++;
		}
	if (c->m->n_memories > 1 && n > 1)
		problem_add(c, (struct wasm_problem){
				       .code = CO_WASM_MEMORY_SEVERAL,
				       AT_ITEM(last),
				       .releases = ENVOY_ALL,
				       .values = { str_from_uint(c->arena, c->m->n_memories), last->name } });
}

static void check_segments(struct checking *c)
{
	if (c->m->segment_fault)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_SEGMENT,
		                                      .at = c->m->segment_fault_at,
		                                      .length = 1,
		                                      .releases = ENVOY_ALL,
		                                      .values = { str_c(c->m->segment_fault) },
		                                      .log = NO_INSTANCE });
}

void check_memory(struct checking *c)
{
	for (const struct wasm_memory *memory = c->m->memories; memory; memory = memory->next)
		if (!memory->imported) /* those are judged in their order among the imports */
			check_minimum(c, memory);
	check_presence(c);
	check_several(c);
	check_segments(c);
}
