/* The rules of the specification's section 3.4 (3.0), but for the shape of blocks, which wasm_code.c holds. */
#include "wasm/operand_rules.h"

#include "wasm/operand_types.h"

typedef void rule(struct operand_stack *, const struct instruction *);

#define OTHER_RESULTS "a tail call of a function that returns other values than the one around it"
#define OTHER_CATCH   "a catch clause whose label takes other values than what is caught"

/* ---- values of any type ---- */

static void apply_drop(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	operand_pop_any(s);
}

/* Without a type it is for numbers and vectors. */
static void apply_select(struct operand_stack *s, const struct instruction *op)
{
	value_type second, first;

	(void)op;
	operand_pop(s, VALUE_I32);
	second = operand_pop_number(s);
	first = second == VALUE_BOTTOM ? operand_pop_number(s) : operand_pop(s, second);
	operand_push(s, first);
}

static void apply_typed_select(struct operand_stack *s, const struct instruction *op)
{
	operand_pop(s, VALUE_I32);
	operand_pop(s, op->value);
	operand_pop(s, op->value);
	operand_push(s, op->value);
}

/* ---- references ---- */

static value_type not_null(value_type reference)
{
	return reference == VALUE_BOTTOM ? reference : reference | VALUE_NOT_NULL;
}

static void apply_ref_null(struct operand_stack *s, const struct instruction *op)
{
	operand_push(s, op->value);
}

static void apply_ref_func(struct operand_stack *s, const struct instruction *op)
{
	operand_push(s, reading_function_type(s->r, op->indices[0]) | VALUE_INDEXED | VALUE_NOT_NULL);
}

static void apply_is_null(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	operand_pop_reference(s);
	operand_push(s, VALUE_I32);
}

static void apply_as_non_null(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	operand_push(s, not_null(operand_pop_reference(s)));
}

/* V8 does not judge its operands where nothing runs (measured with 13.6, 13.8, 14.1 and 14.6). */
static void apply_ref_eq(struct operand_stack *s, const struct instruction *op)
{
	bool runs = !operand_block_at(s, 0)->unreachable;

	(void)op;
	for (unsigned i = 0; i < 2; i++)
		if (runs)
			operand_pop(s, VALUE_EQREF);
		else
			operand_pop_any(s);
	operand_push(s, VALUE_I32);
}

static void apply_br_on_null(struct operand_stack *s, const struct instruction *op)
{
	value_type reference = operand_pop_reference(s);

	operand_keep_list(s, operand_label_at(s, op->label));
	operand_push(s, not_null(reference));
}

static void apply_br_on_non_null(struct operand_stack *s, const struct instruction *op)
{
	operand_push(s, not_null(operand_pop_reference(s)));
	operand_keep_list(s, operand_label_at(s, op->label));
	operand_pop_any(s);
}

/* ---- references of garbage collection ---- */

enum { TEST_LAST = 21 }; /* ref.test, ref.test null, ref.cast, ref.cast null: 20 to 23 */

static void apply_cast(struct operand_stack *s, const struct instruction *op)
{
	value_type target = op->value | (op->opcode & 1 ? 0 : VALUE_NOT_NULL), found = operand_pop_reference(s);

	if (found != VALUE_BOTTOM && !value_shares_top(s->r->m, found, target))
		operand_stack_fail(s, "a reference is cast to a type that it can never be of");
	operand_push(s, op->opcode <= TEST_LAST ? VALUE_I32 : target);
}

/* What the reference is where it is not of the target's type: null only if that is not null's, too. */
static value_type other_than_target(const struct instruction *op)
{
	return op->target & VALUE_NOT_NULL ? op->value : op->value | VALUE_NOT_NULL;
}

static void branch_with(struct operand_stack *s, const struct instruction *op, value_type taken, value_type left)
{
	if (!operand_label_at(s, op->label)->n)
		operand_stack_fail(s, "a branch with a reference to a label that takes none");
	operand_pop(s, op->value);
	operand_push(s, taken);
	operand_keep_list(s, operand_label_at(s, op->label));
	operand_pop_any(s);
	operand_push(s, left);
}

