/* The code section: passed over, or read instruction by instruction for calls and engine features. */
#include "wasm/wasm_code.h"

#include "base/arena.h"
#include "base/limits.h"
#include "wasm/instruction.h"
#include "wasm/operand_rules.h"
#include "wasm/wasm_reading.h"

enum { NEAR = 8 };

/* ---- calls ---- */

/* A function's body while it is read; the lists are the same for all. */
struct body {
	uint32_t         function;    /* among those that are defined */
	struct wasm_list blocks;      /* of uint8_t, enum block: those that are open, outermost first */
	uint32_t         depth;       /* of them, the function itself included */
	bool             behind_zero; /* the integer 0 is on top */
	uint32_t         unsure; /* what stands here may not run until the block of this depth is closed; 0: it runs */
	struct operand_stack operands;
};

static void add_call(struct reading *r, uint32_t from, uint32_t call)
{
	struct code_summary *s = r->m->code;
	const uint32_t      *calls = s->calls.items;
	uint32_t            *added;

	for (size_t i = s->calls.n; i > s->first[from] && i + NEAR > s->calls.n; i--)
		if (calls[i - 1] == call)
			return;
	added = wasm_list_add(r->arena, &s->calls, sizeof(*added));
	*added = call;
}

static void note_call(struct reading *r, const struct instruction *op, uint64_t at, const struct body *body)
{
	struct code_traits *traits = &r->m->code->traits[body->function];

	traits->unsure = traits->unsure || body->unsure || op->call == CALL_INDIRECT;
	if (op->call == CALL_INDIRECT)
		return;
	if (op->index >= reading_functions(r))
		cursor_fail_at(&r->c, at, "a call of a function that is not there");
	else
		add_call(r, body->function, op->index | (body->unsure ? 0 : CALL_CERTAIN));
}

/* ---- bodies ---- */

/* V8 counts parameters in, and runs of no locals not at all: those are bounded by the bytes of the body. */
static void read_locals(struct reading *r, uint32_t function)
{
	const uint32_t *types = r->m->functions.items;
	uint32_t        n = cursor_count(&r->c, LIMIT_WASM_BODY_BYTES, "more than 50000 locals in one function");
	uint64_t        total = wasm_module_type(r->m, types[function])->n_params;

	r->locals.n = 0;
	while (n-- && !r->c.fault) {
		uint32_t          count = cursor_u32(&r->c);
		value_type        value = read_value_type(r);
		struct local_run *run;

		total += count;
		if (total > LIMIT_WASM_LOCALS)
			cursor_fail(&r->c, "more than 50000 locals in one function");
		if (!count || r->c.fault)
			continue;
		run = wasm_list_add(r->arena, &r->locals, sizeof(*run));
		*run = (struct local_run){ .end = (uint32_t)total, .value = value };
	}
	r->n_locals = total;
}

/* What stands behind the instruction is not sure to run until the block of that depth is closed. */
static void doubt_until(struct body *body, uint32_t depth)
{
	if (!body->unsure || depth < body->unsure)
		body->unsure = depth;
}

/* The block that the label counts, 0 for the innermost one. */
static uint8_t *block_at(const struct body *body, uint32_t label)
{
	return (uint8_t *)body->blocks.items + body->depth - 1 - label;
}

/* NULL, or the fault of where it stands. */
static const char *place_fault(const struct body *body, const struct instruction *op)
{
	if (op->within && !(op->within & 1u << *block_at(body, 0)))
		return op->misplaced;
	if (op->has_label && op->label >= body->depth - op->closes)
		return "a branch out of its function";
	if (op->again && *block_at(body, op->label) < BLOCK_CATCH)
		return op->misplaced;
	return NULL;
}

static void follow_blocks(struct reading *r, struct body *body, const struct instruction *op)
{
	if (op->opens) {
		body->blocks.n = body->depth++;
		*(uint8_t *)wasm_list_add(r->arena, &body->blocks, 1) = (uint8_t)op->opens;
	} else if (op->closes) {
		body->depth--;
	} else if (op->becomes) {
		*block_at(body, 0) = (uint8_t)op->becomes;
	}
}

static void follow_flow(struct body *body, const struct instruction *op)
{
	if (op->flow == FLOW_IF)
		doubt_until(body, body->depth);
	else if (op->flow == FLOW_BRANCH)
		doubt_until(body, op->label < body->depth ? body->depth - op->label : 1);
	else if (op->flow != FLOW_NEXT)
		doubt_until(body, 1);
	if (body->depth < body->unsure)
		body->unsure = 0;
}

