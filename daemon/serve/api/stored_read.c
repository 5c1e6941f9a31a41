/* GET of stored manifests: one, many, their history, and what is generated of them. */
#include "base/arena.h"
#include "base/limits.h"
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

/* RFC 9110 13.2.2: tags first, and the dates only where there are none of their kind; dates count whole seconds. False: the
 * answer is set. *changed: the client has not got it. */
static bool judge_conditions(struct call *call, const struct store_manifest *m, struct str etag, bool dated,
                             bool *changed)
{
	struct store_precondition p = call_precondition(call);
	/* Whatever it holds, it goes before the date (RFC 9110 13.1.3). */
	bool    by_tag = str_present(http_request_header(call->x, "If-None-Match"));
	int64_t since;
	bool    holds = true;

	if (p.n_if_match)
		holds = is_among(p.if_match, p.n_if_match, etag) || is_among(p.if_match, p.n_if_match, m->etag);
	else if (dated && !p.if_match_any && p.has_unmodified_since)
		holds = m->when / 1000 <= p.unmodified_since / 1000;
	if (!holds) {
		problem(call, 412, STR("the manifest is not the one that the precondition names"));
		return false;
	}
	*changed = !p.if_none_match_any && !is_among(p.if_none_match, p.n_if_none_match, etag);
	if (dated && !by_tag && http_date_read(http_request_header(call->x, "If-Modified-Since"), &since))
		*changed = m->when / 1000 > since / 1000;
	return true;
}

/* The document, unless a precondition forbids it or the client has it. dated: it may change, and Last-Modified says when. */
static void answer_document(struct call *call, const struct store_manifest *m, bool dated)
{
	enum media form = document_form(call, m);
	struct str etag = etag_of_form(call->arena, m, form);
	int64_t    now = clock_unix_ms();
	bool       changed;

	add_etag(call, etag);
	/* RFC 9110 8.8.2.1: never later than the answer, though the clock was set back meanwhile. */
	if (dated)
		http_add_header(call->x, "Last-Modified", http_date(call->arena, m->when < now ? m->when : now));
	if (!judge_conditions(call, m, etag, dated, &changed))
		return;
	reply_document(call, m, form);
	/* The library sends no content with it, but the length that a 200 would have: RFC 9110 8.6 wants that one. */
	if (!changed)
		call->x->status = 304;
}

void answer_get(struct call *call)
{
	struct store_manifest m;

	if (!stored_find(call, &m))
		return;
	answer_document(call, &m, true);
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

	if (!load(call, &d, &out))
		return;
	generation_note_nothing(&d.generation, "list", false);
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

/* What would not be looked at is refused rather than left out without a word; Kubernetes has no continue for a watch either. Empty
 * it says nothing. True: the answer is set. */
static bool is_in_vain(struct call *call, const char *parameter, bool watching)
{
	if (call_query(call, parameter).n == 0)
		return false;
	problem(call, 400,
	        STR_CONCAT(call->arena, STR("query parameter \""), str_c(parameter),
	                   watching ? STR("\" does not go with watch=true; since does")
	                            : STR("\" goes with watch=true")));
	return true;
}

void answer_list(struct call *call)
{
	struct store_page page = call_page(call, false);
	struct store_list list;
	struct diags      diags;
	bool              found;

	bool watching = call_flag(call, "watch");

	/* The route offers both; which one it is to be says the query. */
	if (media_choose(http_request_list(call->x, "Accept"),
	                 (const enum media[]){ watching ? MEDIA_EVENTS : MEDIA_JSON, MEDIA_NONE }) == MEDIA_NONE) {
		problem(call, 406, STR("the answer has no form that Accept allows"));
		return;
	}
	if (is_in_vain(call, watching ? "continue" : "since", watching))
		return;
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
	/* One resource has one name: 07 and 7 would be two. */
	if (!str_to_uint(call->parameters[2], INT64_MAX, &revision) || call->parameters[2].p[0] == '0') {
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
	answer_document(call, &m, false);
}