static void apply_br_on_cast(struct operand_stack *s, const struct instruction *op)
{
	branch_with(s, op, op->target, other_than_target(op));
}

static void apply_br_on_cast_fail(struct operand_stack *s, const struct instruction *op)
{
	branch_with(s, op, other_than_target(op), op->target);
}

/* It is null where it was; where nothing reaches, nothing was. */
static void convert(struct operand_stack *s, value_type from, value_type to)
{
	value_type found = operand_pop_reference(s);

	if (!value_fits(s->r->m, found, from))
		operand_stack_fail(s, "a reference is converted that is of another kind");
	operand_push(s, to | (found == VALUE_BOTTOM ? VALUE_NOT_NULL : found & VALUE_NOT_NULL));
}

static void apply_convert_extern(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	convert(s, VALUE_EXTERNREF, VALUE_ANYREF);
}

static void apply_convert_any(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	convert(s, VALUE_ANYREF, VALUE_EXTERNREF);
}

static void apply_struct_new(struct operand_stack *s, const struct instruction *op)
{
	struct operand_list fields = operand_list_fields(wasm_type_at(s->r->m, op->indices[0]));

	operand_pop_list(s, &fields);
	operand_push(s, op->indices[0] | VALUE_INDEXED | VALUE_NOT_NULL);
}

static void apply_array_new_fixed(struct operand_stack *s, const struct instruction *op)
{
	struct operand_list values = operand_list_one(field_value(wasm_type_at(s->r->m, op->indices[0])->exact[0]));

	values.n = op->indices[1];
	operand_pop_list(s, &values);
	operand_push(s, op->indices[0] | VALUE_INDEXED | VALUE_NOT_NULL);
}

/* ---- tables: what is put in them ---- */

static void match_elements(struct operand_stack *s, value_type given, uint32_t table)
{
	struct operand_list from = operand_list_one(given), to = operand_list_one(reading_table(s->r, table)->value);

	operand_match_lists(s, &from, &to, "elements of another type than those of their table");
}

static void apply_table_copy(struct operand_stack *s, const struct instruction *op)
{
	match_elements(s, reading_table(s->r, op->indices[1])->value, op->indices[0]);
	operand_types_apply(s, op);
}

static void apply_table_init(struct operand_stack *s, const struct instruction *op)
{
	if (op->indices[0] < s->r->elements.n)
		match_elements(s, ((const value_type *)s->r->elements.items)[op->indices[0]], op->indices[1]);
	operand_types_apply(s, op);
}

/* ---- blocks ---- */

static struct operand_block block_of(const struct instruction *op)
{
	struct operand_list results = op->type ? operand_list_results(op->type) : operand_list_one(op->value);

	return (struct operand_block){ .params = operand_list_params(op->type), .results = results };
}

static void apply_block(struct operand_stack *s, const struct instruction *op)
{
	operand_block_open(s, block_of(op));
}

static void apply_loop(struct operand_stack *s, const struct instruction *op)
{
	struct operand_block block = block_of(op);

	block.is_loop = true;
	operand_block_open(s, block);
}

static void apply_if(struct operand_stack *s, const struct instruction *op)
{
	struct operand_block block = block_of(op);

	block.is_if = true;
	operand_pop(s, VALUE_I32);
	operand_block_open(s, block);
}

static void apply_else(struct operand_stack *s, const struct instruction *op)
{
	struct operand_block *block = operand_block_at(s, 0);

	(void)op;
	operand_block_drain(s);
	block->is_if = false;
	operand_block_restart(s, &block->params);
}

static void apply_end(struct operand_stack *s, const struct instruction *op)
{
	const struct operand_block *block = operand_block_at(s, 0);

	(void)op;
	if (block->is_if)
		operand_match_lists(s, &block->params, &block->results,
		                    "an if without an else, whose parameters are not its results");
	operand_block_close(s);
}

