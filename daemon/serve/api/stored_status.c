/* Dumps that are handed in for a stored manifest, and what they said: the last verdict for each proxy. */
#include "base/arena.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "report/report.h"
#include "serve/api/stored.h"
#include "serve/api/verifying.h"
#include "serve/process/clock.h"
#include "serve/process/log.h"

/* ---- what one proxy said ---- */

/* Worst first: what a summary shows when verdicts of several upstreams differ. */
static const enum verdict worst_first[] = { VERDICT_REJECTED,   VERDICT_MISSING, VERDICT_UNCALLABLE, VERDICT_INSECURE,
	                                    VERDICT_MISMATCHED, VERDICT_PENDING, VERDICT_UNKNOWN,    VERDICT_RESOLVED };

/* The store keeps how many clusters have which verdict by the verdict's number: new ones go to the end of the enum. */
_Static_assert((int)VERDICTS == (int)STORE_CLUSTER_STATES, "one state for each verdict");

static size_t rank(enum verdict v)
{
	size_t i = 0;

	while (worst_first[i] != v)
		i++;
	return i;
}

/* The rows of one proxy alone, as a verification of its own. */
static struct verification part_of(const struct verification *all, const struct proxy_state *proxy, struct arena *arena)
{
	struct verification one = *all;

	one.clusters = NULL;
	one.last_cluster = &one.clusters;
	one.plugins = NULL;
	one.last_plugin = &one.plugins;
	for (const struct cluster_verdict *c = all->clusters; c; c = c->next) {
		if (c->proxy != proxy)
			continue;
		*one.last_cluster = arena_copy(arena, c, sizeof(*c));
		one.last_cluster = &(*one.last_cluster)->next;
		*one.last_cluster = NULL;
	}
	for (const struct plugin_row *p = all->plugins; p; p = p->next) {
		if (p->proxy != proxy)
			continue;
		*one.last_plugin = arena_copy(arena, p, sizeof(*p));
		one.last_plugin = &(*one.last_plugin)->next;
		*one.last_plugin = NULL;
	}
	return one;
}

static struct str report_of(const struct verification *one, struct arena *arena)
{
	struct json_writer w;
	struct buf         b;

	buf_init(&b, arena, LIMIT_STORE_REPORT_BYTES);
	json_writer_init(&w, &b, 0);
	json_open(&w, '{');
	verdicts_write_json(&w, one);
	json_close(&w, '}');
	return b.overflow ? STR("{}") : buf_str(&b);
}

static struct store_status status_of(struct verifying *v, const struct proxy_state *proxy,
                                     const struct store_manifest *m, struct str source)
{
	struct arena       *arena = v->call->arena;
	struct verification one = part_of(v->result, proxy, arena);
	enum verdict        worst = VERDICT_RESOLVED;
	struct store_status s = { .proxy = proxy->name,
		                  .revision = m->revision,
		                  .good = true,
		                  .source = source,
		                  .who = call_who(v->call),
		                  .when = clock_unix_ms() };

	for (const struct cluster_verdict *c = one.clusters; c; c = c->next) {
		s.clusters[c->verdict]++;
		if (rank(c->verdict) < rank(worst))
			worst = c->verdict;
	}
	s.good = worst == VERDICT_RESOLVED;
	for (const struct plugin_row *p = one.plugins; p; p = p->next)
		s.good = s.good && (p->verdict == PLUGIN_PRESENT || p->verdict == PLUGIN_UNKNOWN);
	s.verdict = str_c(verdict_words[worst]);
	s.report = report_of(&one, arena);
	return s;
}

/* ---- POST …/dumps ---- */

static struct str fingerprint(struct call *call)
{
	return STR_CONCAT(call->arena, call->x->path, STR("?"), call->x->query, STR(" "),
	                  str_from_uint(call->arena, call->x->length));
}

/* The body, with its checksum growing beside it when one is wanted. */
struct summing {
	struct http_exchange *x;
	struct sha256        *sum; /* NULL: none */
};

static ssize_t read_summing(void *ctx, void *p, size_t n)
{
	struct summing *s = ctx;
	ssize_t         got = http_read(s->x, p, n);

	if (got > 0 && s->sum)
		sha256_add(s->sum, str_of(p, (size_t)got));
	return got;
}

