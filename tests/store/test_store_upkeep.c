/* Purge, retention, backup, and the check in the background. */
#include "fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static bool holds(struct fixture *f, const char *secret)
{
	static const char *const files[] = { "callout.db", "callout.db-wal" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct str bytes = file_bytes(f, files[i]);

		if (str_present(bytes) && str_find_str(bytes, str_c(secret), 0) < bytes.n)
			return true;
	}
	return false;
}

static uint64_t purge(struct fixture *f, const char *name, enum store_outcome expected)
{
	enum store_outcome outcome = STORE_GONE;
	uint64_t           removed = 0;

	assert_true(store_purge(f->store, STR("shop"), str_c(name), &outcome, &removed, &f->diags));
	assert_int_equal(outcome, expected);
	return removed;
}

static struct store_list changes_since(struct fixture *f, uint64_t since)
{
	struct store_list found = { .outcome = STORE_BUSY };

	assert_true(store_changes(f->store, f->arena, since, &(struct store_page){ 0 }, &found, &f->diags));
	return found;
}

static void purging(void **state)
{
	struct fixture   *f = *state;
	struct store_list found;

	put(f, "shop", "auth", "password-one-that-leaked");
	put(f, "shop", "auth", "password-two-that-leaked");
	put(f, "shop", "auth", "now it is a reference");
	put(f, "shop", "other", "x");
	assert_true(holds(f, "that-leaked"));
	assert_int_equal(purge(f, "auth", STORE_DONE), 2);
	assert_false(holds(f, "that-leaked"));
	assert_str(get(f, "shop", "auth"), "now it is a reference");
	assert_int_equal(purge(f, "auth", STORE_DONE), 0);
	assert_int_equal(purge(f, "none", STORE_NOT_FOUND), 0);
	/* The manifest stands: a watch from before still ends at its newest revision. */
	found = changes_since(f, 0);
	assert_int_equal(found.outcome, STORE_DONE);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.items[0].revision, 3);

	delete_it(f, "shop", "auth");
	assert_int_equal(purge(f, "auth", STORE_DONE), 2);
	assert_false(holds(f, "reference"));
	assert_int_equal(purge(f, "auth", STORE_NOT_FOUND), 0);
	/* Whoever has not heard of the deletion never would: list again. */
	assert_int_equal(changes_since(f, 4).outcome, STORE_GONE);
	assert_int_equal(changes_since(f, 5).outcome, STORE_DONE);
	/* The number of a purged revision does not come again. */
	assert_int_equal(put(f, "shop", "auth", "anew").manifest.revision, 6);
	fixture_reopen(f);
	assert_int_equal(put(f, "shop", "auth", "once more").manifest.revision, 7);
	assert_true(store_check(f->store, &f->diags));
	assert_no_finding(f);
}

static void sweep(struct fixture *f, struct store_retention keep, int64_t now)
{
	bool     more = true;
	unsigned turns = 0;

	while (more) {
		assert_true(store_sweep(f->store, &keep, now, &more, &f->diags));
		assert_true(turns++ < 100);
	}
}

static uint64_t revisions(struct fixture *f)
{
	struct store_facts facts;

	assert_true(store_facts(f->store, &facts, &f->diags));
	return facts.revisions;
}

static void retention(void **state)
{
	struct fixture *f = *state;
	char            text[16];

	for (int i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "text-%d", i);
		put(f, "shop", "gone", text);
		put(f, "shop", "stands", text);
	}
	delete_it(f, "shop", "gone"); /* at NOW + 1 */
	assert_int_equal(revisions(f), 11);
	sweep(f, (struct store_retention){ 0 }, NOW + 1000);
	sweep(f, (struct store_retention){ .deleted = 1000 }, NOW + 1001);
	assert_int_equal(revisions(f), 11);
	sweep(f, (struct store_retention){ .deleted = 1000 }, NOW + 1002);
	assert_int_equal(revisions(f), 5);
	assert_int_equal(changes_since(f, 10).outcome, STORE_GONE);
	assert_int_equal(changes_since(f, 11).outcome, STORE_DONE);
	sweep(f, (struct store_retention){ .revisions = 2 }, 0);
	assert_int_equal(revisions(f), 2);
	assert_str(get(f, "shop", "stands"), "text-4");
	assert_true(store_check(f->store, &f->diags));
}

static void retention_of_many(void **state)
{
	struct fixture *f = *state;
	char            text[16];

	for (int i = 0; i < LIMIT_STORE_SWEEP + 300; i++) {
		snprintf(text, sizeof(text), "text-%d", i);
		put(f, "shop", "long", text);
		if (i % 13 == 0) {
			put(f, "shop", text, "short life");
			delete_it(f, "shop", text);
		}
	}
	put(f, "shop", "long", "last");
	delete_it(f, "shop", "long");
	put(f, "shop", "long", "again");
	sweep(f, (struct store_retention){ .deleted = 1 }, NOW + 100);
	assert_int_equal(revisions(f), 1);
	assert_str(get(f, "shop", "long"), "again");
	assert_true(store_check(f->store, &f->diags));
}

