#include "serve/api/stored.h"

#include "base/arena.h"
#include "base/limits.h"
#include "json/json_write.h"
#include "manifest/document_read.h"
#include "render/yaml_writer.h"
#include "serve/process/clock.h"

/* ---- the call ---- */

static const struct diag *error_of(const struct diags *diags)
{
	const struct diag *d = diags->first;

	while (d && d->level != DIAG_ERROR)
		d = d->next;
	return d;
}

/* As the finding, but for where the store lies and what the system said: that is the log's. */
static struct diags *for_client(struct call *call, const struct diag *failed)
{
	struct diags *told = ARENA_NEW(call->arena, struct diags);
	char          code[7];

	diags_init(told, call->arena);
	if (failed->code == CO_STORE_LIMIT) { /* it is about what was asked */
		diag_repeat(told, failed);
		return told;
	}
	call->fault = STR_CONCAT(call->arena, str_c(diag_code_text(failed->code, code)), STR(": "), failed->message);
	diag_add(told, failed->code, POS_NONE, ARGS(STR("the store"), STR("the daemon's log says more")));
	return told;
}

void store_problem(struct call *call, const struct diags *diags)
{
	const struct diag *failed = error_of(diags);
	unsigned           status = failed->code == CO_STORE_FULL ? 507 : failed->code == CO_STORE_LIMIT ? 400 : 503;

	problem_findings(call, status, for_client(call, failed));
	if (status == 503)
		http_add_header(call->x, "Retry-After", STR("5"));
}

struct str call_who(const struct call *call)
{
	return call->principal ? call->principal->name : STR("anonymous");
}

struct store_scope call_scope(const struct call *call)
{
	struct store_scope scope = { 0 };

	if (call->principal && call->principal->namespaces.n) {
		scope.namespaces = call->principal->namespaces.items;
		scope.n_namespaces = call->principal->namespaces.n;
	}
	return scope;
}

bool call_sees(const struct call *call, struct str namespace)
{
	return !call->principal || principal_reaches(call->principal, namespace);
}

struct store_page call_page(struct call *call, bool documents)
{
	struct store_page page = { .scope = call_scope(call), .documents = documents };
	struct str        limit = call_query(call, "limit"), after = call_query(call, "continue");
	uint64_t          n = 0;

	if (str_present(limit) && str_to_uint(limit, INT64_MAX, &n))
		page.limit = (size_t)n;
	if (after.n)
		page.after = after;
	return page;
}

bool call_is_dry_run(struct call *call)
{
	return str_is(call_query(call, "dryRun"), "all");
}

static enum media media_stored(const struct store_manifest *m)
{
	return m->format == STORE_JSON ? MEDIA_JSON : MEDIA_YAML;
}

/* ---- preconditions ---- */

/* How many there can be; what a request may hold of them is bounded by maxHeaderBytes. */
static size_t most_tags(struct str header)
{
	size_t n = 1; /* the one that stands for none */

	for (size_t i = 0; str_present(header) && i < header.n; i++)
		n += header.p[i] == '"';
	return n;
}

/* The next of a list (RFC 9110 8.8.3 and 5.6.1): "tag" or W/"tag", whose W is a large one. False: there is none, or what is there is no
 * entity tag, behind which nothing is sure. */
static bool next_tag(struct str *list, struct str *ret, bool *ret_weak)
{
	size_t at = 0, end;

	while (at < list->n && (list->p[at] == ',' || list->p[at] == ' ' || list->p[at] == '\t'))
		at++;
	*ret_weak = str_has_prefix(str_slice(*list, at, list->n), STR("W/"));
	at += *ret_weak ? 2 : 0;
	end = at < list->n && list->p[at] == '"' ? str_find(*list, '"', at + 1) : list->n;
	if (end == list->n)
		return false;
	*ret = str_slice(*list, at + 1, end);
	*list = str_trimmed(str_slice(*list, end + 1, list->n));
	return list->n == 0 || list->p[0] == ',';
}

/* A weak one equals nothing where equality is strong. */
static size_t read_tags(struct str header, struct str *tags, bool weak_too, bool *any)
{
	size_t n = 0;
	bool   weak;

	*any = str_is(header, "*");
	while (str_present(header) && next_tag(&header, &tags[n], &weak))
		n += !weak || weak_too;
	return n;
}

struct store_precondition call_precondition(struct call *call)
{
	struct store_precondition p = { 0 };
	struct str  match = http_request_list(call->x, "If-Match"), none = http_request_list(call->x, "If-None-Match");
	struct str *tags = ARENA_ARRAY(call->arena, most_tags(match), struct str);
	struct str *none_tags = ARENA_ARRAY(call->arena, most_tags(none), struct str);

