/* call.h - a request while it is being answered: what the handlers of all routes work with. */
#ifndef CALLOUT_SERVE_CALL_H
#define CALLOUT_SERVE_CALL_H

#include "serve/content/media.h"
#include "serve/service/service.h"

enum { MOST_PATH_PARAMETERS = 3 };

struct route;

/* One request. */
struct call {
	struct service         *service;
	struct settings        *settings;
	struct http_exchange   *x;
	struct arena           *arena;
	const struct route     *route;                            /* NULL: none */
	struct str              parameters[MOST_PATH_PARAMETERS]; /* of the path, decoded */
	struct str              request_id;
	const struct principal *principal; /* who asks; NULL: no authentication is configured */
	enum media              sent;      /* by its Content-Type */
	enum media              wanted;    /* of the route's media types for success, the one that Accept prefers */
	struct str              trace;     /* the trace id (32 digits) in traceparent; absent without */
	struct http_header     *kept;      /* the last of those that stay whatever the answer is; NULL: none */
	size_t                  errors;    /* findings in the answer */
	struct str              fault;     /* what failed, for the log alone: it names what lies where; absent */
};

/* ---- answers ---- */

void reply(struct call *, unsigned status, enum media, struct str content);
void reply_nothing(struct call *, unsigned status);
/* RFC 9457; detail is one sentence. */
void problem(struct call *, unsigned status, struct str detail);
/* The same with findings: the members summary and findings are those of a report. */
void problem_findings(struct call *, unsigned status, const struct diags *);
/* Warnings that come with a good answer, as Kubernetes sends them: Warning: 299 - "CO0255: …". */
void add_warnings(struct call *, const struct diags *);

/* The value of a query parameter, decoded; absent when it is not there. */
struct str call_query(struct call *, const char *name);

/* ?name or ?name=true. */
bool call_flag(struct call *, const char *name);

/* ?namespace, "default" without. False: the answer is set. */
bool call_namespace(struct call *, struct str *ret);
/* ?istioVersion, absent without. False: the answer is set. */
bool call_istio_version(struct call *, struct str *ret);

/* For probes, which need no authentication: may this client see what concerns all namespaces? */
bool call_is_trusted(struct call *);

/* By which a line of the log is found again: members of LOG_VALUES. */
#define CALL_IDS(call)                                                                                                 \
	{ "id", (call)->request_id },                                                                                  \
	{                                                                                                              \
		"trace_id", (call)->trace                                                                              \
	}

/* What the server calls for each request; their ctx is the service. */
extern const struct http_callbacks call_callbacks;

#endif
