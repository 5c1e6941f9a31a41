/* What direct calls reach, and what is sure to run. */
#include "base/arena.h"
#include "wasm/wasm_code.h"

/* ---- reach ---- */

struct walk {
	const struct wasm_module *m;
	bool                     *seen; /* of the function space */
	uint32_t                 *stack;
	size_t                    n;
};

static void push(struct walk *w, uint32_t function)
{
	if (w->seen[function])
		return;
	w->seen[function] = true;
	if (function >= w->m->n_imported_functions)
		w->stack[w->n++] = function - w->m->n_imported_functions;
}

struct reach wasm_code_reach(struct arena *arena, const struct wasm_module *m, const uint32_t *functions, size_t n)
{
	const struct code_summary *s = m->code;
	const uint32_t            *calls = s->calls.items;
	struct walk                w = { .m = m };

	w.seen = ARENA_ARRAY(arena, m->n_imported_functions + m->functions.n + 1, bool);
	w.stack = ARENA_ARRAY(arena, m->functions.n + 1, uint32_t);
	for (size_t i = 0; i < n; i++)
		push(&w, functions[i]);
	while (w.n) {
		uint32_t from = w.stack[--w.n];

		for (uint32_t i = s->first[from]; i < s->first[from + 1]; i++)
			push(&w, calls[i] & ~CALL_CERTAIN);
	}
	return (struct reach){ .functions = w.seen };
}

/* ---- a run ---- */

/* A function that was called and has not come back. */
struct frame {
	uint32_t function; /* among those that are defined */
	uint32_t next;     /* of its calls */
};

struct run {
	const struct wasm_module *m;
	struct reach              reach;
	bool                     *open;   /* by index of the function space: called, and has not come back */
	struct frame             *frames; /* the innermost one last */
	size_t                    n;
	size_t n_catching, n_leaving; /* of them, those with handlers, and with calls that take no room */
};

static void end_run(struct run *run, enum code_end end, uint32_t function)
{
	run->reach.end = end;
	run->reach.ender = function;
	run->n = 0;
}

/* Nobody can tell what comes next. */
static void give_up(struct run *run)
{
	run->n = 0;
}

/* One that has not come back yet calls itself until the stack is full. Of handlers nobody can tell whether they stop that. */
static void recur(struct run *run, uint32_t function)
{
	if (run->n_catching || run->n_leaving)
		give_up(run);
	else
		end_run(run, CODE_RECURS, function);
}

/* Once each: a function that ran before came back. Beneath a handler calls that are not followed may throw past what stands
 * behind them. */
static void enter(struct run *run, uint32_t function)
{
	const struct code_summary *s = run->m->code;
	uint32_t                   defined = function - run->m->n_imported_functions;

	if (run->open[function])
		recur(run, function);
	if (run->reach.functions[function])
		return;
	run->reach.functions[function] = true;
	if (function < run->m->n_imported_functions)
		return;
	run->open[function] = true;
	run->frames[run->n++] = (struct frame){ .function = defined, .next = s->first[defined] };
	run->n_catching += s->traits[defined].catches;
	run->n_leaving += s->traits[defined].leaves;
	if (run->n_catching && s->traits[defined].unsure)
		give_up(run);
}

/* All certain calls of the innermost function are made. Where a handler stands on the way, nobody can tell what runs
 * behind an exception, and who comes back may have thrown one instead. */
static void finish(struct run *run)
{
	const struct frame       *frame = &run->frames[run->n - 1];
	const struct code_traits *traits = &run->m->code->traits[frame->function];
	uint32_t                  function = run->m->n_imported_functions + frame->function;

	if (traits->end == CODE_RETURNS) {
		run->n_catching -= traits->catches;
		run->n_leaving -= traits->leaves;
		run->open[function] = false;
		run->n--;
		if (run->n_catching)
			give_up(run);
	} else if ((traits->end == CODE_THROWS && run->n_catching) ||
	           ((traits->end == CODE_NULL_ENTRY || traits->end == CODE_OTHER_TYPE) && run->m->writes_tables) ||
	           (traits->end == CODE_OUTSIDE_NOW && run->m->grows_memories)) {
		give_up(run);
	} else {
		end_run(run, (enum code_end)traits->end, function);
	}
}

struct reach wasm_code_run(struct arena *arena, const struct wasm_module *m, uint32_t function)
{
	const struct code_summary *s = m->code;
	const uint32_t            *calls = s->calls.items;
	size_t                     n_functions = m->n_imported_functions + m->functions.n + 1;
	struct run                 run = { .m = m };

	run.reach.functions = ARENA_ARRAY(arena, n_functions, bool);
	run.open = ARENA_ARRAY(arena, n_functions, bool);
	run.frames = ARENA_ARRAY(arena, m->functions.n + 1, struct frame);
	enter(&run, function);
	while (run.n) {
		struct frame *frame = &run.frames[run.n - 1];

		if (frame->next == s->first[frame->function + 1])
			finish(&run);
		else if (calls[frame->next++] & CALL_CERTAIN)
			enter(&run, calls[frame->next - 1] & ~CALL_CERTAIN);
	}
	return run.reach;
}
