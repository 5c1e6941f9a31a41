/* GET /v1/hosts: who calls which host, with which settings, and where they quarrel. */
#include "base/arena.h"
#include "base/limits.h"
#include "report/cluster_list.h"
#include "serve/api/stored.h"
#include "serve/documents/quarrels.h"

/* ---- with which settings ---- */

/* Of one host the callers' documents are read too: so many at once, which are about so large together. */
enum { MOST_READ = 100, MOST_READ_BYTES = 8 * MIB };

struct hosts {
	struct call       *call;
	struct json_writer w;
	bool               one; /* ?host: the settings are wanted */
	size_t             read_bytes;
};

static const struct expected_cluster *cluster_among(const struct plan *plan, struct str upstream)
{
	for (size_t i = 0; plan && i < plan->n_expected; i++)
		if (str_eq(plan->expected[i].upstream->name, upstream))
			return &plan->expected[i];
	return NULL;
}

/* What the proxies are to know of the cluster that the caller's filter calls. Callers that share a host agree on it, or a
 * quarrel says so. Nothing for what was deleted since, or is not sound under the mesh of now. */
static void write_settings(struct hosts *h, const struct store_caller *c)
{
	struct call                   *call = h->call;
	struct documents               d = { .arena = call->arena, .scratch = http_scratch(call->x) };
	struct documents_options       options = { .settings = call->settings, .namespace = c->namespace };
	struct arena_mark              mark = arena_mark(d.scratch);
	const struct expected_cluster *e;
	struct store_manifest          m;
	enum store_outcome             outcome;
	struct diags                   diags;

	diags_init(&diags, call->arena);
	if (h->read_bytes > MOST_READ_BYTES ||
	    !store_get(call->service->store, call->arena, c->namespace, c->name, &outcome, &m, &diags) ||
	    outcome != STORE_DONE)
		return;
	h->read_bytes += m.document.n;
	if (!documents_load(&d, source_from_bytes(call->arena, m.name, m.document), &options) ||
	    d.inputs.n_manifests != 1)
		return;
	e = cluster_among(plan_build(d.scratch, d.inputs.manifests[0], d.mesh, &d.generation.neighbours, PLAN_ALL,
	                             &d.diags),
	                  c->host.upstream);
	if (e) {
		json_key(&h->w, STR("settings"));
		json_open(&h->w, '{');
		cluster_settings_write(&h->w, e);
		json_close(&h->w, '}');
	}
	arena_reset(d.scratch, mark);
}

/* ---- hosts ---- */

static void write_caller(struct hosts *h, const struct store_caller *c)
{
	struct json_writer *w = &h->w;

	json_open(w, '{');
	json_member_string(w, "namespace", c->namespace);
	json_member_string(w, "name", c->name);
	json_member_string(w, "upstream", c->host.upstream);
	if (str_present(c->host.cluster))
		json_member_string(w, "cluster", c->host.cluster);
	json_key(w, STR("shared"));
	json_bool(w, c->host.shared);
	if (h->one)
		write_settings(h, c);
	json_close(w, '}');
}

/* A host and port that go on over the end of a page are listed again on the next. */
static void write_hosts(struct hosts *h, const struct store_callers *callers)
{
	struct json_writer *w = &h->w;

	for (size_t i = 0; i < callers->n;) {
		const struct store_host *host = &callers->items[i].host;

		json_open(w, '{');
		json_member_string(w, "host", host->host);
		json_member_int(w, "port", host->port);
		json_key(w, STR("callers"));
		json_open(w, '[');
		for (; i < callers->n && str_eq(callers->items[i].host.host, host->host) &&
		       callers->items[i].host.port == host->port;
		     i++)
			write_caller(h, &callers->items[i]);
		json_close(w, ']');
		json_close(w, '}');
	}
}

static bool is_shown(struct call *call, const struct quarrel_pair *q)
{
	return call_sees(call, q->parties[0].namespace) || call_sees(call, q->parties[1].namespace);
}

static void write_quarrels(struct json_writer *w, struct call *call, const struct quarrels *quarrels)
{
	size_t shown = 0;

	json_key(w, STR("quarrels"));
	json_open(w, '[');
	for (size_t i = 0; i < quarrels->n && shown < LIMIT_STORE_PAGE; i++) {
		const struct quarrel_pair *q = &quarrels->items[i];

		if (!is_shown(call, q))
			continue;
		shown++;
		json_open(w, '{');
		json_member_string(w, "about", q->about);
		json_key(w, STR("manifests"));
		json_open(w, '[');
		for (size_t k = 0; k < 2; k++)
			json_string(w, STR_CONCAT(call->arena, q->parties[k].namespace, STR("/"), q->parties[k].name));
		json_close(w, ']');
		json_close(w, '}');
	}
	json_close(w, ']');
}

void answer_hosts(struct call *call)
{
	struct store_page      page = call_page(call, false);
	struct str             host = call_query(call, "host");
	const struct quarrels *quarrels;
	struct store_callers   callers;
	struct hosts           h = { .call = call, .one = str_present(host) };
	struct diags           diags;
	struct buf             b;

	diags_init(&diags, call->arena);
	if (h.one) {
		host = str_lower(call->arena, host);
		if (page.limit == 0 || page.limit > MOST_READ)
			page.limit = MOST_READ;
	}
	if (!store_hosts(call->service->store, call->arena, host, &page, &callers, &diags)) {
		store_problem(call, &diags);
		return;
	}
	if (callers.outcome == STORE_BAD_CONTINUE) {
		problem(call, 400, STR("continue: not from this listing"));
		return;
	}
	quarrels = quarrels_now(call->arena, call->service, call->settings);
	if (quarrels->failed) {
		store_problem(call, &quarrels->diags);
		return;
	}
	begin_list(&h.w, &b, call, "HostList");
	write_hosts(&h, &callers);
	json_close(&h.w, ']');
	write_quarrels(&h.w, call, quarrels);
	json_key(&h.w, STR("metadata"));
	json_open(&h.w, '{');
	if (str_present(callers.next))
		json_member_string(&h.w, "continue", callers.next);
	json_close(&h.w, '}');
	json_close(&h.w, '}');
	buf_char(&b, '\n');
	reply(call, 200, MEDIA_JSON, buf_str(&b));
}
