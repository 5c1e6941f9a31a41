#include "serve/api/routes.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/utf8.h"

/* ---- what the rows share ---- */

static const enum media documents[] = { MEDIA_YAML, MEDIA_JSON, MEDIA_NONE };

static const char *const object_formats[] = { "yaml", "json", NULL };
static const char *const list_formats[] = { "table", "json", "snippet", NULL };
static const char *const tools[] = { "flux", NULL };

#define COMMON_QUERY                                                                                                   \
	{ "namespace", "Namespace of manifests that name none, as -n of the command line.", NULL, false },             \
		{ "istioVersion", "The Istio minor, or range V..V, instead of the Mesh's.", NULL, false },             \
	{                                                                                                              \
		"source", "What findings call the document; <stdin> unless given.", NULL, false                        \
	}

static const struct query_parameter generate_query[] = {
	COMMON_QUERY,
	{ "output", "Format of the objects; wins over Accept.", object_formats, false },
	{ "escapeFor", "flux: write ${ as $${, which its substitution undoes.", tools, false },
	{ 0 },
};
static const struct query_parameter check_query[] = { COMMON_QUERY, { 0 } };
static const struct query_parameter clusters_query[] = {
	COMMON_QUERY,
	{ "output", "Format of the list; wins over Accept.", list_formats, false },
	{ 0 },
};
static const struct query_parameter ready_query[] = {
	{ "verbose", "Say what was looked at.", NULL, false },
	{ 0 },
};

#define REFUSED                                                                                                        \
	{                                                                                                              \
		422, "Refused; the findings are those of the command line.", SCHEMA_PROBLEM,                           \
		{                                                                                                      \
			MEDIA_PROBLEM, MEDIA_NONE                                                                      \
		}                                                                                                      \
	}

static const struct reply_form generate_replies[] = {
	{ 200,
	  "The Istio objects: a stream of YAML documents, or a List.",
	  SCHEMA_OBJECTS,
	  { MEDIA_YAML, MEDIA_JSON, MEDIA_NONE } },
	REFUSED,
	{ 0 },
};
static const struct reply_form check_replies[] = {
	{ 200,
	  "Every finding, also those of a manifest that is refused elsewhere.",
	  SCHEMA_REPORT,
	  { MEDIA_JSON, MEDIA_TEXT, MEDIA_NONE } },
	{ 0 },
};
static const struct reply_form clusters_replies[] = {
	{ 200, "The predicted clusters.", SCHEMA_CLUSTERS, { MEDIA_JSON, MEDIA_TEXT, MEDIA_NONE } },
	REFUSED,
	{ 0 },
};
static const struct reply_form live_replies[] = {
	{ 200, "The process runs.", SCHEMA_NONE, { MEDIA_TEXT, MEDIA_NONE } },
	{ 0 },
};
static const struct reply_form ready_replies[] = {
	{ 200, "Requests are taken.", SCHEMA_NONE, { MEDIA_TEXT, MEDIA_NONE } },
	{ 503, "Not now.", SCHEMA_NONE, { MEDIA_TEXT, MEDIA_NONE } },
	{ 0 },
};
static const struct reply_form metrics_replies[] = {
	{ 200, "Metrics for Prometheus.", SCHEMA_NONE, { MEDIA_METRICS, MEDIA_OPENMETRICS, MEDIA_NONE } },
	{ 0 },
};
static const struct reply_form openapi_replies[] = {
	{ 200, "This document.", SCHEMA_NONE, { MEDIA_JSON, MEDIA_NONE } },
	{ 0 },
};

static const char *const all_word[] = { "all", NULL };
static const char *const flag_words[] = { "true", "false", NULL };

#define DRY_RUN                                                                                                        \
	{                                                                                                              \
		"dryRun", "all: judge everything, keep nothing.", all_word, false                                      \
	}
#define PAGE_QUERY                                                                                                     \
	{ "limit", "Items of one page.", NULL, true },                                                                 \
	{                                                                                                              \
		"continue", "metadata.continue of the page before.", NULL, false                                       \
	}

