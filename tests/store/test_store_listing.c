/* Pages of manifests, changes, and the host registry. */
#include "fixture.h"

static void put_many(struct fixture *f, int namespaces, int each)
{
	char namespace[16], name[16];

	for (int i = 0; i < namespaces; i++)
		for (int j = 0; j < each; j++) {
			snprintf(namespace, sizeof(namespace), "ns-%d", i);
			snprintf(name, sizeof(name), "m-%d", j);
			put(f, namespace, name, name);
		}
}

/* Every page of a listing: how many items, and that they are in order. */
static size_t walk(struct fixture *f, struct store_page page, size_t *pages)
{
	struct store_list            found;
	const struct store_manifest *before = NULL;
	size_t                       n = 0;

	*pages = 0;
	do {
		found = list(f, &page);
		assert_int_equal(found.outcome, STORE_DONE);
		for (size_t i = 0; i < found.n; i++) {
			const struct store_manifest *m = &found.items[i];
			int                          order = before ? str_cmp(before->namespace, m->namespace) : -1;

			assert_true(order < 0 || (order == 0 && str_cmp(before->name, m->name) < 0));
			assert_int_equal(str_present(m->document), page.documents);
			if (page.documents)
				assert_true(str_eq(m->document, m->name));
			before = m;
		}
		assert_int_equal(found.more, str_present(found.next));
		n += found.n;
		page.after = found.next;
		(*pages)++;
	} while (str_present(found.next));
	return n;
}

static void pages(void **state)
{
	struct fixture  *f = *state;
	const struct str two[] = { STR_INIT("ns-3"), STR_INIT("ns-1") }, none[] = { STR_INIT("nobody") };
	size_t           n;

	assert_int_equal(walk(f, (struct store_page){ 0 }, &n), 0);
	put_many(f, 5, 7);
	assert_int_equal(walk(f, (struct store_page){ 0 }, &n), 35);
	assert_int_equal(n, 1);
	assert_int_equal(walk(f, (struct store_page){ .limit = 4, .documents = true }, &n), 35);
	assert_int_equal(n, 9);
	assert_int_equal(walk(f, (struct store_page){ .limit = 35 }, &n), 35);
	assert_int_equal(n, 1);
	assert_int_equal(walk(f, (struct store_page){ .limit = 4, .scope = { two, 2 } }, &n), 14);
	assert_int_equal(n, 4);
	assert_int_equal(walk(f, (struct store_page){ .limit = 7, .scope = { two, 2 } }, &n), 14);
	assert_int_equal(n, 2);
	assert_int_equal(walk(f, (struct store_page){ .scope = { none, 1 } }, &n), 0);
	assert_no_finding(f);
}

static void page_bytes(void **state)
{
	struct fixture   *f = *state;
	char             *big = calloc(1, LIMIT_DOCUMENT_BYTES);
	struct store_put  p;
	struct store_page page = { .documents = true };
	struct store_list found;
	char              name[16];
	size_t            n = 0;

	memset(big, 'x', LIMIT_DOCUMENT_BYTES);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "big-%d", i);
		p = put_of("shop", name, "");
		p.document = str_of(big, LIMIT_DOCUMENT_BYTES);
		put_it(f, &p);
	}
	do {
		found = list(f, &page);
		assert_true(found.n >= 1 && found.n * LIMIT_DOCUMENT_BYTES <= LIMIT_STORE_PAGE_BYTES);
		n += found.n;
		page.after = found.next;
	} while (str_present(found.next));
	assert_int_equal(n, 5);
	page = (struct store_page){ 0 };
	assert_int_equal(list(f, &page).n, 5);
	free(big);
}

