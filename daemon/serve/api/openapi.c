/* The OpenAPI 3.1 document: the route table, printed. */
#include "base/arena.h"
#include "base/limits.h"
#include "json/json_write.h"
#include "manifest/manifest.h"
#include "manifest/schema.h"
#include "serve/api/openapi_headers.h"
#include "serve/api/openapi_schemas.h"
#include "serve/api/routes.h"

static const char *const schema_names[SCHEMA_COUNT] = {
	NULL,         "FilterManifest", "Report",         "ClusterList",
	"ObjectList", "Problem",        "StoredManifest", "StoredManifestList",
	"HostList",   "Removed",        "Status",         "Bytes",
	"VerifyForm"
};

static void member_bool(struct json_writer *w, const char *key, bool value)
{
	json_key(w, str_c(key));
	json_bool(w, value);
}

static void reference(struct json_writer *w, struct arena *arena, enum schema schema)
{
	json_key(w, STR("schema"));
	json_open(w, '{');
	if (schema == SCHEMA_NONE)
		json_member_string(w, "type", STR("string"));
	else
		json_member_string(w, "$ref",
		                   STR_CONCAT(arena, STR("#/components/schemas/"), str_c(schema_names[schema])));
	json_close(w, '}');
}

static void write_content(struct json_writer *w, struct arena *arena, const enum media *media, enum schema schema)
{
	json_key(w, STR("content"));
	json_open(w, '{');
	for (; *media != MEDIA_NONE; media++) {
		json_key(w, str_c(media_name(*media)));
		json_open(w, '{');
		/* A table is text to JSON Schema. A stream of YAML documents is nothing to it: a reader of YAML finds
		 * nothing in it, or one document, or several. */
		if (*media == MEDIA_YAML) {
			json_key(w, STR("schema"));
			json_plain(w, STR("{}"));
		} else if (*media == MEDIA_EVENTS || (*media == MEDIA_JSON && schema == SCHEMA_NONE)) {
			json_key(w, STR("schema"));
			json_plain(w, STR("{\"type\": \"object\"}"));
		} else {
			reference(w, arena,
			          *media == MEDIA_JSON || *media == MEDIA_PROBLEM || *media == MEDIA_MULTIPART
			                  ? schema
			                  : SCHEMA_NONE);
		}
		json_close(w, '}');
	}
	json_close(w, '}');
}

/* ---- parameters ---- */

static void write_parameter(struct json_writer *w, struct str name, const char *in, bool required,
                            const struct query_parameter *p)
{
	json_open(w, '{');
	json_member_string(w, "name", name);
	json_member_string(w, "in", str_c(in));
	member_bool(w, "required", required);
	if (p)
		json_member_string(w, "description", str_c(p->summary));
	json_key(w, STR("schema"));
	json_open(w, '{');
	json_member_string(w, "type", p && p->is_count ? STR("integer") : STR("string"));
	if (p && p->is_count)
		json_member_int(w, "minimum", 0);
	if (p && p->words) {
		json_key(w, STR("enum"));
		json_open(w, '[');
		for (size_t i = 0; p->words[i]; i++)
			json_string(w, str_c(p->words[i]));
		json_close(w, ']');
	}
	json_close(w, '}');
	json_close(w, '}');
}

static void write_parameters(struct json_writer *w, const struct route *r)
{
	json_key(w, STR("parameters"));
	json_open(w, '[');
	for (const char *p = strchr(r->path, '{'); p; p = strchr(p, '{')) {
		const char *end = strchr(p, '}');

		write_parameter(w, str_of(p + 1, (size_t)(end - p - 1)), "path", true, NULL);
		p = end;
	}
	for (const struct query_parameter *q = r->query; q && q->name; q++)
		write_parameter(w, str_c(q->name), "query", false, q);
	openapi_request_headers(w, r);
	json_close(w, ']');
}

/* ---- replies ---- */

static void write_reply(struct json_writer *w, struct arena *arena, const struct route *r,
                        const struct reply_form *reply)
{
	json_key(w, str_from_uint(arena, reply->status));
	json_open(w, '{');
	json_member_string(w, "description", str_c(reply->summary));
	openapi_reply_headers(w, r, reply->status);
	if (reply->media[0] != MEDIA_NONE)
		write_content(w, arena, reply->media, reply->schema);
	json_close(w, '}');
}

static bool has_reply(const struct route *r, unsigned status)
{
	for (const struct reply_form *f = r->replies; f && f->status; f++)
		if (f->status == status)
			return true;
	return false;
}

/* Probes are for everyone by any name; the console asks for no credentials. */
static bool may_refuse(const struct route *r, unsigned status)
{
	if (r->scope != SCOPE_NONE || status == 400 || status == 413)
		return true;
	return strcmp(r->tag, "probes") != 0 && status != 401 && status != 429;
}

