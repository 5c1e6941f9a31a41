#include "serve/api/openapi_headers.h"

struct header {
	const char *route;  /* its id; NULL: any */
	unsigned    status; /* of the answer; 0: any */
	const char *name;
	const char *doc;
};

#define TAGS "Entity tags in quotes, separated by commas, or *: "

static const struct header asked[] = {
	{ "getManifest", 0, "If-Match", TAGS "412 unless one of them is what stands." },
	{ "getManifest", 0, "If-None-Match", TAGS "304 when one of them is what stands." },
	{ "getManifest", 0, "If-Modified-Since",
	  "Without If-None-Match: 304 when it was put before, or in, that second." },
	{ "getManifest", 0, "If-Unmodified-Since", "Without If-Match: 412 when it was put after that second." },
	{ "getRevision", 0, "If-Match", TAGS "412 unless one of them is the revision's." },
	{ "getRevision", 0, "If-None-Match", TAGS "304 when one of them is the revision's." },
	{ "putManifest", 0, "If-Match", TAGS "replaces only what is one of them; needed to replace." },
	{ "putManifest", 0, "If-None-Match", "* creates only: 412 when there is one." },
	{ "deleteManifest", 0, "If-Match", TAGS "deletes only what is one of them." },
	{ "deleteManifest", 0, "If-Unmodified-Since",
	  "Without If-Match: deletes only what was not put after that second. Entity tags are exact." },
	{ "postDump", 0, "Idempotency-Key", "The same request with the same key gets the first answer again." },
	{ "listManifests", 0, "Last-Event-ID", "With watch: the revision to go on behind, as browsers send it." },
	{ "listAllManifests", 0, "Last-Event-ID", "With watch: the revision to go on behind, as browsers send it." },
};

#define ETAG "Names the revision; for If-Match and If-None-Match."
#define VARY "Accept, which chooses the form."
#define WARNING                                                                                                        \
	"299 - \"CODE: text\", one for each warning about the manifests. Behind the first 16 one tells how many more there are."

static const struct header answered[] = {
	{ "getManifest", 200, "ETag", ETAG },
	{ "getManifest", 304, "ETag", ETAG },
	{ "getManifest", 200, "Last-Modified", "When the revision was put." },
	{ "getRevision", 200, "ETag", ETAG },
	{ "getRevision", 304, "ETag", ETAG },
	{ "putManifest", 200, "ETag", ETAG },
	{ "putManifest", 201, "ETag", ETAG },
	{ "putManifest", 412, "ETag", "Of what stands, if anything does." },
	{ "putManifest", 428, "ETag", "Of what stands." },
	{ "putManifest", 201, "Location", "Where it is from now on." },
	{ "putManifest", 200, "Warning", WARNING },
	{ "putManifest", 201, "Warning", WARNING },
	{ "generate", 200, "Warning", WARNING },
	{ "clusters", 200, "Warning", WARNING },
	{ "getResources", 200, "Warning", WARNING },
	{ "getClusters", 200, "Warning", WARNING },
	{ "postDump", 200, "Idempotency-Replayed", "true: the answer that the first request with this key got." },
	{ "postDump", 409, "Retry-After", "Seconds." },
	{ "backup", 200, "Content-Disposition", "The name of the file tells the newest revision in it." },
	{ "generate", 200, "Vary", VARY },
	{ "check", 200, "Vary", VARY },
	{ "clusters", 200, "Vary", VARY },
	{ "verify", 200, "Vary", VARY },
	{ "inspect", 200, "Vary", VARY },
	{ "getManifest", 200, "Vary", VARY },
	{ "getManifest", 304, "Vary", VARY },
	{ "getRevision", 200, "Vary", VARY },
	{ "getRevision", 304, "Vary", VARY },
	{ "getResources", 200, "Vary", VARY },
	{ "getClusters", 200, "Vary", VARY },
	{ NULL, 401, "WWW-Authenticate", "Bearer, with what is wrong with the token that was sent." },
	{ NULL, 415, "Accept", "What the route takes." },
	{ NULL, 429, "Retry-After", "Seconds." },
	{ NULL, 503, "Retry-After", "Seconds." },
};

static bool is_of(const struct header *h, const struct route *r, unsigned status)
{
	return (!h->route || strcmp(h->route, r->id) == 0) && h->status == status;
}

/* Members that a parameter and a header have in common. */
static void write_text(struct json_writer *w, const char *doc)
{
	json_member_string(w, "description", str_c(doc));
	json_key(w, STR("schema"));
	json_plain(w, STR("{\"type\": \"string\"}"));
}

void openapi_request_headers(struct json_writer *w, const struct route *r)
{
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		if (!is_of(&asked[i], r, 0))
			continue;
		json_open(w, '{');
		json_member_string(w, "name", str_c(asked[i].name));
		json_member_string(w, "in", STR("header"));
		json_key(w, STR("required"));
		json_bool(w, false);
		write_text(w, asked[i].doc);
		json_close(w, '}');
	}
}

void openapi_reply_headers(struct json_writer *w, const struct route *r, unsigned status)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++) {
		if (!is_of(&answered[i], r, status))
			continue;
		if (!any) {
			json_key(w, STR("headers"));
			json_open(w, '{');
		}
		any = true;
		json_key(w, str_c(answered[i].name));
		json_open(w, '{');
		write_text(w, answered[i].doc);
		json_close(w, '}');
	}
	if (any)
		json_close(w, '}');
}
