/* A request from its headers to its answer: whether it is admitted, and what is counted of it. */
#include <stdio.h>

#include "base/arena.h"
#include "serve/api/admitting.h"
#include "serve/process/log.h"

/* Whoever balances or watches asks by address, without credentials, and often. */
static bool is_probe(const struct route *route)
{
	return route->scope == SCOPE_NONE && strcmp(route->tag, "probes") == 0;
}

static struct call *call_new(struct service *service, struct http_exchange *x)
{
	struct call *call = ARENA_NEW(x->arena, struct call);

	call->service = service;
	call->settings = settings_take(service);
	call->x = x;
	call->arena = x->arena;
	call->sent = call->wanted = MEDIA_NONE;
	x->state = call;
	return call;
}

/* Those of now are of the request: they stay with whatever answer it gets. */
static void keep_headers(struct call *call)
{
	for (struct http_header *h = call->x->headers; h; h = h->next)
		call->kept = h;
}

/* Another answer than the one that was begun: what that one said of itself goes. */
static void drop_headers(struct call *call)
{
	if (call->x->headers && call->kept)
		call->kept->next = NULL;
	else
		call->x->headers = NULL;
}

/* False: the answer is set. */
static bool admit(struct call *call)
{
	unsigned allowed;

	call->route = route_find(call->arena, call->x->method, call->x->path, call->parameters, &allowed);
	if (call->route && is_probe(call->route)) {
		if (str_present(http_request_header(call->x, "X-Request-Id")))
			call_id_give(call);
		keep_headers(call);
		return call_route_judge_query(call);
	}
	call_id_give(call);
	if (!call_origin_judge(call))
		return false;
	keep_headers(call);
	if (!call->route && call->x->method == HTTP_OPTIONS) { /* a preflight carries no credentials */
		call_route_refuse(call, allowed);
		return false;
	}
	if (!(call->route && call->route->scope == SCOPE_NONE) && !call_access_identify(call))
		return false;
	if (!call->route) {
		call_route_refuse(call, allowed);
		return false;
	}
	return call_access_authorise(call) && call_route_judge_media(call) && call_route_judge_query(call);
}

static uint64_t body_limit(const struct config *c, enum limit limit)
{
	return (uint64_t)(limit == BODY_OF_MODULE  ? c->max_module_bytes
	                  : limit == BODY_OF_DUMPS ? c->max_dump_bytes
	                                           : c->max_manifest_bytes);
}

static enum http_disposal on_begin(void *ctx, struct http_exchange *x, uint64_t *body_max)
{
	struct service *service = ctx;
	struct call    *call = call_new(service, x);

	if (!admit(call))
		return HTTP_REFUSE;
	*body_max = 0;
	if (!call->route->takes)
		return call->route->limit == NO_BODY_SLOW ? HTTP_STREAM : HTTP_COLLECT;
	*body_max = body_limit(&call->settings->config, call->route->limit);
	return call->route->limit == BODY_OF_MANIFEST ? HTTP_COLLECT : HTTP_STREAM;
}

static void on_answer(void *ctx, struct http_exchange *x)
{
	struct call *call = x->state;

	(void)ctx;
	call->route->answer(call);
}

static void on_refuse(void *ctx, struct http_exchange *x, unsigned status, const char *reason)
{
	struct call *call = x->state ? x->state : call_new(ctx, x);

	drop_headers(call);
	x->file = NULL;
	if (!str_present(call->request_id))
		call_id_give(call);
	problem(call, status, str_c(reason));
	if (status == 503)
		http_add_header(x, "Retry-After", STR("2"));
}

/* Ours, not the client's: 501 and 505 are about what he sent. */
static bool is_failure(unsigned status)
{
	return status == 500 || status == 503 || status == 507;
}

static void log_request(const struct call *call, bool sent, int64_t microseconds)
{
	struct http_exchange *x = call->x;
	char                  status[16], took[24];

	snprintf(status, sizeof(status), "%u", x->status);
	snprintf(took, sizeof(took), "%lld", (long long)microseconds);
	log_event(is_failure(x->status) ? LOG_ERROR : LOG_INFO, "request",
	          LOG_VALUES({ "method", str_c(http_method_names[x->method]) }, { "path", x->path },
	                     { "status", str_c(status) }, { "peer", x->peer }, { "us", str_c(took) }, CALL_IDS(call),
	                     { "fault", call->fault }, { "cut", sent ? STR_ABSENT : STR("true") }));
}

static void on_done(void *ctx, struct http_exchange *x, bool sent)
{
	struct service *service = ctx;
	struct call    *call = x->state;
	int64_t         took = x->ended - x->started;
	bool            wanted;

	if (!call)
		return;
	metrics_request(&service->metrics, call->route ? (size_t)(call->route - route_table) : METRIC_ROUTES - 1,
	                x->status, took);
	wanted = call->settings->config.access_log == TRI_YES && !(call->route && is_probe(call->route));
	if (wanted || (is_failure(x->status) && !(call->route && is_probe(call->route))))
		log_request(call, sent, took);
	settings_give(call->settings);
}

const struct http_callbacks call_callbacks = { on_begin, on_answer, on_refuse, on_done };
