/* Each call of the store's interface once, as a table of steps: the test makes every allocation of it fail. */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "driver.h"

struct script {
	struct store *store;
	struct arena *arena;
	struct diags *ds;
	unsigned      at;
	bool          ok;
};

static const struct store_request request = { .scope = STR_INIT("alice"),
	                                      .key = STR_INIT("key"),
	                                      .fingerprint = STR_INIT("print") };
static const struct store_reply   reply = { .status = 200,
	                                    .media_type = STR_INIT("text/plain"),
	                                    .body = STR_INIT("done") };

static const struct store_host  script_hosts[] = { { STR_INIT("a"), STR_INIT("h"), 443, true, STR_INIT("c") } };
static const struct store_claim script_claims[] = { { STR_INIT("host/h"), STR_INIT("x") } },
				other_claims[] = { { STR_INIT("host/h"), STR_INIT("y") } };
static const struct store_page script_page = { .limit = 1, .documents = true };

#define SHOP STR("shop")
#define AUTH STR("auth")

static bool put(struct script *s, struct str name, const struct store_claim *claims)
{
	struct store_change done;

	return store_put(s->store, s->arena,
	                 &(struct store_put){ .namespace = SHOP,
	                                      .name = name,
	                                      .document = STR("text"),
	                                      .hosts = script_hosts,
	                                      .n_hosts = 1,
	                                      .claims = claims,
	                                      .n_claims = 1,
	                                      .who = STR("alice") },
	                 &done, s->ds);
}

static bool step_open(struct script *s)
{
	s->store = open_store(s->ds);
	return s->store != NULL;
}

static bool step_put(struct script *s)
{
	return put(s, AUTH, script_claims);
}

static bool step_put_other(struct script *s)
{
	return put(s, STR("other"), other_claims);
}

static bool step_begin(struct script *s)
{
	enum store_outcome outcome;
	struct store_reply answer;

	return store_begin(s->store, s->arena, &request, 5, &outcome, &answer, s->ds);
}

static bool step_status_put(struct script *s)
{
	struct store_status   row = { .proxy = STR("p"), .revision = 1, .report = STR("{}") };
	struct store_verdicts verdicts = { SHOP, AUTH, &row, 1, &request, &reply };
	enum store_outcome    outcome;

	return store_status_put(s->store, &verdicts, &outcome, s->ds);
}

static bool step_extract(struct script *s)
{
	struct store_extraction extraction = { SHOP, AUTH, 1, script_hosts, 1, script_claims, 1 };
	enum store_outcome      outcome;

	return store_extract(s->store, s->arena, &extraction, &outcome, s->ds);
}

static bool step_get(struct script *s)
{
	enum store_outcome    outcome;
	struct store_manifest m;

	return store_get(s->store, s->arena, SHOP, AUTH, &outcome, &m, s->ds);
}

static bool step_list(struct script *s)
{
	struct store_list list;

	return store_list(s->store, s->arena, &script_page, &list, s->ds);
}

static bool step_history(struct script *s)
{
	struct store_list list;

	return store_history(s->store, s->arena, SHOP, AUTH, &script_page, &list, s->ds);
}

static bool step_changes(struct script *s)
{
	struct store_list list;

	return store_changes(s->store, s->arena, 0, &script_page, &list, s->ds);
}

static bool step_hosts(struct script *s)
{
	struct store_callers callers;

	return store_hosts(s->store, s->arena, STR_ABSENT, &script_page, &callers, s->ds);
}

static bool step_quarrels(struct script *s)
{
	struct store_quarrels quarrels;

	return store_quarrels(s->store, s->arena, STR(""), &quarrels, s->ds);
}

static bool step_status(struct script *s)
{
	struct store_status_query query = { SHOP, AUTH, &script_page, 10, 1 };
	struct store_statuses     statuses;

	return store_status(s->store, s->arena, &query, &statuses, s->ds);
}

