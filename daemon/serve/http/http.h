/* http.h - the server: sockets, threads, limits and deadlines on one side, requests and answers on the other.
 *
 * This is the only room that knows libmicrohttpd. The version in Debian 12 (0.9.75) is old, so it is not trusted:
 * http_guard checks every request before its body is read, a watchdog cuts connections at absolute deadlines (the
 * library's own timeout restarts with each byte), and a connection whose request body was not read to its end is
 * closed.
 *
 * Threads: a request is handled on one thread of a small pool; its callbacks must not wait for anything. A request
 * whose body is streamed is answered on a thread of its own, which may wait for the body.
 */
#ifndef CALLOUT_SERVE_HTTP_H
#define CALLOUT_SERVE_HTTP_H

#include <sys/types.h>

#include "base/str.h"

struct arena;
struct http_server;
struct tls_keys;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_OPTIONS, HTTP_METHODS };

/* The last is what stands for any other method. */
extern const char *const http_method_names[HTTP_METHODS + 1];

#define HTTP_LENGTH_UNKNOWN UINT64_MAX /* of a chunked body */

struct http_header {
	struct http_header *next;
	const char         *name;
	struct str          value; /* ends with NUL outside of its length */
};

/* An answer that never changes, made once and given out many times. */
struct http_fixed;

/* A body that goes on for as long as there are events. Called on the server's threads. */
struct http_feed {
	/* Appends what there is to send now, at most max bytes; 0 is nothing at present (call http_wake when there is
	 * more), -1 is the end. */
	ssize_t (*fill)(void *ctx, char *p, size_t max);
	void *ctx;
};

/* The first bytes of a regular file. The descriptor stays the caller's: to be closed with the exchange's arena. */
struct http_file {
	int      fd;
	uint64_t bytes;
};

struct http_exchange {
	struct arena       *arena; /* of this request: freed when its answer was sent */
	struct http_server *server;
	void               *state; /* whatever the callbacks keep here */

	/* The request. */
	enum http_method method;
	struct str       path;    /* as sent, before the ?, not decoded */
	struct str       query;   /* behind it; absent when there is none */
	struct str       peer;    /* address of the client, as text */
	uint64_t         length;  /* of the body: 0 none, HTTP_LENGTH_UNKNOWN until it is there */
	struct str       body;    /* when it was collected */
	int64_t          started; /* microseconds of http_clock */
	int64_t          ended;   /* the same, for callbacks.done */

	/* The answer. */
	unsigned                 status;
	struct http_header      *headers;
	struct str               content; /* of the arena, or constant */
	const struct http_fixed *fixed;   /* instead of status and content; its own headers come first */
	const struct http_feed  *feed;    /* instead of content */
	const struct http_file  *file;    /* instead of content */
	bool                     close;   /* end the connection with this answer */
};

/* What to do with the body; decided when the headers are complete. */
enum http_disposal {
	HTTP_COLLECT, /* at most body_max bytes, then answer; also when there is no body */
	HTTP_STREAM,  /* answer at once, on a thread of its own, which reads with http_read */
	HTTP_REFUSE,  /* the answer is set already; the body is thrown away */
};

struct http_callbacks {
	/* Headers are there. *body_max: of HTTP_COLLECT, set by the callback. */
	enum http_disposal (*begin)(void *ctx, struct http_exchange *, uint64_t *body_max);
	/* Sets the answer. */
	void (*answer)(void *ctx, struct http_exchange *);
	/* Sets the answer for what the server refuses by itself: 400 with the reason, 405, 413, 500 and 503. */
	void (*refuse)(void *ctx, struct http_exchange *, unsigned status, const char *reason);
	/* The last call for each exchange that began. sent: false when the client went away or was cut off. */
	void (*done)(void *ctx, struct http_exchange *, bool sent);
};

struct http_limits {
	unsigned connections;
	unsigned connections_per_address; /* loopback excepted */
	unsigned streams;                 /* bodies that are streamed at the same time */
	size_t   header_bytes;
	uint64_t bodies_bytes; /* of collected bodies, all together */
	int64_t  header_ms;    /* until the headers are whole */
	int64_t  idle_ms;      /* without a byte; also between two requests */
	int64_t  grace_ms;     /* what a body or an answer may take, before its bytes count … */
	uint64_t bytes_per_s;  /* … at least this many a second on average */
};

struct http_options {
	int                    listen_fd; /* bound and listening, non-blocking; the server's from now on */
	unsigned               threads;
	struct http_limits     limits;
	const struct tls_keys *tls; /* NULL: plain; only whether there are any, and the authorities of clients */
	struct http_callbacks  callbacks;
	void                  *ctx;
};

/* NULL: *ret_fault tells why, and listen_fd is still the caller's. */
struct http_server *http_start(const struct http_options *, const char **ret_fault);

/* Accepts no more connections, and closes each one after its next answer. True: no request is being answered any more.
 * Call it again until it returns true, or until the drain timeout is over. */
bool http_drain(struct http_server *);
void http_stop(struct http_server *); /* waits for requests at work; NULL is fine */

/* Makes all feeds look for something to send. */
void http_wake(struct http_server *);

struct http_counts {
	unsigned connections; /* open now */
	unsigned
		connections_most; /* that there may be: http_limits.connections, or what the limit on open files allows */
	uint64_t accepted;
	uint64_t refused_limit; /* by the limits on connections */
	uint64_t cut;           /* by a deadline */
};
struct http_counts http_count(struct http_server *);

/* ---- inside of the callbacks ---- */

/* A second arena with the life of the exchange, for what is emptied now and then. */
struct arena *http_scratch(struct http_exchange *);

/* A header of the request by its name; absent when it is not there. The text lives as long as the exchange. */
struct str http_request_header(const struct http_exchange *, const char *name);
/* The same of a header that is a list: several of them are one, as RFC 9110 5.3 says. */
struct str http_request_list(const struct http_exchange *, const char *name);
/* name must be constant. Control characters in value become blanks. */
void http_add_header(struct http_exchange *, const char *name, struct str value);

/* HTTP_STREAM only: at most n > 0 bytes of the body: their number, 0 at its end, -1 when the client is gone (errno
 * ECONNABORTED) or body_max was passed (EFBIG). */
ssize_t http_read(struct http_exchange *, void *p, size_t n);

/* The names in the client's certificate, if the authorities that are in force now stand for it; *ret_given tells whether there was a
 * certificate at all. *ret_n is 0 when there was none, or it is not to be trusted. */
const struct str *http_client_names(struct http_exchange *, size_t *ret_n, bool *ret_given);

/* content and media_type must be constant; close: as in the exchange. NULL: out of memory. */
struct http_fixed *http_fixed_new(unsigned status, const char *media_type, struct str content);
void               http_fixed_free(struct http_fixed *);

int64_t http_clock(void); /* microseconds, steady */

#endif
