/* A request from its first line to its end, as the library calls. */
#include "serve/http/http_serving.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"

/* A refused body up to this size is read and thrown away, so that the client gets to see the answer: a close with bytes
 * unread is a reset, which overtakes it. */
#define DRAIN_BYTES (16 * MIB)

enum { TARGET_BYTES = 8 * 1024 };

/* ---- a request begins ---- */

/* Called when the request line was read: the only place where the target is seen as it was sent. Who opens many connections
 * and sends no more than this line costs a few hundred bytes with each: the arena comes when the headers are whole. */
static void *begin_request(void *cls, const char *target, struct MHD_Connection *mhd)
{
	const struct worker            *worker = cls;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	size_t                          n = strnlen(target, TARGET_BYTES + 1);
	/* Not calloc, which never takes what the thread itself has just let go of. */
	struct request *r = info && info->socket_context ? malloc(sizeof(*r) + n) : NULL;

	if (!r)
		return NULL;
	*r = (struct request){ .mhd = mhd,
		               .connection = info->socket_context,
		               .x = { .server = worker->server, .started = http_clock() } };
	memcpy(r->target, target, n);
	r->x.query = str_cut(str_of(r->target, n), '?', &r->x.path);
	r->x.peer = str_c(r->connection->peer);
	atomic_store_explicit(&r->connection->busy, true, memory_order_relaxed);
	atomic_store_explicit(&r->connection->kept, HTTP_NEVER, memory_order_relaxed);
	request_waiting(r, r->x.started);
	return r;
}

static void call_begin(void *ctx)
{
	struct request            *r = ((struct request_call *)ctx)->r;
	const struct http_options *o = &r->x.server->options;

	r->disposal = o->callbacks.begin(o->ctx, &r->x, &r->body_max);
}

static enum http_method method_of(const char *name)
{
	unsigned m = 0;

	while (m < HTTP_METHODS && strcmp(name, http_method_names[m]) != 0)
		m++;
	return (enum http_method)m;
}

/* ---- answering ---- */

/* The library closes the descriptor when it has sent the last byte, or the client is gone. */
static struct MHD_Response *file_response(const struct http_file *file)
{
	int                  fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	struct MHD_Response *response = fd >= 0 ? MHD_create_response_from_fd64(file->bytes, fd) : NULL;

	if (!response && fd >= 0)
		close(fd);
	return response;
}

static struct MHD_Response *make_response(struct request *r, bool ending)
{
	struct MHD_Response *response;

	if (r->x.feed)
		response = feed_response(r);
	else if (r->x.fixed) /* the shared one cannot say that this connection ends, nor whose request it answers */
		response = MHD_create_response_from_buffer(r->x.fixed->content.n, unconst(r->x.fixed->content.p),
		                                           MHD_RESPMEM_PERSISTENT);
	else if (r->x.file)
		response = file_response(r->x.file);
	else
		response = MHD_create_response_from_buffer(r->x.content.n, unconst(r->x.content.p),
		                                           MHD_RESPMEM_PERSISTENT);
	if (response && r->x.fixed)
		http_fixed_headers(response, r->x.fixed->media_type);
	for (const struct http_header *h = r->x.headers; response && h; h = h->next)
		MHD_add_response_header(response, h->name, h->value.p);
	if (response && ending)
		MHD_add_response_header(response, "Connection", "close");
	return response;
}

static enum MHD_Result queue_answer(struct request *r)
{
	struct http_server  *server = r->x.server;
	struct MHD_Response *response;
	enum MHD_Result      result;
	bool                 ending = r->x.close || atomic_load_explicit(&server->draining, memory_order_relaxed);
	/* What is answered with what is there already is answered at once. */
	int64_t now = r->x.fixed && r->received == 0 ? r->x.started : http_clock();

	request_waiting(r, HTTP_NEVER);
	request_deadline(r, r->x.feed ? HTTP_NEVER
	                              : now + request_time_for(&server->options.limits,
	                                                       r->x.file ? r->x.file->bytes : r->x.content.n));
	if (r->x.fixed)
		r->x.status = r->x.fixed->status;
	if (r->x.fixed && !ending && !r->x.headers)
		return MHD_queue_response(r->mhd, r->x.status, r->x.fixed->response);
	response = make_response(r, ending);
	if (!response)
		return MHD_NO;
	result = MHD_queue_response(r->mhd, r->x.status, response);
	MHD_destroy_response(response);
	return result;
}

