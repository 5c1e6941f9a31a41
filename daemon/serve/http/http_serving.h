/* http_serving.h - a request on its way through the server: what the files of this room share. */
#ifndef CALLOUT_SERVE_HTTP_SERVING_H
#define CALLOUT_SERVE_HTTP_SERVING_H

#include <microhttpd.h>

#include "base/arena.h"
#include "serve/http/http_accept.h"
#include "serve/http/http_connections.h"
#include "serve/http/http_guard.h"

enum { IDLE_ARENAS = 64 };

struct request;

/* A thread of the library, which is a daemon to it. */
struct worker {
	struct http_server *server;
	struct MHD_Daemon  *daemon;
	atomic_uint         turns; /* one as a callback begins, one as it ends: odd inside of one */
	unsigned            seen;  /* turns, as they were when the acceptor looked; its own */
};

struct http_server {
	struct http_options options;
	struct worker      *workers;
	unsigned            n_workers, last_worker; /* last_worker: who was given a connection; the acceptor's */
	struct acceptor     acceptor;
	struct connections  connections;
	_Atomic uint64_t    bodies_bytes;
	atomic_uint         streams;
	atomic_uint         suspended; /* connections: the library cannot be stopped with one */
	_Atomic int64_t     last_end;  /* of a request */
	atomic_bool         draining;
	atomic_bool         stopping;
	struct http_fixed  *exhausted; /* when there is no memory to say anything else with */

	pthread_mutex_t arenas_lock;
	struct arena   *arenas[IDLE_ARENAS];
	size_t          n_arenas;

	/* Feeds that have nothing to send at present. */
	pthread_mutex_t feeds_lock;
	struct request *waiting;
	uint64_t        wakes;
	_Atomic int64_t last_wake;
};

struct http_fixed {
	struct MHD_Response *response;
	unsigned             status;
	const char          *media_type;
	struct str           content;
};

/* The headers that all of them have beside their Content-Type. */
enum { HTTP_FIXED_TEXTS = 2 };
struct http_header_text {
	const char *name, *value;
};
extern const struct http_header_text http_fixed_texts[HTTP_FIXED_TEXTS];

/* Adds them, and the Content-Type. False: out of memory. */
bool http_fixed_headers(struct MHD_Response *, const char *media_type);

/* A body that is read from the socket by who wants it. Set with the stream's lock held, then the reader's. */
struct direct {
	bool     on;
	bool     sent;      /* the answer, whole */
	uint64_t left;      /* of the body, on the socket */
	int      wake_from; /* so many bytes there; 0: as it was made */
};

struct request {
	struct http_exchange   x; /* the first member: one leads to the other */
	struct arena_mark      start;
	struct arena          *scratch; /* NULL until it is asked for */
	struct arena_mark      scratch_start;
	struct MHD_Connection *mhd;
	struct connection     *connection;
	struct http_framing    framing;
	enum http_disposal     disposal;
	bool                   begun, malformed;
	bool                   too_large;                    /* told by http_read, on the thread that answers */
	uint64_t               body_max, received, reserved; /* reserved: of bodies_bytes */
	char                  *collected;
	size_t                 collected_cap;
	struct stream         *stream;
	struct direct          direct;
	struct request        *next_waiting; /* of the feeds */
	bool                   waiting;
	int64_t                body_began;   /* later by all the time that the reader took meanwhile */
	int64_t                reader_since; /* the client's turn ended and the reader's began */
	char                   target[];     /* as it was sent */
};

/* For a function of the library that forgets to say const. */
static inline void *unconst(const void *p)
{
	union {
		const void *given;
		void       *wanted;
	} u = { p };

	return u.wanted;
}

static inline struct request *request_of(struct http_exchange *x)
{
	return (struct request *)x;
}

/* ---- http_exchange.c ---- */

/* Arenas are kept for the next request. NULL: no memory. */
struct arena *request_take_arena(struct http_server *);
void          request_give_arena(struct http_server *, struct arena *, struct arena_mark start);

void request_deadline(struct request *, int64_t deadline);
/* Microseconds that a client has for so many bytes. */
int64_t request_time_for(const struct http_limits *, uint64_t bytes);
/* Until when the client has time, for the next byte of its body and for taking n bytes of an answer from now on. */
int64_t request_body_deadline(const struct request *, uint64_t received);
int64_t request_answer_deadline(const struct request *, size_t n);
/* Since when it waits for the client's next bytes; HTTP_NEVER: it does not. */
void request_waiting(struct request *, int64_t since);

/* What a body run by request_run is given. */
struct request_call {
	struct request *r;
	unsigned        status;
	const char     *reason;
};

/* Runs the body with the arena's running out caught: then the answer is that there is no memory. */
void request_run(struct request *, void (*body)(void *call), struct request_call);
/* Runs callbacks.answer so. */
void request_answer(struct request *);
void request_refuse(struct request *, unsigned status, const char *reason);
/* Why a body is over its limit. */
const char *request_too_large(const struct request *);

/* ---- http_stream.c: a body that is read on a thread of its own ---- */

bool stream_start(struct request *);
/* Hands over what fits of *n bytes; leaves in *n what did not, and suspends the connection then. */
void stream_put(struct request *, const char *p, size_t *n);
/* The body is whole: true when the answer is set, false when the connection was suspended until it is. */
bool stream_end(struct request *);
/* Lets go of the stream, waiting for its thread. gone: the client is. */
void stream_close(struct request *, bool gone);

/* ---- http_direct.c: a large body, read past the library ---- */

/* Can what is left of the body be read so, and is it worth it? */
bool direct_can(const struct request *, uint64_t left);
/* As http_read. */
ssize_t direct_read(struct request *, void *p, size_t n);
/* Throws away what is left of the body, and sends the answer that is set: none of a feed or a file, which follow no large body. The
 * connection is then only to be closed. */
void direct_answer(struct request *);

/* ---- http_feed.c ---- */

struct MHD_Response *feed_response(struct request *);
void                 feed_close(struct request *);

/* ---- http_request.c ---- */

/* What the library calls, each with a struct worker. */
struct http_library {
	void *(*begin_request)(void *worker, const char *target, struct MHD_Connection *);
	MHD_AccessHandlerCallback    handle;
	MHD_RequestCompletedCallback completed;
};
extern const struct http_library http_library;

#endif
