/* Verdicts of proxies, and replies to requests with an idempotency key. */
#include "fixture.h"

static struct store_status row_of(const char *proxy, uint64_t revision, bool good, int64_t when)
{
	return (struct store_status){ .proxy = str_c(proxy),
		                      .revision = revision,
		                      .verdict = good ? STR("resolved") : STR("missing"),
		                      .good = good,
		                      .source = STR("web.json"),
		                      .who = STR("carol"),
		                      .when = when,
		                      .report = str_c(proxy) };
}

static enum store_outcome status_put(struct fixture *f, const char *name, const struct store_status *rows, size_t n)
{
	enum store_outcome outcome = STORE_GONE;

	if (!store_status_put(f->store, &(struct store_verdicts){ STR("shop"), str_c(name), rows, n, NULL, NULL },
	                      &outcome, &f->diags))
		assert_no_finding(f);
	return outcome;
}

static struct store_statuses status(struct fixture *f, const struct store_page *page, int64_t now, int64_t stale_after)
{
	struct store_statuses found = { .outcome = STORE_GONE };

	if (!store_status(f->store, f->arena,
	                  &(struct store_status_query){ STR("shop"), STR("auth"), page, now, stale_after }, &found,
	                  &f->diags))
		assert_no_finding(f);
	return found;
}

static void verdicts(void **state)
{
	struct fixture       *f = *state;
	struct store_page     page = { .documents = true };
	struct store_status   rows[3] = { row_of("b", 1, false, 200), row_of("a", 1, true, 100),
		                          row_of("c", 1, true, 300) };
	struct store_statuses found;

	assert_int_equal(status_put(f, "auth", rows, 3), STORE_NOT_FOUND);
	assert_int_equal(status(f, &page, 0, 0).outcome, STORE_NOT_FOUND);
	put(f, "shop", "auth", "one");
	found = status(f, &page, 0, 0);
	assert_int_equal(found.outcome, STORE_DONE);
	assert_int_equal(found.n, 0);
	assert_int_equal(found.newest, 0);

	assert_int_equal(status_put(f, "auth", rows, 3), STORE_DONE);
	found = status(f, &page, 400, 250);
	assert_int_equal(found.n, 3);
	assert_str(found.items[0].proxy, "a");
	assert_str(found.items[0].report, "a");
	assert_str(found.items[0].verdict, "resolved");
	assert_str(found.items[0].source, "web.json");
	assert_str(found.items[0].who, "carol");
	assert_int_equal(found.items[0].when, 100);
	assert_true(found.items[0].stale);
	assert_false(found.items[1].stale);
	assert_false(found.items[1].good);
	assert_int_equal(found.proxies, 3);
	assert_int_equal(found.stale, 1);
	assert_int_equal(found.good, 1);
	assert_int_equal(found.bad, 1);
	assert_int_equal(found.outdated, 0);
	assert_int_equal(found.newest, 300);
	found = status(f, &(struct store_page){ .limit = 0 }, 1000000, 0);
	assert_int_equal(found.stale, 0);
	assert_false(found.items[0].stale);
	assert_false(str_present(found.items[0].report));

	/* The manifest changes: what was said of it before is outdated, and neither good nor bad. */
	put(f, "shop", "auth", "two");
	found = status(f, &page, 400, 0);
	assert_int_equal(found.outdated, 3);
	assert_int_equal(found.good + found.bad, 0);
	assert_true(found.items[2].outdated);
	assert_true(store_check(f->store, &f->diags));
	assert_no_finding(f);
}

static void newer_wins(void **state)
{
	struct fixture       *f = *state;
	struct store_status   newer = row_of("a", 1, true, 200), older = row_of("a", 1, false, 100);
	struct store_statuses found;

	put(f, "shop", "auth", "one");
	assert_int_equal(status_put(f, "auth", &newer, 1), STORE_DONE);
	assert_int_equal(status_put(f, "auth", &older, 1), STORE_DONE);
	found = status(f, &(struct store_page){ .limit = 0 }, 0, 0);
	assert_int_equal(found.n, 1);
	assert_true(found.items[0].good);
	newer = row_of("a", 1, false, 200); /* at the same moment: the later request */
	assert_int_equal(status_put(f, "auth", &newer, 1), STORE_DONE);
	assert_false(status(f, &(struct store_page){ .limit = 0 }, 0, 0).items[0].good);
	delete_it(f, "shop", "auth");
	put(f, "shop", "auth", "one");
	assert_int_equal(status(f, &(struct store_page){ .limit = 0 }, 0, 0).n, 0);
}

