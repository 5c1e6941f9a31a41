/* Schema versions: from nothing, from every older version, newer, foreign, and a step that fails. */
#include "fixture.h"

#include "store/sqlite/schema.h"

static char *database(struct fixture *f)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/x.db", f->above);
	return path;
}

static void open_new(struct fixture *f, struct connection *c)
{
	FILE *file = fopen(database(f), "a");

	fclose(file);
	assert_true(connection_open(c, database(f)));
}

static const char *const small[] = {
	"CREATE TABLE a(x INTEGER); INSERT INTO a VALUES(1)",
	"ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1",
	"CREATE TABLE b AS SELECT x + y AS z FROM a; DROP TABLE a",
};
static const char *const failing[] = {
	"CREATE TABLE a(x INTEGER); INSERT INTO a VALUES(1)",
	"UPDATE a SET x = 2; CREATE TABLE c(x); INSERT INTO nowhere VALUES(1)",
};

static void from_every_version(void **state)
{
	struct fixture   *f = *state;
	struct connection c;
	unsigned          found = 99;

	for (unsigned from = 0; from <= 3; from++) {
		open_new(f, &c);
		if (from)
			assert_int_equal(schema_bring_up(&c, small, from, &found), SCHEMA_READY);
		connection_close(&c);
		assert_true(connection_open(&c, database(f)));
		assert_int_equal(schema_bring_up(&c, small, 3, &found), SCHEMA_READY);
		assert_int_equal(found, from);
		assert_int_equal(pragma_int(&c, "PRAGMA user_version"), 3);
		assert_int_equal(pragma_int(&c, "SELECT z FROM b"), 3);
		assert_int_equal(schema_bring_up(&c, small, 2, &found), SCHEMA_NEWER);
		assert_int_equal(found, 3);
		connection_close(&c);
		assert_int_equal(remove(database(f)), 0);
	}
}

static void failing_step(void **state)
{
	struct fixture   *f = *state;
	struct connection c;
	unsigned          found;

	open_new(f, &c);
	assert_int_equal(schema_bring_up(&c, failing, 2, &found), SCHEMA_FAILED);
	connection_close(&c);
	/* The first step stands, the second is not there in part. */
	assert_true(connection_open(&c, database(f)));
	assert_int_equal(pragma_int(&c, "PRAGMA user_version"), 1);
	assert_int_equal(pragma_int(&c, "SELECT x FROM a"), 1);
	assert_int_equal(pragma_int(&c, "SELECT count(*) FROM sqlite_schema"), 1);
	connection_close(&c);
}

/* Each step of the real ones, on a database that ends before it: what is stored in it stands afterwards. */
static void real_steps(void **state)
{
	struct fixture   *f = *state;
	struct connection c;
	unsigned          found;

	open_new(f, &c);
	for (unsigned n = 1; n <= schema_version; n++) {
		assert_int_equal(schema_bring_up(&c, schema_steps, n, &found), SCHEMA_READY);
		assert_int_equal(found, n - 1);
		if (n == 1)
			connection_run(&c, "INSERT INTO revisions VALUES(1,'a','b',1,0,0,1,'w',1,1,x'00',x'00');"
			                   "INSERT INTO manifests VALUES('a','b',1,1)");
		assert_int_equal(pragma_int(&c, "SELECT manifests + 10 * revisions FROM state"), 11);
	}
	assert_true(connection_ok(&c));
	connection_close(&c);
}

static void newer(void **state)
{
	struct fixture *f = *state;
	char            sql[64];

	put(f, "shop", "auth", "one");
	store_close(f->store);
	f->store = NULL;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %u", schema_version + 1);
	run_sql(f, sql);
	assert_false(fixture_open(f));
	assert_finding(f, CO_STORE_NEWER);
	assert_int_equal(ask_sql(f, "SELECT count(*) FROM manifests"), 1);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %u", schema_version);
	run_sql(f, sql);
	assert_true(fixture_open(f));
	assert_str(get(f, "shop", "auth"), "one");
	run_sql(f, "PRAGMA user_version = -1");
	store_close(f->store);
	assert_false(fixture_open(f));
	assert_finding(f, CO_STORE_NEWER);
}

static void foreign(void **state)
{
	static const char *const theirs[] = { "PRAGMA application_id = 4711", "PRAGMA application_id = 0" };
	struct fixture          *f = *state;

	store_close(f->store);
	f->store = NULL;
	for (size_t i = 0; i < 2; i++) {
		run_sql(f, theirs[i]);
		assert_false(fixture_open(f));
		assert_finding(f, CO_STORE_FOREIGN);
	}
	assert_int_equal(ask_sql(f, "SELECT count(*) FROM state"), 1);
	run_sql(f, "DROP TABLE state; PRAGMA application_id = 0x43614f75");
	assert_false(fixture_open(f));
	assert_int_equal(f->diags.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOSED_TEST(from_every_version), CLOSED_TEST(failing_step),
		CLOSED_TEST(real_steps),         FIXTURE_TEST(newer),
		FIXTURE_TEST(foreign),
	};

	return cmocka_run_group_tests_name("store_schema", tests, NULL, NULL);
}
