/* Versions of Istio: what is said of them follows the constants, and every row of the table is within them. */
#include "unit.h"

#include "names/mesh_table.h"

static struct str known_range(void **state)
{
	return str_fmt(arena_of(state), "1.%d to 1.%d", ISTIO_OLDEST, ISTIO_NEWEST);
}

static void test_texts(void **state)
{
	struct version_range range;
	struct str           known = known_range(state);
	struct str           wrong = str_c(version_range_read(STR("1.10"), &range));
	struct str           cause = str_c(diag_info_of(CO_ISTIO_VERSION)->cause);

	assert_true(str_find_str(wrong, known, 0) < wrong.n);
	assert_true(str_find_str(cause, known, 0) < cause.n);
}

static void test_bounds(void **state)
{
	static const char *const refused[] = { "1.10",   "1.33",        "1.1",       "2.11",     "1",          "",
		                               "1.",     "1.011",       "v1.2",      "1.27.3.4", "1.27..1.26", "1.27..",
		                               "..1.27", "1.27...1.28", "1.27-1.28", " 1.27",    "1.27 " };
	struct version_range     range;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (!version_range_read(str_c(refused[i]), &range))
			fail_msg("%s is taken", refused[i]);
	assert_null(version_range_read(STR("1.11..1.32"), &range));
	assert_int_equal(range.low, ISTIO_OLDEST);
	assert_int_equal(range.high, ISTIO_NEWEST);
	assert_null(version_range_read(STR("1.27.3..1.27"), &range));
	assert_int_equal(range.low, 27);
	assert_int_equal(range.high, 27);
}

static void test_features(void **state)
{
	(void)state;
	for (int i = 0; i < FEATURE_COUNT; i++) {
		const struct feature_row *row = &feature_table[i];
		struct version_range before = { ISTIO_OLDEST, row->since - 1 }, around = { row->since - 1, row->since };

		assert_int_equal(row->feature, i);
		assert_in_range(row->since, ISTIO_OLDEST + 1, ISTIO_NEWEST);
		assert_false(feature_in_some(row->feature, before));
		assert_true(feature_in_some(row->feature, around));
		assert_false(feature_in_all(row->feature, around));
		assert_int_equal(feature_lacking(row->feature, around).high, row->since - 1);
	}
}

/* As the regular expressions of EnvoyFilters, which Go seeks anywhere in a proxy's version, such as 1.31.2 or 1.31-alpha. */
static void test_patterns(void **state)
{
	static const char *const excluding[] = { "^1\\.16.*", "^1.30", "^2",  "^1\\.3\\..*", "^1\\.312",
		                                 "^1\\.1",    "^0",    "^1-", "^1\\.16?" };
	static const char *const open[] = {
		"",          "^",       "1\\.16",  "^1\\.31.*", "^1\\.3", "^1\\.31\\.2$", "^1.31-", "^1\\.(16|31)",
		"^1\\.16|2", "^12?.31", "^1\\.3*", "^1\\.31$",  "^.*",    "^1\\.\\d+",    "^1...",  "^1\\.3?"
	};

	(void)state;
	for (size_t i = 0; i < COUNT(excluding); i++)
		if (!istio_version_pattern_excludes(str_c(excluding[i]), 31))
			fail_msg("%s may find 1.31", excluding[i]);
	for (size_t i = 0; i < COUNT(open); i++)
		if (istio_version_pattern_excludes(str_c(open[i]), 31))
			fail_msg("%s may not find 1.31", open[i]);
	assert_false(istio_version_pattern_excludes(STR_ABSENT, 31));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_texts),
		UNIT_TEST(test_bounds),
		UNIT_TEST(test_features),
		UNIT_TEST(test_patterns),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
