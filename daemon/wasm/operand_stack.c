#include "wasm/operand_stack.h"

#include "base/arena.h"
#include "base/limits.h"

/* ---- lists ---- */

struct operand_list operand_list_params(const struct wasm_type *type)
{
	return (struct operand_list){ .type = type, .n = type ? type->n_params : 0 };
}

struct operand_list operand_list_results(const struct wasm_type *type)
{
	return (struct operand_list){ .type = type,
		                      .first = type ? type->n_params : 0,
		                      .n = type ? type->n_results : 0 };
}

struct operand_list operand_list_fields(const struct wasm_type *type)
{
	return (struct operand_list){ .type = type, .n = type->n_fields };
}

struct operand_list operand_list_one(value_type type)
{
	return (struct operand_list){ .n = type != VALUE_BOTTOM, .one = type };
}

/* ---- the body ---- */

void operand_stack_init(struct operand_stack *s, struct reading *r)
{
	*s = (struct operand_stack){ .r = r,
		                     .place = "",
		                     .steps = (r->m->code_bytes + KIB) * LIMIT_WASM_OPERAND_STEPS };
}

/* Of those that are set only the first n stay it. */
static void forget_locals(struct operand_stack *s, size_t n)
{
	while (s->set.n > n)
		s->is_set[((const uint32_t *)s->set.items)[--s->set.n]] = false;
}

void operand_stack_begin(struct operand_stack *s, uint32_t function)
{
	const struct wasm_type *type = wasm_module_type(s->r->m, reading_function_type(s->r, function));
	struct operand_list     results = operand_list_results(type);

	s->judging = s->steps > 0 && s->r->m->operand_faults.n < LIMIT_WASM_PROBLEMS;
	s->function = function;
	s->n_params = type->n_params;
	s->values.n = s->blocks.n = 0;
	forget_locals(s, 0);
	operand_block_open(s, (struct operand_block){ .results = results });
}

void operand_stack_abandon(struct operand_stack *s)
{
	s->judging = false;
}

static void add_fault(struct operand_stack *s, struct operand_fault fault)
{
	struct operand_fault *added;

	if (!s->judging)
		return;
	s->judging = false;
	fault.function = s->function;
	fault.name = STR_ABSENT;
	fault.at = s->at;
	fault.place = s->place;
	added = wasm_list_add(s->r->arena, &s->r->m->operand_faults, sizeof(*added));
	*added = fault;
}

void operand_stack_fail(struct operand_stack *s, const char *what)
{
	add_fault(s, (struct operand_fault){ .what = what });
}

/* n more values are looked at. */
static void count_steps(struct operand_stack *s, uint32_t n)
{
	if (n <= s->steps) {
		s->steps -= n;
		return;
	}
	s->steps = 0;
	operand_stack_abandon(s);
}

/* ---- values ---- */

void operand_push(struct operand_stack *s, value_type type)
{
	struct wasm_list *l = &s->values;

	if (l->n < l->cap)
		((value_type *)l->items)[l->n++] = type;
	else if (l->n < LIMIT_WASM_OPERANDS)
		*(value_type *)wasm_list_add(s->r->arena, l, sizeof(type)) = type;
	else
		operand_stack_abandon(s);
}

void operand_push_list(struct operand_stack *s, const struct operand_list *l)
{
	count_steps(s, l->n);
	for (uint32_t i = 0; i < l->n && s->judging; i++)
		operand_push(s, operand_list_at(l, i));
}

/* The value that lies so deep, 0 on top. False: it is not there, and then it is a fault or VALUE_BOTTOM. */
static bool value_at(const struct operand_stack *s, size_t depth, value_type *ret)
{
	const struct operand_block *block = operand_block_at(s, 0);

	if (s->values.n - block->height <= depth) {
		*ret = VALUE_BOTTOM;
		return block->unreachable;
	}
	*ret = ((const value_type *)s->values.items)[s->values.n - 1 - depth];
	return true;
}

static void take(struct operand_stack *s)
{
	if (s->values.n > operand_block_at(s, 0)->height)
		s->values.n--;
}

static void judge(struct operand_stack *s, value_type found, value_type wanted)
{
	if (!value_fits(s->r->m, found, wanted))
		add_fault(s, (struct operand_fault){ .wanted = wanted, .found = found });
}

static void judge_at(struct operand_stack *s, size_t depth, value_type wanted)
{
	value_type found;

	if (value_at(s, depth, &found))
		judge(s, found, wanted);
	else
		add_fault(s, (struct operand_fault){ .wanted = wanted, .found_nothing = true });
}

value_type operand_pop(struct operand_stack *s, value_type wanted)
{
	judge_at(s, 0, wanted);
	take(s);
	return wanted;
}

