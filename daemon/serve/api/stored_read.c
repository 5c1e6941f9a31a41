/* GET of stored manifests: one, many, their history, what is generated of them, and who calls which host. */
#include "base/arena.h"
#include "base/limits.h"
#include "plan/claim.h"
#include "report/cluster_list.h"
#include "serve/api/stored.h"
#include "serve/process/clock.h"

/* ---- one ---- */

static bool is_among(const struct str *tags, size_t n, struct str etag)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(tags[i], etag))
			return true;
	return false;
}

/* RFC 9110 13.2.2: If-Match first. False: the answer is set. *changed: the client has not got it. */
static bool judge_conditions(struct call *call, struct str etag, bool *changed)
{
	struct store_precondition p = call_precondition(call, false);

	if (p.n_if_match && !is_among(p.if_match, p.n_if_match, etag)) {
		problem(call, 412, STR("the manifest is not the one that the precondition names"));
		return false;
	}
	*changed = !p.if_none_match_any && !is_among(p.if_none_match, p.n_if_none_match, etag);
	return true;
}

/* The document, unless a precondition forbids it or the client has it. */
static void answer_document(struct call *call, const struct store_manifest *m)
{
	bool changed;

	add_etag(call, m->etag);
	http_add_header(call->x, "Vary", STR("Accept"));
	if (!judge_conditions(call, m->etag, &changed))
		return;
	reply_document(call, m);
	/* The library sends no content with it, but the length that a 200 would have: RFC 9110 8.6 wants that one. */
	if (!changed)
		call->x->status = 304;
}

void answer_get(struct call *call)
{
	struct store_manifest m;

	if (!stored_find(call, &m))
		return;
	http_add_header(call->x, "Last-Modified", http_date(call->arena, m.when));
	answer_document(call, &m);
}

/* ---- what is generated of one ---- */

/* False: the answer is set. */
static bool load(struct call *call, struct documents *d, struct buf *out)
{
	struct store_manifest m;

	if (!stored_find(call, &m) || !stored_load(call, &m, d))
		return false;
	buf_init(out, call->arena, LIMIT_LISTING_BYTES);
	return true;
}

static void answer_generated(struct call *call, const struct documents *d, bool written, const struct buf *out)
{
	if (!written) {
		problem_findings(call, 422, &d->diags);
		return;
	}
	add_warnings(call, &d->diags);
	reply(call, 200, call->wanted, buf_str(out));
}

void answer_resources(struct call *call)
{
	struct documents d;
	struct buf       out;

	if (load(call, &d, &out))
		answer_generated(call, &d, documents_render(&d, call->wanted == MEDIA_JSON, false, &out), &out);
}

void answer_stored_clusters(struct call *call)
{
	enum cluster_list_format format = call->wanted == MEDIA_TEXT ? CLUSTER_LIST_TABLE : CLUSTER_LIST_JSON;
	struct documents         d;
	struct buf               out;

	if (load(call, &d, &out))
		answer_generated(call, &d, cluster_list_write(&out, format, &d.generation), &out);
}

/* ---- many ---- */

static void answer_page(struct call *call, bool found, const struct store_list *list, const struct diags *diags,
                        const char *kind, bool numbered)
{
	struct json_writer w;
	struct buf         b;

	if (!found) {
		store_problem(call, diags);
	} else if (list->outcome == STORE_NOT_FOUND) {
		problem(call, 404, STR("there is no such manifest, and no history of one"));
	} else if (list->outcome == STORE_BAD_CONTINUE) {
		problem(call, 400, STR("continue: not from this listing"));
	} else {
		begin_list(&w, &b, call, kind);
		for (size_t i = 0; i < list->n; i++) {
			json_open(&w, '{');
			write_revision(&w, call->arena, &list->items[i]);
			json_close(&w, '}');
		}
		end_list(&w, &b, call, list->next, numbered ? list->revision : 0);
	}
}

void answer_list(struct call *call)
{
	struct store_page page = call_page(call, false);
	struct store_list list;
	struct diags      diags;
	bool              found;

	bool watching = str_present(call_query(call, "watch"));

	/* The route offers both; which one it is to be says the query. */
	if (media_choose(http_request_list(call->x, "Accept"),
	                 (const enum media[]){ watching ? MEDIA_EVENTS : MEDIA_JSON, MEDIA_NONE }) == MEDIA_NONE) {
		problem(call, 406, STR("the answer has no form that Accept allows"));
		return;
	}
	if (watching) {
		answer_watch(call);
		return;
	}
	if (strchr(call->route->path, '{')) {
		page.scope.namespaces = &call->parameters[0];
		page.scope.n_namespaces = 1;
	}
	diags_init(&diags, call->arena);
	found = store_list(call->service->store, call->arena, &page, &list, &diags);
	answer_page(call, found, &list, &diags, "StoredManifestList", true);
}

