/* POST /v1/backup: the whole store as one file, which a data directory can begin with.
 *
 * It is made and checked before the first byte is sent, so a status of 200 and all of Content-Length are a good backup. It is
 * named by no path, neither here nor there: a request cannot make it overwrite or reach anything.
 */
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "serve/api/stored.h"
#include "serve/process/log.h"

/* Lives with the request: whatever becomes of it, the copy goes and the next one may begin. */
struct copying {
	struct service  *service;
	struct http_file file;
	bool             begun;
};

static void end_copying(void *ctx)
{
	struct copying *c = ctx;

	if (c->file.fd >= 0)
		(void)close(c->file.fd);
	if (c->begun)
		atomic_store(&c->service->backing_up, false);
}

static struct copying *copying_new(struct call *call)
{
	struct copying *c = ARENA_NEW(call->arena, struct copying);

	c->service = call->service;
	c->file.fd = -1;
	arena_defer(call->arena, end_copying, c);
	return c;
}

/* The request is whole and has no body. False: the answer is set. */
static bool is_whole(struct call *call)
{
	char byte;

	if (http_read(call->x, &byte, 1) == 0)
		return true;
	problem(call, 413, STR("a backup takes no body"));
	return false;
}

/* Whoever has read the last byte of one may ask for the next before the server has put the first away. */
static bool take_turn(struct service *service)
{
	for (unsigned i = 0; i < 50; i++) {
		if (!atomic_exchange(&service->backing_up, true))
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
	}
	return false;
}

static void tell(const struct call *call, const struct store_copy *copy)
{
	log_event(LOG_INFO, "backup made",
	          LOG_VALUES({ "who", call_who(call) }, { "peer", call->x->peer },
	                     { "revision", str_from_uint(call->arena, copy->revision) },
	                     { "bytes", str_from_uint(call->arena, copy->bytes) }, CALL_IDS(call)));
}

void answer_backup(struct call *call)
{
	struct copying   *c = copying_new(call);
	struct store_copy copy;
	struct diags      diags;

	if (call->principal && call->principal->namespaces.n) {
		problem(call, 403, STR("a backup holds all namespaces, and these credentials do not reach all"));
		return;
	}
	if (!is_whole(call))
		return;
	if (!take_turn(call->service)) {
		problem(call, 409, STR("another backup is being made or sent"));
		http_add_header(call->x, "Retry-After", STR("30"));
		return;
	}
	c->begun = true;
	diags_init(&diags, call->arena);
	if (!store_copy(call->service->store, &copy, &diags)) {
		store_problem(call, &diags);
		return;
	}
	c->file = (struct http_file){ .fd = copy.fd, .bytes = copy.bytes };
	tell(call, &copy);
	reply(call, 200, MEDIA_BYTES, STR(""));
	http_add_header(call->x, "Content-Disposition",
	                str_fmt(call->arena, "attachment; filename=\"callout-%llu.db\"",
	                        (unsigned long long)copy.revision));
	call->x->file = &c->file;
}
