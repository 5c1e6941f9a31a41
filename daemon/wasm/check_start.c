/* Calls of Envoy before the module is ready for them: in the start section, in _initialize, while memory is asked for.
 *
 * Only direct calls are followed. A call that runs whenever its function does proves a fault; one behind a condition is
 * worth a word where the function is one that no library calls on its way out (proc_exit is).
 */
#include "wasm/checking.h"
#include "wasm/wasm_code.h"

/* The first import, in the module's order, that may be called and that `bad` speaks of. */
static const struct wasm_import *find_reached(const struct checking *c, const struct reach *reach,
                                              bool (*bad)(const struct host_function *))
{
	uint32_t function = 0;

	for (size_t i = 0; i < c->m->imports.n; i++) {
		const struct wasm_import   *import = wasm_import_at(c->m, i);
		const struct host_function *f;

		if (import->kind != WASM_FUNCTION || !reach->functions[function++])
			continue;
		f = host_function_find(import->module, import->name);
		if (f && bad(f))
			return import;
	}
	return NULL;
}

/* ---- what comes to a bad end ---- */

/* What it runs into, and V8's words for it (measured from 1.36 to 1.40). No words where V8's versions put it differently, or
 * may. */
static const struct {
	const char *what, *log;
	int         since; /* Envoy minor */
} ends[] = {
	[CODE_TRAPS] = { "unreachable", "RuntimeError: unreachable" },
	[CODE_DIVIDES] = { "a division by zero", "RuntimeError: divide by zero" },
	[CODE_REMAINDERS] = { "a division by zero, for its remainder", "RuntimeError: remainder by zero" },
	[CODE_OVERFLOWS] = { "a division whose result is too large", "RuntimeError: divide result unrepresentable" },
	[CODE_TRUNCATES] = { "the conversion of a number that no integer of its type can hold",
	                     "RuntimeError: float unrepresentable in integer range" },
	[CODE_OUTSIDE] = { "an access outside of its memory", "RuntimeError: memory access out of bounds" },
	[CODE_OUTSIDE_NOW] = { "an access outside of its memory, which nothing in the module lets grow",
	                       "RuntimeError: memory access out of bounds" },
	[CODE_OUTSIDE_OF_ALL] = { "an access beyond 1 GiB, the most memory that Envoy gives",
	                          "RuntimeError: memory access out of bounds", WASM_PAGES_MAX_SINCE },
	[CODE_TABLE_PAST] = { "an entry past the end of its table", "RuntimeError: table index is out of bounds" },
	[CODE_NULL_ENTRY] = { "a call of a null pointer", NULL },
	[CODE_OTHER_TYPE] = { "a call through a pointer of another type than the function's", NULL },
	[CODE_NULL_REFERENCE] = { "a reference that is null", "RuntimeError: dereferencing a null pointer" },
	[CODE_LOOPS] = { "an endless loop", NULL },
	[CODE_RECURS] = { "a call of itself without end", "RangeError: Maximum call stack size exceeded" },
	[CODE_THROWS] = { "an exception that nothing catches", NULL },
};

static uint32_t end_releases(const struct reach *reach)
{
	return envoy_since(ends[reach->end].since);
}

static struct str end_text(struct arena *arena, const struct reach *reach)
{
	return STR_CONCAT(arena, str_c(ends[reach->end].what), STR(" in function "),
	                  str_from_uint(arena, reach->ender));
}

/* ---- the start section: there is no memory yet, and no context ---- */

static bool crashes(const struct host_function *f)
{
	return f->crashes_at_start;
}

static void add_start_end(struct checking *c, const struct reach *reach)
{
	bool hangs = reach->end == CODE_LOOPS;

	problem_add(c, (struct wasm_problem){ .code = hangs ? CO_WASM_START_HANGS : CO_WASM_START_FAILS,
	                                      .at = c->m->start_at,
	                                      .length = 1,
	                                      .releases = end_releases(reach),
	                                      .values = { end_text(c->arena, reach) },
	                                      .log = hangs ? STR_ABSENT : NO_INSTANCE });
}

static void check_start_section(struct checking *c)
{
	const struct wasm_import *import;
	struct reach              reach;
	enum diag_code            code = CO_WASM_START_CALL;

	if (!c->m->has_start || !c->m->code)
		return;
	reach = wasm_code_run(c->arena, c->m, c->m->start);
	import = find_reached(c, &reach, crashes);
	if (!import && reach.end != CODE_RETURNS) {
		add_start_end(c, &reach);
		return;
	}
	if (!import) {
		code = CO_WASM_START_UNSURE;
		reach = wasm_code_reach(c->arena, c->m, &c->m->start, 1);
		import = find_reached(c, &reach, crashes);
	}
	if (import)
		problem_add(c, (struct wasm_problem){ .code = code,
		                                      .at = c->m->start_at,
		                                      .length = 1,
		                                      .releases = ENVOY_ALL,
		                                      .values = { import_text(c->arena, import) } });
}

/* ---- _initialize and its like: most calls are traps ---- */