/* A clock that ran ahead and was set back must not keep its verdict for as long as it was ahead. */
static void clock_is_set_back(void **state)
{
	enum { MINUTE = 60000 };
	struct fixture          *f = *state;
	struct store_status      ahead = row_of("a", 1, true, 3 * MINUTE), now = row_of("a", 1, false, 2 * MINUTE);
	struct store_status_sums sums;

	put(f, "shop", "auth", "one");
	assert_int_equal(status_put(f, "auth", &ahead, 1), STORE_DONE);
	assert_true(store_status_sums(f->store, 0, 0, &sums, &f->diags));
	assert_int_equal(sums.last_good, 3 * MINUTE);
	assert_int_equal(status_put(f, "auth", &now, 1), STORE_DONE);
	assert_true(status(f, &(struct store_page){ .limit = 0 }, 0, 0).items[0].good);
	now.when--;
	assert_int_equal(status_put(f, "auth", &now, 1), STORE_DONE);
	assert_false(status(f, &(struct store_page){ .limit = 0 }, 0, 0).items[0].good);
	assert_true(store_status_sums(f->store, 0, 0, &sums, &f->diags));
	assert_int_equal(sums.last_good, 0);
}

static void status_pages(void **state)
{
	struct fixture          *f = *state;
	struct store_page        page = { .limit = 3 };
	struct store_statuses    found;
	struct store_status      row;
	struct store_status_sums sums;
	char                     name[16];
	size_t                   n = 0;

	put(f, "shop", "auth", "one");
	put(f, "shop", "auto", "one");
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "p-%d", i);
		row = row_of(name, 1, i % 2, i);
		assert_int_equal(status_put(f, "auth", &row, 1), STORE_DONE);
		row.revision = 2;
		assert_int_equal(status_put(f, "auto", &row, 1), STORE_DONE);
	}
	do {
		found = status(f, &page, 10, 5);
		assert_int_equal(found.proxies, 10);
		assert_int_equal(found.stale, 5);
		for (size_t i = 0; i < found.n; i++)
			assert_int_equal(found.items[i].when, n++);
		page.after = found.next;
	} while (str_present(found.next));
	assert_int_equal(n, 10);
	page.after = STR("x");
	assert_int_equal(status(f, &page, 0, 0).outcome, STORE_BAD_CONTINUE);
	assert_true(store_status_sums(f->store, 10, 5, &sums, &f->diags));
	assert_int_equal(sums.proxies, 20);
	assert_int_equal(sums.stale, 10);
	assert_int_equal(sums.good, 6);
	assert_int_equal(sums.bad, 4);
	put(f, "shop", "auto", "two");
	assert_true(store_status_sums(f->store, 10, 5, &sums, &f->diags));
	assert_int_equal(sums.outdated, 10);
	assert_int_equal(sums.good, 3);
}