static const struct query_parameter put_query[] = { DRY_RUN, { 0 } };
static const struct query_parameter page_query[] = { PAGE_QUERY, { 0 } };
static const struct query_parameter list_query[] = {
	PAGE_QUERY,
	{ "watch", "true: the items and then each change, as Server-Sent Events.", flag_words, false },
	{ "since", "With watch: only changes after this revision, as Last-Event-ID says too.", NULL, true },
	{ 0 },
};
static const struct query_parameter hosts_query[] = {
	PAGE_QUERY,
	{ "host", "Only this host, with the settings that each caller has for it.", NULL, false },
	{ 0 },
};

#define STATUS(number, text)                                                                                           \
	{                                                                                                              \
		number, text, SCHEMA_PROBLEM,                                                                          \
		{                                                                                                      \
			MEDIA_PROBLEM, MEDIA_NONE                                                                      \
		}                                                                                                      \
	}
#define NOT_FOUND     STATUS(404, "There is no such manifest.")
#define STORE_TROUBLE STATUS(507, "The disk is full; nothing was changed.")

static const struct reply_form get_replies[] = {
	{ 200,
	  "The document as it was put; ETag names its revision.",
	  SCHEMA_MANIFEST,
	  { MEDIA_YAML, MEDIA_JSON, MEDIA_NONE } },
	{ 304, "If-None-Match names what stands.", SCHEMA_NONE, { MEDIA_NONE } },
	NOT_FOUND,
	STATUS(412, "If-Match does not hold."),
	{ 0 },
};
static const struct reply_form put_replies[] = {
	{ 200, "Replaced, or the same already.", SCHEMA_STORED, { MEDIA_JSON, MEDIA_NONE } },
	{ 201, "Created.", SCHEMA_STORED, { MEDIA_JSON, MEDIA_NONE } },
	STATUS(409, "It quarrels with another manifest."),
	STATUS(412, "If-Match or If-None-Match does not hold."),
	REFUSED,
	STATUS(428, "It exists, and If-Match is missing."),
	STORE_TROUBLE,
	{ 0 },
};
static const struct reply_form delete_replies[] = {
	{ 204, "Deleted; its history is kept.", SCHEMA_NONE, { MEDIA_NONE } },
	NOT_FOUND,
	STATUS(412, "If-Match does not hold."),
	STORE_TROUBLE,
	{ 0 },
};
static const struct reply_form list_replies[] = {
	{ 200,
	  "A page, or with watch=true a stream of events.",
	  SCHEMA_STORED_LIST,
	  { MEDIA_JSON, MEDIA_EVENTS, MEDIA_NONE } },
	STATUS(410, "Changes since then are no longer all known: list again."),
	{ 0 },
};
static const struct reply_form history_replies[] = {
	{ 200, "Revisions, the newest first.", SCHEMA_STORED_LIST, { MEDIA_JSON, MEDIA_NONE } },
	NOT_FOUND,
	{ 0 },
};
static const struct reply_form resources_replies[] = {
	{ 200, "What is generated of it.", SCHEMA_OBJECTS, { MEDIA_YAML, MEDIA_JSON, MEDIA_NONE } },
	NOT_FOUND,
	REFUSED,
	{ 0 },
};
static const struct reply_form stored_clusters_replies[] = {
	{ 200, "The predicted clusters.", SCHEMA_CLUSTERS, { MEDIA_JSON, MEDIA_TEXT, MEDIA_NONE } },
	NOT_FOUND,
	REFUSED,
	{ 0 },
};
static const struct reply_form purge_replies[] = {
	{ 200, "How many revisions were taken out.", SCHEMA_REMOVED, { MEDIA_JSON, MEDIA_NONE } },
	NOT_FOUND,
	STORE_TROUBLE,
	{ 0 },
};
static const struct reply_form backup_replies[] = {
	{ 200, "The store as it was at one moment.", SCHEMA_NONE, { MEDIA_BYTES, MEDIA_NONE } },
	STATUS(409, "Another backup is being made or sent."),
	STATUS(413, "It takes no body."),
	STATUS(507, "A copy does not fit beside the store."),
	{ 0 },
};
static const struct reply_form hosts_replies[] = {
	{ 200, "Hosts with their callers.", SCHEMA_HOSTS, { MEDIA_JSON, MEDIA_NONE } },
	{ 0 },
};