	p.if_match = tags;
	p.if_none_match = none_tags;
	p.n_if_match = read_tags(match, tags, false, &p.if_match_any);
	/* RFC 9110 13.1.4: a date that is none is not looked at. */
	p.has_unmodified_since =
		http_date_read(http_request_header(call->x, "If-Unmodified-Since"), &p.unmodified_since);
	p.n_if_none_match = read_tags(none, none_tags, true, &p.if_none_match_any);
	/* A header that holds no tag that can match still is a condition, which does not hold. */
	if (str_present(match) && p.n_if_match == 0 && !p.if_match_any)
		tags[p.n_if_match++] = STR("");
	return p;
}

/* RFC 9110 8.8.3.3: what YAML was turned into is another representation, and no two have one strong tag. */
static const struct form {
	enum media  media;
	const char *mark; /* behind the tag of the revision, where it was put in another form */
} forms[] = { { MEDIA_JSON, ".json" }, { MEDIA_YAML, ".yaml" } };

struct str etag_of_form(struct arena *arena, const struct store_manifest *m, enum media form)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (form == forms[i].media && form != media_stored(m))
			return STR_CONCAT(arena, m->etag, str_c(forms[i].mark));
	return m->etag;
}

static struct str etag_of_revision(struct str etag)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (str_has_suffix(etag, str_c(forms[i].mark)))
			return str_slice(etag, 0, etag.n - strlen(forms[i].mark));
	return etag;
}

struct store_precondition call_precondition_of_change(struct call *call, bool required)
{
	struct store_precondition p = call_precondition(call);
	size_t                    n = p.n_if_match + p.n_if_none_match;
	struct str               *tags = ARENA_ARRAY(call->arena, n + 1, struct str);

	for (size_t i = 0; i < n; i++)
		tags[i] = etag_of_revision(i < p.n_if_match ? p.if_match[i] : p.if_none_match[i - p.n_if_match]);
	p.if_match = tags;
	p.if_none_match = tags + p.n_if_match;
	p.required = required;
	return p;
}

void add_etag(struct call *call, struct str etag)
{
	http_add_header(call->x, "ETag", STR_CONCAT(call->arena, STR("\""), etag, STR("\"")));
}

/* ---- JSON ---- */

void write_revision(struct json_writer *w, struct arena *arena, const struct store_manifest *m)
{
	static const char *const actions[] = { "create", "replace", "delete" };

	json_member_string(w, "namespace", m->namespace);
	json_member_string(w, "name", m->name);
	json_member_int(w, "revision", (int64_t)m->revision);
	json_member_int(w, "generation", (int64_t)m->generation);
	json_member_string(w, "action", str_c(actions[m->action]));
	if (str_present(m->etag))
		json_member_string(w, "etag", STR_CONCAT(arena, STR("\""), m->etag, STR("\"")));
	json_member_string(w, "who", m->who);
	json_member_string(w, "when", time_text(arena, m->when));
	json_member_string(w, "created", time_text(arena, m->created));
	json_member_int(w, "size", (int64_t)m->size);
}

void begin_list(struct json_writer *w, struct buf *b, struct call *call, const char *kind)
{
	buf_init(b, call->arena, LIMIT_STORE_ANSWER_BYTES);
	json_writer_init(w, b, 2);
	json_open(w, '{');
	json_member_string(w, "apiVersion", STR(CALLOUT_API_VERSION));
	json_member_string(w, "kind", str_c(kind));
	json_key(w, STR("items"));
	json_open(w, '[');
}

void end_list(struct json_writer *w, struct buf *b, struct call *call, struct str next, uint64_t revision)
{
	json_close(w, ']');
	json_key(w, STR("metadata"));
	json_open(w, '{');
	if (revision)
		json_member_int(w, "revision", (int64_t)revision);
	if (str_present(next))
		json_member_string(w, "continue", next);
	json_close(w, '}');
	json_close(w, '}');
	buf_char(b, '\n');
	reply(call, 200, MEDIA_JSON, buf_str(b));
}

/* ---- one manifest ---- */

bool stored_find(struct call *call, struct store_manifest *ret)
{
	enum store_outcome outcome;
	struct diags       diags;

	diags_init(&diags, call->arena);
	if (!store_get(call->service->store, call->arena, call->parameters[0], call->parameters[1], &outcome, ret,
	               &diags)) {
		store_problem(call, &diags);
		return false;
	}
	if (outcome == STORE_DONE)
		return true;
	problem(call, 404, STR("there is no such manifest"));
	return false;
}