/* Division and remainder by what is on top, of i32 and i64. */
static enum code_end division_end(const struct instruction *op)
{
	if (op->prefix != PREFIX_NONE)
		return CODE_RETURNS;
	switch (op->opcode) {
	case 0x6d:
	case 0x6e:
	case 0x7f:
	case 0x80:
		return CODE_DIVIDES;
	case 0x6f:
	case 0x70:
	case 0x81:
	case 0x82:
		return CODE_REMAINDERS;
	default:
		return CODE_RETURNS;
	}
}

static enum code_end end_of(const struct instruction *op, bool behind_zero)
{
	if (op->flow == FLOW_TRAP)
		return CODE_TRAPS;
	if (op->flow == FLOW_THROW)
		return CODE_THROWS;
	return behind_zero ? division_end(op) : CODE_RETURNS;
}

/* An exception thrown beside a handler of the same function may not leave it. */
static void note_end(struct code_traits *traits, struct body *body, const struct instruction *op)
{
	enum code_end end = end_of(op, body->behind_zero);

	body->behind_zero = op->is_zero;
	traits->catches = traits->catches || op->catches;
	traits->leaves = traits->leaves || (op->call == CALL_DIRECT && op->flow == FLOW_STOP);
	if (end == CODE_RETURNS || body->unsure || (end == CODE_THROWS && traits->catches))
		return;
	traits->end = (uint8_t)end;
	doubt_until(body, 1);
}

/* Instructions up to the end that closes the function. */
static void read_instructions(struct reading *r, struct body *body)
{
	struct instruction whole = { .opens = BLOCK_PLAIN };

	body->depth = body->unsure = 0;
	body->behind_zero = false;
	follow_blocks(r, body, &whole);
	operand_stack_begin(&body->operands, r->m->n_imported_functions + body->function);
	while (body->depth && !r->c.fault) {
		uint64_t           at = cursor_offset(&r->c);
		struct instruction op;
		const char        *fault;

		instruction_read(r, &op);
		if (r->c.fault)
			return;
		if (op.unknown_rest) {
			cursor_skip(&r->c, cursor_left(&r->c));
			return;
		}
		if (op.call != CALL_NONE)
			note_call(r, &op, at, body);
		fault = place_fault(body, &op);
		if (fault)
			cursor_fail_at(&r->c, at, fault);
		if (r->c.fault)
			return;
		operand_rules_apply(&body->operands, &op, at);
		follow_blocks(r, body, &op);
		note_end(&r->m->code->traits[body->function], body, &op);
		follow_flow(body, &op);
	}
}

static void read_body(struct reading *r, struct body *body)
{
	uint64_t at = cursor_offset(&r->c), outer;
	uint32_t size = cursor_u32(&r->c);

	if (size > LIMIT_WASM_BODY_BYTES)
		cursor_fail_at(&r->c, at, "a function of more than 7654321 bytes");
	outer = cursor_enter(&r->c, size, "a function is longer than its section");
	read_locals(r, body->function);
	read_instructions(r, body);
	cursor_leave(&r->c, outer, "a function does not end where its size says");
}

static void read_bodies(struct reading *r)
{
	struct code_summary *s = ARENA_NEW(r->arena, struct code_summary);
	struct body          body = { 0 };

	s->first = ARENA_ARRAY(r->arena, (size_t)r->n_code_bodies + 1, uint32_t);
	s->traits = ARENA_ARRAY(r->arena, (size_t)r->n_code_bodies + 1, struct code_traits);
	r->m->code = s;
	opcode_index_init(&r->opcodes);
	operand_stack_init(&body.operands, r);
	for (; body.function < r->n_code_bodies && !r->c.fault; body.function++) {
		s->first[body.function] = (uint32_t)s->calls.n;
		read_body(r, &body);
	}
	s->first[r->n_code_bodies] = (uint32_t)s->calls.n;
	if (r->c.fault)
		r->m->code = NULL;
}

void read_code_section(struct reading *r)
{
	uint64_t at = cursor_offset(&r->c);

	r->n_code_bodies = cursor_count(&r->c, LIMIT_WASM_ITEMS, "more than 1000000 functions");
	r->m->code_bytes = cursor_left(&r->c);
	if (r->n_code_bodies != r->m->functions.n)
		cursor_fail_at(&r->c, at, "functions and their code are not equal in number");
	else if (r->m->has_start || r->m->code_bytes <= r->options->max_code_bytes)
		read_bodies(r);
	else
		cursor_skip(&r->c, cursor_left(&r->c));
}

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

struct reach wasm_code_reach(struct arena *arena, const struct wasm_module *m, uint32_t function)
{
	const struct code_summary *s = m->code;
	const uint32_t            *calls = s->calls.items;
	struct walk                w = { .m = m };

	w.seen = ARENA_ARRAY(arena, m->n_imported_functions + m->functions.n + 1, bool);
	w.stack = ARENA_ARRAY(arena, m->functions.n + 1, uint32_t);
	push(&w, function);
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
	} else if (traits->end == CODE_THROWS && run->n_catching) {
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
