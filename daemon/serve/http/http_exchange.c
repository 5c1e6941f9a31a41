/* What a request is served with: its memory, its deadlines, the callbacks, and what these may ask and say. */
#include "serve/http/http_serving.h"

#include <stdlib.h>

#include "base/limits.h"
#include "serve/http/tls.h"

const char *const http_method_names[HTTP_METHODS + 1] = { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "other" };

/* ---- arenas ---- */

struct arena *request_take_arena(struct http_server *server)
{
	struct arena *arena = NULL;

	pthread_mutex_lock(&server->arenas_lock);
	if (server->n_arenas)
		arena = server->arenas[--server->n_arenas];
	pthread_mutex_unlock(&server->arenas_lock);
	return arena ? arena : arena_new(LIMIT_REQUEST_MEMORY_BYTES);
}

void request_give_arena(struct http_server *server, struct arena *arena, struct arena_mark start)
{
	arena_reset(arena, start);
	pthread_mutex_lock(&server->arenas_lock);
	if (server->n_arenas < IDLE_ARENAS) {
		server->arenas[server->n_arenas++] = arena;
		arena = NULL;
	}
	pthread_mutex_unlock(&server->arenas_lock);
	arena_free(arena);
}

/* ---- deadlines ---- */

void request_deadline(struct request *r, int64_t deadline)
{
	atomic_store_explicit(&r->connection->deadline, deadline, memory_order_relaxed);
}

void request_waiting(struct request *r, int64_t since)
{
	atomic_store_explicit(&r->connection->waiting, since, memory_order_relaxed);
}

int64_t request_time_for(const struct http_limits *limits, uint64_t bytes)
{
	return limits->grace_ms * 1000 + (int64_t)(bytes * 1000000 / limits->bytes_per_s);
}

int64_t request_body_deadline(const struct request *r, uint64_t received)
{
	return r->body_began + request_time_for(&r->x.server->options.limits, received);
}

int64_t request_answer_deadline(const struct request *r, size_t n)
{
	return http_clock() + request_time_for(&r->x.server->options.limits, n);
}

/* ---- answers that are made once ---- */

const struct http_header_text http_fixed_texts[HTTP_FIXED_TEXTS] = {
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" },
};

bool http_fixed_headers(struct MHD_Response *response, const char *media_type)
{
	bool ok = MHD_add_response_header(response, "Content-Type", media_type) == MHD_YES;

	for (size_t i = 0; ok && i < HTTP_FIXED_TEXTS; i++)
		ok = MHD_add_response_header(response, http_fixed_texts[i].name, http_fixed_texts[i].value) == MHD_YES;
	return ok;
}

/* ---- callbacks ---- */

static void call_answer(void *ctx)
{
	struct request            *r = ((struct request_call *)ctx)->r;
	const struct http_options *o = &r->x.server->options;

	o->callbacks.answer(o->ctx, &r->x);
}

static void call_refuse(void *ctx)
{
	struct request_call       *call = ctx;
	const struct http_options *o = &call->r->x.server->options;

	o->callbacks.refuse(o->ctx, &call->r->x, call->status, call->reason);
}

/* Also on the thread of a stream, whose disposal is the other thread's to read. */
void request_run(struct request *r, void (*body)(void *), struct request_call call)
{
	call.r = r;
	if (arena_run(r->x.arena, body, &call))
		return;
	r->x.fixed = r->x.server->exhausted;
	r->x.headers = NULL; /* of the answer that did not come to be */
	r->x.feed = NULL;
	if (!r->stream)
		r->disposal = HTTP_REFUSE;
}

void request_answer(struct request *r)
{
	request_run(r, call_answer, (struct request_call){ 0 });
	if (r->too_large) /* whatever the callback made of a body that was cut short */
		request_run(r, call_refuse, (struct request_call){ .status = 413, .reason = request_too_large(r) });
}

const char *request_too_large(const struct request *r)
{
	return r->body_max ? "the body is larger than what is taken here" : "the path takes no body with this method";
}

void request_refuse(struct request *r, unsigned status, const char *reason)
{
	r->disposal = HTTP_REFUSE;
	request_run(r, call_refuse, (struct request_call){ .status = status, .reason = reason });
}

/* ---- what callbacks use ---- */

struct arena *http_scratch(struct http_exchange *x)
{
	struct request *r = request_of(x);

	if (!r->scratch) {
		r->scratch = request_take_arena(x->server);
		if (!r->scratch)
			arena_exhausted(x->arena);
		r->scratch_start = arena_mark(r->scratch);
	}
	arena_share_run(r->scratch, x->arena);
	return r->scratch;
}

struct str http_request_header(const struct http_exchange *x, const char *name)
{
	const struct request *r = (const struct request *)x;

	/* RFC 9110 5.5: blanks around a value are none of it. The library leaves those behind it. */
	return str_trimmed(str_c(MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name)));
}

struct listing {
	struct arena *arena;
	struct str    name, all;
};

static enum MHD_Result list_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
                                   const char *value, size_t value_n)
{
	struct listing *l = cls;
	struct str      one;

	(void)kind;
	if (!value || !str_eq_nocase(str_of(name, name_n), l->name))
		return MHD_YES;
	one = str_trimmed(str_of(value, value_n));
	l->all = str_present(l->all) ? STR_CONCAT(l->arena, l->all, STR(", "), one) : one;
	return MHD_YES;
}

struct str http_request_list(const struct http_exchange *x, const char *name)
{
	struct listing l = { x->arena, str_c(name), STR_ABSENT };

	MHD_get_connection_values_n(((const struct request *)x)->mhd, MHD_HEADER_KIND, list_header, &l);
	return l.all;
}

void http_add_header(struct http_exchange *x, const char *name, struct str value)
{
	struct http_header *h = ARENA_NEW(x->arena, struct http_header), **last = &x->headers;
	char               *text = arena_alloc(x->arena, value.n + 1);

	if (value.n)
		memcpy(text, value.p, value.n);
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	h->name = name;
	h->value = str_of(text, value.n);
	while (*last)
		last = &(*last)->next;
	*last = h;
}

const struct str *http_client_names(struct http_exchange *x, size_t *ret_n, bool *ret_given)
{
	struct request                 *r = request_of(x);
	struct connection              *c = r->connection;
	unsigned                        generation = tls_generation(); /* first: what is read then is not older */
	const union MHD_ConnectionInfo *info;

	if (c->names_generation != generation) {
		info = MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		free(c->names);
		c->names = NULL;
		if (info && info->tls_session)
			c->names = tls_peer_names(info->tls_session, &c->n_names, &c->certificate_given);
		c->names_generation = generation;
	}
	*ret_n = c->n_names;
	*ret_given = c->certificate_given;
	return c->names;
}