/* What stands all the time is seen exactly once, whatever comes and goes. */
static void stable_while_changing(void **state)
{
	struct fixture   *f = *state;
	struct store_page page = { .limit = 2 };
	struct store_list found, later;
	unsigned          seen[10] = { 0 };
	uint64_t          first = 0;
	char              name[16];
	int               turn = 0;

	put_many(f, 1, 10);
	do {
		found = list(f, &page);
		for (size_t i = 0; i < found.n; i++)
			if (found.items[i].name.p[0] == 'm')
				seen[found.items[i].name.p[2] - '0']++;
		first = first ? first : found.revision;
		assert_int_equal(found.revision, first);
		snprintf(name, sizeof(name), "a-%d", turn);
		put(f, "ns-0", name, "came before"); /* before the page that was read */
		snprintf(name, sizeof(name), "z-%d", turn++);
		put(f, "ns-0", name, "came behind");
		page.after = found.next;
	} while (str_present(found.next));
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(seen[i], 1);
	/* A watch from the first page on hears of all that came meanwhile. */
	assert_true(store_changes(f->store, f->arena, first, &(struct store_page){ 0 }, &later, &f->diags));
	assert_int_equal(later.n, 2 * turn);
}

static void bad_tokens(void **state)
{
	static const char *const bad[] = { "", "x", "AAAA", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		                           "=" };
	struct fixture          *f = *state;
	const struct str         scope[] = { STR_INIT("ns-0") };
	struct store_page        page = { .limit = 2 }, other;
	struct store_list        found;
	struct store_callers     callers;
	struct str               token;

	put_many(f, 2, 5);
	token = list(f, &page).next;
	assert_true(str_present(token));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		page.after = str_c(bad[i]);
		assert_int_equal(list(f, &page).outcome, STORE_BAD_CONTINUE);
	}
	/* Each byte of it counts. */
	for (size_t i = 0; i < token.n; i++) {
		char *changed = arena_copy(f->arena, token.p, token.n);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		page.after = str_of(changed, token.n);
		found = list(f, &page);
		/* Base64's last character has bits that mean nothing. */
		if (found.outcome != STORE_BAD_CONTINUE)
			assert_int_equal(i, token.n - 1);
		page.after = str_slice(token, 0, i);
		assert_int_equal(list(f, &page).outcome, STORE_BAD_CONTINUE);
	}
	other = (struct store_page){ .limit = 2, .scope = { scope, 1 }, .after = token };
	assert_int_equal(list(f, &other).outcome, STORE_BAD_CONTINUE);
	other.scope.n_namespaces = 0;
	assert_true(store_hosts(f->store, f->arena, STR_ABSENT, &other, &callers, &f->diags));
	assert_int_equal(callers.outcome, STORE_BAD_CONTINUE);
	assert_true(store_history(f->store, f->arena, STR("ns-0"), STR("m-0"), &other, &found, &f->diags));
	assert_int_equal(found.outcome, STORE_BAD_CONTINUE);
	assert_int_equal(list(f, &other).outcome, STORE_DONE);
	fixture_reopen(f);
	assert_int_equal(list(f, &other).outcome, STORE_DONE);
}

/* ---- changes ---- */

static void changes(void **state)
{
	struct fixture   *f = *state;
	const struct str  scope[] = { STR_INIT("ns-1") };
	struct store_page page = { .limit = 2 };
	struct store_list found;
	uint64_t          since = 0, expected = 1;

	assert_true(store_changes(f->store, f->arena, 0, &page, &found, &f->diags));
	assert_int_equal(found.outcome, STORE_DONE);
	assert_int_equal(found.n, 0);
	put_many(f, 2, 3);
	delete_it(f, "ns-0", "m-1");
	do {
		assert_true(store_changes(f->store, f->arena, since, &page, &found, &f->diags));
		assert_int_equal(found.outcome, STORE_DONE);
		for (size_t i = 0; i < found.n; i++)
			assert_int_equal(found.items[i].revision, expected++);
		since = found.revision;
	} while (found.more);
	assert_int_equal(expected, 8);
	assert_int_equal(since, 7);
	assert_int_equal(found.items[found.n - 1].action, STORE_DELETE);

	page = (struct store_page){ .scope = { scope, 1 }, .documents = true };
	assert_true(store_changes(f->store, f->arena, 0, &page, &found, &f->diags));
	assert_int_equal(found.n, 3);
	assert_int_equal(found.items[0].revision, 4);
	assert_str(found.items[0].document, "m-0");
	assert_int_equal(found.revision, 7);
	assert_true(store_changes(f->store, f->arena, 8, &page, &found, &f->diags));
	assert_int_equal(found.outcome, STORE_GONE);
}

/* ---- hosts ---- */