static bool is_trap_at_init(const struct host_function *f)
{
	return host_function_trapped_at_init(f) != 0;
}

/* The functions of the runtime are reached on the way out of every library; these are called because someone wanted it. */
static bool is_deliberate_at_init(const struct host_function *f)
{
	return is_trap_at_init(f) && strcmp(f->module, "env") == 0;
}

static uint32_t init_traps(const struct wasm_import *import)
{
	const struct host_function *f = host_function_find(import->module, import->name);

	return host_function_trapped_at_init(f) & host_function_releases(f);
}

/* called: the releases that call the export. */
static void add_init_trap(struct checking *c, const struct wasm_export *e, enum diag_code code,
                          const struct wasm_import *import, uint32_t called)
{
	problem_add(c, (struct wasm_problem){ .code = code,
	                                      AT_ITEM(e),
	                                      .releases = called & init_traps(import),
	                                      .values = { e->name, import_text(c->arena, import) },
	                                      .log = STR_CONCAT(c->arena, STR("Function: "), e->name,
	                                                        STR(" failed: Uncaught Error: restricted_callback")) });
}

static struct str end_log(struct checking *c, const struct wasm_export *e, const struct reach *reach)
{
	if (!ends[reach->end].log)
		return STR_ABSENT;
	return STR_CONCAT(c->arena, STR("Function: "), e->name, STR(" failed: Uncaught "), str_c(ends[reach->end].log));
}

/* code: where it does not hang. releases: those that no trap before keeps from getting there. log: what is logged first. */
static struct wasm_problem *add_end(struct checking *c, enum diag_code code, const struct wasm_export *e,
                                    const struct reach *reach, uint32_t releases, struct str log)
{
	return problem_add(c, (struct wasm_problem){ .code = reach->end == CODE_LOOPS ? CO_WASM_INIT_HANGS : code,
	                                             AT_ITEM(e),
	                                             .releases = releases & end_releases(reach),
	                                             .values = { e->name, end_text(c->arena, reach) },
	                                             .log = log });
}

/* Envoy runs the initializers even of a module in which it has missed an export, or found one of another type, and refuses it
 * behind them: one that hangs hangs it all the same (measured with 1.36 and 1.40). */
static void move_hang(struct checking *c, const struct wasm_export *e, const struct reach *reach,
                      struct wasm_problem *p)
{
	if (p && reach->end == CODE_LOOPS && wasm_type_is(wasm_function_type(c->m, e->index), ">"))
		p->stage = STAGE_INSTANTIATE;
}

static void check_initializer(struct checking *c, const char *name, uint32_t called)
{
	const struct wasm_export *e = wasm_export_find(c->m, WASM_FUNCTION, name);
	const struct wasm_import *import;
	struct reach              reach;

	if (!e)
		return;
	reach = wasm_code_run(c->arena, c->m, e->index);
	import = find_reached(c, &reach, is_trap_at_init);
	if (import)
		add_init_trap(c, e, CO_WASM_INIT_TRAP, import, called);
	if (reach.end != CODE_RETURNS)
		move_hang(c, e, &reach,
		          add_end(c, CO_WASM_INIT_FAILS, e, &reach, called & ~(import ? init_traps(import) : 0),
		                  end_log(c, e, &reach)));
	if (import || reach.end != CODE_RETURNS)
		return;
	reach = wasm_code_reach(c->arena, c->m, &e->index, 1);
	import = find_reached(c, &reach, is_deliberate_at_init);
	if (import)
		add_init_trap(c, e, CO_WASM_INIT_MAY_TRAP, import, called);
}

static void check_initializers(struct checking *c)
{
	if (!wasm_export_find(c->m, WASM_FUNCTION, "_initialize")) {
		check_initializer(c, "_start", ENVOY_ALL);
		return;
	}
	check_initializer(c, "_initialize", ENVOY_ALL);
	if (wasm_export_find(c->m, WASM_FUNCTION, "main"))
		check_initializer(c, "main", ENVOY_ALL);
	else
		check_initializer(c, "__main_void", envoy_since(MAIN_VOID_SINCE));
}

/* ---- the first callbacks: Envoy takes a plugin that fails there for one that does not load ---- */

/* NULL: it is not there, or may come back. */
static const struct wasm_export *find_ending(struct checking *c, const char *name, struct reach *ret)
{
	const struct wasm_export *e = wasm_export_find(c->m, WASM_FUNCTION, name);

	if (e)
		*ret = wasm_code_run(c->arena, c->m, e->index);
	return e && ret->end != CODE_RETURNS ? e : NULL;
}

/* NULL: it is not there, or may say yes. */
static const struct wasm_export *find_refusing(const struct checking *c, const char *name)
{
	const struct wasm_export *e = wasm_export_find(c->m, WASM_FUNCTION, name);
	bool                      defined = e && e->index >= c->m->n_imported_functions;

	return defined && c->m->code->traits[e->index - c->m->n_imported_functions].returns_zero ? e : NULL;
}

