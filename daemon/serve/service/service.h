/* service.h - the state of the running daemon: the settings in force, the store, the server, and counters. */
#ifndef CALLOUT_SERVE_SERVICE_H
#define CALLOUT_SERVE_SERVICE_H

#include <stdatomic.h>

#include "config/config.h"
#include "render/template.h"
#include "serve/access/auth.h"
#include "serve/http/http.h"
#include "serve/sandbox/sandbox.h"
#include "serve/service/metrics.h"

/* All that a reload replaces: built whole, then swapped. Requests keep the one that they began with. */
struct settings {
	atomic_uint              users;
	struct arena            *arena;
	struct config            config;
	struct str               file;                  /* --config; absent */
	struct str               mesh_name, mesh_bytes; /* absent without meshFile. Read anew by each request: places in
	                                                * a source are worked out when needed, so it has one user */
	unsigned                 extractor;             /* what extracts hosts for the store: the code, and this mesh */
	const struct templates  *templates;
	const struct principals *principals; /* NULL: no authentication, everyone may do everything */
	const struct tls_keys   *tls;        /* NULL: plain */
};

struct checker;
struct directory;
struct quarrels;
struct store;

struct service {
	int                         argc;
	char                      **argv;
	pthread_mutex_t             lock;             /* of settings and quarrels */
	pthread_mutex_t             finding_quarrels; /* by one at a time; taken before lock */
	struct settings            *settings;
	struct quarrels            *quarrels; /* those of the store that were found last; NULL: not looked for yet */
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
	struct str           console_policy; /* made once */
	atomic_bool          draining;
	atomic_bool          backing_up; /* one at a time, from its first byte read to its last byte sent */
	struct arena        *arena;
	struct guesses      *guesses;
	int                  statm;        /* descriptor of /proc/self/statm, or -1 */
	int64_t              started;      /* Unix seconds */
	char                 address[128]; /* that it listens on */
	bool                 tls;
	bool                 loopback; /* only this machine can reach it */
};

struct settings *settings_take(struct service *); /* counted: give it back */
void             settings_give(struct settings *);

#endif
