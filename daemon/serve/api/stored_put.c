/* PUT and DELETE of stored manifests, and purging. */
#include "base/arena.h"
#include "base/limits.h"
#include "names/hostname.h"
#include "serve/api/stored.h"
#include "serve/documents/extract.h"
#include "serve/documents/quarrels.h"
#include "serve/process/clock.h"
#include "serve/process/log.h"

/* ---- quarrels ---- */

/* The store found manifests with the same claims and other settings: is there really a quarrel? The same code as on the
 * command line tells. Called inside of the store's transaction, so memory must not run out into the caller. */
struct quarrel {
	struct call                 *call;
	struct str                   document;
	const struct store_manifest *others;
	size_t                       n;
	struct str                   root; /* the mesh's root namespace */
	struct arena                *arena;
	struct documents             documents;
	bool                         agree;
};

static void judge_quarrel(void *ctx)
{
	struct quarrel         *q = ctx;
	struct documents       *d = &q->documents;
	struct manifest_options how = { .default_namespace = q->call->parameters[0], .mesh_forbidden = true };
	const struct settings  *s = q->call->settings;
	struct neighbours       neighbours;

	*d = (struct documents){ .arena = q->arena };
	diags_init(&d->diags, q->arena);
	how.mesh_forbidden = false;
	if (str_present(s->mesh_bytes))
		manifest_parse(q->arena, source_from_bytes(q->arena, s->mesh_name, s->mesh_bytes), &how, &d->inputs,
		               &d->diags);
	how.mesh_forbidden = true;
	for (size_t i = 0; i < q->n; i++) {
		how.default_namespace = q->others[i].namespace;
		manifest_parse(q->arena,
		               source_from_bytes(q->arena,
		                                 STR_CONCAT(q->arena, q->others[i].namespace, STR("/"),
		                                            q->others[i].name),
		                                 q->others[i].document),
		               &how, &d->inputs, &d->diags);
	}
	/* It comes last: a quarrel is reported at the later place, and what is stored was there before. */
	how.default_namespace = q->call->parameters[0];
	manifest_parse(q->arena, source_from_bytes(q->arena, STR("<stdin>"), q->document), &how, &d->inputs, &d->diags);
	d->mesh = mesh_choose(q->arena, &d->inputs, STR_ABSENT, STR_ABSENT, &d->diags);
	q->agree = d->diags.errors == 0 && neighbours_collect(q->arena, &d->inputs, d->mesh, &neighbours, &d->diags);
}

static bool agrees(void *ctx, const struct store_manifest *others, size_t n)
{
	struct quarrel q = *(struct quarrel *)ctx;

	q.others = others;
	q.n = n;
	q.arena = arena_new(LIMIT_REQUEST_MEMORY_BYTES);
	if (!q.arena || !arena_run(q.arena, judge_quarrel, &q))
		q.agree = false;
	arena_free(q.arena);
	return q.agree;
}

static bool meets(void *ctx, struct str key, struct str namespace)
{
	const struct quarrel *q = ctx;

	return quarrel_meets(key, q->call->parameters[0], namespace, q->root);
}

/* Lines of a manifest are for those who may read it; its name is for everyone. */
static void hide_lines(struct call *call, struct diags *diags, const struct store_change *change)
{
	for (struct diag *d = diags->first; d; d = d->next) {
		for (size_t i = 0; i < change->n_others; i++) {
			const struct store_manifest *o = &change->others[i];
			struct str                   name = STR_CONCAT(call->arena, o->namespace, STR("/"), o->name);

			if (call_sees(call, o->namespace))
				continue;
			if (d->pos.source && str_eq(d->pos.source->name, name)) {
				d->pos = POS_NONE;
				d->path = STR_ABSENT;
			}
			for (struct diag_related *r = d->related; r; r = r->next)
				if (r->pos.source && str_eq(r->pos.source->name, name))
					r->pos = POS_NONE;
		}
	}
}

