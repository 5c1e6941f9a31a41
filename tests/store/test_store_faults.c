/* Every call to the file system fails once, and from some moment on: what was acknowledged stands and nothing else does, what
 * is stored can be read meanwhile where reading works, and everything works again when the fault is gone. */
#include "fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faulty_vfs.h"

enum { NAMES = 6, STEPS = 40 };

/* What stands, by what was acknowledged: the text's number, 0 for none. */
struct model {
	unsigned text[NAMES];
	unsigned status;
	unsigned failed;
};

static void name_of(unsigned i, char *buf)
{
	snprintf(buf, 16, "m-%u", i);
}

static void text_of(unsigned number, char *buf)
{
	memset(buf, 'a' + (int)(number % 26), 6000); /* more than a page */
	snprintf(buf + 6000, 16, "%u", number);
}

static void forget_findings(struct fixture *f, const int *codes, unsigned *failed)
{
	for (const struct diag *d = f->diags.first; d; d = d->next) {
		bool expected = false;

		for (const int *c = codes; *c; c++)
			expected = expected || *c == (int)d->code;
		if (!expected)
			fail_msg("CO%04d %.*s", (int)d->code, STR_ARG(d->message));
		(*failed)++;
	}
	diags_init(&f->diags, f->arena);
}

static void try_put(struct fixture *f, struct model *m, unsigned i, unsigned number)
{
	static const struct store_host hosts[] = {
		{ STR_INIT("a"), STR_INIT("a.example.com"), 443, false, { NULL, 0 } }
	};
	char                name[16], text[6100];
	struct store_put    p;
	struct store_change change;

	name_of(i, name);
	text_of(number, text);
	p = put_of("shop", name, text);
	p.hosts = hosts;
	p.n_hosts = 1;
	if (store_put(f->store, f->arena, &p, &change, &f->diags))
		m->text[i] = number;
}

static void try_delete(struct fixture *f, struct model *m, unsigned i)
{
	char                name[16];
	struct store_delete d = { .namespace = STR("shop") };
	struct store_change change;

	name_of(i, name);
	d.name = str_c(name);
	if (store_delete(f->store, f->arena, &d, &change, &f->diags))
		m->text[i] = 0;
}

static void try_status(struct fixture *f, struct model *m, unsigned number)
{
	struct store_status row = { .proxy = STR("p"), .revision = number, .when = number };
	enum store_outcome  outcome;

	if (store_status_put(f->store, &(struct store_verdicts){ STR("shop"), STR("m-0"), &row, 1, NULL, NULL },
	                     &outcome, &f->diags) &&
	    outcome == STORE_DONE)
		m->status = number;
}

static void step(struct fixture *f, struct model *m, unsigned i)
{
	struct store_retention keep = { .revisions = 3 };
	enum store_outcome     outcome;
	uint64_t               removed;
	bool                   more;

	if (i % 10 == 9)
		try_delete(f, m, 1 + i / 10 % (NAMES - 1));
	else if (i % 10 == 8)
		(void)store_sweep(f->store, &keep, NOW, &more, &f->diags);
	else if (i % 10 == 7)
		(void)store_purge(f->store, STR("shop"), STR("m-2"), &outcome, &removed, &f->diags);
	else if (i % 10 == 6)
		try_status(f, m, i);
	else
		try_put(f, m, i % NAMES, i + 1);
}

static void verify(struct fixture *f, const struct model *m)
{
	char                  name[16], text[6100];
	struct store_statuses status;

	for (unsigned i = 0; i < NAMES; i++) {
		struct str found;

		name_of(i, name);
		text_of(m->text[i], text);
		found = get(f, "shop", name);
		if (str_present(found) != (m->text[i] != 0) || (m->text[i] && !str_is(found, text)))
			fail_msg("%s is not what was acknowledged", name);
	}
	if (m->status && m->text[0]) {
		assert_true(store_status(f->store, f->arena,
		                         &(struct store_status_query){ STR("shop"), STR("m-0"),
		                                                       &(struct store_page){ .limit = 0 }, 0, 0 },
		                         &status, &f->diags));
		assert_int_equal(status.n, 1);
		assert_int_equal(status.items[0].when, m->status);
	}
	assert_true(store_check(f->store, &f->diags));
	assert_no_finding(f);
}

/* One run with a plan. False: it did not strike, the calls were fewer. */
static bool run_with(enum faulty_call call, unsigned n, int code, bool forever, const int *codes)
{
	void           *state = NULL;
	struct fixture *f;
	struct model    m = { 0 };
	bool            struck;

	assert_int_equal(fixture_setup_closed(&state), 0);
	f = state;
	faulty_plan(call, n, code, forever);
	if (fixture_open(f)) {
		for (unsigned i = 0; i < STEPS; i++)
			step(f, &m, i);
		if (faulty_struck() && forever && call != FAULTY_READ && call != FAULTY_OPEN && m.text[0])
			(void)get(f, "shop", "m-0"); /* reading goes on */
	}
	struck = faulty_struck();
	forget_findings(f, codes, &m.failed);
	faulty_plan(call, 0, 0, false);
	if (!f->store)
		assert_true(fixture_open(f));
	verify(f, &m);
	try_put(f, &m, 0, 1000);
	assert_int_equal(m.text[0], 1000);
	assert_true(store_writable(f->store));
	verify(f, &m);
	fixture_reopen(f);
	verify(f, &m);
	fixture_teardown(&state);
	return struck;
}