/* Of how many clusters which kind: of rows that count, and of them alone. */
static void cluster_states(void **state)
{
	struct fixture     *f = *state;
	struct store_status a = row_of("a", 1, false, 100), b = row_of("b", 1, true, 200),
			    c = row_of("c", 2, true, 200);
	struct store_status_sums sums;

	put(f, "shop", "auth", "one");
	put(f, "shop", "auto", "one");
	for (uint32_t i = 0; i < STORE_CLUSTER_STATES; i++) {
		a.clusters[i] = i;
		b.clusters[i] = 100 * i;
		c.clusters[i] = 70000;
	}
	assert_int_equal(status_put(f, "auth", (struct store_status[]){ a, b }, 2), STORE_DONE);
	assert_int_equal(status_put(f, "auto", &c, 1), STORE_DONE);
	assert_int_equal(status(f, &(struct store_page){ .limit = 0 }, 0, 0).items[1].clusters[3], 300);
	assert_true(store_status_sums(f->store, 200, 0, &sums, &f->diags));
	for (uint32_t i = 0; i < STORE_CLUSTER_STATES; i++)
		assert_int_equal(sums.clusters[i], 101 * i + 70000);
	assert_true(store_status_sums(f->store, 200, 50, &sums, &f->diags)); /* a is stale */
	assert_int_equal(sums.clusters[7], 700 + 70000);
	put(f, "shop", "auto", "two"); /* c is outdated */
	b.when = 300;
	b.clusters[7] = 1;
	assert_int_equal(status_put(f, "auth", &b, 1), STORE_DONE);
	assert_true(store_status_sums(f->store, 200, 50, &sums, &f->diags));
	assert_int_equal(sums.clusters[7], 1);
	assert_int_equal(sums.clusters[6], 600);
	assert_true(store_check(f->store, &f->diags));
	run_sql(f, "UPDATE status SET clusters4 = 401 WHERE proxy = 'b'");
	assert_false(store_check(f->store, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
}

/* A store from before clusters were counted: its rows are sound, and counted from their next dump on. */
static void before_cluster_states(void **state)
{
	struct fixture          *f = *state;
	struct store_status      a = row_of("a", 1, false, 100);
	struct store_status_sums sums;

	put(f, "shop", "auth", "one");
	assert_int_equal(status_put(f, "auth", &a, 1), STORE_DONE);
	run_sql(f, "DROP INDEX status_sums;"
	           "ALTER TABLE status DROP COLUMN clusters0;ALTER TABLE status DROP COLUMN clusters1;"
	           "ALTER TABLE status DROP COLUMN clusters2;ALTER TABLE status DROP COLUMN clusters3;"
	           "ALTER TABLE status DROP COLUMN clusters4;ALTER TABLE status DROP COLUMN clusters5;"
	           "ALTER TABLE status DROP COLUMN clusters6;ALTER TABLE status DROP COLUMN clusters7;"
	           "CREATE INDEX status_sums ON status(namespace, name, revision, good, time);PRAGMA user_version = 3");
	fixture_reopen(f);
	assert_true(store_check(f->store, &f->diags));
	assert_true(store_status_sums(f->store, 0, 0, &sums, &f->diags));
	assert_int_equal(sums.bad, 1);
	assert_int_equal(sums.clusters[1], 0);
	a.clusters[1] = 2;
	assert_int_equal(status_put(f, "auth", &a, 1), STORE_DONE);
	assert_true(store_status_sums(f->store, 0, 0, &sums, &f->diags));
	assert_int_equal(sums.clusters[1], 2);
	assert_true(store_check(f->store, &f->diags));
}

static void damaged_status(void **state)
{
	struct fixture       *f = *state;
	struct store_status   row = row_of("a", 1, true, 100);
	struct store_statuses found;

	put(f, "shop", "auth", "one");
	assert_int_equal(status_put(f, "auth", &row, 1), STORE_DONE);
	run_sql(f, "UPDATE status SET good = 0");
	assert_false(store_status(f->store, f->arena,
	                          &(struct store_status_query){ STR("shop"), STR("auth"),
	                                                        &(struct store_page){ .limit = 0 }, 0, 0 },
	                          &found, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
	assert_false(store_check(f->store, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
	assert_int_equal(status_put(f, "auth", &row, 1), STORE_DONE);
	assert_true(store_check(f->store, &f->diags));
}

static void status_limits(void **state)
{
	struct fixture     *f = *state;
	struct store_status row = row_of("a", 1, true, 100), *many = calloc(LIMIT_STORE_PAGE + 1, sizeof(row));
	enum store_outcome  outcome;
	char               *big = calloc(1, LIMIT_STORE_REPORT_BYTES + 1);

	put(f, "shop", "auth", "one");
	row.report = str_of(big, LIMIT_STORE_REPORT_BYTES + 1);
	assert_false(store_status_put(f->store,
	                              &(struct store_verdicts){ STR("shop"), STR("auth"), &row, 1, NULL, NULL },
	                              &outcome, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	assert_false(store_status_put(f->store,
	                              &(struct store_verdicts){ STR("shop"), STR("auth"), many, LIMIT_STORE_PAGE + 1,
	                                                        NULL, NULL },
	                              &outcome, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	free(big);
	free(many);
}

/* ---- idempotency ---- */

static enum store_outcome begin(struct fixture *f, const struct store_request *r, struct store_reply *reply)
{
	enum store_outcome outcome = STORE_GONE;

	if (!store_begin(f->store, f->arena, r, 1000, &outcome, reply, &f->diags))
		assert_no_finding(f);
	return outcome;
}

/* One verdict comes in with the request, and its answer is kept. */
static void answer_kept(struct fixture *f, const struct store_request *r, const struct store_reply *reply)
{
	struct store_status row = row_of("a", 1, true, 100);
	enum store_outcome  outcome = STORE_GONE;

	assert_true(store_status_put(f->store, &(struct store_verdicts){ STR("shop"), STR("auth"), &row, 1, r, reply },
	                             &outcome, &f->diags));
	assert_int_equal(outcome, STORE_DONE);
}

static void idempotency(void **state)
{
	struct fixture      *f = *state;
	struct store_request r = { .scope = STR("alice"), .key = STR("key-1"), .fingerprint = STR("print") }, other = r,
			     none = { .scope = STR("alice"), .fingerprint = STR("") };
	struct store_reply answer = { .status = 201,
		                      .media_type = STR("application/json"),
		                      .body = STR("{\"ok\":\0true}") },
			   reply = { 0 };

	put(f, "shop", "auth", "one");
	assert_int_equal(begin(f, &r, &reply), STORE_CREATED);
	assert_int_equal(begin(f, &r, &reply), STORE_BUSY);
	other.fingerprint = STR("another body");
	assert_int_equal(begin(f, &other, &reply), STORE_MISMATCH);
	other.scope = STR("bob"); /* keys of different users never meet */
	assert_int_equal(begin(f, &other, &reply), STORE_CREATED);
	assert_true(store_abandon(f->store, &other, &f->diags));
	assert_int_equal(begin(f, &other, &reply), STORE_CREATED);
	answer_kept(f, &r, &answer);
	assert_int_equal(begin(f, &r, &reply), STORE_DONE);
	assert_int_equal(reply.status, 201);
	assert_str(reply.media_type, "application/json");
	assert_true(str_eq(reply.body, answer.body));
	other.scope = STR("alice");
	assert_int_equal(begin(f, &other, &reply), STORE_MISMATCH);
	assert_int_equal(begin(f, &none, &reply), STORE_CREATED);
	assert_int_equal(begin(f, &none, &reply), STORE_CREATED);
	answer_kept(f, &none, &answer);

	/* What was finished is remembered, what was at work is free again. */
	fixture_reopen(f);
	assert_int_equal(begin(f, &r, &reply), STORE_DONE);
	other.scope = STR("bob");
	assert_int_equal(begin(f, &other, &reply), STORE_CREATED);
	assert_no_finding(f);
}

static void reply_with_the_status(void **state)
{
	struct fixture      *f = *state;
	struct store_request r = { .scope = STR("alice"), .key = STR("key-1"), .fingerprint = STR("print") };
	struct store_reply   answer = { .status = 200, .media_type = STR("text/plain"), .body = STR("stored") },
			   reply = { 0 };
	struct store_status row = row_of("a", 1, true, 100);
	enum store_outcome  outcome;

	assert_int_equal(begin(f, &r, &reply), STORE_CREATED);
	assert_true(store_status_put(f->store,
	                             &(struct store_verdicts){ STR("shop"), STR("auth"), &row, 1, &r, &answer },
	                             &outcome, &f->diags));
	assert_int_equal(outcome, STORE_NOT_FOUND);
	assert_int_equal(begin(f, &r, &reply), STORE_BUSY);
	put(f, "shop", "auth", "one");
	answer_kept(f, &r, &answer);
	assert_int_equal(begin(f, &r, &reply), STORE_DONE);
	assert_str(reply.body, "stored");
}

static void idempotency_limits(void **state)
{
	struct fixture      *f = *state;
	char                 key[LIMIT_STORE_KEY_BYTES + 1] = "", number[16];
	struct store_request r = { .scope = STR("alice"),
		                   .key = str_of(key, sizeof(key)),
		                   .fingerprint = STR("print") };
	struct store_reply   reply;
	enum store_outcome   outcome;

	memset(key, 'k', sizeof(key));
	assert_false(store_begin(f->store, f->arena, &r, 0, &outcome, &reply, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	for (int i = 0; i < LIMIT_STORE_AT_WORK; i++) {
		snprintf(number, sizeof(number), "%d", i);
		r.key = str_c(number);
		assert_int_equal(begin(f, &r, &reply), STORE_CREATED);
	}
	r.key = STR("one more");
	assert_false(store_begin(f->store, f->arena, &r, 0, &outcome, &reply, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	put(f, "shop", "auth", "others are not held up");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(verdicts),
		FIXTURE_TEST(newer_wins),
		FIXTURE_TEST(clock_is_set_back),
		FIXTURE_TEST(status_pages),
		FIXTURE_TEST(damaged_status),
		FIXTURE_TEST(status_limits),
		FIXTURE_TEST(idempotency),
		FIXTURE_TEST(reply_with_the_status),
		FIXTURE_TEST(idempotency_limits),
		FIXTURE_TEST(cluster_states),
		FIXTURE_TEST(before_cluster_states),
	};

	return cmocka_run_group_tests_name("store_status", tests, NULL, NULL);
}