static void answer_quarrel(struct call *call, const struct store_change *change)
{
	struct quarrel q = { .call = call, .document = call->x->body, .others = change->others, .n = change->n_others };
	struct str     who = STR("");

	q.arena = call->arena;
	judge_quarrel(&q);
	for (size_t i = 0; i < change->n_others; i++)
		who = STR_CONCAT(call->arena, who, who.n ? STR(", ") : STR(""), change->others[i].namespace, STR("/"),
		                 change->others[i].name);
	hide_lines(call, &q.documents.diags, change);
	diag_relate(&q.documents.diags, q.documents.diags.first, POS_NONE, "quarrels with {}", ARGS(who));
	problem_findings(call, 409, &q.documents.diags);
}

/* ---- answers ---- */

static void audit(struct call *call, const char *event, const struct store_manifest *m)
{
	log_event(LOG_INFO, event,
	          LOG_VALUES({ "who", call_who(call) }, { "peer", call->x->peer }, { "namespace", call->parameters[0] },
	                     { "name", call->parameters[1] }, { "etag", m->etag }, CALL_IDS(call)));
}

/* A dry run names nothing that is there. */
static void answer_revision(struct call *call, unsigned status, const struct store_manifest *m, bool is_kept)
{
	struct json_writer w;
	struct buf         b;

	buf_init(&b, call->arena, MIB);
	json_writer_init(&w, &b, 2);
	json_open(&w, '{');
	json_member_string(&w, "apiVersion", STR(CALLOUT_API_VERSION));
	json_member_string(&w, "kind", STR("StoredManifest"));
	write_revision(&w, call->arena, m);
	json_close(&w, '}');
	buf_char(&b, '\n');
	if (is_kept)
		add_etag(call, m->etag);
	if (is_kept && status == 201)
		http_add_header(call->x, "Location", call->x->path);
	reply(call, status, MEDIA_JSON, buf_str(&b));
}

/* What both PUT and DELETE may come to. False: it went well. */
static bool refused(struct call *call, const struct store_change *change)
{
	if (change->outcome == STORE_NOT_FOUND) {
		problem(call, 404, STR("there is no such manifest"));
	} else if (change->outcome == STORE_STALE) {
		problem(call, 412, STR("the manifest is not the one that the precondition names"));
		if (str_present(change->manifest.etag))
			add_etag(call, change->manifest.etag);
	} else if (change->outcome == STORE_UNCONDITIONAL) {
		problem(call, 428, STR("it exists: say with If-Match which one is to be replaced"));
		add_etag(call, change->manifest.etag);
	} else if (change->outcome == STORE_QUARREL) {
		answer_quarrel(call, change);
	} else {
		return false;
	}
	return true;
}

/* ---- PUT ---- */

/* The one manifest of the body, with the name of the path; NULL: the answer is set. */
static const struct manifest *take_manifest(struct call *call, struct documents *d)
{
	struct documents_options options = { .settings = call->settings,
		                             .namespace = call->parameters[0],
		                             .is_json = call->sent == MEDIA_JSON };
	bool                     unreadable = false;

	if (!dns_label_is(call->parameters[0])) { /* the manifest need not say it */
		problem(call, 400, STR("the path: not the name of a namespace"));
		return NULL;
	}
	/* RFC 9110 14.5: a part of a manifest must not be taken for all of it. */
	if (str_present(http_request_header(call->x, "Content-Range"))) {
		problem(call, 400, STR("Content-Range: a manifest is put as a whole"));
		return NULL;
	}
	*d = (struct documents){ .arena = call->arena, .scratch = http_scratch(call->x) };
	d->sound = documents_load(d, source_from_bytes(call->arena, STR("<stdin>"), call->x->body), &options);
	for (const struct diag *f = d->diags.first; f; f = f->next)
		unreadable = unreadable || (f->level == DIAG_ERROR && f->code < 200);
	if (unreadable) {
		problem_findings(call, 400, &d->diags);
		return NULL;
	}
	if (d->inputs.n_manifests > 1 || (d->inputs.n_manifests == 0 && d->diags.errors == 0)) {
		problem(call, 400, STR("the body must hold one FilterManifest"));
		return NULL;
	}
	if (d->inputs.n_manifests == 1) {
		const struct metadata *m = d->inputs.manifests[0]->metadata;

		if (m && ((str_present(m->name) && !str_eq(m->name, call->parameters[1])) ||
		          !str_eq(m->namespace, call->parameters[0]))) {
			problem(call, 400,
			        STR_CONCAT(call->arena, STR("the manifest is "), m->namespace, STR("/"), m->name,
			                   STR(", the path says otherwise")));
			return NULL;
		}
	}
	if (!d->sound || !generation_check(&d->generation, NULL, NULL)) {
		problem_findings(call, 422, &d->diags);
		return NULL;
	}
	return d->inputs.manifests[0];
}