static void retention_of_replies_and_status(void **state)
{
	struct fixture      *f = *state;
	struct store_request r = { .scope = STR("alice"), .key = STR("key"), .fingerprint = STR("print") };
	struct store_reply   answer = { .status = 200, .media_type = STR("text/plain"), .body = STR("x") }, reply;
	struct store_status  row = { .proxy = STR("a"), .revision = 1, .when = 1000, .verdict = STR("resolved") };
	struct store_facts   facts;
	enum store_outcome   outcome;

	put(f, "shop", "auth", "one");
	assert_true(store_begin(f->store, f->arena, &r, 1000, &outcome, &reply, &f->diags));
	assert_true(store_status_put(f->store,
	                             &(struct store_verdicts){ STR("shop"), STR("auth"), &row, 1, &r, &answer },
	                             &outcome, &f->diags));
	sweep(f, (struct store_retention){ .replies = 500, .status = 500 }, 1500);
	assert_true(store_begin(f->store, f->arena, &r, 1000, &outcome, &reply, &f->diags));
	assert_int_equal(outcome, STORE_DONE);
	sweep(f, (struct store_retention){ .replies = 500, .status = 500 }, 1501);
	assert_true(store_begin(f->store, f->arena, &r, 1000, &outcome, &reply, &f->diags));
	assert_int_equal(outcome, STORE_CREATED);
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_int_equal(facts.proxies, 0);
}

/* ---- backup ---- */