/* Of any type that the predicate takes; NULL: of any at all. */
static value_type pop_where(struct operand_stack *s, bool (*takes)(value_type), const char *wanted)
{
	struct operand_fault fault = { .wanted_text = wanted };
	bool                 there = value_at(s, 0, &fault.found);
	value_type           found = fault.found;

	fault.found_nothing = !there;
	if (!there || (takes && found != VALUE_BOTTOM && !takes(found)))
		add_fault(s, fault);
	take(s);
	return found;
}

static bool is_number(value_type type)
{
	return !value_is_reference(type);
}

value_type operand_pop_any(struct operand_stack *s)
{
	return pop_where(s, NULL, "a value");
}

value_type operand_pop_reference(struct operand_stack *s)
{
	return pop_where(s, value_is_reference, "a reference");
}

value_type operand_pop_number(struct operand_stack *s)
{
	return pop_where(s, is_number, "a number or a vector");
}

void operand_peek_list(struct operand_stack *s, const struct operand_list *l)
{
	count_steps(s, l->n);
	for (uint32_t i = 0; i < l->n && s->judging; i++)
		judge_at(s, i, operand_list_at(l, l->n - 1 - i));
}

void operand_pop_list(struct operand_stack *s, const struct operand_list *l)
{
	size_t there = s->values.n - operand_block_at(s, 0)->height;

	operand_peek_list(s, l);
	s->values.n -= l->n < there ? l->n : there;
}

/* As V8 has it: a value is from here on of the type that is wanted, which may be wider, but VALUE_BOTTOM stays what it is. */
void operand_keep_list(struct operand_stack *s, const struct operand_list *l)
{
	size_t      there = s->values.n - operand_block_at(s, 0)->height, missing = l->n > there ? l->n - there : 0;
	value_type *values;

	operand_peek_list(s, l);
	for (size_t i = 0; i < missing && s->judging; i++)
		operand_push(s, VALUE_BOTTOM);
	if (!s->judging || !l->n)
		return;
	values = (value_type *)s->values.items + operand_block_at(s, 0)->height;
	if (missing)
		memmove(values + missing, values, there * sizeof(values[0]));
	values = (value_type *)s->values.items + s->values.n - l->n;
	for (uint32_t i = 0; i < l->n; i++)
		if (i < missing || values[i] != VALUE_BOTTOM)
			values[i] = operand_list_at(l, i);
}

void operand_match_lists(struct operand_stack *s, const struct operand_list *given, const struct operand_list *wanted,
                         const char *what)
{
	count_steps(s, given->n);
	if (given->n != wanted->n)
		operand_stack_fail(s, what);
	for (uint32_t i = 0; i < given->n && s->judging; i++)
		if (!value_fits(s->r->m, operand_list_at(given, i), operand_list_at(wanted, i)))
			operand_stack_fail(s, what);
}

/* ---- locals ---- */

void operand_local_set(struct operand_stack *s, uint32_t local)
{
	if (!s->is_set)
		s->is_set = ARENA_ARRAY(s->r->arena, LIMIT_WASM_LOCALS + LIMIT_WASM_PARAMETERS, bool);
	if (s->is_set[local])
		return;
	s->is_set[local] = true;
	*(uint32_t *)wasm_list_add(s->r->arena, &s->set, sizeof(local)) = local;
}

void operand_local_read(struct operand_stack *s, uint32_t local)
{
	if (!s->is_set || !s->is_set[local])
		operand_stack_fail(s, "a local that cannot be null is read before it is set");
}

/* ---- blocks ---- */

void operand_block_open(struct operand_stack *s, struct operand_block block)
{
	if (s->blocks.n == LIMIT_WASM_OPERAND_BLOCKS) {
		operand_stack_abandon(s);
		return;
	}
	if (s->blocks.n)
		operand_pop_list(s, &block.params);
	block.height = s->values.n;
	block.n_set = s->set.n;
	*(struct operand_block *)wasm_list_add(s->r->arena, &s->blocks, sizeof(block)) = block;
	operand_push_list(s, &block.params);
}

void operand_block_drain(struct operand_stack *s)
{
	struct operand_block *block = operand_block_at(s, 0);
	const value_type     *values = s->values.items;

	s->place = " at the end of a block";
	operand_pop_list(s, &block->results);
	if (s->values.n > block->height)
		add_fault(s, (struct operand_fault){ .wants_nothing = true, .found = values[s->values.n - 1] });
	s->place = "";
}

void operand_block_close(struct operand_stack *s)
{
	struct operand_list results = operand_block_at(s, 0)->results;

	operand_block_drain(s);
	forget_locals(s, operand_block_at(s, 0)->n_set);
	s->blocks.n--;
	if (s->blocks.n)
		operand_push_list(s, &results);
}

void operand_block_stop(struct operand_stack *s)
{
	struct operand_block *block = operand_block_at(s, 0);

	s->values.n = block->height;
	block->unreachable = true;
}

void operand_block_restart(struct operand_stack *s, const struct operand_list *values)
{
	struct operand_block *block = operand_block_at(s, 0);

	s->values.n = block->height;
	forget_locals(s, block->n_set);
	block->unreachable = false;
	operand_push_list(s, values);
}
