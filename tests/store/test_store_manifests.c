/* Manifests: put, get, delete, preconditions, quarrels, history. */
#include "fixture.h"

static void put_and_get(void **state)
{
	struct fixture       *f = *state;
	struct store_change   first = put(f, "shop", "auth", "one"), second, again;
	struct store_manifest m = { 0 };
	enum store_outcome    outcome;

	assert_int_equal(first.outcome, STORE_CREATED);
	assert_int_equal(first.manifest.revision, 1);
	assert_int_equal(first.manifest.generation, 1);
	assert_int_equal(f->changes, 1);
	assert_int_equal(f->changed, 1);

	assert_true(store_get(f->store, f->arena, STR("shop"), STR("auth"), &outcome, &m, &f->diags));
	assert_int_equal(outcome, STORE_DONE);
	assert_str(m.namespace, "shop");
	assert_str(m.name, "auth");
	assert_str(m.document, "one");
	assert_str(m.who, "alice");
	assert_int_equal(m.size, 3);
	assert_int_equal(m.when, NOW);
	assert_int_equal(m.created, NOW);
	assert_int_equal(m.action, STORE_CREATE);
	assert_true(str_eq(m.etag, first.manifest.etag));

	second = put(f, "shop", "auth", "two");
	assert_int_equal(second.outcome, STORE_REPLACED);
	assert_int_equal(second.manifest.revision, 2);
	assert_int_equal(second.manifest.generation, 2);
	assert_false(str_eq(second.manifest.etag, first.manifest.etag));
	assert_str(get(f, "shop", "auth"), "two");

	again = put(f, "shop", "auth", "two");
	assert_int_equal(again.outcome, STORE_UNCHANGED);
	assert_true(str_eq(again.manifest.etag, second.manifest.etag));
	assert_int_equal(store_revision(f->store), 2);
	assert_int_equal(f->changes, 2);

	assert_false(str_present(get(f, "shop", "other")));
	assert_false(str_present(get(f, "other", "auth")));
	fixture_reopen(f);
	assert_int_equal(store_revision(f->store), 2);
	assert_str(get(f, "shop", "auth"), "two");
	assert_no_finding(f);
}

static void any_bytes(void **state)
{
	struct fixture  *f = *state;
	struct store_put p = put_of("shop", "bytes", "");

	p.document = STR("\0\xff\xfe' OR 1=1; --\0");
	p.who = STR("x\0y'\"");
	p.format = STORE_JSON;
	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	assert_true(str_eq(get(f, "shop", "bytes"), p.document));
	p.document = STR("");
	assert_int_equal(put_it(f, &p).outcome, STORE_REPLACED);
	assert_true(str_eq(get(f, "shop", "bytes"), STR("")));
}

static void dry_run(void **state)
{
	struct fixture     *f = *state;
	struct store_put    p = put_of("shop", "auth", "one");
	struct store_delete d = { .namespace = STR("shop"), .name = STR("auth"), .dry_run = true };
	struct store_change change;

	p.dry_run = true;
	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	assert_false(str_present(get(f, "shop", "auth")));
	assert_int_equal(store_revision(f->store), 0);
	assert_int_equal(f->changes, 0);
	put(f, "shop", "auth", "one");
	assert_true(store_delete(f->store, f->arena, &d, &change, &f->diags));
	assert_int_equal(change.outcome, STORE_DONE);
	assert_str(get(f, "shop", "auth"), "one");
	assert_int_equal(store_revision(f->store), 1);
}

/* ---- preconditions: RFC 9110 13.1, and the words of the contract ---- */

struct precondition_case {
	const char        *what;
	bool               stands;
	const char        *match, *none_match; /* "same", "other", "*", NULL */
	bool               required;
	enum store_outcome outcome;
};

static void set_tags(const char *word, struct str *tag, struct str etag, const struct str **list, size_t *n, bool *any)
{
	if (!word)
		return;
	*any = strcmp(word, "*") == 0;
	if (*any)
		return;
	*tag = strcmp(word, "same") == 0 ? etag : STR("1-0123456789abcdef");
	*list = tag;
	*n = 1;
}