/* True: the answer is set. */
static bool is_followed(struct call *call)
{
	if (!call->service->directory)
		return false;
	problem(call, 403, STR("manifests come from the directory that the daemon follows: change them there"));
	return true;
}

void answer_put(struct call *call)
{
	struct documents       d;
	const struct manifest *m = is_followed(call) ? NULL : take_manifest(call, &d);
	struct quarrel         quarrel = { .call = call, .document = call->x->body };
	struct store_put       put;
	struct store_change    change;
	struct extract         extract;

	if (!m)
		return;
	extract = extract_build(&d, m);
	quarrel.root = d.mesh->spec->root_namespace;
	put = (struct store_put){ .namespace = call->parameters[0],
		                  .name = call->parameters[1],
		                  .format = call->sent == MEDIA_JSON ? STORE_JSON : STORE_YAML,
		                  .document = call->x->body,
		                  .hosts = extract.hosts,
		                  .n_hosts = extract.n_hosts,
		                  .claims = extract.claims,
		                  .n_claims = extract.n_claims,
		                  .extractor = call->settings->extractor,
		                  .precondition = call_precondition_of_change(call, true),
		                  .who = call_who(call),
		                  .now = clock_unix_ms(),
		                  .dry_run = call_is_dry_run(call),
		                  .agrees = agrees,
		                  .meets = meets,
		                  .agrees_ctx = &quarrel };
	if (!store_put(call->service->store, call->arena, &put, &change, &d.diags)) {
		store_problem(call, &d.diags);
		return;
	}
	if (refused(call, &change))
		return;
	if (!put.dry_run && change.outcome != STORE_UNCHANGED)
		audit(call, change.outcome == STORE_CREATED ? "manifest created" : "manifest replaced",
		      &change.manifest);
	add_warnings(call, &d.diags);
	answer_revision(call, change.outcome == STORE_CREATED ? 201 : 200, &change.manifest, !put.dry_run);
}

/* ---- DELETE ---- */

void answer_delete(struct call *call)
{
	struct store_delete delete = { .namespace = call->parameters[0],
		                       .name = call->parameters[1],
		                       .precondition = call_precondition_of_change(call, false),
		                       .who = call_who(call),
		                       .now = clock_unix_ms(),
		                       .dry_run = call_is_dry_run(call) };
	struct store_change change;
	struct diags        diags;

	if (is_followed(call))
		return;
	diags_init(&diags, call->arena);
	if (!store_delete(call->service->store, call->arena, &delete, &change, &diags)) {
		store_problem(call, &diags);
		return;
	}
	if (refused(call, &change))
		return;
	if (!delete.dry_run)
		audit(call, "manifest deleted", &change.manifest);
	reply_nothing(call, 204);
}

void answer_purge(struct call *call)
{
	enum store_outcome outcome;
	uint64_t           removed;
	struct diags       diags;
	struct buf         b;

	diags_init(&diags, call->arena);
	if (!store_purge(call->service->store, call->parameters[0], call->parameters[1], &outcome, &removed, &diags)) {
		store_problem(call, &diags);
		return;
	}
	if (outcome != STORE_DONE) {
		problem(call, 404, STR("there is no such manifest, and no history of one"));
		return;
	}
	log_event(LOG_INFO, "history purged",
	          LOG_VALUES({ "who", call_who(call) }, { "peer", call->x->peer }, { "namespace", call->parameters[0] },
	                     { "name", call->parameters[1] }, { "removed", str_from_uint(call->arena, removed) },
	                     CALL_IDS(call)));
	buf_init(&b, call->arena, KIB);
	buf_fmt(&b, "{\n  \"removed\": %llu\n}\n", (unsigned long long)removed);
	reply(call, 200, MEDIA_JSON, buf_str(&b));
}
