/* routes.h - THE table of routes: dispatch, the rights a route needs, and the OpenAPI document all come from it. */
#ifndef CALLOUT_SERVE_ROUTES_H
#define CALLOUT_SERVE_ROUTES_H

#include "serve/api/call.h"

/* A schema of the OpenAPI document's components. */
enum schema {
	SCHEMA_NONE,
	SCHEMA_MANIFEST,
	SCHEMA_REPORT,
	SCHEMA_CLUSTERS,
	SCHEMA_OBJECTS,
	SCHEMA_PROBLEM,
	SCHEMA_STORED,
	SCHEMA_STORED_LIST,
	SCHEMA_HOSTS,
	SCHEMA_REMOVED,
	SCHEMA_STATUS,
	SCHEMA_DUMP,
	SCHEMA_FORM,
	SCHEMA_COUNT
};

/* The setting that limits a route's body; the last is for routes without a body whose answer takes time. Except for the
 * first, requests are answered on a thread of their own, and their bodies are streamed. */
enum limit { BODY_OF_MANIFEST, BODY_OF_MODULE, BODY_OF_DUMPS, NO_BODY_SLOW };

struct query_parameter {
	const char        *name;
	const char        *summary;
	const char *const *words;    /* ends with NULL; NULL: any text */
	bool               is_count; /* a number */
};

struct reply_form {
	unsigned    status;
	const char *summary;
	enum schema schema;
	enum media  media[4]; /* ends with MEDIA_NONE */
};

struct route {
	enum http_method method; /* GET is HEAD too */
	const char      *path;   /* "/v1/namespaces/{namespace}/manifests" */
	enum scope       scope;
	void (*answer)(struct call *);
	const char *id; /* operationId */
	const char *tag;
	const char *summary;
	/* The body: media types that are taken, ends with MEDIA_NONE; NULL: there is none. */
	const enum media             *takes;
	enum limit                    limit; /* on the body */
	enum schema                   taken;
	const struct query_parameter *query;   /* ends with an empty row; NULL: none is taken */
	const struct reply_form      *replies; /* of success, and others than those that the server gives by itself;
	                                        * ends with an empty row. The media of the first row are offers
	                                        * for the Accept header */
};

extern const struct route route_table[];
extern const size_t       n_routes;

/* The route of a method and path. NULL: none; *ret_allowed then has a bit for each method that the path takes. */
const struct route *route_find(struct arena *, enum http_method, struct str path, struct str *ret_parameters,
                               unsigned *ret_allowed);

/* %XX decoded, and +, as which browsers and most libraries write a blank in a query. False: the result holds a NUL or is not
 * UTF-8. */
bool query_decode(struct arena *, struct str, struct str *ret);

void answer_livez(struct call *);
void answer_readyz(struct call *);
void answer_metrics(struct call *);
void answer_openapi(struct call *);
void answer_generate(struct call *);
void answer_check(struct call *);
void answer_clusters(struct call *);
void answer_get(struct call *);
void answer_put(struct call *);
void answer_delete(struct call *);
void answer_list(struct call *);
void answer_watch(struct call *); /* a list with watch=true */
void answer_resources(struct call *);
void answer_stored_clusters(struct call *);
void answer_history(struct call *);
void answer_history_revision(struct call *);
void answer_purge(struct call *);
void answer_hosts(struct call *);
void answer_backup(struct call *);
void answer_inspect(struct call *);
void answer_verify(struct call *);
void answer_dumps(struct call *);
void answer_status(struct call *);
void answer_console(struct call *);

/* The Content-Security-Policy of the console. */
struct str console_policy(struct arena *);

/* The OpenAPI document, made from the table. */
struct str openapi_build(struct arena *);

#endif
