/* hash: what was put in is found, whatever its bytes and however slots collide; the first of equal keys stays. */
#include "unit.h"

#include "base/hash.h"

struct thing {
	struct str key;
	unsigned   number;
};

static struct str key_of(const void *thing)
{
	return ((const struct thing *)thing)->key;
}

static struct thing *thing_new(struct fixture *f, struct str key, unsigned number)
{
	struct thing *t = ARENA_NEW(f->arena, struct thing);

	*t = (struct thing){ key, number };
	return t;
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;
	struct hash     h;

	hash_init(&h, f->arena, key_of);
	assert_null(hash_get(&h, STR("")));
	assert_null(hash_get(&h, STR("a")));
	assert_int_equal(h.n, 0);
}

static void test_thousands(void **state)
{
	enum { THINGS = 20000 };
	struct fixture *f = *state;
	struct thing  **things = ARENA_ARRAY(f->arena, THINGS, struct thing *);
	struct hash     h;

	hash_init(&h, f->arena, key_of);
	for (unsigned i = 0; i < THINGS; i++) {
		things[i] = thing_new(f, str_fmt(f->arena, "upstream-%u", i), i);
		assert_null(hash_get(&h, things[i]->key));
		assert_null(hash_add(&h, things[i]));
		assert_int_equal(h.n, i + 1);
	}
	for (unsigned i = 0; i < THINGS; i++) {
		/* The bytes count, not where they stand. */
		struct str    key = str_fmt(f->arena, "upstream-%u", i);
		struct thing *second = thing_new(f, key, i + THINGS);

		assert_ptr_equal(hash_get(&h, key), things[i]);
		assert_ptr_equal(hash_add(&h, second), things[i]);
		assert_ptr_equal(hash_get(&h, key), things[i]);
		assert_null(hash_get(&h, str_fmt(f->arena, "upstream-%u-", i)));
	}
	assert_int_equal(h.n, THINGS);
}

/* Keys that differ in little, or only in bytes that text functions would stumble over. */
static void test_keys(void **state)
{
	static const struct {
		const char *name;
		struct str  key;
	} rows[] = {
		{ "empty", STR_INIT("") },
		{ "NUL", STR_INIT("\0") },
		{ "two NULs", STR_INIT("\0\0") },
		{ "seven NULs", STR_INIT("\0\0\0\0\0\0\0") },
		{ "eight NULs", STR_INIT("\0\0\0\0\0\0\0\0") },
		{ "a", STR_INIT("a") },
		{ "a and NUL", STR_INIT("a\0") },
		{ "A", STR_INIT("A") },
		{ "seven bytes", STR_INIT("abcdefg") },
		{ "eight bytes", STR_INIT("abcdefgh") },
		{ "nine bytes", STR_INIT("abcdefghi") },
		{ "high bytes", STR_INIT("\xff\xfe\x80") },
		{ "sixteen bytes", STR_INIT("abcdefghabcdefgh") },
		{ "sixteen bytes, the last differs", STR_INIT("abcdefghabcdefgi") },
		{ "sixteen bytes, the first differs", STR_INIT("bbcdefghabcdefgh") },
	};
	struct fixture *f = *state;
	struct hash     h;

	hash_init(&h, f->arena, key_of);
	for (unsigned i = 0; i < COUNT(rows); i++)
		row_true(rows[i].name, hash_add(&h, thing_new(f, rows[i].key, i)) == NULL, "new to the set");
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const struct thing *t = hash_get(&h, str_copy(f->arena, rows[i].key));

		row_true(rows[i].name, t != NULL, "found");
		row_int(rows[i].name, t->number, i);
	}
	assert_null(hash_get(&h, STR("b")));
}

/* 64 keys that begin at one slot of a table of 128, and one more that is not in it. */
static void test_collisions(void **state)
{
	enum { MASK = 127, KEYS = 64 };
	struct fixture *f = *state;
	struct str      keys[KEYS + 1];
	struct hash     h;
	size_t          found = 0;

	for (unsigned i = 0; found <= KEYS; i++) {
		struct str key = str_fmt(f->arena, "%u", i);

		if ((hash_str(key) & MASK) == 5)
			keys[found++] = key;
	}
	hash_init(&h, f->arena, key_of);
	for (unsigned i = 0; i < KEYS; i++)
		assert_null(hash_add(&h, thing_new(f, keys[i], i)));
	assert_int_equal(h.cap, MASK + 1);
	for (unsigned i = 0; i < KEYS; i++) {
		assert_int_equal(((const struct thing *)hash_get(&h, keys[i]))->number, i);
		assert_int_equal(((const struct thing *)hash_add(&h, thing_new(f, keys[i], 0)))->number, i);
	}
	assert_null(hash_get(&h, keys[KEYS]));
}

/* Equal bytes hash alike; a changed bit anywhere changes the hash (64 bits: a chance of 2^-50 to fail). */
static void test_hash_str(void **state)
{
	char text[40];

	(void)state;
	for (size_t n = 0; n <= sizeof(text); n++) {
		uint64_t h;

		memset(text, 'x', sizeof(text));
		h = hash_str(str_of(text, n));
		assert_true(h == hash_str(str_of(text, n)));
		for (size_t bit = 0; bit < n * 8; bit++) {
			text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
			assert_true(h != hash_str(str_of(text, n)));
			text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		}
		for (size_t other = 0; other < n; other++)
			assert_true(h != hash_str(str_of(text, other)));
	}
}

static void test_strings(void **state)
{
	struct fixture *f = *state;
	struct hash     h;

	hash_init(&h, f->arena, hash_string);
	assert_true(hash_add_string(&h, STR("shop")));
	assert_true(hash_add_string(&h, STR("")));
	assert_false(hash_add_string(&h, str_copy(f->arena, STR("shop"))));
	assert_int_equal(h.n, 2);
	assert_non_null(hash_get(&h, STR("shop")));
	assert_null(hash_get(&h, STR("bank")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_nothing),    UNIT_TEST(test_thousands), UNIT_TEST(test_keys),
		UNIT_TEST(test_collisions), UNIT_TEST(test_hash_str),  UNIT_TEST(test_strings),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