/* ---- branches ---- */

static void apply_stop(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	operand_block_stop(s);
}

static void apply_br(struct operand_stack *s, const struct instruction *op)
{
	operand_pop_list(s, operand_label_at(s, op->label));
	operand_block_stop(s);
}

static void apply_br_if(struct operand_stack *s, const struct instruction *op)
{
	operand_pop(s, VALUE_I32);
	operand_keep_list(s, operand_label_at(s, op->label));
}

static void apply_br_table(struct operand_stack *s, const struct instruction *op)
{
	const struct branch *branches = s->r->branches.items;
	size_t               n = s->r->branches.n;
	uint32_t             arity = operand_label_at(s, branches[n - 1].label)->n;

	(void)op;
	operand_pop(s, VALUE_I32);
	for (size_t i = 0; i < n && s->judging; i++) {
		const struct operand_list *label = operand_label_at(s, branches[i].label);

		if (label->n != arity)
			operand_stack_fail(s, "a branch table whose labels take different numbers of values");
		operand_peek_list(s, label);
	}
	operand_block_stop(s);
}

static void apply_return(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	operand_pop_list(s, &operand_block_at(s, (uint32_t)s->blocks.n - 1)->results);
	operand_block_stop(s);
}

/* ---- calls ---- */

static const struct wasm_type *callee_type(struct operand_stack *s, const struct instruction *op)
{
	return wasm_module_type(s->r->m,
	                        op->call == CALL_DIRECT ? reading_function_type(s->r, op->index) : op->indices[0]);
}

/* Whom it calls, where that is a value: the place in a table of functions, or a reference. */
static void pop_callee(struct operand_stack *s, const struct instruction *op)
{
	struct operand_list function = operand_list_one(VALUE_FUNCREF), in_table;

	if (op->call == CALL_DIRECT)
		return;
	if (op->n_indices == 1) {
		operand_pop(s, op->indices[0] | VALUE_INDEXED);
		return;
	}
	in_table = operand_list_one(reading_table(s->r, op->indices[1])->value);
	operand_match_lists(s, &in_table, &function, "a call through a table of something else than functions");
	operand_pop(s, reading_table_address(s->r, op->indices[1]));
}

static void apply_call(struct operand_stack *s, const struct instruction *op)
{
	const struct wasm_type *type = callee_type(s, op);
	struct operand_list     params = operand_list_params(type), results = operand_list_results(type);

	pop_callee(s, op);
	operand_pop_list(s, &params);
	operand_push_list(s, &results);
}

static void apply_return_call(struct operand_stack *s, const struct instruction *op)
{
	const struct wasm_type *type = callee_type(s, op);
	struct operand_list     params = operand_list_params(type), results = operand_list_results(type);

	pop_callee(s, op);
	operand_pop_list(s, &params);
	operand_match_lists(s, &results, &operand_block_at(s, (uint32_t)s->blocks.n - 1)->results, OTHER_RESULTS);
	operand_block_stop(s);
}

/* ---- exceptions ---- */

static struct operand_list tag_params(const struct operand_stack *s, uint32_t tag)
{
	return operand_list_params(wasm_module_type(s->r->m, ((const uint32_t *)s->r->tags.items)[tag]));
}

static void apply_throw(struct operand_stack *s, const struct instruction *op)
{
	struct operand_list params = tag_params(s, op->indices[0]);

	operand_pop_list(s, &params);
	operand_block_stop(s);
}

static void apply_throw_ref(struct operand_stack *s, const struct instruction *op)
{
	(void)op;
	operand_pop(s, VALUE_EXNREF);
	operand_block_stop(s);
}