/* What any route may answer: the server's own refusals. */
static void write_common_replies(struct json_writer *w, struct arena *arena, const struct route *r)
{
	static const struct reply_form common[] = {
		{ 400, "Not understood.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 401, "No credentials, or wrong ones.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 403, "Not allowed, or a page of another origin.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 406, "No form that Accept allows.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 413, "Too large, or a body where none is taken.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 415, "A Content-Type that is not taken.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 421, "A Host that this server is not known under.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 429, "Too many wrong credentials.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
		{ 503, "Not now; Retry-After tells when.", SCHEMA_PROBLEM, { MEDIA_PROBLEM, MEDIA_NONE } },
	};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		unsigned status = common[i].status;

		if (has_reply(r, status) || (status == 415 && !r->takes) || !may_refuse(r, status))
			continue;
		write_reply(w, arena, r, &common[i]);
	}
}

static void write_operation(struct json_writer *w, struct arena *arena, const struct route *r)
{
	json_key(w, str_lower(arena, str_c(http_method_names[r->method])));
	json_open(w, '{');
	json_member_string(w, "operationId", str_c(r->id));
	json_member_string(w, "summary", str_c(r->summary));
	json_key(w, STR("tags"));
	json_open(w, '[');
	json_string(w, str_c(r->tag));
	json_close(w, ']');
	write_parameters(w, r);
	if (r->takes) {
		json_key(w, STR("requestBody"));
		json_open(w, '{');
		member_bool(w, "required", true);
		write_content(w, arena, r->takes, r->taken);
		json_close(w, '}');
	}
	if (r->scope == SCOPE_NONE) {
		json_key(w, STR("security"));
		json_open(w, '[');
		json_close(w, ']');
	}
	json_key(w, STR("responses"));
	json_open(w, '{');
	for (const struct reply_form *f = r->replies; f && f->status; f++)
		write_reply(w, arena, r, f);
	write_common_replies(w, arena, r);
	json_close(w, '}');
	json_close(w, '}');
}

/* Rows of one path stand one after the other in the table. */
static void write_paths(struct json_writer *w, struct arena *arena)
{
	json_key(w, STR("paths"));
	json_open(w, '{');
	for (size_t i = 0; i < n_routes;) {
		const char *path = route_table[i].path;

		json_key(w, str_c(path));
		json_open(w, '{');
		for (; i < n_routes && strcmp(route_table[i].path, path) == 0; i++)
			write_operation(w, arena, &route_table[i]);
		json_close(w, '}');
	}
	json_close(w, '}');
}

/* ---- components ---- */

static void write_components(struct json_writer *w, struct arena *arena)
{
	struct buf manifest;

	buf_init(&manifest, arena, MIB);
	schema_write(&manifest, &filter_manifest_object);
	while (manifest.n && manifest.p[manifest.n - 1] == '\n')
		manifest.n--;
	json_key(w, STR("components"));
	json_open(w, '{');
	json_key(w, STR("schemas"));
	json_open(w, '{');
	json_key(w, STR("FilterManifest"));
	json_plain(w, buf_str(&manifest));
	for (size_t i = 0; i < n_openapi_schemas; i++) {
		json_key(w, str_c(openapi_schemas[i].name));
		json_plain(w, str_c(openapi_schemas[i].json));
	}
	json_close(w, '}');
	json_key(w, STR("securitySchemes"));
	json_plain(w, STR("{\"bearer\": {\"type\": \"http\", \"scheme\": \"bearer\"}, \"certificate\": {\"type\": "
	                  "\"mutualTLS\"}}"));
	json_close(w, '}');
	/* The empty one: on loopback there need not be any. */
	json_key(w, STR("security"));
	json_plain(w, STR("[{\"bearer\": []}, {\"certificate\": []}, {}]"));
}

struct str openapi_build(struct arena *arena)
{
	struct json_writer w;
	struct buf         b;

	buf_init(&b, arena, 4 * MIB);
	json_writer_init(&w, &b, 2);
	json_open(&w, '{');
	json_member_string(&w, "openapi", STR("3.1.0"));
	json_member_string(&w, "jsonSchemaDialect", STR("https://json-schema.org/draft/2020-12/schema"));
	json_key(&w, STR("info"));
	json_open(&w, '{');
	json_member_string(&w, "title", STR("Callout"));
	json_member_string(&w, "version", STR(CALLOUT_VERSION));
	json_member_string(&w, "description",
	                   STR("Lets filters inside Istio's Envoy call the hosts they need. Errors are RFC 9457 "
	                       "problems; those about manifests carry the findings of the command line."));
	json_key(&w, STR("license"));
	json_open(&w, '{');
	json_member_string(&w, "name", STR("Apache-2.0"));
	json_member_string(&w, "identifier", STR("Apache-2.0"));
	json_close(&w, '}');
	json_close(&w, '}');
	write_paths(&w, arena);
	write_components(&w, arena);
	json_close(&w, '}');
	buf_char(&b, '\n');
	return buf_str(&b);
}