static void put_calling(struct fixture *f, const char *namespace, const char *name, const struct store_host *hosts,
                        size_t n)
{
	struct store_put p = put_of(namespace, name, name);

	p.hosts = hosts;
	p.n_hosts = n;
	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
}

static const struct store_host both[] = {
	{ STR_INIT("auth"), STR_INIT("a.example.com"), 443, true, STR_INIT("outbound|443||a.example.com") },
	{ STR_INIT("log"), STR_INIT("b.example.com"), 80, false, { NULL, 0 } },
};

static size_t walk_hosts(struct fixture *f, struct str host, struct store_page page, struct str *text)
{
	struct store_callers found;
	size_t               n = 0;

	*text = STR("");
	do {
		assert_true(store_hosts(f->store, f->arena, host, &page, &found, &f->diags));
		assert_int_equal(found.outcome, STORE_DONE);
		for (size_t i = 0; i < found.n; i++) {
			const struct store_caller *c = &found.items[i];

			*text = str_fmt(f->arena, "%.*s%c:%u %.*s/%.*s.%.*s\n", STR_ARG(*text), c->host.host.p[0],
			                c->host.port, STR_ARG(c->namespace), STR_ARG(c->name),
			                STR_ARG(c->host.upstream));
			n++;
		}
		page.after = found.next;
	} while (str_present(found.next));
	return n;
}

static void hosts(void **state)
{
	struct fixture      *f = *state;
	struct store_callers found;
	struct store_facts   facts;
	const struct str     scope[] = { STR_INIT("shop"), STR_INIT("pay") };
	struct str           all, text;

	put_calling(f, "shop", "x", both, 2);
	put_calling(f, "bank", "y", both, 2);
	put_calling(f, "pay", "z", both, 2);
	put_calling(f, "shop", "w", both, 1);
	assert_true(store_hosts(f->store, f->arena, STR_ABSENT, &(struct store_page){ 0 }, &found, &f->diags));
	assert_int_equal(found.n, 7);
	assert_str(found.items[0].host.cluster, "outbound|443||a.example.com");
	assert_true(found.items[0].host.shared);
	assert_false(found.items[6].host.shared);
	assert_false(str_present(found.items[6].host.cluster));

	walk_hosts(f, STR_ABSENT, (struct store_page){ 0 }, &all);
	assert_str(all, "a:443 bank/y.auth\na:443 pay/z.auth\na:443 shop/w.auth\na:443 shop/x.auth\n"
	                "b:80 bank/y.log\nb:80 pay/z.log\nb:80 shop/x.log\n");
	for (size_t limit = 1; limit < 8; limit++) {
		walk_hosts(f, STR_ABSENT, (struct store_page){ .limit = limit }, &text);
		assert_true(str_eq(text, all));
		walk_hosts(f, STR_ABSENT, (struct store_page){ .limit = limit, .scope = { scope, 2 } }, &text);
		assert_str(text,
		           "a:443 pay/z.auth\na:443 shop/w.auth\na:443 shop/x.auth\nb:80 pay/z.log\nb:80 shop/x.log\n");
		walk_hosts(f, STR("b.example.com"), (struct store_page){ .limit = limit }, &text);
		assert_str(text, "b:80 bank/y.log\nb:80 pay/z.log\nb:80 shop/x.log\n");
		walk_hosts(f, STR("a.example.com"), (struct store_page){ .limit = limit, .scope = { scope, 1 } },
		           &text);
		assert_str(text, "a:443 shop/w.auth\na:443 shop/x.auth\n");
	}
	assert_int_equal(walk_hosts(f, STR("a"), (struct store_page){ 0 }, &text), 0);

	delete_it(f, "shop", "x");
	assert_int_equal(walk_hosts(f, STR_ABSENT, (struct store_page){ 0 }, &text), 5);
	put(f, "shop", "w", "calls nobody now");
	assert_int_equal(walk_hosts(f, STR_ABSENT, (struct store_page){ 0 }, &text), 4);
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_int_equal(facts.hosts, 4);
	assert_int_equal(facts.manifests, 3);
	assert_int_equal(facts.revisions, 6);
	assert_int_equal(facts.revision, 6);
	assert_true(facts.bytes > 0);
	assert_true(store_check(f->store, &f->diags));
	assert_no_finding(f);
}