struct fault_case {
	enum faulty_call call;
	int              code;
	int              findings[4];
};

static void every_call(void **state)
{
	static const struct fault_case cases[] = {
		{ FAULTY_WRITE, SQLITE_FULL, { CO_STORE_FULL } },
		{ FAULTY_WRITE, SQLITE_IOERR_WRITE, { CO_STORE_FAILED } },
		{ FAULTY_WRITE, SQLITE_READONLY, { CO_STORE_READ_ONLY } },
		{ FAULTY_SYNC, SQLITE_IOERR_FSYNC, { CO_STORE_FAILED } },
		{ FAULTY_READ, SQLITE_IOERR_READ, { CO_STORE_FAILED } },
		{ FAULTY_TRUNCATE, SQLITE_IOERR_TRUNCATE, { CO_STORE_FAILED } },
		{ FAULTY_OPEN, SQLITE_CANTOPEN, { CO_STORE_FAILED } },
	};
	unsigned runs = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int forever = 0; forever < 2; forever++) {
			unsigned n = 1, here = 0;

			/* All of the first calls, then fewer: what they do repeats. */
			for (; run_with(cases[i].call, n, cases[i].code, forever, cases[i].findings); n += 1 + n / 16)
				here++;
			runs += here;
			if (cases[i].call != FAULTY_TRUNCATE)
				assert_true(here > 0);
		}
	print_message("%u runs with a fault\n", runs);
}

/* The daemon is told that nothing can be written, until something is. */
static void writable_is_told(void **state)
{
	struct fixture     *f = *state;
	struct store_facts  facts;
	struct store_put    p = put_of("shop", "auth", "two");
	struct store_change change;

	put(f, "shop", "auth", "one");
	assert_true(store_writable(f->store));
	faulty_plan(FAULTY_WRITE, 1, SQLITE_FULL, true);
	assert_false(store_put(f->store, f->arena, &p, &change, &f->diags));
	assert_finding(f, CO_STORE_FULL);
	assert_false(store_writable(f->store));
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_false(facts.writable);
	assert_int_equal(facts.revision, 1);
	assert_int_equal(store_revision(f->store), 1);
	assert_int_equal(f->changes, 1);
	assert_str(get(f, "shop", "auth"), "one");
	faulty_plan(FAULTY_WRITE, 0, 0, false);
	assert_int_equal(put(f, "shop", "auth", "two").manifest.revision, 2);
	assert_true(store_writable(f->store));
}

/* A backup that fails at any call leaves no file, and the store as it was. */
static void backup_at_every_call(void **state)
{
	static const struct fault_case cases[] = { { FAULTY_WRITE, SQLITE_FULL, { 0 } },
		                                   { FAULTY_READ, SQLITE_IOERR_READ, { 0 } },
		                                   { FAULTY_OPEN, SQLITE_CANTOPEN, { 0 } } };
	struct fixture                *f = *state;
	struct stat                    status;
	char                           path[96];
	unsigned                       failed = 0;

	for (unsigned i = 0; i < 30; i++) {
		struct model m = { 0 };

		try_put(f, &m, i % NAMES, i);
	}
	snprintf(path, sizeof(path), "%s/copy.db", f->above);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned n = 1;; n++) {
			bool done;

			faulty_plan(cases[i].call, n, cases[i].code, true);
			done = store_backup(str_c(f->directory), str_c(path), &f->diags);
			assert_int_equal(done, !faulty_struck());
			faulty_plan(cases[i].call, 0, 0, false);
			diags_init(&f->diags, f->arena);
			if (done) {
				assert_int_equal(remove(path), 0);
				break;
			}
			failed++;
			assert_int_equal(stat(path, &status), -1);
		}
	assert_true(failed > 10);
	assert_true(store_check(f->store, &f->diags));
}

/* The same of a copy without a name. */
static void copy_at_every_call(void **state)
{
	static const struct fault_case cases[] = { { FAULTY_WRITE, SQLITE_FULL, { 0 } },
		                                   { FAULTY_READ, SQLITE_IOERR_READ, { 0 } },
		                                   { FAULTY_OPEN, SQLITE_CANTOPEN, { 0 } } };
	struct fixture                *f = *state;
	char                           path[96];

	put(f, "shop", "auth", "one");
	snprintf(path, sizeof(path), "%s/copy.tmp", f->directory);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool done = false;

		for (unsigned n = 1; !done; n++) {
			struct store_copy copy;

			faulty_plan(cases[i].call, n, cases[i].code, true);
			done = store_copy(f->store, &copy, &f->diags);
			assert_int_equal(done, !faulty_struck());
			faulty_plan(cases[i].call, 0, 0, false);
			if (done)
				close(copy.fd);
			assert_int_not_equal(access(path, F_OK), 0);
			assert_str(get(f, "shop", "auth"), "one");
			diags_init(&f->diags, f->arena);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call),
		FIXTURE_TEST(writable_is_told),
		FIXTURE_TEST(backup_at_every_call),
		FIXTURE_TEST(copy_at_every_call),
	};

	faulty_install();
	return cmocka_run_group_tests_name("store_faults", tests, NULL, NULL);
}
