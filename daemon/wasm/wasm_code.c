/* The code section: passed over, or read instruction by instruction for calls and engine features. */
#include "wasm/wasm_code.h"

#include "base/arena.h"
#include "base/limits.h"
#include "wasm/instruction.h"
#include "wasm/known_values.h"
#include "wasm/operand_rules.h"
#include "wasm/wasm_reading.h"

enum { NEAR = 8 };

enum {
	OPCODE_BR = 0x0c,
	OPCODE_RETURN = 0x0f,
	OPCODE_TABLE_SET = 0x26,
	OPCODE_MEMORY_GROW = 0x40,
	/* behind PREFIX_MORE */
	MORE_TABLE_INIT = 12,
	MORE_TABLE_COPY = 14,
	MORE_TABLE_GROW = 15,
	MORE_TABLE_FILL = 17,
};

/* ---- calls ---- */

/* A function's body while it is read; the lists are the same for all. */
struct body {
	uint32_t         function; /* among those that are defined */
	struct wasm_list blocks;   /* of uint8_t, enum block: those that are open, outermost first */
	uint32_t         depth;    /* of them, the function itself included */
	uint32_t         unsure; /* what stands here may not run until the block of this depth is closed; 0: it runs */
	uint32_t         noisy;  /* what stands in the blocks up to this depth calls someone, or may trap */
	struct known_values  values;
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

/* Those that neither trap nor call anyone: what stays within the function, its values and the globals. */
static bool is_quiet(const struct instruction *op)
{
	static const struct {
		uint8_t first, last;
	} quiet[] = {
		{ 0x01, 0x05 }, /* nop, block, loop, if, else */
		{ 0x0b, 0x0f }, /* end, br, br_if, br_table, return */
		{ 0x1a, 0x1c }, /* drop, select */
		{ 0x20, 0x24 }, /* locals and globals */
		{ 0x3f, 0x6c }, /* memory.size, memory.grow, constants, comparisons; of i32 up to its multiplication */
		{ 0x71, 0x7e }, /* behind its divisions, and up to those of i64 */
		{ 0x83, 0xa7 }, /* behind these: i64, f32 and f64, up to i32.wrap_i64 */
		{ 0xac, 0xad }, /* between the conversions that may trap */
		{ 0xb2, 0xc4 }, /* other conversions, extension of signs */
	};

	for (size_t i = 0; op->prefix == PREFIX_NONE && i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (quiet[i].first <= op->opcode && op->opcode <= quiet[i].last)
			return true;
	return false;
}

static bool writes_table(const struct instruction *op)
{
	if (op->prefix == PREFIX_MORE)
		return op->opcode == MORE_TABLE_INIT || op->opcode == MORE_TABLE_COPY ||
		       op->opcode == MORE_TABLE_GROW || op->opcode == MORE_TABLE_FILL;
	return op->prefix == PREFIX_NONE && op->opcode == OPCODE_TABLE_SET;
}

static bool grows_memory(const struct instruction *op)
{
	return op->prefix == PREFIX_NONE && op->opcode == OPCODE_MEMORY_GROW;
}

static void follow_noise(struct body *body, const struct instruction *op)
{
	if (body->noisy > body->depth || (body->noisy < body->depth && !is_quiet(op)))
		body->noisy = body->depth;
}

/* A branch back to where all that runs comes to it again. */
static bool is_endless(const struct body *body, const struct instruction *op)
{
	return op->flow == FLOW_BRANCH && op->prefix == PREFIX_NONE && op->opcode == OPCODE_BR &&
	       *block_at(body, op->label) == BLOCK_LOOP && body->noisy < body->depth - op->label;
}

static enum code_end end_of(const struct reading *r, const struct body *body, const struct instruction *op)
{
	if (op->flow == FLOW_TRAP)
		return CODE_TRAPS;
	if (op->flow == FLOW_THROW)
		return CODE_THROWS;
	return is_endless(body, op) ? CODE_LOOPS : known_values_end(&body->values, r, op);
}

/* What stands there is sure to run, so nothing before leaves the function. */
static bool returns_zero(const struct body *body, const struct instruction *op)
{
	bool leaves = body->depth == 0 || (op->prefix == PREFIX_NONE && op->opcode == OPCODE_RETURN);

	return leaves && !body->unsure && body->values.top[0].known && !body->values.top[0].is_null &&
	       body->values.top[0].bits == 0;
}

/* An exception thrown beside a handler of the same function may not leave it. */
static void note_end(const struct reading *r, struct body *body, const struct instruction *op)
{
	struct code_traits *traits = &r->m->code->traits[body->function];
	enum code_end       end = body->unsure ? CODE_RETURNS : end_of(r, body, op);

	r->m->writes_tables = r->m->writes_tables || writes_table(op);
	r->m->grows_memories = r->m->grows_memories || grows_memory(op);
	traits->catches = traits->catches || op->catches;
	traits->returns_zero = traits->returns_zero || returns_zero(body, op);
	traits->leaves = traits->leaves || (op->call == CALL_DIRECT && op->flow == FLOW_STOP);
	if (end == CODE_RETURNS || (end == CODE_THROWS && traits->catches))
		return;
	traits->end = (uint8_t)end;
	doubt_until(body, 1);
}

/* Instructions up to the end that closes the function. */
static void read_instructions(struct reading *r, struct body *body)
{
	struct instruction whole = { .opens = BLOCK_PLAIN };

	body->depth = body->unsure = body->noisy = 0;
	body->values = (struct known_values){ 0 };
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
		note_end(r, body, &op);
		known_values_follow(&body->values, &op);
		follow_flow(body, &op);
		follow_noise(body, &op);
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
