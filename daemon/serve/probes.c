/* Probes, metrics and what the server says of itself. */
#include "base/arena.h"
#include "base/limits.h"
#include "serve/routes.h"

void answer_livez(struct call *call)
{
	call->x->fixed = call->service->alive;
}

void answer_readyz(struct call *call)
{
	struct service *service = call->service;
	bool            draining = atomic_load(&service->draining);
	struct buf      b;

	if (!str_present(call_query(call, "verbose"))) {
		call->x->fixed = draining ? service->unready : service->ready;
		return;
	}
	buf_init(&b, call->arena, 64 * KIB);
	buf_fmt(&b, "[%c]serving%s\n", draining ? '-' : '+', draining ? ": the server is shutting down" : "");
	buf_fmt(&b, "[%c]configuration%s\n", '+',
	        atomic_load(&service->metrics.failed_reloads) ? ": a reload was refused since the start" : "");
	buf_fmt(&b, "readyz check %s\n", draining ? "failed" : "passed");
	reply(call, draining ? 503 : 200, MEDIA_TEXT, buf_str(&b));
}

void answer_metrics(struct call *call)
{
	enum media media = media_choose(http_request_header(call->x, "Accept"), call->route->replies[0].media);
	struct buf b;

	buf_init(&b, call->arena, 8 * MIB);
	metrics_write(&b, call, media == MEDIA_OPENMETRICS);
	reply(call, 200, media, buf_str(&b));
}

void answer_openapi(struct call *call)
{
	reply(call, 200, MEDIA_JSON, call->service->openapi);
}
