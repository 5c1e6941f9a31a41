/* Lists of strings as sets: objects of others have lists of any length, in any order. */
#include "unit.h"

#include "base/arena.h"
#include "manifest/strings.h"

static struct strings list_of(struct arena *arena, const char *words)
{
	struct strings s = { .items = ARENA_ARRAY(arena, strlen(words) + 1, struct str) };

	for (const char *word = words; *word; word++)
		s.items[s.n++] = str_of(word, 1);
	strings_sort(&s);
	return s;
}

static bool includes(void **state, const char *list, const char *these)
{
	struct strings a = list_of(arena_of(state), list), b = list_of(arena_of(state), these);

	return strings_include(&a, &b);
}

static void test_sorted(void **state)
{
	struct strings s = list_of(arena_of(state), "bacab"), none = list_of(arena_of(state), "");

	assert_int_equal(s.n, 3);
	assert_true(str_is(s.items[0], "a") && str_is(s.items[1], "b") && str_is(s.items[2], "c"));
	assert_int_equal(none.n, 0);
}

static void test_sorted_copy(void **state)
{
	struct str     items[] = { STR("b"), STR("a"), STR("b") };
	struct strings list = { .items = items, .n = 3 }, copy = strings_sorted(arena_of(state), list);

	assert_int_equal(copy.n, 2);
	assert_true(str_is(copy.items[0], "a") && str_is(copy.items[1], "b"));
	assert_true(str_is(items[0], "b") && str_is(items[1], "a") && str_is(items[2], "b"));
}

static void test_included(void **state)
{
	assert_true(includes(state, "cab", "bc"));
	assert_true(includes(state, "ab", "baab"));
	assert_true(includes(state, "a", ""));
	assert_true(includes(state, "", ""));
	assert_false(includes(state, "", "a"));
	assert_false(includes(state, "bcd", "a"));
	assert_false(includes(state, "acd", "ab"));
	assert_false(includes(state, "abc", "abd"));
	assert_false(includes(state, "ab", "abc"));
}

/* As many as a file of live objects may hold; one by one it would take hours. */
static void test_many(void **state)
{
	enum { MANY = 1000000 };
	struct arena  *arena = arena_of(state);
	struct strings up = { .items = ARENA_ARRAY(arena, MANY, struct str) };
	struct strings down = { .items = ARENA_ARRAY(arena, MANY, struct str) };

	for (size_t i = 0; i < MANY; i++) {
		up.items[up.n++] = str_fmt(arena, "namespace-%zu", i);
		down.items[down.n++] = str_fmt(arena, "namespace-%zu", MANY - 1 - i);
	}
	strings_sort(&up);
	strings_sort(&down);
	assert_int_equal(up.n, MANY);
	assert_true(strings_include(&up, &down) && strings_include(&down, &up));
	down.items[MANY / 2] = STR("namespace-5-");
	assert_false(strings_include(&up, &down));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_sorted),
		UNIT_TEST(test_sorted_copy),
		UNIT_TEST(test_included),
		UNIT_TEST(test_many),
	};

	return cmocka_run_group_tests_name("strings", tests, NULL, NULL);
}