void answer_history(struct call *call)
{
	struct store_page page = call_page(call, false);
	struct store_list list;
	struct diags      diags;
	bool              found;

	diags_init(&diags, call->arena);
	found = store_history(call->service->store, call->arena, call->parameters[0], call->parameters[1], &page, &list,
	                      &diags);
	answer_page(call, found, &list, &diags, "RevisionList", false);
}

void answer_history_revision(struct call *call)
{
	enum store_outcome    outcome;
	struct store_manifest m;
	struct diags          diags;
	uint64_t              revision;

	diags_init(&diags, call->arena);
	if (!str_to_uint(call->parameters[2], INT64_MAX, &revision)) {
		problem(call, 404, STR("there is no such revision"));
		return;
	}
	if (!store_history_get(call->service->store, call->arena, call->parameters[0], call->parameters[1], revision,
	                       &outcome, &m, &diags)) {
		store_problem(call, &diags);
		return;
	}
	if (outcome != STORE_DONE || m.action == STORE_DELETE) {
		problem(call, 404,
		        outcome == STORE_DONE ? STR("with that revision it was deleted")
		                              : STR("there is no such revision"));
		return;
	}
	answer_document(call, &m);
}

/* ---- hosts ---- */

static void write_caller(struct json_writer *w, const struct store_caller *c)
{
	json_open(w, '{');
	json_member_string(w, "namespace", c->namespace);
	json_member_string(w, "name", c->name);
	json_member_string(w, "upstream", c->host.upstream);
	if (str_present(c->host.cluster))
		json_member_string(w, "cluster", c->host.cluster);
	json_key(w, STR("shared"));
	json_bool(w, c->host.shared);
	json_close(w, '}');
}

/* A host and port that go on over the end of a page are listed again on the next. */
static void write_hosts(struct json_writer *w, const struct store_callers *callers)
{
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
			write_caller(w, &callers->items[i]);
		json_close(w, ']');
		json_close(w, '}');
	}
}

/* Names of clusters are claimed in all namespaces, but meet only in one, or from the root namespace. A rule that selects
 * workloads was found to agree with one that selects none before it was kept. */
static bool really_quarrels(const struct store_quarrel *a, const struct store_quarrel *b, struct str root)
{
	if (str_has_prefix(a->key, STR("rule/")) &&
	    (str_is(a->agreement, CLAIM_SELECTS_NONE) || str_is(b->agreement, CLAIM_SELECTS_NONE)))
		return false;
	if (!str_has_prefix(a->key, STR("cluster/")))
		return !str_eq(a->agreement, b->agreement);
	return str_eq(a->namespace, b->namespace) || str_eq(a->namespace, root) || str_eq(b->namespace, root);
}

static void write_quarrels(struct json_writer *w, struct call *call, const struct store_quarrels *quarrels)
{
	struct str root = quarrels->n ? mesh_of_settings(call->arena, call->settings)->spec->root_namespace : STR("");

	json_key(w, STR("quarrels"));
	json_open(w, '[');
	for (size_t i = 0; i < quarrels->n; i++) {
		const struct store_quarrel *a = &quarrels->items[i];

		for (size_t k = i + 1; k < quarrels->n && str_eq(quarrels->items[k].key, a->key); k++) {
			const struct store_quarrel *b = &quarrels->items[k];

			if (!really_quarrels(a, b, root) ||
			    !(call_sees(call, a->namespace) || call_sees(call, b->namespace)))
				continue;
			json_open(w, '{');
			json_member_string(w, "about", a->key);
			json_key(w, STR("manifests"));
			json_open(w, '[');
			json_string(w, STR_CONCAT(call->arena, a->namespace, STR("/"), a->name));
			json_string(w, STR_CONCAT(call->arena, b->namespace, STR("/"), b->name));
			json_close(w, ']');
			json_close(w, '}');
		}
	}
	json_close(w, ']');
}

void answer_hosts(struct call *call)
{
	struct store_page     page = call_page(call, false);
	struct str            host = call_query(call, "host");
	struct store_callers  callers;
	struct store_quarrels quarrels;
	struct json_writer    w;
	struct diags          diags;
	struct buf            b;

	diags_init(&diags, call->arena);
	if (str_present(host))
		host = str_lower(call->arena, host);
	if (!store_hosts(call->service->store, call->arena, host, &page, &callers, &diags) ||
	    !store_quarrels(call->service->store, call->arena, &quarrels, &diags)) {
		store_problem(call, &diags);
		return;
	}
	if (callers.outcome == STORE_BAD_CONTINUE) {
		problem(call, 400, STR("continue: not from this listing"));
		return;
	}
	begin_list(&w, &b, call, "HostList");
	write_hosts(&w, &callers);
	json_close(&w, ']');
	write_quarrels(&w, call, &quarrels);
	json_key(&w, STR("metadata"));
	json_open(&w, '{');
	if (str_present(callers.next))
		json_member_string(&w, "continue", callers.next);
	json_close(&w, '}');
	json_close(&w, '}');
	buf_char(&b, '\n');
	reply(call, 200, MEDIA_JSON, buf_str(&b));
}