/* Whatever nobody has read yet belongs to it too. */
static struct str sum_of_body(struct call *call, struct summing *s)
{
	char *rest = arena_alloc(call->arena, 64 * KIB);

	while (read_summing(s, rest, 64 * KIB) > 0)
		;
	return sha256_text(call->arena, s->sum);
}

/* The same request again has the same body; another one must not get its answer. */
static void answer_again(struct call *call, const struct store_reply *before)
{
	struct summing s = { call->x, sha256_new(call->arena) };

	if (before->content.n && !str_eq(sum_of_body(call, &s), before->content)) {
		problem(call, 422, STR("this Idempotency-Key came with another body before"));
		return;
	}
	reply(call, before->status, MEDIA_JSON, before->body);
	http_add_header(call->x, "Idempotency-Replayed", STR("true"));
}

/* With an Idempotency-Key: the answer of before, or that we are the first. False: the answer is set. */
static bool begin_request(struct call *call, struct store_request *request)
{
	struct store_reply before;
	enum store_outcome outcome;
	struct diags       diags;

	*request = (struct store_request){ .scope = call_who(call),
		                           .key = http_request_header(call->x, "Idempotency-Key"),
		                           .fingerprint = fingerprint(call) };
	if (!str_present(request->key))
		return true;
	if (request->key.n == 0) { /* whoever leaves it empty would get each other's answers */
		problem(call, 400, STR("Idempotency-Key is empty"));
		return false;
	}
	diags_init(&diags, call->arena);
	if (!store_begin(call->service->store, call->arena, request, clock_unix_ms(), &outcome, &before, &diags)) {
		store_problem(call, &diags);
	} else if (outcome == STORE_DONE) {
		answer_again(call, &before);
	} else if (outcome == STORE_BUSY) {
		problem(call, 409, STR("the first request with this Idempotency-Key is still at work"));
		http_add_header(call->x, "Retry-After", STR("2"));
	} else if (outcome == STORE_MISMATCH) {
		problem(call, 422, STR("this Idempotency-Key came with another request before"));
	} else {
		return true;
	}
	return false;
}

static bool is_remembered(struct str answer)
{
	return answer.n <= LIMIT_STORE_REPORT_BYTES;
}

/* False: the answer is set. */
static bool keep(struct verifying *v, const struct store_manifest *m, const struct store_request *request,
                 struct str body)
{
	struct call         *call = v->call;
	struct store_status *rows = ARENA_ARRAY(call->arena, v->proxies.n + 1, struct store_status);
	struct store_reply   answer = { .status = 200, .media_type = str_c(media_text(MEDIA_JSON)), .body = body };
	struct str           source = call_query(call, "source");
	enum store_outcome   outcome;
	struct diags         diags;
	bool                 remember = str_present(request->key) && is_remembered(body);

	diags_init(&diags, call->arena);
	for (size_t i = 0; i < v->proxies.n; i++)
		rows[i] = status_of(v, &v->proxies.items[i], m, source.n ? source : STR("<stdin>"));
	if (!store_status_put(call->service->store,
	                      &(struct store_verdicts){ m->namespace, m->name, rows, v->proxies.n,
	                                                remember ? request : NULL, remember ? &answer : NULL },
	                      &outcome, &diags)) {
		store_problem(call, &diags);
		return false;
	}
	if (outcome == STORE_DONE) {
		log_event(LOG_INFO, "verdicts kept",
		          LOG_VALUES({ "who", call_who(call) }, { "peer", call->x->peer },
		                     { "namespace", m->namespace }, { "name", m->name },
		                     { "proxies", str_from_uint(call->arena, v->proxies.n) }, CALL_IDS(call)));
		return true;
	}
	problem(call, 404, STR("the manifest was deleted meanwhile"));
	return false;
}