/* ---- the body ---- */

static void release_reserved(struct request *r)
{
	atomic_fetch_sub_explicit(&r->x.server->bodies_bytes, r->reserved, memory_order_relaxed);
	r->reserved = 0;
}

/* Room for n bytes of the body, of this request and of all together. */
static bool reserve(struct request *r, uint64_t n)
{
	uint64_t before = atomic_fetch_add_explicit(&r->x.server->bodies_bytes, n, memory_order_relaxed);

	r->reserved += n;
	if (before + n <= r->x.server->options.limits.bodies_bytes)
		return true;
	release_reserved(r);
	return false;
}

static void make_room(void *ctx)
{
	struct request *r = ((struct request_call *)ctx)->r;
	size_t          cap = r->collected_cap * 2 < 16 * KIB ? 16 * KIB : r->collected_cap * 2;
	char           *larger;

	if (r->framing.length != HTTP_LENGTH_UNKNOWN)
		cap = (size_t)r->framing.length;
	else if (cap > r->body_max)
		cap = (size_t)r->body_max;
	larger = arena_alloc(r->x.arena, cap + 1);
	if (r->received)
		memcpy(larger, r->collected, (size_t)r->received);
	r->collected = larger;
	r->collected_cap = cap;
}

static void collect(struct request *r, const char *p, size_t n)
{
	if (n > r->body_max - r->received) {
		request_refuse(r, 413, request_too_large(r));
		return;
	}
	if (!reserve(r, n)) {
		request_refuse(r, 503, "too many bodies are on their way at this moment");
		return;
	}
	while (r->disposal == HTTP_COLLECT && r->collected_cap - r->received < n)
		request_run(r, make_room, (struct request_call){ 0 });
	if (r->disposal == HTTP_COLLECT)
		memcpy(r->collected + r->received, p, n);
}

/* False: enough of a body that nobody wants. */
static bool take_body(struct request *r, const char *p, size_t *n)
{
	size_t given = *n;

	if (r->direct.on) /* it is answered, which the library knows nothing of: see http_direct.c */
		return false;
	if (r->disposal == HTTP_STREAM)
		stream_put(r, p, n);
	else if (r->disposal == HTTP_COLLECT)
		collect(r, p, given);
	if (r->disposal != HTTP_STREAM)
		*n = 0;
	r->received += given - *n;
	request_waiting(r, *n ? HTTP_NEVER : http_clock());
	if (*n == 0)
		request_deadline(r, request_body_deadline(r, r->received));
	return r->disposal == HTTP_STREAM || r->received <= (r->body_max > DRAIN_BYTES ? r->body_max : DRAIN_BYTES);
}

/* ---- the library's calls ---- */

static bool has_body(const struct request *r)
{
	return r->framing.length > 0;
}

/* Nothing may follow a body whose end others could see elsewhere: the library reads chunks laxly, and should a length be
 * there that neither it nor http_guard sees, then what follows is a body to others. */
