/* http_accept.h - takes connections from the listening socket and hands each to one of the library's threads.
 *
 * The library can listen by itself, but it cannot safely end to: MHD_quiesce_daemon takes the socket out of the epoll of each
 * thread while the threads take it out themselves, and whoever comes second ends the process (0.9.75 to 1.0.1). Here a
 * connection goes to a thread that is not at work, where there is one, and the limit is that of all threads together.
 */
#ifndef CALLOUT_SERVE_HTTP_ACCEPT_H
#define CALLOUT_SERVE_HTTP_ACCEPT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct acceptor {
	/* Gives the descriptor, which is closed in any case, away. False: it is closed already. */
	bool (*give)(void *ctx, int fd, const struct sockaddr *, socklen_t);
	/* Is a thread still in the midst of what it was in the midst of when this was asked before? */
	bool (*is_held_up)(void *ctx);
	void            *ctx;
	unsigned         most;            /* connections at the same time */
	int              listening, wake; /* wake: -1 until it is started */
	bool             running;
	pthread_t        thread;
	atomic_bool      ends, waits; /* waits: for a connection to end */
	_Atomic uint64_t begun, closed;
	/* The thread's own. */
	uint64_t given, lost; /* lost: given, and never begun, as there was no memory for it */
	int64_t  last;        /* microseconds of http_clock: when one was given, or a thread held up */
};

/* give, is_held_up, ctx, most and wake are set. The socket is bound, listens, does not block, and is the acceptor's from now on.
 * False: no thread could be started, and the socket is still the caller's. */
bool acceptor_start(struct acceptor *, int listening);

/* Takes what the kernel has accepted already, as far as there is room, and closes the socket. False: that was done before. */
bool acceptor_end(struct acceptor *);

/* The library has begun with a connection; it is about to close one. On any thread. */
void acceptor_begun(struct acceptor *);
void acceptor_closed(struct acceptor *);

/* How many were given and are not closed; only after acceptor_end. */
unsigned acceptor_open(const struct acceptor *);

/* When it has ended, if it was started, and nobody is left to tell it anything. */
void acceptor_release(struct acceptor *);

#endif
