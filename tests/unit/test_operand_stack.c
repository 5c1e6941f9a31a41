/* The types of values and which may stand for which, and the stack of those that a body takes and leaves. */
#include "wasm/opcode.h"
#include "wasm/operand_stack.h"
#include "wasm/type_identity.h"

#include "unit.h"

#define IN VALUE_INDEXED
#define NN VALUE_NOT_NULL

#define ALONE .super = NO_SUPERTYPE, .far = NO_SUPERTYPE

/* Types 0 and 1: (i32) -> (); 2: () -> (i32); 3: (ref null 0) -> (); 4: (ref null 1) -> (); 5: an open struct, 6 beneath it, 7 an
 * array. */
static const struct wasm_module *module_with_types(struct arena *arena)
{
	static const unsigned char    i32[] = { VALUE_I32 }, reference[] = { VALUE_REFERENCE };
	static const value_type       of_0[] = { IN | 0 }, of_1[] = { IN | 1 }, field[] = { VALUE_I32 };
	static const struct wasm_type types[] = {
		{ .values = i32, .n_params = 1, ALONE },
		{ .values = i32, .n_params = 1, ALONE },
		{ .values = i32, .n_results = 1, ALONE },
		{ .values = reference, .exact = of_0, .n_params = 1, ALONE },
		{ .values = reference, .exact = of_1, .n_params = 1, ALONE },
		{ .form = TYPE_STRUCT, .open = true, ALONE },
		{ .form = TYPE_STRUCT, .exact = field, .n_fields = 1, .super = 5, .far = 5, .depth = 1 },
		{ .form = TYPE_ARRAY, .exact = field, .n_fields = 1, ALONE },
	};
	struct wasm_module    *m = ARENA_NEW(arena, struct wasm_module);
	struct type_identities identities;

	type_identities_init(&identities, arena);
	m->types.items = arena_copy(arena, types, sizeof(types));
	while (m->types.n < COUNT(types)) {
		m->types.n++;
		type_identities_add(&identities, m, (uint32_t)m->types.n - 1);
	}
	return m;
}

static void test_fits(void **state)
{
	static const struct {
		value_type given, wanted;
		bool       fits;
	} rows[] = {
		{ VALUE_I32, VALUE_I32, true },
		{ VALUE_I32, VALUE_F32, false },
		{ VALUE_V128, VALUE_FUNCREF, false },
		{ VALUE_BOTTOM, VALUE_F64, true },
		{ VALUE_FUNCREF, VALUE_EXTERNREF, false },
		{ VALUE_FUNCREF | NN, VALUE_FUNCREF, true },
		{ VALUE_FUNCREF, VALUE_FUNCREF | NN, false },
		{ VALUE_NOFUNCREF, VALUE_FUNCREF, true },
		{ VALUE_NOFUNCREF, VALUE_EXTERNREF, false },
		{ VALUE_NOEXNREF, VALUE_EXNREF, true },
		{ VALUE_I31REF, VALUE_EQREF, true },
		{ VALUE_STRUCTREF, VALUE_ANYREF, true },
		{ VALUE_ANYREF, VALUE_EQREF, false },
		{ VALUE_NULLREF, VALUE_I31REF, true },
		{ VALUE_REFERENCE, VALUE_FUNCREF, true },
		{ IN | 0, VALUE_FUNCREF, true },
		{ IN | NN | 0, VALUE_FUNCREF | NN, true },
		{ IN | 0, VALUE_FUNCREF | NN, false },
		{ IN | 0, VALUE_ANYREF, false },
		{ VALUE_FUNCREF, IN | 0, false },
		{ VALUE_NOFUNCREF, IN | 0, true },
		{ IN | 0, IN | 1, true },
		{ IN | NN | 0, IN | 1, true },
		{ IN | 0, IN | NN | 1, false },
		{ IN | 0, IN | 2, false },
		{ IN | 3, IN | 4, true }, /* they name types that are one */
		{ IN | 3, IN | 0, false },
		{ IN | 5, VALUE_STRUCTREF, true },
		{ VALUE_NULLREF, IN | 5, true },
		{ VALUE_NOFUNCREF, IN | 5, false },
		{ IN | 6, IN | 5, true },
		{ IN | 5, IN | 6, false },
		{ IN | 7, IN | 5, false },
		{ IN | 7, VALUE_ARRAYREF, true },
		{ IN | 7, VALUE_STRUCTREF, false },
		{ IN | 7, VALUE_EQREF, true },
	};
	const struct wasm_module *m = module_with_types(arena_of(state));

	for (size_t i = 0; i < COUNT(rows); i++)
		if (value_fits(m, rows[i].given, rows[i].wanted) != rows[i].fits)
			fail_msg("row %zu: not %d", i, rows[i].fits);
}

