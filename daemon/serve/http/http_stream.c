/* A body that is read on a thread of its own: a ring of bytes between the library's thread, which must not wait, and the
 * reader's, which may. A full ring suspends the connection, so the client is held up by TCP and nothing piles up. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "serve/http/http_serving.h"

/* The reader is woken for a piece that is worth it, or the last: each waking costs as much as reading some KiB does. */
enum { RING_BYTES = 512 * 1024, PIECE_BYTES = RING_BYTES / 2 };

enum { LESS_URGENT = 10 };

struct stream {
	pthread_mutex_t lock;
	pthread_cond_t  changed;
	pthread_t       thread;
	size_t          head, n; /* bytes in the ring, from head on */
	uint64_t        taken;
	bool            ended, gone, finished, suspended;
	bool            reading; /* a piece, whatever is left of it */
	char            ring[RING_BYTES];
};

static void resume(struct request *r)
{
	if (!r->stream->suspended)
		return;
	r->stream->suspended = false;
	r->body_began += http_clock() - r->reader_since;
	atomic_fetch_sub(&r->x.server->suspended, 1);
	MHD_resume_connection(r->mhd);
}

/* The reader's time is not the client's: no deadline runs meanwhile, and what is set later does not count it. */
static void suspend(struct request *r)
{
	r->reader_since = http_clock();
	if (atomic_load(&r->x.server->stopping))
		return;
	r->stream->suspended = true;
	atomic_fetch_add(&r->x.server->suspended, 1);
	request_deadline(r, HTTP_NEVER);
	MHD_suspend_connection(r->mhd);
}

/* Reading a dump takes seconds of a processor, and with gzip a small body is a large dump. Where there are more of them than
 * processors, short requests, which are answered on the library's threads, come first. Linux has a niceness for each thread. */
static void give_way(void)
{
	(void)!nice(LESS_URGENT); /* best effort */
}

static void *work(void *ctx)
{
	struct request *r = ctx;

	give_way();
	request_answer(r);
	pthread_mutex_lock(&r->stream->lock);
	r->stream->finished = true;
	r->stream->n = 0; /* what is left and what comes is thrown away */
	if (r->direct.on) {
		pthread_mutex_unlock(&r->stream->lock);
		direct_answer(r);
		pthread_mutex_lock(&r->stream->lock);
	}
	resume(r);
	pthread_mutex_unlock(&r->stream->lock);
	return NULL;
}

bool stream_start(struct request *r)
{
	struct http_server *server = r->x.server;
	struct stream      *s;

	if (atomic_fetch_add(&server->streams, 1) < server->options.limits.streams) {
		s = calloc(1, sizeof(*s));
		if (s) {
			pthread_mutex_init(&s->lock, NULL);
			pthread_cond_init(&s->changed, NULL);
			r->stream = s;
			if (pthread_create(&s->thread, NULL, work, r) == 0)
				return true;
			pthread_cond_destroy(&s->changed);
			pthread_mutex_destroy(&s->lock);
			free(s);
			r->stream = NULL;
		}
	}
	atomic_fetch_sub(&server->streams, 1);
	return false;
}

static size_t put(struct stream *s, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n && s->n < RING_BYTES) {
		size_t at = (s->head + s->n) % RING_BYTES, room = RING_BYTES - s->n;

		if (room > RING_BYTES - at)
			room = RING_BYTES - at;
		if (room > n - done)
			room = n - done;
		memcpy(s->ring + at, p + done, room);
		s->n += room;
		done += room;
	}
	return done;
}

/* The rest is between the reader and the socket. One byte, which is taken already, is left to the library, so that it asks
 * once more when it is let go on. */
static void go_direct(struct request *r, const char *p, size_t *n, uint64_t left)
{
	(void)put(r->stream, p, *n);
	*n = 1;
	r->direct.left = left;
	r->direct.on = true;
	pthread_cond_signal(&r->stream->changed);
	suspend(r);
}

void stream_put(struct request *r, const char *p, size_t *n)
{
	struct stream *s = r->stream;
	uint64_t       left = r->framing.length - r->received - *n; /* of use only where the length is known */
	size_t         before;

	pthread_mutex_lock(&s->lock);
	before = s->n;
	if (!s->finished && *n <= RING_BYTES - s->n && direct_can(r, left)) {
		go_direct(r, p, n, left);
	} else {
		*n -= s->finished ? *n : put(s, p, *n);
		if (before < PIECE_BYTES && s->n >= PIECE_BYTES)
			pthread_cond_signal(&s->changed);
		if (*n)
			suspend(r);
	}
	pthread_mutex_unlock(&s->lock);
}

bool stream_end(struct request *r)
{
	struct stream *s = r->stream;
	bool           finished;

	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_cond_signal(&s->changed);
	finished = s->finished;
	if (!finished)
		suspend(r);
	pthread_mutex_unlock(&s->lock);
	return finished;
}

void stream_close(struct request *r, bool gone)
{
	struct stream *s = r->stream;

	pthread_mutex_lock(&s->lock);
	s->gone = s->gone || gone;
	if (s->suspended)
		atomic_fetch_sub(&r->x.server->suspended, 1);
	s->suspended = false; /* the connection is past resuming */
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
	r->stream = NULL;
	atomic_fetch_sub(&r->x.server->streams, 1);
}

static size_t take(struct stream *s, char *p, size_t n)
{
	size_t piece = RING_BYTES - s->head;

	if (piece > s->n)
		piece = s->n;
	if (piece > n)
		piece = n;
	memcpy(p, s->ring + s->head, piece);
	s->head = (s->head + piece) % RING_BYTES;
	s->n -= piece;
	s->taken += piece;
	return piece;
}

ssize_t http_read(struct http_exchange *x, void *p, size_t n)
{
	struct request *r = request_of(x);
	struct stream  *s = r->stream;
	ssize_t         result;

	pthread_mutex_lock(&s->lock);
	while (s->n < (s->reading ? 1 : PIECE_BYTES) && !s->ended && !s->gone && !r->direct.on)
		pthread_cond_wait(&s->changed, &s->lock);
	if (s->n == 0 && r->direct.on) {
		pthread_mutex_unlock(&s->lock);
		return direct_read(r, p, n);
	}
	if (s->gone) {
		errno = ECONNABORTED;
		result = -1;
	} else if (s->n && s->taken >= r->body_max) {
		r->too_large = true;
		errno = EFBIG;
		result = -1;
	} else {
		/* Not past the limit at once: what lies behind it would not be seen. */
		result = (ssize_t)take(s, p, n < r->body_max - s->taken ? n : (size_t)(r->body_max - s->taken));
		s->reading = s->n > 0;
		if (s->n == 0 && !s->ended && !r->direct.on)
			resume(r);
	}
	pthread_mutex_unlock(&s->lock);
	return result;
}