static unsigned files_in(const char *path)
{
	DIR     *dir = opendir(path);
	unsigned n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void restore(struct fixture *f, const char *from)
{
	char to[128];

	store_close(f->store);
	snprintf(f->directory, sizeof(f->directory), "%s/data2", f->above);
	assert_int_equal(mkdir(f->directory, 0700), 0);
	snprintf(to, sizeof(to), "%s/callout.db", f->directory);
	assert_int_equal(rename(from, to), 0);
	assert_true(fixture_open(f));
}

static void backup(void **state)
{
	struct fixture *f = *state;
	char            path[96];
	struct stat     status;

	put(f, "shop", "auth", "before");
	snprintf(path, sizeof(path), "%s/copy.db", f->above);
	assert_true(store_backup(str_c(f->directory), str_c(path), &f->diags));
	put(f, "shop", "auth", "after");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(files_in(f->above), 2); /* the copy and the data directory */
	/* One that is there is replaced. */
	assert_true(store_backup(str_c(f->directory), str_c(path), &f->diags));
	put(f, "shop", "auth", "later still");
	assert_int_equal(files_in(f->above), 2);
	restore(f, path);
	assert_str(get(f, "shop", "auth"), "after");
	assert_int_equal(store_revision(f->store), 2);
	/* The number comes again, the tag does not. */
	assert_true(store_check(f->store, &f->diags));
	assert_no_finding(f);
}

static void backup_of_closed(void **state)
{
	struct fixture *f = *state;
	char            path[96];

	put(f, "shop", "auth", "one");
	store_close(f->store);
	f->store = NULL;
	snprintf(path, sizeof(path), "%s/copy.db", f->above);
	assert_true(store_backup(str_c(f->directory), str_c(path), &f->diags));
	restore(f, path);
	assert_str(get(f, "shop", "auth"), "one");
}

/* A backup to one of these would replace what the process works with. */
static void backup_onto_itself(void **state)
{
	static const char *const names[] = { "callout.db", "callout.db-wal", "callout.db-shm",
		                             "lock",       "copy.tmp",       "callout.db-journal" };
	struct fixture          *f = *state;
	struct stat              before, after;
	char                     path[96];

	put(f, "shop", "auth", "one");
	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	assert_int_equal(stat(path, &before), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/./%s", f->directory, names[i]);
		assert_false(store_backup(str_c(f->directory), str_c(path), &f->diags));
		assert_finding(f, CO_STORE_BACKUP);
	}
	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	/* By another name it may stand beside it, and by this one elsewhere. */
	snprintf(path, sizeof(path), "%s/copy.db", f->directory);
	assert_true(store_backup(str_c(f->directory), str_c(path), &f->diags));
	snprintf(path, sizeof(path), "%s/callout.db", f->above);
	assert_true(store_backup(str_c(f->directory), str_c(path), &f->diags));
}

static void backup_fails(void **state)
{
	struct fixture *f = *state;
	struct stat     status;
	char            path[96];

	put(f, "shop", "auth", "one");
	assert_false(store_backup(str_c(f->directory), STR("/nowhere/at/all/copy.db"), &f->diags));
	assert_finding(f, CO_STORE_BACKUP);
	assert_false(store_backup(str_c(f->directory), STR(""), &f->diags));
	assert_finding(f, CO_STORE_BACKUP);
	assert_false(store_backup(str_c(f->directory), str_c(f->directory), &f->diags));
	assert_finding(f, CO_STORE_BACKUP);
	/* What is there and is not a file stays what it is: a device, say. */
	snprintf(path, sizeof(path), "%s/pipe", f->above);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(store_backup(str_c(f->directory), str_c(path), &f->diags));
	assert_finding(f, CO_STORE_BACKUP);
	assert_int_equal(stat(path, &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/copy.db", f->above);
	assert_false(store_backup(str_c(f->above), str_c(path), &f->diags));
	assert_finding(f, CO_STORE_BACKUP);
	assert_true(store_check(f->store, &f->diags));
	assert_int_equal(files_in(f->above), 1);
	assert_str(get(f, "shop", "auth"), "one");
}

/* ---- a copy without a name ---- */

static void save(int fd, uint64_t bytes, const char *path)
{
	FILE   *out = fopen(path, "wb");
	char    piece[4096];
	ssize_t n;

	assert_non_null(out);
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		assert_int_equal(fwrite(piece, 1, (size_t)n, out), n);
		bytes -= (uint64_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(bytes, 0);
	assert_int_equal(fclose(out), 0);
}

static void copy(void **state)
{
	struct fixture   *f = *state;
	char              path[96];
	struct store_copy c, another;
	struct stat       status;

	put(f, "shop", "auth", "before");
	assert_true(store_copy(f->store, &c, &f->diags));
	assert_int_equal(c.revision, 1);
	assert_int_equal(fstat(c.fd, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_nlink, 0);
	assert_int_equal(files_in(f->directory), 4); /* database, log, its index, lock */
	/* It stays what it is, whatever comes after it. */
	put(f, "shop", "auth", "after");
	assert_true(store_copy(f->store, &another, &f->diags));
	assert_int_equal(another.revision, 2);
	close(another.fd);
	snprintf(path, sizeof(path), "%s/copy.db", f->above);
	save(c.fd, c.bytes, path);
	close(c.fd);
	restore(f, path);
	assert_str(get(f, "shop", "auth"), "before");
	assert_true(store_check(f->store, &f->diags));
	assert_no_finding(f);
}

/* A process that is killed in the middle leaves the file, which holds all that is stored. */
static void copy_left(void **state)
{
	struct fixture   *f = *state;
	char              path[96];
	struct store_copy c;
	FILE             *left;

	snprintf(path, sizeof(path), "%s/copy.tmp", f->directory);
	for (unsigned i = 0; i < 2; i++) {
		left = fopen(path, "wb");
		assert_non_null(left);
		assert_int_equal(fwrite("left", 1, 4, left), 4);
		assert_int_equal(fclose(left), 0);
		if (i == 0) {
			fixture_reopen(f);
			assert_int_not_equal(access(path, F_OK), 0);
		}
	}
	assert_true(store_copy(f->store, &c, &f->diags));
	close(c.fd);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void copy_fails(void **state)
{
	struct fixture   *f = *state;
	char              path[96];
	struct store_copy c = { .fd = -7 };

	put(f, "shop", "auth", "one");
	snprintf(path, sizeof(path), "%s/copy.tmp", f->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(store_copy(f->store, &c, &f->diags));
	assert_finding(f, CO_STORE_FAILED);
	assert_int_equal(rmdir(path), 0);
	store_interrupt(f->store);
	assert_false(store_copy(f->store, &c, &f->diags));
	assert_finding(f, CO_STORE_BACKUP);
	assert_int_equal(c.fd, -7);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_str(get(f, "shop", "auth"), "one");
}

/* After a restore the revision's number comes again, for other text: the tag must tell them apart. */
static void tags_after_restore(void **state)
{
	struct fixture *f = *state;
	char            path[96];
	struct str      etag;

	put(f, "shop", "auth", "one");
	snprintf(path, sizeof(path), "%s/copy.db", f->above);
	assert_true(store_backup(str_c(f->directory), str_c(path), &f->diags));
	etag = put(f, "shop", "auth", "two").manifest.etag;
	restore(f, path);
	assert_false(str_eq(put(f, "shop", "auth", "another two").manifest.etag, etag));
	assert_int_equal(store_revision(f->store), 2);
}

static void counts_that_lie(void **state)
{
	struct fixture *f = *state;

	put(f, "shop", "auth", "one");
	assert_true(store_check(f->store, &f->diags));
	run_sql(f, "UPDATE state SET manifests = 7");
	assert_false(store_check(f->store, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
	run_sql(f, "UPDATE state SET manifests = 1");
	run_sql(f, "DELETE FROM manifests; UPDATE state SET manifests = 0; INSERT INTO hosts "
	           "VALUES('a','b','c','d',1,0,NULL)");
	assert_false(store_check(f->store, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(purging),
		FIXTURE_TEST(retention),
		FIXTURE_TEST(retention_of_many),
		FIXTURE_TEST(retention_of_replies_and_status),
		FIXTURE_TEST(backup),
		FIXTURE_TEST(backup_of_closed),
		FIXTURE_TEST(backup_onto_itself),
		FIXTURE_TEST(backup_fails),
		FIXTURE_TEST(copy),
		FIXTURE_TEST(copy_left),
		FIXTURE_TEST(copy_fails),
		FIXTURE_TEST(tags_after_restore),
		FIXTURE_TEST(counts_that_lie),
	};

	return cmocka_run_group_tests_name("store_upkeep", tests, NULL, NULL);
}