static void test_shares_top(void **state)
{
	const struct wasm_module *m = module_with_types(arena_of(state));

	assert_true(value_shares_top(m, IN | 5, VALUE_ANYREF | NN));
	assert_true(value_shares_top(m, IN | 5, IN | 7));
	assert_true(value_shares_top(m, VALUE_NOFUNCREF, IN | 0));
	assert_false(value_shares_top(m, IN | 5, VALUE_FUNCREF));
	assert_false(value_shares_top(m, VALUE_EXTERNREF, VALUE_ANYREF));
	assert_true(value_shares_top(m, IN | 5, VALUE_REFERENCE | NN)); /* nothing is known of it */
}

static void test_text(void **state)
{
	static const struct {
		value_type  type;
		const char *text;
	} rows[] = {
		{ VALUE_I32, "i32" },
		{ VALUE_V128, "v128" },
		{ VALUE_FUNCREF, "funcref" },
		{ VALUE_EXTERNREF, "externref" },
		{ VALUE_FUNCREF | NN, "(ref func)" },
		{ VALUE_EXNREF, "(ref null exn)" },
		{ IN | 7, "(ref null 7)" },
		{ IN | NN | 7, "(ref 7)" },
		{ VALUE_REFERENCE, "a reference" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		row_str(rows[i].text, value_type_text(arena_of(state), rows[i].type), str_c(rows[i].text));
}

/* ---- the stack ---- */

struct body {
	struct wasm_module   module;
	struct reading       r;
	struct operand_stack stack;
};

/* In the body of a function of type 2. */
static struct operand_stack *begin(void **state, uint64_t code_bytes)
{
	struct body    *b = ARENA_NEW(arena_of(state), struct body);
	static uint32_t functions[] = { 2 };

	b->module = *module_with_types(arena_of(state));
	b->module.functions = (struct wasm_list){ functions, 1, 1 };
	b->module.code_bytes = code_bytes;
	b->r = (struct reading){ .arena = arena_of(state), .m = &b->module };
	operand_stack_init(&b->stack, &b->r);
	operand_stack_begin(&b->stack, 0);
	return &b->stack;
}

static const struct operand_fault *fault_of(const struct operand_stack *s)
{
	return s->r->m->operand_faults.n ? s->r->m->operand_faults.items : NULL;
}

static void test_values(void **state)
{
	struct operand_stack *s = begin(state, 10);

	operand_push(s, VALUE_I32);
	operand_push(s, VALUE_F64);
	assert_int_equal(operand_pop_number(s), VALUE_F64);
	operand_block_close(s);
	assert_true(s->judging);
	assert_null(fault_of(s));

	s = begin(state, 10);
	operand_push(s, VALUE_F32);
	s->at = 77;
	operand_pop(s, VALUE_I32);
	operand_pop(s, VALUE_I64); /* only the first is told */
	assert_false(s->judging);
	assert_int_equal(s->r->m->operand_faults.n, 1);
	assert_int_equal(fault_of(s)->at, 77);
	assert_int_equal(fault_of(s)->wanted, VALUE_I32);
	assert_int_equal(fault_of(s)->found, VALUE_F32);
}

static void test_blocks(void **state)
{
	struct operand_stack *s = begin(state, 10);
	struct operand_list   i32 = operand_list_one(VALUE_I32), i64 = operand_list_one(VALUE_I64);

	operand_push(s, VALUE_I64);
	operand_block_open(s, (struct operand_block){ .params = i64, .results = i32, .is_loop = true });
	assert_ptr_equal(operand_label_at(s, 0), &operand_block_at(s, 0)->params);
	assert_ptr_equal(operand_label_at(s, 1), &operand_block_at(s, 1)->results);
	operand_peek_list(s, operand_label_at(s, 0));
	operand_block_stop(s);
	operand_keep_list(s, &i32); /* nothing reaches it: i32 comes to be there */
	operand_block_close(s);
	operand_block_close(s);
	assert_true(s->judging);

	s = begin(state, 10);
	operand_push(s, VALUE_I32);
	operand_block_open(s, (struct operand_block){ .results = i32 });
	operand_block_close(s); /* what lies outside of it does not count */
	assert_true(fault_of(s)->found_nothing);

	s = begin(state, 10);
	operand_block_stop(s);
	operand_push(s, VALUE_I32);
	operand_push(s, VALUE_I32);
	operand_block_close(s); /* one is left also where nothing reaches */
	assert_true(fault_of(s)->wants_nothing);
}

static void test_locals(void **state)
{
	struct operand_stack *s = begin(state, 10);

	operand_block_open(s, (struct operand_block){ 0 });
	operand_local_set(s, 3);
	operand_local_set(s, 3);
	operand_local_read(s, 3);
	operand_block_open(s, (struct operand_block){ 0 });
	operand_local_set(s, 4);
	operand_local_read(s, 3);
	operand_local_read(s, 4);
	operand_block_close(s);
	operand_local_read(s, 3);
	assert_true(s->judging);
	operand_local_read(s, 4); /* it was set in a block that is closed */
	assert_non_null(fault_of(s)->what);
}

static void test_limits(void **state)
{
	struct operand_list   values = operand_list_params(module_with_types(arena_of(state))->types.items);
	struct operand_stack *s = begin(state, 0);

	for (uint32_t i = 0; i <= LIMIT_WASM_OPERANDS && s->judging; i++)
		operand_push(s, VALUE_I32);
	assert_false(s->judging);
	assert_int_equal(s->values.n, LIMIT_WASM_OPERANDS);

	s = begin(state, 0);
	for (uint32_t i = 0; i <= LIMIT_WASM_OPERAND_BLOCKS && s->judging; i++)
		operand_block_open(s, (struct operand_block){ 0 });
	assert_false(s->judging);
	assert_int_equal(s->blocks.n, LIMIT_WASM_OPERAND_BLOCKS);

	s = begin(state, 0);
	for (uint32_t i = 0; i <= KIB * LIMIT_WASM_OPERAND_STEPS && s->judging; i++) {
		operand_push_list(s, &values);
		operand_pop_any(s);
	}
	assert_false(s->judging);
	operand_stack_begin(s, 0); /* nor is the next body judged */
	assert_false(s->judging);
	assert_null(fault_of(s));
}

/* ---- the table ---- */

static void test_letters(void **state)
{
	static const uint32_t prefixes[] = { PREFIX_NONE, PREFIX_GC, PREFIX_MORE, PREFIX_SIMD, PREFIX_ATOMIC };
	struct opcode_index   index;
	size_t                typed = 0;

	(void)state;
	opcode_index_init(&index);
	for (size_t p = 0; p < COUNT(prefixes); p++)
		for (uint32_t op = 0; op < 300; op++) {
			const struct opcodes *row = opcode_find(&index, (enum opcode_prefix)prefixes[p], op);

			if (!row || !row->types)
				continue;
			typed++;
			if (!strchr(row->types, '>') || row->types[strspn(row->types, "iIfFVmMsaAStlLgrRquyjJ>")])
				fail_msg("prefix %x, %u: <%s>", prefixes[p], op, row->types);
		}
	assert_true(typed > 450);
	assert_null(opcode_find(&index, PREFIX_NONE, 0xff));
	assert_null(opcode_find(&index, PREFIX_SIMD, 154));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_fits),   UNIT_TEST(test_shares_top), UNIT_TEST(test_text),   UNIT_TEST(test_values),
		UNIT_TEST(test_blocks), UNIT_TEST(test_locals),     UNIT_TEST(test_limits), UNIT_TEST(test_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