static void verify_dump(struct call *call, const struct store_manifest *m, struct store_request *request)
{
	struct summing   body = { call->x, str_present(request->key) ? sha256_new(call->arena) : NULL };
	struct str       proxy = call_query(call, "proxy");
	struct report    report = { .command = STR("verify") };
	struct documents d;
	struct verifying v;
	struct buf       b;

	if (!stored_load(call, m, &d))
		return;
	if (!verifying_begin(&v, call, &d)) {
		problem_findings(call, 422, &d.diags);
		return;
	}
	verifying_read(&v, call_query(call, "source"), proxy.n ? proxy : STR_ABSENT, read_summing, &body);
	if (!verifying_end(&v)) {
		verifying_refuse(&v);
		return;
	}
	report.diags = &d.diags;
	report.verification = v.result;
	buf_init(&b, call->arena, LIMIT_LISTING_BYTES);
	report_write(&b, report_format_find(STR("json")), &report);
	if (body.sum)
		request->content = sum_of_body(call, &body);
	if (!keep(&v, m, request, buf_str(&b)))
		return;
	metrics_findings(&call->service->metrics, &d.diags);
	reply(call, 200, MEDIA_JSON, buf_str(&b));
}

void answer_dumps(struct call *call)
{
	struct store_manifest m;
	struct store_request  request;
	struct diags          diags;

	if (!stored_find(call, &m) || !begin_request(call, &request))
		return;
	verify_dump(call, &m, &request);
	if (!str_present(request.key) || (call->x->status == 200 && is_remembered(call->x->content)))
		return;
	diags_init(&diags, call->arena);
	store_abandon(call->service->store, &request, &diags); /* the client may try again */
}

/* ---- GET …/status ---- */

static void write_summary(struct json_writer *w, struct arena *arena, const struct store_statuses *s)
{
	json_key(w, STR("summary"));
	json_open(w, '{');
	json_member_int(w, "proxies", (int64_t)s->proxies);
	json_member_int(w, "good", (int64_t)s->good);
	json_member_int(w, "bad", (int64_t)s->bad);
	json_member_int(w, "stale", (int64_t)s->stale);
	json_member_int(w, "outdated", (int64_t)s->outdated);
	if (s->newest)
		json_member_string(w, "newest", time_text(arena, s->newest));
	json_close(w, '}');
}

static void write_row(struct json_writer *w, struct arena *arena, const struct store_status *s)
{
	json_open(w, '{');
	json_member_string(w, "proxy", s->proxy);
	json_member_string(w, "verdict", s->verdict);
	json_key(w, STR("good"));
	json_bool(w, s->good);
	json_key(w, STR("stale"));
	json_bool(w, s->stale);
	json_key(w, STR("outdated"));
	json_bool(w, s->outdated);
	json_member_int(w, "revision", (int64_t)s->revision);
	json_member_string(w, "when", time_text(arena, s->when));
	json_member_string(w, "source", s->source);
	json_member_string(w, "who", s->who);
	if (s->report.n) {
		json_key(w, STR("report"));
		json_plain(w, s->report);
	}
	json_close(w, '}');
}

void answer_status(struct call *call)
{
	struct store_page     page = call_page(call, true);
	struct store_statuses s;
	struct store_manifest m;
	struct json_writer    w;
	struct diags          diags;
	struct buf            b;

	if (!stored_find(call, &m))
		return;
	diags_init(&diags, call->arena);
	if (!store_status(call->service->store, call->arena,
	                  &(struct store_status_query){ m.namespace, m.name, &page, clock_unix_ms(),
	                                                call->settings->config.stale_after.ms },
	                  &s, &diags)) {
		store_problem(call, &diags);
		return;
	}
	if (s.outcome != STORE_DONE) {
		problem(call, s.outcome == STORE_NOT_FOUND ? 404 : 400,
		        s.outcome == STORE_NOT_FOUND ? STR("there is no such manifest")
		                                     : STR("continue: not from this listing"));
		return;
	}
	begin_list(&w, &b, call, "Status");
	for (size_t i = 0; i < s.n; i++)
		write_row(&w, call->arena, &s.items[i]);
	json_close(&w, ']');
	json_member_string(&w, "manifest", STR_CONCAT(call->arena, m.namespace, STR("/"), m.name));
	json_member_int(&w, "revision", (int64_t)m.revision);
	write_summary(&w, call->arena, &s);
	json_key(&w, STR("metadata"));
	json_open(&w, '{');
	if (str_present(s.next))
		json_member_string(&w, "continue", s.next);
	json_close(&w, '}');
	json_close(&w, '}');
	buf_char(&b, '\n');
	reply(call, 200, MEDIA_JSON, buf_str(&b));
}