/* What one clause hands to its label: the values of the tag, then the exception itself where it is asked for. */
static void match_clause(struct operand_stack *s, const struct branch *clause)
{
	struct operand_list label = *operand_label_at(s, clause->label), params = { 0 };
	bool                with_exception = clause->kind == CATCH_KIND_TAG_REF || clause->kind == CATCH_KIND_ALL_REF;
	struct operand_list exception = operand_list_one(VALUE_EXNREF | VALUE_NOT_NULL), last;

	if (clause->kind < CATCH_KIND_ALL)
		params = tag_params(s, clause->tag);
	if (with_exception && label.n == 0) {
		operand_stack_fail(s, OTHER_CATCH);
	} else if (with_exception) {
		label.n--;
		last = operand_list_one(operand_list_at(&label, label.n));
		operand_match_lists(s, &exception, &last, OTHER_CATCH);
	}
	operand_match_lists(s, &params, &label, OTHER_CATCH);
}

static void apply_try_table(struct operand_stack *s, const struct instruction *op)
{
	const struct branch *clauses = s->r->branches.items;

	if (op->unsure)
		operand_stack_abandon(s);
	for (size_t i = 0; i < s->r->branches.n && s->judging; i++)
		match_clause(s, &clauses[i]);
	operand_block_open(s, block_of(op));
}

static void apply_catch(struct operand_stack *s, const struct instruction *op)
{
	struct operand_list params = op->n_indices ? tag_params(s, op->indices[0]) : (struct operand_list){ 0 };

	operand_block_drain(s);
	operand_block_restart(s, &params);
}

/* ---- the whole ---- */

static rule *const rules[] = {
	[0x00] = apply_stop,        [0x02] = apply_block,
	[0x03] = apply_loop,        [0x04] = apply_if,
	[0x05] = apply_else,        [0x06] = apply_block,
	[0x07] = apply_catch,       [0x08] = apply_throw,
	[0x09] = apply_stop,        [0x0a] = apply_throw_ref,
	[0x0b] = apply_end,         [0x0c] = apply_br,
	[0x0d] = apply_br_if,       [0x0e] = apply_br_table,
	[0x0f] = apply_return,      [0x10] = apply_call,
	[0x11] = apply_call,        [0x12] = apply_return_call,
	[0x13] = apply_return_call, [0x14] = apply_call,
	[0x15] = apply_return_call, [0x18] = apply_end,
	[0x19] = apply_catch,       [0x1a] = apply_drop,
	[0x1b] = apply_select,      [0x1c] = apply_typed_select,
	[0x1f] = apply_try_table,   [0xd0] = apply_ref_null,
	[0xd1] = apply_is_null,     [0xd2] = apply_ref_func,
	[0xd3] = apply_ref_eq,      [0xd4] = apply_as_non_null,
	[0xd5] = apply_br_on_null,  [0xd6] = apply_br_on_non_null,
};

static rule *const gc_rules[] = {
	[0] = apply_struct_new,      [8] = apply_array_new_fixed, [20] = apply_cast,       [21] = apply_cast,
	[22] = apply_cast,           [23] = apply_cast,           [24] = apply_br_on_cast, [25] = apply_br_on_cast_fail,
	[26] = apply_convert_extern, [27] = apply_convert_any,
};

static rule *const more_rules[] = { [12] = apply_table_init, [14] = apply_table_copy };

#define TABLE(rows) rows, sizeof(rows) / sizeof(rows[0])

static rule *rule_in(rule *const *rows, size_t n, uint32_t opcode)
{
	return opcode < n ? rows[opcode] : NULL;
}

static rule *rule_of(const struct instruction *op)
{
	rule *found = NULL;

	if (op->prefix == PREFIX_NONE)
		found = rule_in(TABLE(rules), op->opcode);
	else if (op->prefix == PREFIX_GC)
		found = rule_in(TABLE(gc_rules), op->opcode);
	else if (op->prefix == PREFIX_MORE)
		found = rule_in(TABLE(more_rules), op->opcode);
	return found || !op->types ? found : operand_types_apply;
}

void operand_rules_apply(struct operand_stack *s, const struct instruction *op, uint64_t at)
{
	rule *apply = rule_of(op);

	if (!s->judging)
		return;
	s->at = at;
	if (apply)
		apply(s, op);
	else
		operand_stack_abandon(s);
}
