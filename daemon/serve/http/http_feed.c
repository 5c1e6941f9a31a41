/* Bodies that go on for as long as there are events (Server-Sent Events). A feed without anything to send is suspended
 * and resumed by http_wake. */
#include "serve/http/http_serving.h"

static void leave_waiting(struct http_server *server, struct request *r)
{
	for (struct request **at = &server->waiting; *at; at = &(*at)->next_waiting)
		if (*at == r) {
			*at = r->next_waiting;
			atomic_fetch_sub(&server->suspended, 1);
			break;
		}
	r->waiting = false;
}

/* A wake between the look at the feed and the suspension must not be lost: then the library asks again at once. */
static void wait_for_wake(struct request *r, uint64_t wakes_seen)
{
	struct http_server *server = r->x.server;
	bool                waits;

	pthread_mutex_lock(&server->feeds_lock);
	waits = server->wakes == wakes_seen && !atomic_load(&server->stopping);
	if (waits) {
		atomic_fetch_add(&server->suspended, 1);
		r->waiting = true;
		r->next_waiting = server->waiting;
		server->waiting = r;
		MHD_suspend_connection(r->mhd);
	}
	pthread_mutex_unlock(&server->feeds_lock);
}

static uint64_t wakes_now(struct http_server *server)
{
	uint64_t wakes;

	pthread_mutex_lock(&server->feeds_lock);
	wakes = server->wakes;
	pthread_mutex_unlock(&server->feeds_lock);
	return wakes;
}

struct filling {
	struct request *r;
	char           *p;
	size_t          max;
	ssize_t         n;
};

static void run_fill(void *ctx)
{
	struct filling *f = ctx;

	f->n = f->r->x.feed->fill(f->r->x.feed->ctx, f->p, f->max);
}

static ssize_t read_feed(void *cls, uint64_t at, char *p, size_t max)
{
	struct request *r = cls;
	uint64_t        wakes = wakes_now(r->x.server);
	struct filling  f = { .r = r, .max = max };

	(void)at;
	f.p = p;
	if (atomic_load(&r->x.server->draining))
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!arena_run(r->x.arena, run_fill, &f) || f.n < 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	/* Asked again when this is sent: who does not read it meanwhile is cut like any slow reader. Waiting is for ever. */
	request_deadline(r, f.n > 0 ? request_answer_deadline(r, (size_t)f.n) : HTTP_NEVER);
	if (f.n == 0)
		wait_for_wake(r, wakes);
	return f.n;
}

struct MHD_Response *feed_response(struct request *r)
{
	struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_feed, r, NULL);

	MHD_set_connection_option(r->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	/* To HEAD the library sends no chunk, but the last one of none, which a client takes for the next answer. Without
	 * chunks the connection ends with the headers. */
	if (response && r->x.method == HTTP_HEAD)
		MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
	return response;
}

void feed_close(struct request *r)
{
	struct http_server *server = r->x.server;

	pthread_mutex_lock(&server->feeds_lock);
	if (r->waiting)
		leave_waiting(server, r);
	pthread_mutex_unlock(&server->feeds_lock);
}

void http_wake(struct http_server *server)
{
	pthread_mutex_lock(&server->feeds_lock);
	server->wakes++;
	server->last_wake = http_clock();
	while (server->waiting) {
		struct request *r = server->waiting;

		server->waiting = r->next_waiting;
		r->waiting = false;
		atomic_fetch_sub(&server->suspended, 1);
		MHD_resume_connection(r->mhd);
	}
	pthread_mutex_unlock(&server->feeds_lock);
}