static void preconditions(void **state)
{
	static const struct precondition_case cases[] = {
		{ "new, unconditional", false, NULL, NULL, true, STORE_CREATED },
		{ "new, if none", false, NULL, "*", true, STORE_CREATED },
		{ "new, if match", false, "other", NULL, false, STORE_STALE },
		{ "new, if match any", false, "*", NULL, false, STORE_STALE },
		{ "new, if none match", false, NULL, "other", false, STORE_CREATED },
		{ "replace, unconditional", true, NULL, NULL, false, STORE_REPLACED },
		{ "replace, required", true, NULL, NULL, true, STORE_UNCONDITIONAL },
		{ "replace, match", true, "same", NULL, true, STORE_REPLACED },
		{ "replace, stale", true, "other", NULL, true, STORE_STALE },
		{ "replace, any", true, "*", NULL, true, STORE_REPLACED },
		{ "replace, none", true, NULL, "*", true, STORE_STALE },
		{ "replace, none of the same", true, NULL, "same", true, STORE_STALE },
		{ "replace, none of another", true, NULL, "other", true, STORE_REPLACED },
		{ "replace, both", true, "same", "other", true, STORE_REPLACED },
		{ "replace, both against", true, "same", "*", true, STORE_STALE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct precondition_case *c = &cases[i];
		char                            name[16];
		struct str                      etag = STR("none"), tags[2];
		struct store_put                p;
		struct store_change             change;
		uint64_t                        before;

		snprintf(name, sizeof(name), "case-%zu", i);
		if (c->stands)
			etag = put(f, "shop", name, "before").manifest.etag;
		before = store_revision(f->store);
		p = put_of("shop", name, "after");
		p.precondition.required = c->required;
		set_tags(c->match, &tags[0], etag, &p.precondition.if_match, &p.precondition.n_if_match,
		         &p.precondition.if_match_any);
		set_tags(c->none_match, &tags[1], etag, &p.precondition.if_none_match, &p.precondition.n_if_none_match,
		         &p.precondition.if_none_match_any);
		change = put_it(f, &p);
		if (change.outcome != c->outcome)
			fail_msg("%s: outcome %d, want %d", c->what, (int)change.outcome, (int)c->outcome);
		if (c->outcome == STORE_CREATED || c->outcome == STORE_REPLACED) {
			assert_str(get(f, "shop", name), "after");
		} else {
			assert_int_equal(store_revision(f->store), before);
			if (c->stands)
				assert_true(str_eq(change.manifest.etag, etag));
		}
	}
}

static void deleting(void **state)
{
	struct fixture     *f = *state;
	struct str          stale = STR("1-00"), etag;
	struct store_delete d = { .namespace = STR("shop"), .name = STR("auth"), .who = STR("bob"), .now = NOW + 5 };
	struct store_change change;
	struct store_page   page = { .documents = true };
	struct store_list   found;

	d.precondition = (struct store_precondition){ .if_match = &stale, .n_if_match = 1 };
	assert_true(store_delete(f->store, f->arena, &d, &change, &f->diags));
	assert_int_equal(change.outcome, STORE_NOT_FOUND);
	etag = put(f, "shop", "auth", "one").manifest.etag;
	assert_true(store_delete(f->store, f->arena, &d, &change, &f->diags));
	assert_int_equal(change.outcome, STORE_STALE);
	d.precondition = (struct store_precondition){ .required = true };
	assert_true(store_delete(f->store, f->arena, &d, &change, &f->diags));
	assert_int_equal(change.outcome, STORE_UNCONDITIONAL);
	d.precondition = (struct store_precondition){ .if_match = &etag, .n_if_match = 1, .required = true };
	assert_true(store_delete(f->store, f->arena, &d, &change, &f->diags));
	assert_int_equal(change.outcome, STORE_DONE);
	assert_int_equal(change.manifest.revision, 2);
	assert_false(str_present(get(f, "shop", "auth")));
	assert_true(store_delete(f->store, f->arena, &d, &change, &f->diags));
	assert_int_equal(change.outcome, STORE_NOT_FOUND);

	/* The history stays, and goes on. */
	change = put(f, "shop", "auth", "three");
	assert_int_equal(change.outcome, STORE_CREATED);
	assert_int_equal(change.manifest.generation, 3);
	assert_true(store_history(f->store, f->arena, STR("shop"), STR("auth"), &page, &found, &f->diags));
	assert_int_equal(found.outcome, STORE_DONE);
	assert_int_equal(found.n, 3);
	assert_int_equal(found.items[0].revision, 3);
	assert_int_equal(found.items[1].action, STORE_DELETE);
	assert_false(str_present(found.items[1].document));
	assert_str(found.items[1].who, "bob");
	assert_int_equal(found.items[1].when, NOW + 5);
	assert_str(found.items[2].document, "one");
}

static void history_pages(void **state)
{
	struct fixture       *f = *state;
	struct store_page     page = { .limit = 3 };
	struct store_list     found;
	struct store_manifest m;
	enum store_outcome    outcome;
	uint64_t              expected = 10;
	char                  text[16];

	for (int i = 1; i <= 10; i++) {
		snprintf(text, sizeof(text), "text %d", i);
		put(f, "shop", "auth", text);
	}
	put(f, "shop", "other", "x");
	do {
		assert_true(store_history(f->store, f->arena, STR("shop"), STR("auth"), &page, &found, &f->diags));
		assert_int_equal(found.outcome, STORE_DONE);
		for (size_t i = 0; i < found.n; i++) {
			assert_int_equal(found.items[i].revision, expected--);
			assert_false(str_present(found.items[i].document));
		}
		page.after = found.next;
	} while (str_present(found.next));
	assert_int_equal(expected, 0);
	assert_true(store_history(f->store, f->arena, STR("shop"), STR("none"), &(struct store_page){ 0 }, &found,
	                          &f->diags));
	assert_int_equal(found.outcome, STORE_NOT_FOUND);

	assert_true(store_history_get(f->store, f->arena, STR("shop"), STR("auth"), 4, &outcome, &m, &f->diags));
	assert_int_equal(outcome, STORE_DONE);
	assert_str(m.document, "text 4");
	/* Another manifest's revision is not this one's. */
	assert_true(store_history_get(f->store, f->arena, STR("shop"), STR("auth"), 11, &outcome, &m, &f->diags));
	assert_int_equal(outcome, STORE_NOT_FOUND);
	assert_true(
		store_history_get(f->store, f->arena, STR("shop"), STR("auth"), UINT64_MAX, &outcome, &m, &f->diags));
	assert_int_equal(outcome, STORE_NOT_FOUND);
}

/* ---- quarrels ---- */

static struct store_put claiming(const char *name, const struct store_claim *claims, size_t n)
{
	struct store_put p = put_of("shop", name, name);

	p.claims = claims;
	p.n_claims = n;
	return p;
}

static bool never_agrees(void *ctx, const struct store_manifest *others, size_t n)
{
	size_t *seen = ctx;

	*seen = n;
	assert_str(others[0].document, others[0].name.p);
	return false;
}

static bool always_agrees(void *ctx, const struct store_manifest *others, size_t n)
{
	(void)ctx;
	(void)others;
	return n > 0;
}

static void quarrels(void **state)
{
	static const struct store_claim one[] = { { STR_INIT("host/a"), STR_INIT("tls") } };
	static const struct store_claim two[] = { { STR_INIT("host/b"), STR_INIT("x") },
		                                  { STR_INIT("host/a"), STR_INIT("plain") } };
	static const struct store_claim unknown[] = { { STR_INIT("host/a"), { NULL, 0 } } };
	struct fixture                 *f = *state;
	struct store_put                p = claiming("first", one, 1);
	struct store_change             change;
	struct store_quarrels           found;
	size_t                          seen = 0;

	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	p = claiming("agrees", one, 1);
	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	p = claiming("against", two, 2);
	change = put_it(f, &p);
	assert_int_equal(change.outcome, STORE_QUARREL);
	assert_int_equal(change.n_others, 2);
	assert_str(change.others[0].name, "agrees");
	assert_str(change.others[0].document, "agrees");
	assert_str(change.others[1].name, "first");
	assert_false(str_present(get(f, "shop", "against")));

	p.agrees = never_agrees;
	p.agrees_ctx = &seen;
	assert_int_equal(put_it(f, &p).outcome, STORE_QUARREL);
	assert_int_equal(seen, 2);
	/* An absent agreement agrees with nobody: the caller is asked. */
	p = claiming("unknown", unknown, 1);
	assert_int_equal(put_it(f, &p).outcome, STORE_QUARREL);
	assert_true(store_quarrels(f->store, f->arena, STR(""), &found, &f->diags));
	assert_int_equal(found.n, 0);
	p = claiming("against", two, 2);
	p.agrees = always_agrees;
	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	assert_true(store_quarrels(f->store, f->arena, STR(""), &found, &f->diags));
	assert_int_equal(found.n, 3);
	assert_str(found.items[0].key, "host/a");
	assert_str(found.items[0].name, "against");
	assert_str(found.items[0].agreement, "plain");

	/* One does not quarrel with oneself, and a deleted one claims nothing. */
	delete_it(f, "shop", "first");
	delete_it(f, "shop", "agrees");
	p = claiming("against", one, 1);
	p.document = STR("changed");
	assert_int_equal(put_it(f, &p).outcome, STORE_REPLACED);
	assert_true(store_quarrels(f->store, f->arena, STR(""), &found, &f->diags));
	assert_int_equal(found.n, 0);
}

static bool meets_shop(void *ctx, struct str key, struct str namespace)
{
	(*(size_t *)ctx)++;
	return str_is(key, "name/a") && str_is(namespace, "shop");
}

/* Who cannot meet is passed over, however many there are. */
static void many_others(void **state)
{
	struct fixture          *f = *state;
	struct store_claim       claim = { STR("name/a"), STR_ABSENT };
	struct store_put         p = claiming("one", &claim, 1);
	struct store_change      change;
	struct store_quarrels    found;
	uint64_t                 version;
	size_t                   asked = 0;
	static const char *const names[] = { "a", "b" };

	p.meets = meets_shop;
	p.agrees_ctx = &asked;
	for (unsigned i = 0; i <= LIMIT_STORE_NEIGHBOURS; i++) {
		char namespace[16];

		snprintf(namespace, sizeof(namespace), "n%03u", i);
		p.namespace = str_c(namespace);
		claim.agreement = str_c(namespace);
		assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	}
	assert_int_equal(asked, LIMIT_STORE_NEIGHBOURS * (LIMIT_STORE_NEIGHBOURS + 1) / 2);
	version = store_claims_version(f->store);
	for (size_t i = 0; i < 2; i++) {
		p.namespace = STR("shop");
		p.name = str_c(names[i]);
		claim.agreement = p.name;
		change = put_it(f, &p);
		assert_int_equal(change.outcome, i ? STORE_QUARREL : STORE_CREATED);
		assert_int_equal(change.n_others, i);
	}
	assert_int_equal(store_claims_version(f->store), version + 1);
	/* Without that question they are others, more than are read: those who were are enough for a quarrel. */
	p.meets = NULL;
	change = put_it(f, &p);
	assert_int_equal(change.outcome, STORE_QUARREL);
	assert_int_equal(change.n_others, LIMIT_STORE_NEIGHBOURS);
	assert_true(store_quarrels(f->store, f->arena, STR(""), &found, &f->diags));
	assert_int_equal(found.n, LIMIT_STORE_NEIGHBOURS + 2);
	/* But not for an agreement. */
	p.agrees = always_agrees;
	assert_false(store_put(f->store, f->arena, &p, &change, &f->diags));
	assert_int_equal(f->diags.first->code, CO_STORE_LIMIT);
}

/* A name that namespaces have for themselves is shown where two meet: in one of them, or from the root namespace. */
static void names_of_many(void **state)
{
	static const char *const  where[] = { "a", "b", "c", "c" };
	static const size_t       rows[] = { 0, 0, 0, 4 }, of_root[] = { 0, 2, 3, 4 };
	static struct store_claim claim = { STR_INIT("name/a"), { NULL, 0 } };
	struct fixture           *f = *state;
	struct store_put          p = claiming("one", &claim, 1);
	struct store_quarrels     found;

	p.agrees = always_agrees;
	for (size_t i = 0; i < 4; i++) {
		p.namespace = str_c(where[i]);
		p.name = i == 3 ? STR("two") : STR("one");
		assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
		assert_true(store_quarrels(f->store, f->arena, STR(""), &found, &f->diags));
		assert_int_equal(found.n, rows[i]);
		assert_true(store_quarrels(f->store, f->arena, STR("b"), &found, &f->diags));
		assert_int_equal(found.n, of_root[i]);
	}
}

static void limits(void **state)
{
	struct fixture     *f = *state;
	struct store_put    p = put_of("shop", "auth", "x");
	struct store_change change;
	char               *big = calloc(1, LIMIT_DOCUMENT_BYTES + 1);

	memset(big, 'x', LIMIT_DOCUMENT_BYTES + 1);
	p.document = str_of(big, LIMIT_DOCUMENT_BYTES + 1);
	assert_false(store_put(f->store, f->arena, &p, &change, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	p.document = str_of(big, LIMIT_DOCUMENT_BYTES);
	assert_int_equal(put_it(f, &p).outcome, STORE_CREATED);
	assert_true(str_eq(get(f, "shop", "auth"), p.document));
	p = put_of("shop", "auth", "x");
	p.name = str_of(big, LIMIT_STORE_NAME_BYTES + 1);
	assert_false(store_put(f->store, f->arena, &p, &change, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	p = put_of("shop", "auth", "x");
	p.n_hosts = LIMIT_UPSTREAMS + 1;
	assert_false(store_put(f->store, f->arena, &p, &change, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	p.n_hosts = 0;
	p.n_claims = LIMIT_STORE_CLAIMS + 1;
	assert_false(store_put(f->store, f->arena, &p, &change, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	free(big);
}

static void damaged_one(void **state)
{
	struct fixture       *f = *state;
	struct store_manifest m;
	enum store_outcome    outcome;
	struct store_change   change;

	put(f, "shop", "auth", "the right bytes");
	put(f, "shop", "other", "x");
	run_sql(f, "UPDATE revisions SET document = CAST('the wrong bytes' AS BLOB) WHERE revision = 1");
	assert_false(store_get(f->store, f->arena, STR("shop"), STR("auth"), &outcome, &m, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
	assert_str(get(f, "shop", "other"), "x");
	assert_false(store_check(f->store, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
	/* It can be replaced, by the very same bytes too. */
	change = put(f, "shop", "auth", "the wrong bytes");
	assert_int_equal(change.outcome, STORE_REPLACED);
	assert_str(get(f, "shop", "auth"), "the wrong bytes");
	run_sql(f, "UPDATE revisions SET time = time + 1 WHERE revision = 3");
	assert_false(store_get(f->store, f->arena, STR("shop"), STR("auth"), &outcome, &m, &f->diags));
	assert_finding(f, CO_STORE_DAMAGED);
	assert_int_equal(delete_it(f, "shop", "auth").outcome, STORE_DONE);
}

/* ---- following another source ---- */

static struct store_synced sync_to(struct fixture *f, const struct store_put *puts, size_t n)
{
	struct store_synced synced = { 0 };

	if (!store_sync(f->store, puts, n, STR("directory"), NOW + 7, &synced, &f->diags))
		assert_no_finding(f);
	return synced;
}

static void syncing(void **state)
{
	static const struct store_host hosts[] = {
		{ STR_INIT("a"), STR_INIT("a.example.com"), 443, false, { NULL, 0 } }
	};
	struct fixture     *f = *state;
	struct store_put    puts[3] = { put_of("shop", "b", "one"), put_of("shop", "a", "one"),
		                        put_of("bank", "c", "one") };
	struct store_synced synced;
	struct store_list   found;
	struct store_facts  facts;

	put(f, "shop", "old", "put by hand");
	puts[1].hosts = hosts;
	puts[1].n_hosts = 1;
	f->changes = 0;
	synced = sync_to(f, puts, 3);
	assert_int_equal(synced.created, 3);
	assert_int_equal(synced.deleted, 1);
	assert_int_equal(synced.revision, 5);
	assert_int_equal(f->changes, 1); /* all at once */
	assert_int_equal(f->changed, 5);
	found = list(f, &(struct store_page){ .documents = true });
	assert_int_equal(found.n, 3);
	assert_str(found.items[0].name, "c");
	assert_str(found.items[1].who, "directory");
	assert_int_equal(found.items[1].when, NOW + 7);

	synced = sync_to(f, puts, 3);
	assert_int_equal(synced.unchanged, 3);
	assert_int_equal(synced.revision, 5);
	assert_int_equal(f->changes, 1);
	puts[2].document = STR("two");
	synced = sync_to(f, puts + 1, 2);
	assert_int_equal(synced.replaced, 1);
	assert_int_equal(synced.deleted, 1);
	assert_int_equal(synced.unchanged, 1);
	assert_false(str_present(get(f, "shop", "b")));
	assert_str(get(f, "bank", "c"), "two");
	assert_true(store_facts(f->store, &facts, &f->diags));
	assert_int_equal(facts.hosts, 1);
	synced = sync_to(f, NULL, 0);
	assert_int_equal(synced.deleted, 2);
	assert_int_equal(list(f, &(struct store_page){ 0 }).n, 0);
	/* One that does not fit leaves all as it was. */
	puts[0].n_hosts = LIMIT_UPSTREAMS + 1;
	assert_false(store_sync(f->store, puts, 3, STR("directory"), NOW, &synced, &f->diags));
	assert_finding(f, CO_STORE_LIMIT);
	assert_int_equal(list(f, &(struct store_page){ 0 }).n, 0);
	assert_true(store_check(f->store, &f->diags));
}

static void syncing_many(void **state)
{
	enum { MANY = 3000 };
	struct fixture     *f = *state;
	struct store_put   *puts = calloc(MANY, sizeof(*puts));
	struct store_synced synced;

	for (size_t i = 0; i < MANY; i++) {
		puts[i] = put_of("shop", NULL, "text");
		puts[i].name = str_fmt(f->arena, "m-%zu", (i * 7919) % MANY);
	}
	synced = sync_to(f, puts, MANY);
	assert_int_equal(synced.created, MANY);
	puts[5].document = STR("other");
	synced = sync_to(f, puts, MANY - 1000);
	assert_int_equal(synced.replaced, 1);
	assert_int_equal(synced.unchanged, MANY - 1001);
	assert_int_equal(synced.deleted, 1000);
	assert_true(store_check(f->store, &f->diags));
	free(puts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(put_and_get),   FIXTURE_TEST(any_bytes),   FIXTURE_TEST(dry_run),
		FIXTURE_TEST(preconditions), FIXTURE_TEST(deleting),    FIXTURE_TEST(history_pages),
		FIXTURE_TEST(quarrels),      FIXTURE_TEST(many_others), FIXTURE_TEST(names_of_many),
		FIXTURE_TEST(limits),        FIXTURE_TEST(damaged_one), FIXTURE_TEST(syncing),
		FIXTURE_TEST(syncing_many),
	};

	return cmocka_run_group_tests_name("store_manifests", tests, NULL, NULL);
}