/* Namespaces are read in pieces, and given out in one order. */
static void hosts_of_many_callers(void **state)
{
	struct fixture  *f = *state;
	const struct str scope[] = { STR_INIT("pay"), STR_INIT("shop"), STR_INIT("bank") };
	struct str       all, text;

	for (int i = 0; i < 90; i++) {
		char              name[8], letter[2] = { (char)('a' + i * 7 % 11), '\0' };
		struct store_host host = { .upstream = STR("auth"), .host = str_c(letter), .port = 443 };

		(void)snprintf(name, sizeof(name), "m-%d", i);
		put_calling(f, scope[i % 3].p, name, &host, 1);
	}
	assert_int_equal(walk_hosts(f, STR_ABSENT, (struct store_page){ 0 }, &all), 90);
	for (size_t limit = 1; limit < 100; limit++) {
		walk_hosts(f, STR_ABSENT, (struct store_page){ .limit = limit, .scope = { scope, 3 } }, &text);
		assert_true(str_eq(text, all));
	}
	assert_no_finding(f);
}

static void extracted_anew(void **state)
{
	struct fixture    *f = *state;
	struct store_list  found;
	enum store_outcome outcome;
	struct str         text;

	put_calling(f, "shop", "x", both, 2);
	put_calling(f, "shop", "y", both, 2);
	assert_true(store_outdated(f->store, f->arena, &(struct store_page){ 0 }, &found, &f->diags));
	assert_int_equal(found.n, 0);
	store_close(f->store);
	assert_true(fixture_open_with(f, 2));
	assert_true(store_outdated(f->store, f->arena, &(struct store_page){ .limit = 1 }, &found, &f->diags));
	assert_int_equal(found.n, 1);
	assert_true(found.more);
	assert_str(found.items[0].document, "x");
	assert_true(store_extract(f->store, f->arena,
	                          &(struct store_extraction){ STR("shop"), STR("x"), 99, both, 1, NULL, 0 }, &outcome,
	                          &f->diags));
	assert_int_equal(outcome, STORE_STALE);
	assert_true(store_extract(f->store, f->arena,
	                          &(struct store_extraction){ STR("shop"), STR("x"), 1, both, 1, NULL, 0 }, &outcome,
	                          &f->diags));
	assert_int_equal(outcome, STORE_DONE);
	assert_true(store_extract(f->store, f->arena,
	                          &(struct store_extraction){ STR("shop"), STR("q"), 1, both, 1, NULL, 0 }, &outcome,
	                          &f->diags));
	assert_int_equal(outcome, STORE_NOT_FOUND);
	assert_int_equal(walk_hosts(f, STR_ABSENT, (struct store_page){ 0 }, &text), 3);
	assert_true(store_outdated(f->store, f->arena, &(struct store_page){ 0 }, &found, &f->diags));
	assert_int_equal(found.n, 1);
	/* The same bytes are put again: no change for those who watch, whoever extracts. */
	assert_int_equal(put(f, "shop", "y", "y").outcome, STORE_UNCHANGED);
	assert_int_equal(store_revision(f->store), 2);
	assert_true(store_extract(f->store, f->arena,
	                          &(struct store_extraction){ STR("shop"), STR("y"), 2, both, 1, NULL, 0 }, &outcome,
	                          &f->diags));
	assert_true(store_outdated(f->store, f->arena, &(struct store_page){ 0 }, &found, &f->diags));
	assert_int_equal(found.n, 0);
	store_extractor_set(f->store, 3);
	assert_true(store_outdated(f->store, f->arena, &(struct store_page){ 0 }, &found, &f->diags));
	assert_int_equal(found.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(pages),
		FIXTURE_TEST(page_bytes),
		FIXTURE_TEST(stable_while_changing),
		FIXTURE_TEST(bad_tokens),
		FIXTURE_TEST(changes),
		FIXTURE_TEST(hosts),
		FIXTURE_TEST(hosts_of_many_callers),
		FIXTURE_TEST(extracted_anew),
	};

	return cmocka_run_group_tests_name("store_listing", tests, NULL, NULL);
}