static bool step_status_sums(struct script *s)
{
	struct store_status_sums sums;

	return store_status_sums(s->store, 10, 1, &sums, s->ds);
}

static bool step_facts(struct script *s)
{
	struct store_facts facts;

	return store_facts(s->store, &facts, s->ds);
}

static bool step_check(struct script *s)
{
	return store_check(s->store, s->ds);
}

static bool step_backup(struct script *s)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s.copy", directory);
	return store_backup(str_c(directory), str_c(path), s->ds);
}

static bool step_copy(struct script *s)
{
	struct store_copy copy;

	if (!store_copy(s->store, &copy, s->ds))
		return false;
	close(copy.fd);
	return true;
}

static bool step_history_get(struct script *s)
{
	enum store_outcome    outcome;
	struct store_manifest m;

	return store_history_get(s->store, s->arena, SHOP, AUTH, 1, &outcome, &m, s->ds);
}

static bool step_delete(struct script *s)
{
	struct store_change done;

	return store_delete(s->store, s->arena, &(struct store_delete){ .namespace = SHOP, .name = AUTH }, &done,
	                    s->ds);
}

static bool step_purge(struct script *s)
{
	enum store_outcome outcome;
	uint64_t           removed;

	return store_purge(s->store, SHOP, AUTH, &outcome, &removed, s->ds);
}

static bool step_sweep(struct script *s)
{
	bool more;

	return store_sweep(s->store, &(struct store_retention){ 1, 1, 1, 1 }, 100, &more, s->ds);
}

static bool step_abandon(struct script *s)
{
	return store_abandon(s->store, &request, s->ds);
}

static const struct {
	bool (*take)(struct script *);
	const char *name;
	const char *done; /* what the test must know that the store has acknowledged */
} steps[] = {
	{ step_open, "open", NULL },
	{ step_put, "put", "stored" },
	{ step_put_other, "put other", NULL },
	{ step_begin, "begin", NULL },
	{ step_status_put, "status put", NULL },
	{ step_extract, "extract", NULL },
	{ step_get, "get", NULL },
	{ step_list, "list", NULL },
	{ step_history, "history", NULL },
	{ step_changes, "changes", NULL },
	{ step_hosts, "hosts", NULL },
	{ step_quarrels, "quarrels", NULL },
	{ step_status, "status", NULL },
	{ step_status_sums, "status sums", NULL },
	{ step_facts, "facts", NULL },
	{ step_check, "check", NULL },
	{ step_backup, "backup", NULL },
	{ step_copy, "copy", NULL },
	{ step_history_get, "history get", NULL },
	{ step_delete, "delete", "deleted" },
	{ step_purge, "purge", NULL },
	{ step_sweep, "sweep", NULL },
	{ step_abandon, "abandon", NULL },
};

static void script_step(void *ctx)
{
	struct script *s = ctx;
	const char    *name = steps[s->at].name;

	s->ok = steps[s->at].take(s);
	/* A failure comes with a finding, and with nothing else. */
	if (s->ok != (s->ds->errors == 0))
		printf("WRONG: %s: %d with %zu findings\n", name, s->ok, s->ds->errors);
	for (const struct diag *d = s->ds->first; d; d = d->next)
		printf("step %s CO%04d %.*s\n", name, (int)d->code, STR_ARG(d->message));
	if (s->ok && steps[s->at].done)
		printf("%s\n", steps[s->at].done);
}

int run_script(void)
{
	struct script s = { 0 };

	for (s.at = 0; s.at < sizeof(steps) / sizeof(steps[0]); s.at++) {
		struct arena *arena = arena_new(64 * MIB);
		struct diags  ds;

		s.arena = arena;
		s.ds = &ds;
		if (arena)
			diags_init(&ds, arena);
		if (!arena || !arena_run(arena, script_step, &s)) {
			printf("step %s out of memory\n", steps[s.at].name);
			s.ok = false;
		}
		arena_free(arena);
		if (!s.store)
			return 1;
	}
	store_close(s.store);
	return 0;
}
