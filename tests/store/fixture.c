#include "fixture.h"

#include <dirent.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/file.h"

static void changed(void *ctx, uint64_t revision)
{
	struct fixture *f = ctx;

	atomic_fetch_add(&f->changes, 1);
	atomic_store(&f->changed, revision);
}

bool fixture_open_with(struct fixture *f, unsigned extractor)
{
	struct store_options options = {
		.directory = str_c(f->directory), .extractor = extractor, .changed = changed, .changed_ctx = f
	};

	f->store = store_open(&options, &f->diags);
	return f->store != NULL;
}

bool fixture_open(struct fixture *f)
{
	return fixture_open_with(f, 1);
}

void fixture_reopen(struct fixture *f)
{
	store_close(f->store);
	assert_true(fixture_open(f));
}

int fixture_setup_closed(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char     *temp = getenv("TMPDIR");

	/* In memory, where there is such a place: thousands of syncs. The crash test uses a disk. */
	if (!temp)
		temp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(f->above, sizeof(f->above), "%s/callout-store-XXXXXX", strlen(temp) < 24 ? temp : "/tmp");
	if (!mkdtemp(f->above))
		return -1;
	snprintf(f->directory, sizeof(f->directory), "%s/data", f->above);
	f->arena = arena_new(1024 * MIB);
	diags_init(&f->diags, f->arena);
	*state = f;
	return 0;
}

int fixture_setup(void **state)
{
	return fixture_setup_closed(state) == 0 && fixture_open(*state) ? 0 : -1;
}

static void remove_all(const char *path)
{
	DIR           *dir = opendir(path);
	struct dirent *entry;
	char           child[512];

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (unlink(child) != 0)
			remove_all(child);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	remove_all(f->above);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void print_findings(const struct fixture *f)
{
	for (const struct diag *d = f->diags.first; d; d = d->next)
		print_message("CO%04d %.*s\n", (int)d->code, STR_ARG(d->message));
}

void assert_no_finding(struct fixture *f)
{
	if (f->diags.n)
		print_findings(f);
	assert_int_equal(f->diags.n, 0);
}

void assert_finding(struct fixture *f, enum diag_code code)
{
	if (f->diags.n != 1 || f->diags.first->code != code)
		print_findings(f);
	assert_int_equal(f->diags.n, 1);
	assert_int_equal(f->diags.first->code, code);
	diags_init(&f->diags, f->arena);
}

void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want) || (!got.p && want))
		fail_msg("got <%.*s>, want <%s>", STR_ARG(got), want);
}

struct store_put put_of(const char *namespace, const char *name, const char *document)
{
	return (struct store_put){ .namespace = str_c(namespace),
		                   .name = str_c(name),
		                   .document = str_c(document),
		                   .who = STR("alice"),
		                   .now = NOW };
}

struct store_change put_it(struct fixture *f, const struct store_put *p)
{
	struct store_change change = { .outcome = STORE_GONE };

	if (!store_put(f->store, f->arena, p, &change, &f->diags))
		assert_no_finding(f);
	return change;
}

struct store_change put(struct fixture *f, const char *namespace, const char *name, const char *document)
{
	struct store_put p = put_of(namespace, name, document);

	return put_it(f, &p);
}

struct store_change delete_it(struct fixture *f, const char *namespace, const char *name)
{
	struct store_delete d = {
		.namespace = str_c(namespace), .name = str_c(name), .who = STR("bob"), .now = NOW + 1
	};
	struct store_change change = { .outcome = STORE_GONE };

	if (!store_delete(f->store, f->arena, &d, &change, &f->diags))
		assert_no_finding(f);
	return change;
}

struct str get(struct fixture *f, const char *namespace, const char *name)
{
	struct store_manifest m = { 0 };
	enum store_outcome    outcome = STORE_GONE;

	if (!store_get(f->store, f->arena, str_c(namespace), str_c(name), &outcome, &m, &f->diags))
		assert_no_finding(f);
	assert_true(outcome == STORE_DONE || outcome == STORE_NOT_FOUND);
	assert_int_equal(outcome == STORE_DONE, str_present(m.document));
	return m.document;
}

struct store_list list(struct fixture *f, const struct store_page *page)
{
	struct store_list found = { .outcome = STORE_GONE };

	if (!store_list(f->store, f->arena, page, &found, &f->diags))
		assert_no_finding(f);
	return found;
}

struct str file_bytes(struct fixture *f, const char *name)
{
	struct diags ignored;
	struct str   bytes = STR_ABSENT;
	char         path[128];

	diags_init(&ignored, f->arena);
	snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	return file_read(f->arena, str_c(path), 512 * MIB, &bytes, &ignored) ? bytes : STR_ABSENT;
}

static sqlite3 *other_connection(struct fixture *f)
{
	sqlite3 *db = NULL;
	char     path[128];

	snprintf(path, sizeof(path), "%s/callout.db", f->directory);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	return db;
}

void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db = other_connection(f);
	int      code = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (code != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

int64_t ask_sql(struct fixture *f, const char *sql)
{
	sqlite3      *db = other_connection(f);
	sqlite3_stmt *statement = NULL;
	int64_t       value;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}
