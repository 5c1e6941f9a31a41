/* Memory, and what fills it. */
#include "wasm/checking.h"
#include "wasm/wasm_code.h"

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

/* By index of the function space: is it one of the host's that uses memory? NULL: none is. */
static const bool *users_of_memory(struct checking *c)
{
	bool    *users = ARENA_ARRAY(c->arena, c->m->n_imported_functions, bool);
	uint32_t function = 0, n = 0;

	for (size_t i = 0; i < c->m->imports.n; i++) {
		const struct wasm_import   *import = wasm_import_at(c->m, i);
		const struct host_function *f;

		if (import->kind != WASM_FUNCTION)
			continue;
		f = host_function_find(import->module, import->name);
		users[function] = f && host_function_uses_memory(f);
		n += users[function++];
	}
	return n ? users : NULL;
}

/* Whom pointers call nobody knows. */
static bool may_call_by_pointer(const struct wasm_module *m)
{
	return !m->code || m->n_tables || m->features[FEATURE_TYPED_REFERENCES];
}

/* Can code that Envoy calls, by its export's name or at the start, call one of the users? */
static bool reaches(struct checking *c, const bool *users)
{
	const struct wasm_module *m = c->m;
	uint32_t                 *called = ARENA_ARRAY(c->arena, m->exports.n + 1, uint32_t);
	size_t                    n = 0;
	struct reach              reach;

	if (m->has_start)
		called[n++] = m->start;
	for (size_t i = 0; i < m->exports.n; i++) {
		const struct wasm_export *e = wasm_export_at(m, i);

		if (e->kind == WASM_FUNCTION && export_is_called(e))
			called[n++] = e->index;
	}
	reach = wasm_code_reach(c->arena, m, called, n);
	for (uint32_t i = 0; i < m->n_imported_functions; i++)
		if (users[i] && reach.functions[i])
			return true;
	return false;
}

/* Envoy never looks at the memory of its own accord: what it passes are numbers, until a function is called that reads or writes
 * there. */
static bool memory_is_used(struct checking *c)
{
	const bool *users = users_of_memory(c);

	return users && (may_call_by_pointer(c->m) || reaches(c, users));
}

/* The memory exported last is what the host reads; without one, the imported one; else a null pointer. */
static void check_presence(struct checking *c)
{
	bool imported = false, exported = false;

	for (const struct wasm_memory *memory = c->m->memories; memory; memory = memory->next)
		imported = imported || memory->imported;
	for (size_t i = 0; i < c->m->exports.n; i++)
		exported = exported || wasm_export_at(c->m, i)->kind == WASM_MEMORY;
	if (!imported && !exported && memory_is_used(c))
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
