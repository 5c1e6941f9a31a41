/* operand_stack.h - the values that the instructions of a function's body take and leave, by their types alone.
 *
 * The algorithm of the specification's appendix (3.0, A.3): a stack of types, and one of the blocks that are open. Behind a
 * branch that is always taken the stack of the innermost block is polymorphic: what is not there is VALUE_BOTTOM.
 *
 * Judged is a body up to its first fault. It is given up silently, as if it were sound, at instructions that are not
 * followed (operand_rules.h), where a stack is higher than its limit, and where values are looked at more often than
 * LIMIT_WASM_OPERAND_STEPS times a byte of code: no compiler writes such code, and reading must stay linear.
 */
#ifndef CALLOUT_WASM_OPERAND_STACK_H
#define CALLOUT_WASM_OPERAND_STACK_H

#include "wasm/wasm_reading.h"

/* Types in a row: those of a function type, of a struct's fields, or one alone (as often as n says). */
struct operand_list {
	const struct wasm_type *type; /* NULL: one alone, or none */
	uint32_t                first, n;
	value_type              one;
};

static inline value_type operand_list_at(const struct operand_list *l, uint32_t i)
{
	if (!l->type)
		return l->one;
	return l->type->form == TYPE_FUNCTION ? wasm_type_value(l->type, l->first + i) : field_value(l->type->exact[i]);
}

struct operand_list operand_list_params(const struct wasm_type *); /* NULL: none */
struct operand_list operand_list_results(const struct wasm_type *);
struct operand_list operand_list_fields(const struct wasm_type *);
struct operand_list operand_list_one(value_type); /* VALUE_BOTTOM: none */

struct operand_block {
	struct operand_list params, results;
	size_t              height; /* of the values when it was opened, without its parameters */
	size_t              n_set;  /* locals that were set before it was opened */
	bool                unreachable;
	bool                is_if;   /* without its else so far */
	bool                is_loop; /* a branch to it takes its parameters, else its results */
};

struct operand_stack {
	struct reading  *r;
	bool             judging; /* false: the body is given up, or has its fault */
	uint32_t         function, n_params;
	uint64_t         at;     /* of the instruction */
	const char      *place;  /* for a fault's text: "" */
	struct wasm_list values; /* of value_type */
	struct wasm_list blocks; /* of struct operand_block, outermost first */
	struct wasm_list set;    /* of uint32_t: the locals of references not null that were set, in that order */
	bool            *is_set; /* by local: is it in that list? NULL: none is */
	uint64_t         steps;  /* that are left for the module */
};

/* For all bodies of a module. */
void operand_stack_init(struct operand_stack *, struct reading *);
/* Begins the body of a function, by its index in the function space. */
void operand_stack_begin(struct operand_stack *, uint32_t function);

/* Nothing is said of this body any more. */
void operand_stack_abandon(struct operand_stack *);
/* The fault of this body: all of it in words. */
void operand_stack_fail(struct operand_stack *, const char *what);

void operand_push(struct operand_stack *, value_type);
void operand_push_list(struct operand_stack *, const struct operand_list *);
/* What is taken: of the type that is wanted, or VALUE_BOTTOM. */
value_type operand_pop(struct operand_stack *, value_type wanted);
value_type operand_pop_any(struct operand_stack *);
value_type operand_pop_reference(struct operand_stack *);
value_type operand_pop_number(struct operand_stack *); /* or a vector */
void       operand_pop_list(struct operand_stack *, const struct operand_list *);
/* What is on top must be of these types, and stays. */
void operand_peek_list(struct operand_stack *, const struct operand_list *);
/* The same, and from here on they are of these types. */
void operand_keep_list(struct operand_stack *, const struct operand_list *);
/* The values of the one list stand where those of the other are wanted. */
void operand_match_lists(struct operand_stack *, const struct operand_list *given, const struct operand_list *wanted,
                         const char *what);

/* Locals of references that are not null must be set, in a block that is still open, before they are read. */
void operand_local_set(struct operand_stack *, uint32_t local);
void operand_local_read(struct operand_stack *, uint32_t local);

/* Takes its parameters, and leaves them in it. */
void operand_block_open(struct operand_stack *, struct operand_block);
/* Takes its results, with nothing left of it. */
void operand_block_drain(struct operand_stack *);
/* Drains it and leaves its results outside of it. */
void operand_block_close(struct operand_stack *);
/* Nothing behind this place runs, up to the end of the block. */
void operand_block_stop(struct operand_stack *);
/* What stands behind this place begins the block anew, with these values. */
void operand_block_restart(struct operand_stack *, const struct operand_list *);

/* 0 for the innermost one; it must be there. */
static inline struct operand_block *operand_block_at(const struct operand_stack *s, uint32_t label)
{
	return (struct operand_block *)s->blocks.items + s->blocks.n - 1 - label;
}

static inline const struct operand_list *operand_label_at(const struct operand_stack *s, uint32_t label)
{
	const struct operand_block *block = operand_block_at(s, label);

	return block->is_loop ? &block->params : &block->results;
}

#endif
