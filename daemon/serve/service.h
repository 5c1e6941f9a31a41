/* service.h - the daemon: what is in force, what is counted, and a request on its way to its answer. */
#ifndef CALLOUT_SERVE_SERVICE_H
#define CALLOUT_SERVE_SERVICE_H

#include <stdatomic.h>

#include "render/template.h"
#include "serve/auth.h"
#include "serve/config.h"
#include "serve/http.h"
#include "serve/media.h"
#include "serve/metrics.h"
#include "serve/sandbox.h"

/* All that a reload replaces: built whole, then swapped. Requests keep the one that they began with. */
struct settings {
	atomic_uint              users;
	struct arena            *arena;
	struct config            config;
	struct str               mesh_name, mesh_bytes; /* absent without meshFile. Read anew by each request: places in
	                                                * a source are worked out when needed, so it has one user */
	unsigned                 extractor;             /* what extracts hosts for the store: the code, and this mesh */
	const struct templates  *templates;
	const struct principals *principals; /* NULL: everyone may do everything */
	const struct tls_keys   *tls;        /* NULL: plain */
};

struct checker;
struct directory;
struct store;

struct service {
	int                         argc;
	char                      **argv;
	pthread_mutex_t             lock; /* of settings */
	struct settings            *settings;
	struct http_server *_Atomic http;
	struct store               *store;
	struct checker             *checker;
	struct directory           *directory;   /* NULL: manifests are put by requests */
	struct str                  config_file; /* of --config; absent */
	struct str                  data;        /* the data directory */
	struct str           temporary; /* data directory that goes with this process; absent when it was given one */
	struct metrics       metrics;
	struct sandbox_state sandbox;
	struct http_fixed   *alive, *ready, *unready, *empty;
	struct str           openapi, console_policy; /* made once */
	atomic_bool          draining;
	struct arena        *arena;
	struct guesses      *guesses;
	int                  statm;        /* descriptor of /proc/self/statm, or -1 */
	int64_t              started;      /* Unix seconds */
	char                 address[128]; /* that it listens on */
	bool                 tls;
};

/* Reads everything that is configured, inside an arena_run of the arena, which belongs to the settings afterwards; *ret_diags
 * lives in it too. NULL: findings were added, and the arena stays the caller's. */
struct settings *settings_build(struct arena *, int argc, char **argv, struct config_request *ret_request,
                                struct diags *ret_diags);
struct settings *settings_take(struct service *); /* counted: give it back */
void             settings_give(struct settings *);

enum { MOST_PATH_PARAMETERS = 3 };

struct route;
struct store;

/* One request. */
struct call {
	struct service         *service;
	struct settings        *settings;
	struct http_exchange   *x;
	struct arena           *arena;
	const struct route     *route;                            /* NULL: none */
	struct str              parameters[MOST_PATH_PARAMETERS]; /* of the path, decoded */
	struct str              request_id;
	const struct principal *principal; /* NULL: nobody has to say who he is */
	enum media              sent;      /* by its Content-Type */
	size_t                  errors;    /* findings in the answer */
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

extern const struct http_callbacks service_callbacks;

#endif
