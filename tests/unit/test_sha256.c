/* sha256: the examples of FIPS 180-4, and files read at offsets, whatever their descriptor has been used for. */
#include "unit.h"

#include <unistd.h>

#include "base/sha256.h"

#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void test_bytes(void **state)
{
	static const struct {
		const char *text, *digest;
	} rows[] = {
		{ "", EMPTY },
		{ "abc", ABC },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		row_text(rows[i].text, sha256_of_bytes(f->arena, str_c(rows[i].text)), rows[i].digest);
}

/* A million times "a", the last example, in more than one piece. */
static void test_file(void **state)
{
	struct fixture *f = *state;
	FILE           *file = tmpfile();

	assert_non_null(file);
	row_text("empty", sha256_of_file(f->arena, fileno(file), 0), EMPTY);
	for (int i = 0; i < 1000000; i++)
		putc('a', file);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(lseek(fileno(file), 7, SEEK_SET), 7);
	row_text("a million", sha256_of_file(f->arena, fileno(file), 0),
	         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	assert_int_equal(lseek(fileno(file), 0, SEEK_CUR), 7);
	row_text("the last three", sha256_of_file(f->arena, fileno(file), 999997),
	         "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0");
	fclose(file);
}

static void test_unreadable(void **state)
{
	struct fixture *f = *state;
	int             pipes[2];

	assert_int_equal(pipe(pipes), 0);
	assert_false(str_present(sha256_of_file(f->arena, pipes[0], 0)));
	assert_int_equal(close(pipes[0]) | close(pipes[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_bytes), UNIT_TEST(test_file), UNIT_TEST(test_unreadable) };

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
