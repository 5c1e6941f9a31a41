/* The data directory: modes, the lock, clean and unclean stops, damage, and foreign or newer databases. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sqlite/room.h"
#include "store/sqlite/schema.h"

static unsigned mode_of(struct fixture *f, const char *name)
{
	struct stat status;
	char        path[128];

	snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 0777;
}

static void modes(void **state)
{
	struct fixture *f = *state;
	char            path[128];
	mode_t          mask = umask(0);

	assert_true(fixture_open(f));
	put(f, "shop", "auth", "one");
	assert_int_equal(mode_of(f, "."), 0700);
	assert_int_equal(mode_of(f, "callout.db"), 0600);
	assert_int_equal(mode_of(f, "callout.db-wal"), 0600);
	assert_int_equal(mode_of(f, "callout.db-shm"), 0600);
	assert_int_equal(mode_of(f, "lock"), 0600);
	store_close(f->store);
	f->store = NULL;
	/* A copy that was restored with other modes. */
	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	assert_int_equal(chmod(path, 0644), 0);
	assert_true(fixture_open(f));
	assert_int_equal(mode_of(f, "callout.db"), 0600);
	umask(mask);
}

static void second_process(void **state)
{
	struct fixture      *f = *state;
	struct store_options options = { .directory = str_c(f->directory), .extractor = 1 };
	char                 process[16];
	int                  status;
	pid_t                child;

	snprintf(process, sizeof(process), "%ld", (long)getpid());
	child = fork();
	if (child == 0) {
		struct diags ds;

		diags_init(&ds, f->arena);
		if (store_open(&options, &ds))
			_exit(1);
		_exit(ds.n == 1 && ds.first->code == CO_STORE_IN_USE &&
		                      str_find_str(ds.first->message, str_c(process), 0) < ds.first->message.n
		              ? 0
		              : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* Nor twice in one process; and the first one is unharmed. */
	assert_null(store_open(&options, &f->diags));
	assert_finding(f, CO_STORE_IN_USE);
	put(f, "shop", "auth", "one");
	fixture_reopen(f);
	assert_str(get(f, "shop", "auth"), "one");
}

static void unusable(void **state)
{
	static const char *const bad[] = { "", "/nowhere/at/all/data", "/proc/callout", "/dev/null" };
	struct fixture          *f = *state;
	char                     long_path[8192];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(store_open(&(struct store_options){ .directory = str_c(bad[i]) }, &f->diags));
		assert_finding(f, CO_STORE_UNUSABLE);
	}
	memset(long_path, 'x', sizeof(long_path));
	assert_null(
		store_open(&(struct store_options){ .directory = str_of(long_path, sizeof(long_path)) }, &f->diags));
	assert_finding(f, CO_STORE_UNUSABLE);
	assert_null(store_open(&(struct store_options){ .directory = STR("a\0b") }, &f->diags));
	assert_finding(f, CO_STORE_UNUSABLE);
	assert_null(
		store_open(&(struct store_options){ .directory = str_c(f->directory), .readers = 1000 }, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
}

/* A link in place of the database leads to what the store must not touch. */
static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char            path[128], target[128];

	assert_int_equal(mkdir(f->directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	snprintf(target, sizeof(target), "%s/elsewhere", f->above);
	assert_int_equal(symlink(target, path), 0);
	assert_false(fixture_open(f));
	assert_finding(f, CO_STORE_UNUSABLE);
	assert_int_equal(access(target, F_OK), -1);
}

static void clean_and_unclean(void **state)
{
	struct fixture    *f = *state;
	struct store_facts facts;
	int                status;
	pid_t              child;

	assert_true(fixture_open(f));
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_false(facts.unclean_start);
	assert_int_equal(facts.schema, schema_version);
	fixture_reopen(f);
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_false(facts.unclean_start);
	store_close(f->store);
	f->store = NULL;

	child = fork();
	if (child == 0) {
		if (!fixture_open(f))
			_exit(1);
		put(f, "shop", "auth", "acknowledged");
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(fixture_open(f));
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_true(facts.unclean_start);
	assert_str(get(f, "shop", "auth"), "acknowledged");
	fixture_reopen(f);
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_false(facts.unclean_start);
}

/* ---- damage ---- */

static void overwrite(struct fixture *f, const char *name, off_t at, size_t n)
{
	char path[128], zeros[4096] = { 0 };
	int  fd;

	snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	memset(zeros, 0x5a, sizeof(zeros));
	for (; n; n -= n < sizeof(zeros) ? n : sizeof(zeros), at += (off_t)sizeof(zeros))
		assert_true(pwrite(fd, zeros, n < sizeof(zeros) ? n : sizeof(zeros), at) > 0);
	close(fd);
}

static void damaged_pages(void **state)
{
	struct fixture *f = *state;
	char            name[16], path[128];
	int             fd;

	assert_true(fixture_open(f));
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "m-%d", i);
		put(f, "shop", name, "some text that fills the pages of the file");
	}
	store_close(f->store);
	f->store = NULL;
	overwrite(f, "callout.db", 4096 * 8, 4096);
	/* After an unclean stop the damage is found before the store is used, */
	snprintf(path, sizeof(path), "%s/lock", f->directory);
	fd = open(path, O_WRONLY);
	assert_int_equal(write(fd, "1\n", 2), 2);
	close(fd);
	assert_false(fixture_open(f));
	assert_finding(f, CO_STORE_DAMAGED);
	/* also the next time, */
	assert_false(fixture_open(f));
	assert_finding(f, CO_STORE_DAMAGED);
	/* and after a clean one by the check in the background. */
	assert_int_equal(truncate(path, 0), 0);
	assert_true(fixture_open(f));
	assert_false(store_check(f->store, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
}

static void no_database(void **state)
{
	struct fixture *f = *state;
	char            path[128];
	FILE           *file;

	assert_int_equal(mkdir(f->directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database\n", file);
	fclose(file);
	assert_false(fixture_open(f));
	assert_finding(f, CO_STORE_FOREIGN);
	assert_int_equal(file_bytes(f, "callout.db").n, 23000);
}

/* The second connection for reading is opened when it is first needed: if that fails, so does what needed it, and no more. */
static void readers_when_needed(void **state)
{
	struct fixture    *f = *state;
	struct connection *first, *second;
	char               path[128], elsewhere[128];

	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere.db", f->directory);
	put(f, "shop", "auth", "one");
	first = reader_take(f->store);
	assert_int_equal(rename(path, elsewhere), 0);
	second = reader_take(f->store);
	assert_ptr_not_equal(first, second);
	assert_false(reader_give(f->store, second, NULL, &f->diags));
	assert_finding(f, CO_STORE_FAILED);
	assert_int_equal(rename(elsewhere, path), 0);
	second = reader_take(f->store);
	assert_non_null(second->db);
	assert_true(reader_give(f->store, second, NULL, &f->diags));
	assert_true(reader_give(f->store, first, NULL, &f->diags));
	assert_str(get(f, "shop", "auth"), "one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOSED_TEST(modes),
		FIXTURE_TEST(second_process),
		CLOSED_TEST(unusable),
		CLOSED_TEST(links_are_not_followed),
		CLOSED_TEST(clean_and_unclean),
		CLOSED_TEST(damaged_pages),
		CLOSED_TEST(no_database),
		FIXTURE_TEST(readers_when_needed),
	};

	return cmocka_run_group_tests_name("store_directory", tests, NULL, NULL);
}