static const enum media dumps[] = { MEDIA_JSON, MEDIA_BYTES, MEDIA_GZIP, MEDIA_TEXT, MEDIA_NONE };
static const enum media modules[] = { MEDIA_WASM, MEDIA_BYTES, MEDIA_GZIP, MEDIA_NONE };
static const enum media multipart[] = { MEDIA_MULTIPART, MEDIA_NONE };

#define STRICT                                                                                                         \
	{                                                                                                              \
		"strict", "true: check all of JSON's grammar, also where values are passed over.", flag_words, false   \
	}

static const struct query_parameter verify_query[] = {
	{ "namespace", "Namespace of manifests that name none.", NULL, false },
	{ "istioVersion", "The Istio minor, or range V..V, instead of the Mesh's.", NULL, false },
	{ "onlyMatching", "true: leave out proxies that a manifest is not for.", flag_words, false },
	STRICT,
	{ 0 },
};
static const struct query_parameter inspect_query[] = {
	{ "istioVersion", "The Istio minor, or range V..V, to ask about; default the Mesh's.", NULL, false },
	{ "envoyVersion", "The same for Envoy's versions.", NULL, false },
	{ "allVersions", "true: ask about every version that is known.", flag_words, false },
	{ "sha256", "true: tell the checksum.", flag_words, false },
	{ "source", "What the report calls the module; <stdin> unless given.", NULL, false },
	{ 0 },
};
static const struct query_parameter dumps_query[] = {
	{ "proxy", "Whose dump it is, where it names no node.", NULL, false },
	{ "source", "What the report calls the dump; <stdin> unless given.", NULL, false },
	STRICT,
	{ 0 },
};

static const struct reply_form verify_replies[] = {
	{ 200, "The verdicts.", SCHEMA_REPORT, { MEDIA_JSON, MEDIA_TEXT, MEDIA_NONE } },
	REFUSED,
	{ 0 },
};
static const struct reply_form inspect_replies[] = {
	{ 200,
	  "What was found, also of a module that does not load.",
	  SCHEMA_REPORT,
	  { MEDIA_JSON, MEDIA_TEXT, MEDIA_NONE } },
	{ 0 },
};
static const struct reply_form dumps_replies[] = {
	{ 200, "The verdicts, which are kept.", SCHEMA_REPORT, { MEDIA_JSON, MEDIA_NONE } },
	NOT_FOUND,
	STATUS(409, "The first request with this Idempotency-Key is still at work."),
	REFUSED,
	STORE_TROUBLE,
	{ 0 },
};
static const struct reply_form status_replies[] = {
	{ 200, "The last verdicts.", SCHEMA_STATUS, { MEDIA_JSON, MEDIA_NONE } },
	NOT_FOUND,
	{ 0 },
};
static const struct reply_form console_replies[] = {
	{ 200, "A page.", SCHEMA_NONE, { MEDIA_HTML, MEDIA_NONE } },
	{ 0 },
};

/* ---- the table ---- */

#define ONE "/v1/namespaces/{namespace}/manifests/{name}"