enum media document_form(struct call *call, const struct store_manifest *m)
{
	enum media stored = media_stored(m);
	enum media other = stored == MEDIA_JSON ? MEDIA_YAML : MEDIA_JSON;
	enum media offers[] = { stored, other, MEDIA_NONE }; /* as it is, unless the other is liked better */

	return media_choose(http_request_list(call->x, "Accept"), offers);
}

void reply_document(struct call *call, const struct store_manifest *m, enum media wanted)
{
	struct document *doc = NULL;
	struct diags     diags;
	struct buf       b;

	if (wanted == media_stored(m)) {
		reply(call, 200, wanted, m->document);
		return;
	}
	diags_init(&diags, call->arena);
	buf_init(&b, call->arena, LIMIT_STORE_ANSWER_BYTES);
	if (documents_read(call->arena, source_from_bytes(call->arena, m->name, m->document), &manifest_limits, &doc,
	                   &diags) &&
	    doc) {
		if (wanted == MEDIA_JSON) {
			json_write(&b, &doc->root, 2);
			buf_char(&b, '\n');
		} else {
			yaml_write_document(&b, &doc->root);
		}
	}
	reply(call, 200, wanted, buf_str(&b));
}

/* ---- with its neighbours ---- */

static struct str source_name(struct arena *arena, struct str namespace, struct str name)
{
	return STR_CONCAT(arena, namespace, STR("/"), name);
}

static bool parse_stored(struct documents *d, struct str namespace, struct str name, struct str document)
{
	struct manifest_options how = { .default_namespace = namespace, .mesh_forbidden = true };

	return manifest_parse(d->arena, source_from_bytes(d->arena, source_name(d->arena, namespace, name), document),
	                      &how, &d->inputs, &d->diags);
}

static bool is_loaded(const struct documents *d, struct str namespace, struct str name)
{
	for (size_t i = 0; i < d->inputs.n_manifests; i++)
		if (str_eq(d->inputs.manifests[i]->metadata->namespace, namespace) &&
		    str_eq(d->inputs.manifests[i]->metadata->name, name))
			return true;
	return false;
}

/* Ports of all manifests for a public host are united in one object, so those that share one are read too. */
static bool load_sharers(struct call *call, struct documents *d, const struct upstream *u, struct str namespace)
{
	struct store_page    page = { .scope = { &namespace, 1 } };
	struct store_callers callers;
	struct diags         diags;

	diags_init(&diags, call->arena);
	do {
		if (!store_hosts(call->service->store, call->arena, str_lower(call->arena, u->host), &page, &callers,
		                 &diags))
			return false;
		for (size_t i = 0; i < callers.n; i++) {
			struct store_manifest other;
			enum store_outcome    outcome;

			if (!callers.items[i].host.shared || is_loaded(d, namespace, callers.items[i].name))
				continue;
			if (!store_get(call->service->store, call->arena, namespace, callers.items[i].name, &outcome,
			               &other, &diags))
				return false;
			if (outcome == STORE_DONE)
				parse_stored(d, namespace, other.name, other.document);
		}
		page.after = callers.next;
	} while (str_present(callers.next));
	return true;
}

bool stored_load(struct call *call, const struct store_manifest *m, struct documents *d)
{
	const struct settings  *s = call->settings;
	struct manifest_options how = { .default_namespace = STR("default") };
	const struct manifest  *only;

	*d = (struct documents){ .arena = call->arena, .scratch = http_scratch(call->x) };
	diags_init(&d->diags, call->arena);
	if (str_present(s->mesh_bytes))
		manifest_parse(d->arena, source_from_bytes(d->arena, s->mesh_name, s->mesh_bytes), &how, &d->inputs,
		               &d->diags);
	if (!parse_stored(d, m->namespace, m->name, m->document) || d->inputs.n_manifests != 1) {
		problem_findings(call, 422, &d->diags); /* put under other rules */
		return false;
	}
	only = d->inputs.manifests[0];
	for (size_t i = 0; i < manifest_upstreams(only); i++) {
		const struct upstream *u = manifest_upstream(only, i);

		if (upstream_is_host(u) && u->isolated == TRI_NO && !load_sharers(call, d, u, m->namespace)) {
			problem(call, 503, STR("the store does not answer"));
			return false;
		}
	}
	d->mesh = mesh_choose(d->arena, &d->inputs, STR_ABSENT, STR_ABSENT, &d->diags);
	d->generation = (struct generation){ .arena = d->arena,
		                             .scratch = d->scratch,
		                             .inputs = &d->inputs,
		                             .mesh = d->mesh,
		                             .templates = s->templates,
		                             .only = only,
		                             .diags = &d->diags };
	if (d->mesh && generation_judge(&d->generation))
		return true;
	problem_findings(call, 422, &d->diags);
	return false;
}
