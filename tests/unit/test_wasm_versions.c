/* The tables of releases and host functions, and how sets of releases are spoken of. */
#include "wasm/host_functions.h"
#include "unit.h"

static void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("got <%.*s>, want <%s>", STR_ARG(got), want);
}

/* ---- releases ---- */

static void test_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ENVOY_RELEASES; i++) {
		assert_int_equal(envoy_table[i].minor, ENVOY_OLDEST + (int)i);
		assert_int_equal(envoy_table[i].istio, ISTIO_OLDEST + (int)i);
		if (i)
			assert_true(envoy_table[i].v8 >= envoy_table[i - 1].v8);
	}
	assert_int_equal(envoy_table[ENVOY_RELEASES - 1].istio, ISTIO_NEWEST);
	assert_int_equal(ENVOY_ALL, envoy_since(0));
	assert_int_equal(envoy_since(ENVOY_NEWEST + 1), 0);
	assert_int_equal(envoy_lowest(envoy_since(33)), 33 - ENVOY_OLDEST);
}

static void test_set_text(void **state)
{
	static const struct {
		int         low, high, also; /* also: a single one, 0 for none */
		bool        by_envoy;
		const char *closed, *open;
	} cases[] = {
		{ 32, 32, 0, false, "Istio 1.24 (Envoy 1.32)", "Istio 1.24" },
		{ 32, 32, 0, true, "Envoy 1.32", "Envoy 1.32" },
		{ 35, 38, 0, false, "Istio 1.27 to 1.30", "Istio 1.27 to 1.30" },
		{ 33, 40, 0, false, "Istio 1.25 to 1.32", "Istio 1.25 and newer" },
		{ 19, 20, 40, false, "Istio 1.11 to 1.12, 1.32", "Istio 1.11 to 1.12, 1.32 and newer" },
		{ 1, 0, 0, false, "no version", "no version" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t set = envoy_between(cases[i].low, cases[i].high);

		if (cases[i].also)
			set |= envoy_between(cases[i].also, cases[i].also);
		assert_str(envoy_set_text(arena_of(state), set, cases[i].by_envoy), cases[i].closed);
		assert_str(envoy_set_text_open(arena_of(state), set, cases[i].by_envoy), cases[i].open);
	}
}

static void test_questions(void **state)
{
	struct envoy_question q;

	assert_null(istio_question_parse(arena_of(state), STR("1.24"), &q));
	assert_int_equal(q.asked, envoy_between(32, 32));
	assert_null(istio_question_parse(arena_of(state), STR("1.24.6..1.27"), &q));
	assert_int_equal(q.asked, envoy_between(32, 35));
	assert_null(envoy_question_parse(arena_of(state), STR("1.38"), &q));
	assert_int_equal(q.asked, envoy_between(38, 38));
	assert_true(q.by_envoy);
	assert_null(istio_question_parse(arena_of(state), STR("1.32..1.40"), &q));
	assert_int_equal(q.asked, envoy_between(40, 40));
	assert_str(q.newer, "Istio 1.40");
	assert_non_null(istio_question_parse(arena_of(state), STR("1.10"), &q));
	assert_non_null(envoy_question_parse(arena_of(state), STR("1.18"), &q));
	assert_non_null(istio_question_parse(arena_of(state), STR("1.27..1.24"), &q));
	assert_non_null(istio_question_parse(arena_of(state), STR("latest"), &q));
}

/* Envoy 1.32.13 took the host functions of 1.33; 1.32.12 and Istio's 1.24 did not. */
static void test_backport(void **state)
{
	struct envoy_question q;

	assert_null(envoy_question_parse(arena_of(state), STR("1.32.12"), &q));
	assert_int_equal(q.asked, envoy_between(32, 32));
	assert_null(envoy_question_parse(arena_of(state), STR("1.32.13"), &q));
	assert_int_equal(q.asked, envoy_between(33, 33));
	assert_str(q.as_if, "Envoy 1.32.13");
	assert_null(istio_question_parse(arena_of(state), STR("1.24.13"), &q));
	assert_int_equal(q.asked, envoy_between(32, 32));
}

/* ---- host functions ---- */

static void test_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; i < host_function_table_size; i++) {
		const struct host_function *a = &host_function_table[i - 1], *b = &host_function_table[i];
		int                         order = strcmp(a->module, b->module);

		if (order > 0 || (order == 0 && strcmp(a->name, b->name) >= 0))
			fail_msg("%s.%s stands before %s.%s", a->module, a->name, b->module, b->name);
	}
}

static void test_every_function_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < host_function_table_size; i++) {
		const struct host_function *f = &host_function_table[i];
		bool                        wasi = strcmp(f->module, "wasi") == 0;

		assert_ptr_equal(host_function_find(wasi ? STR("wasi_unstable") : str_c(f->module), str_c(f->name)), f);
		if (wasi)
			assert_ptr_equal(host_function_find(STR("wasi_snapshot_preview1"), str_c(f->name)), f);
	}
	assert_null(host_function_find(STR("wasi"), STR("fd_write")));
	assert_null(host_function_find(STR("env"), STR("fd_write")));
	assert_null(host_function_find(STR("env"), STR("")));
}

/* The sets that the releases brought: 10 + 2, then 3, then 3, then 27. */
static void test_counts_by_release(void **state)
{
	static const struct {
		int      minor;
		unsigned wasi;
	} cases[] = { { 19, 12 }, { 20, 12 }, { 21, 15 }, { 32, 15 }, { 33, 18 }, { 38, 18 }, { 39, 45 }, { 40, 45 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned n = 0;

		for (size_t k = 0; k < host_function_table_size; k++)
			n += strcmp(host_function_table[k].module, "wasi") == 0 &&
			     host_function_table[k].since <= cases[i].minor;
		assert_int_equal(n, cases[i].wasi);
	}
}

static void test_traps(void **state)
{
	const struct host_function *poll = host_function_find(STR("wasi_unstable"), STR("poll_oneoff"));
	const struct host_function *call = host_function_find(STR("env"), STR("proxy_http_call"));
	const struct host_function *log = host_function_find(STR("env"), STR("proxy_log"));

	(void)state;
	assert_int_equal(host_function_trapped_at_init(log), 0);
	assert_int_equal(host_function_trapped_at_init(call), envoy_since(24));
	assert_int_equal(host_function_trapped_at_init(poll), envoy_between(24, 38));
	assert_int_equal(host_function_trapped_at_allocation(poll), envoy_between(24, 38));
}

static void test_types(void **state)
{
	static const unsigned char values[] = { VALUE_I32, VALUE_I64, VALUE_I32 };
	struct wasm_type           type = { .values = values, .n_params = 2, .n_results = 1 };

	assert_true(wasm_type_is(&type, "iI>i"));
	assert_false(wasm_type_is(&type, "iI>"));
	assert_false(wasm_type_is(&type, "ii>i"));
	assert_false(wasm_type_is(&type, "i>Ii"));
	assert_str(wasm_type_text(arena_of(state), &type), "i32 i64 -> i32");
	assert_str(signature_text(arena_of(state), ">i"), "void -> i32");
	assert_str(signature_text(arena_of(state), "iIi>"), "i32 i64 i32 -> void");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_table),
		UNIT_TEST(test_set_text),
		UNIT_TEST(test_questions),
		UNIT_TEST(test_backport),
		UNIT_TEST(test_sorted),
		UNIT_TEST(test_every_function_is_found),
		UNIT_TEST(test_counts_by_release),
		UNIT_TEST(test_traps),
		UNIT_TEST(test_types),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