const struct route route_table[] = {
	{ HTTP_GET, "/livez", SCOPE_NONE, answer_livez, "getLivez", "probes", "Does the process run?", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, NULL, live_replies },
	{ HTTP_GET, "/healthz", SCOPE_NONE, answer_livez, "getHealthz", "probes", "The same, for older probes.", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, NULL, live_replies },
	{ HTTP_GET, "/readyz", SCOPE_NONE, answer_readyz, "getReadyz", "probes", "Are requests taken?", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, ready_query, ready_replies },
	{ HTTP_GET, "/", SCOPE_NONE, answer_console, "getConsole", "about", "The web console.", NULL, BODY_OF_MANIFEST,
	  SCHEMA_NONE, NULL, console_replies },
	{ HTTP_GET, "/metrics", SCOPE_READ, answer_metrics, "getMetrics", "probes", "Metrics for Prometheus.", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, NULL, metrics_replies },
	{ HTTP_GET, "/openapi.json", SCOPE_READ, answer_openapi, "getOpenapi", "about", "This document.", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, NULL, openapi_replies },
	{ HTTP_POST, "/v1/generate", SCOPE_READ, answer_generate, "generate", "work",
	  "The Istio objects of manifests; nothing is stored.", documents, BODY_OF_MANIFEST, SCHEMA_MANIFEST,
	  generate_query, generate_replies },
	{ HTTP_POST, "/v1/check", SCOPE_READ, answer_check, "check", "work",
	  "Every finding about manifests; nothing is stored.", documents, BODY_OF_MANIFEST, SCHEMA_MANIFEST,
	  check_query, check_replies },
	{ HTTP_POST, "/v1/clusters", SCOPE_READ, answer_clusters, "clusters", "work",
	  "The clusters that the filters of manifests call.", documents, BODY_OF_MANIFEST, SCHEMA_MANIFEST,
	  clusters_query, clusters_replies },
	{ HTTP_POST, "/v1/verify", SCOPE_READ, answer_verify, "verify", "work",
	  "Dumps of live proxies against manifests: part `manifest` first, then parts `dump`, whose file names name "
	  "the proxies.",
	  multipart, BODY_OF_DUMPS, SCHEMA_FORM, verify_query, verify_replies },
	{ HTTP_POST, "/v1/inspect", SCOPE_READ, answer_inspect, "inspect", "work",
	  "Will Envoy load the module in the body, and if not, why?", modules, BODY_OF_MODULE, SCHEMA_DUMP,
	  inspect_query, inspect_replies },
	{ HTTP_GET, "/v1/manifests", SCOPE_READ, answer_list, "listAllManifests", "manifests",
	  "Stored manifests of all namespaces that the caller reaches.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE,
	  list_query, list_replies },
	{ HTTP_GET, "/v1/namespaces/{namespace}/manifests", SCOPE_READ, answer_list, "listManifests", "manifests",
	  "Stored manifests of one namespace.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, list_query, list_replies },
	{ HTTP_GET, ONE, SCOPE_READ, answer_get, "getManifest", "manifests", "A stored manifest.", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, NULL, get_replies },
	{ HTTP_PUT, ONE, SCOPE_WRITE, answer_put, "putManifest", "manifests",
	  "Stores a manifest: a new one, or with If-Match in place of the one that stands.", documents,
	  BODY_OF_MANIFEST, SCHEMA_MANIFEST, put_query, put_replies },
	{ HTTP_DELETE, ONE, SCOPE_WRITE, answer_delete, "deleteManifest", "manifests",
	  "Deletes a stored manifest; its history is kept until it is purged.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE,
	  put_query, delete_replies },
	{ HTTP_GET, ONE "/resources", SCOPE_READ, answer_resources, "getResources", "manifests",
	  "The Istio objects of a stored manifest.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, NULL, resources_replies },
	{ HTTP_GET, ONE "/clusters", SCOPE_READ, answer_stored_clusters, "getClusters", "manifests",
	  "The clusters of a stored manifest.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, NULL, stored_clusters_replies },
	{ HTTP_GET, ONE "/history", SCOPE_READ, answer_history, "getHistory", "manifests",
	  "All revisions of a manifest, also of a deleted one.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, page_query,
	  history_replies },
	{ HTTP_GET, ONE "/history/{revision}", SCOPE_READ, answer_history_revision, "getRevision", "manifests",
	  "The document of one revision.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, NULL, get_replies },
	{ HTTP_POST, ONE "/purge", SCOPE_ADMIN, answer_purge, "purgeManifest", "manifests",
	  "Takes all revisions but the one that stands out of the store.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, NULL,
	  purge_replies },
	{ HTTP_POST, ONE "/dumps", SCOPE_WRITE, answer_dumps, "postDump", "live proxies",
	  "Hands in a dump of live proxies (config_dump, istioctl proxy-config, statistics; gzip too) and keeps the "
	  "verdict of each proxy.",
	  dumps, BODY_OF_DUMPS, SCHEMA_DUMP, dumps_query, dumps_replies },
	{ HTTP_GET, ONE "/status", SCOPE_READ, answer_status, "getStatus", "live proxies",
	  "The last verdict of each proxy on a stored manifest.", NULL, BODY_OF_MANIFEST, SCHEMA_NONE, page_query,
	  status_replies },
	{ HTTP_GET, "/v1/hosts", SCOPE_READ, answer_hosts, "listHosts", "hosts", "Who calls which host.", NULL,
	  BODY_OF_MANIFEST, SCHEMA_NONE, hosts_query, hosts_replies },
	{ HTTP_POST, "/v1/backup", SCOPE_ADMIN, answer_backup, "backup", "store",
	  "A copy of the whole store, while others go on; for credentials that reach every namespace.", NULL,
	  NO_BODY_SLOW, SCHEMA_NONE, NULL, backup_replies },
};
const size_t n_routes = sizeof(route_table) / sizeof(route_table[0]);

/* ---- finding ---- */

static bool percent_decode(struct arena *arena, struct str s, struct str *ret)
{
	char  *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	bool   ascii;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 && ascii_hex(s.p[i + 2]) >= 0) {
			out[n++] = (char)(ascii_hex(s.p[i + 1]) * 16 + ascii_hex(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	if (memchr(out, 0, n) || utf8_valid_prefix(str_of(out, n), &ascii) < n)
		return false;
	*ret = str_of(out, n);
	return true;
}

bool query_decode(struct arena *arena, struct str s, struct str *ret)
{
	char *plain = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		plain[i] = s.p[i] == '+' ? ' ' : s.p[i];
	return percent_decode(arena, str_of(plain, s.n), ret);
}

/* Parts of the path in {} are collected, still encoded. */
static bool path_matches(const char *pattern, struct str path, struct str *parameters)
{
	size_t at = 0, n = 0;

	while (*pattern) {
		if (*pattern == '{') {
			size_t end = str_find(path, '/', at);

			if (end == at)
				return false;
			parameters[n++] = str_slice(path, at, end);
			at = end;
			pattern = strchr(pattern, '}') + 1;
		} else if (at >= path.n || path.p[at++] != *pattern++) {
			return false;
		}
	}
	return at == path.n;
}

const struct route *route_find(struct arena *arena, enum http_method method, struct str path,
                               struct str *ret_parameters, unsigned *ret_allowed)
{
	struct str parameters[MOST_PATH_PARAMETERS];

	*ret_allowed = 0;
	for (size_t i = 0; i < n_routes; i++) {
		const struct route *r = &route_table[i];

		memset(parameters, 0, sizeof(parameters));
		if (!path_matches(r->path, path, parameters))
			continue;
		*ret_allowed |= 1u << r->method | 1u << HTTP_OPTIONS | (r->method == HTTP_GET ? 1u << HTTP_HEAD : 0);
		if (r->method != (method == HTTP_HEAD ? HTTP_GET : method))
			continue;
		for (size_t k = 0; k < MOST_PATH_PARAMETERS && parameters[k].p; k++)
			if (!percent_decode(arena, parameters[k], &ret_parameters[k])) {
				*ret_allowed = 0;
				return NULL;
			}
		return r;
	}
	return NULL;
}