static bool may_have_body(enum http_method method)
{
	return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

static void begin(struct request *r, const char *method, const char *url, const char *version)
{
	struct http_server *server = r->x.server;
	struct str          target = r->x.path;
	const char         *fault;
	unsigned            status;

	r->begun = true;
	r->body_began = r->x.started;
	r->x.method = method_of(method);
	if (str_present(r->x.query))
		target.n += 1 + r->x.query.n; /* both lie in one copy */
	if (target.n > TARGET_BYTES) {        /* there is more of it than was copied */
		fault = "the request target is too long";
		status = 414;
	} else {
		fault = http_guard(r->mhd, method, url, version, target, &r->framing, &status);
	}
	r->x.length = r->framing.length;
	if (has_body(r)) /* its time begins when its headers are there */
		r->body_began = http_clock();
	request_waiting(r, has_body(r) ? r->body_began : HTTP_NEVER);
	request_deadline(r, r->body_began + request_time_for(&server->options.limits, 0));
	if (fault) {
		r->x.close = r->malformed = true;
		request_refuse(r, status, fault);
		return;
	}
	request_run(r, call_begin, (struct request_call){ 0 });
	if (r->framing.length == HTTP_LENGTH_UNKNOWN || (r->framing.length == 0 && may_have_body(r->x.method)))
		r->x.close = true;
	if (r->disposal != HTTP_REFUSE && r->framing.length != HTTP_LENGTH_UNKNOWN && r->framing.length > r->body_max)
		request_refuse(r, 413, request_too_large(r));
	if (r->disposal == HTTP_STREAM && !stream_start(r))
		request_refuse(r, 503, "too many bodies are being read at this moment");
}

/* A refusal ends what cannot be told apart from a body anyway; a short body is thrown away first. */
static bool answer_now(const struct request *r)
{
	if (r->disposal != HTTP_REFUSE)
		return false;
	if (!has_body(r))
		return r->x.close;
	return r->malformed || r->framing.expects_continue || r->framing.length > DRAIN_BYTES;
}

static enum MHD_Result finish(struct request *r)
{
	request_waiting(r, HTTP_NEVER);
	if (r->disposal == HTTP_STREAM) {
		if (!stream_end(r))
			return MHD_YES; /* suspended; called again when the answer is set */
	} else if (r->disposal == HTTP_COLLECT) {
		r->x.body = str_of(r->collected ? r->collected : "", (size_t)r->received);
		request_answer(r);
	}
	return queue_answer(r);
}

static enum MHD_Result take_headers(struct request *r, const char *method, const char *url, const char *version)
{
	r->x.arena = request_take_arena(r->x.server);
	if (!r->x.arena)
		return MHD_NO;
	r->start = arena_mark(r->x.arena);
	begin(r, method, url, version);
	if (!answer_now(r))
		return MHD_YES; /* an answer queued here ends the connection, and costs five times as much */
	r->x.close = true;
	return queue_answer(r);
}

/* Only its own thread writes it, so that it need not be one step. */
static void turn(struct worker *worker)
{
	unsigned turns = atomic_load_explicit(&worker->turns, memory_order_relaxed);

	atomic_store_explicit(&worker->turns, turns + 1, memory_order_relaxed);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                              const char *version, const char *data, size_t *n, void **context)
{
	struct worker  *worker = cls;
	struct request *r = *context;
	enum MHD_Result result;

	(void)mhd;
	if (!r)
		return MHD_NO;
	turn(worker);
	if (!r->begun)
		result = take_headers(r, method, url, version);
	else if (*n)
		result = take_body(r, data, n) ? MHD_YES : MHD_NO;
	else
		result = finish(r);
	turn(worker);
	return result;
}

static void end_request(struct http_server *server, struct request *r, bool sent)
{
	struct connection *c = r->connection;
	int64_t            now = http_clock();

	if (r->stream)
		stream_close(r, !sent);
	sent = sent || r->direct.sent;
	if (r->x.feed)
		feed_close(r);
	release_reserved(r);
	r->x.ended = now;
	if (r->begun)
		server->options.callbacks.done(server->options.ctx, &r->x, sent);
	atomic_store_explicit(&server->last_end, now, memory_order_relaxed);
	request_deadline(r, now + (server->options.limits.idle_ms + server->options.limits.header_ms) * 1000);
	atomic_store_explicit(&c->busy, false, memory_order_relaxed);
	atomic_store_explicit(&c->kept, now, memory_order_relaxed);
	request_waiting(r, now);
	if (r->scratch)
		request_give_arena(server, r->scratch, r->scratch_start);
	if (r->x.arena)
		request_give_arena(server, r->x.arena, r->start);
	free(r);
}

static void completed(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code)
{
	struct worker  *worker = cls;
	struct request *r = *context;

	(void)mhd;
	if (!r)
		return;
	*context = NULL;
	turn(worker);
	end_request(worker->server, r, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	turn(worker);
}

const struct http_library http_library = { begin_request, handle, completed };