static void add_refusal(struct checking *c, const struct wasm_export *e, struct str log)
{
	problem_add(c, (struct wasm_problem){ .code = CO_WASM_INIT_REFUSES,
	                                      AT_ITEM(e),
	                                      .releases = ENVOY_ALL,
	                                      .values = { e->name },
	                                      .log = log });
}

/* A trap in proxy_on_context_create, which comes before, is only logged; proxy_on_vm_start is called all the same, and
 * proxy_on_configure is not (measured with 1.36 and 1.40). */
static void check_first_callbacks(struct checking *c)
{
	struct reach              creates, starts, configures;
	const struct wasm_export *create = find_ending(c, "proxy_on_context_create", &creates),
				 *start = find_ending(c, "proxy_on_vm_start", &starts),
				 *configure = find_ending(c, "proxy_on_configure", &configures),
				 *no_start = find_refusing(c, "proxy_on_vm_start"),
				 *no_configure = find_refusing(c, "proxy_on_configure");

	if (create)
		add_end(c, CO_WASM_CONTEXT_FAILS, create, &creates, ENVOY_ALL, end_log(c, create, &creates));
	if (start)
		add_end(c, CO_WASM_INIT_FAILS, start, &starts, ENVOY_ALL,
		        create ? end_log(c, create, &creates) : end_log(c, start, &starts));
	else if (no_start)
		add_refusal(c, no_start, create ? end_log(c, create, &creates) : STR("Failed to start base Wasm"));
	else if (configure && !create)
		add_end(c, CO_WASM_INIT_FAILS, configure, &configures, ENVOY_ALL, end_log(c, configure, &configures));
	else if (no_configure && !create)
		add_refusal(c, no_configure, STR("Failed to configure base Wasm plugin"));
}

/* ---- while Envoy asks for memory ---- */

static bool is_deliberate_at_allocation(const struct host_function *f)
{
	return host_function_trapped_at_allocation(f) != 0 && strcmp(f->module, "env") == 0;
}

static void check_allocation(struct checking *c)
{
	const struct wasm_export   *e = wasm_export_find(c->m, WASM_FUNCTION, "malloc");
	const struct wasm_import   *import;
	const struct host_function *f;
	struct reach                reach;

	e = e ? e : wasm_export_find(c->m, WASM_FUNCTION, "proxy_on_memory_allocate");
	if (!e)
		return;
	reach = wasm_code_reach(c->arena, c->m, &e->index, 1);
	import = find_reached(c, &reach, is_deliberate_at_allocation);
	if (!import)
		return;
	f = host_function_find(import->module, import->name);
	problem_add(c, (struct wasm_problem){ .code = CO_WASM_ALLOCATION_TRAP,
	                                      AT_ITEM(e),
	                                      .releases = host_function_trapped_at_allocation(f) &
	                                                  host_function_releases(f),
	                                      .values = { e->name, import_text(c->arena, import) } });
}

/* The last of its direct calls, conditions or not. */
static bool ends_in_exit(const struct wasm_module *m, const struct wasm_export *e)
{
	const struct code_summary *s = m->code;
	const struct wasm_import  *import;
	uint32_t                   defined = e->index - m->n_imported_functions, last;

	if (!s || e->index < m->n_imported_functions || s->first[defined] == s->first[defined + 1])
		return false;
	last = ((const uint32_t *)s->calls.items)[s->first[defined + 1] - 1] & ~CALL_CERTAIN;
	import = wasm_function_import(m, last);
	return import && str_is(import->name, "proc_exit");
}

/* A Go program runs main to its end and exits, which is a trap here; a c-shared one has _initialize and stays. TinyGo's did
 * not exit in the versions that filters were built with for years; 0.40 does (measured). */
static void check_go_command(struct checking *c)
{
	const struct wasm_export *e = wasm_export_find(c->m, WASM_FUNCTION, "_start");
	bool                      tinygo = c->verdict->toolchain.tool == TOOL_TINYGO;

	if (!e || wasm_export_find(c->m, WASM_FUNCTION, "_initialize"))
		return;
	if (tinygo ? ends_in_exit(c->m, e) : c->verdict->toolchain.tool == TOOL_GO)
		problem_add(c, (struct wasm_problem){
				       .code = CO_WASM_GO_COMMAND,
				       AT_ITEM(e),
				       .releases = envoy_since(FIRST_WITH_TRAPS),
				       .values = { tinygo ? STR("TinyGo") : STR("Go") },
				       .log = STR("Function: _start failed: Uncaught Error: restricted_callback") });
}

void check_start(struct checking *c)
{
	check_start_section(c);
	check_go_command(c);
	if (!c->m->code) {
		if (c->m->code_bytes)
			problem_add(c,
			            (struct wasm_problem){ .code = CO_WASM_CODE_SKIPPED,
			                                   .releases = ENVOY_ALL,
			                                   .values = { str_from_uint(c->arena, c->m->code_bytes) } });
		return;
	}
	check_initializers(c);
	check_first_callbacks(c);
	check_allocation(c);
}
