/* http_connections.h - every open connection, and when it is cut off.
 *
 * The library's timeout restarts with each byte, so that one byte a second keeps a connection forever. Here each
 * connection has an absolute deadline, and a thread shuts down those past it, those that wait for a client that has
 * closed its side, and, when few connections are left for others, those that are kept alive without being used.
 */
#ifndef CALLOUT_SERVE_HTTP_CONNECTIONS_H
#define CALLOUT_SERVE_HTTP_CONNECTIONS_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "serve/http/http.h"

#define HTTP_NEVER INT64_MAX

struct connection {
	struct connection *previous, *next;
	int                fd;
	_Atomic int64_t    deadline; /* microseconds of http_clock */
	_Atomic int64_t
		waiting; /* since then nothing but the client's next bytes moves it; HTTP_NEVER: something else does */
	int64_t ended;   /* the watchdog's: where waiting stood when the client's end was seen */
	_Atomic int64_t kept; /* since when it is between two requests; HTTP_NEVER: it is not */
	atomic_bool     busy; /* has a request that is not answered yet */
	unsigned char   address[16];
	char            peer[INET6_ADDRSTRLEN];
	/* What the client's certificate says, as the authorities of that generation have it; 0: not looked at yet. */
	struct str *names;
	size_t      n_names;
	unsigned    names_generation;
	bool        certificate_given;
};

struct connections {
	pthread_mutex_t           lock;
	struct connection         first; /* head of the ring */
	unsigned                  n;
	const struct http_limits *limits;
	pthread_t                 watchdog;
	pthread_cond_t            stop_signal;
	bool                      stop, started;
	void (*tick)(void *ctx); /* called ten times a second */
	void            *ctx;
	_Atomic uint64_t refused, cut;
};

/* The limits must outlive the connections. tick: called ten times a second with ctx. False: no thread could be
 * started. */
bool connections_start(struct connections *, const struct http_limits *, void (*tick)(void *ctx), void *ctx);
void connections_stop(struct connections *);

/* May one more come from this address? */
bool connections_admit(struct connections *, const struct sockaddr *);
/* NULL: out of memory. */
struct connection *connections_add(struct connections *, int fd, const struct sockaddr *, int64_t deadline);
/* Takes it off the ring; connection_free is the caller's to call. */
void     connections_remove(struct connections *, struct connection *);
void     connection_free(struct connection *); /* NULL is fine */
unsigned connections_open(struct connections *);
/* How many have a request at work. */
unsigned connections_busy(struct connections *);

#endif
