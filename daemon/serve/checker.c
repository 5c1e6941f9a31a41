#include "serve/checker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "serve/log.h"
#include "serve/service.h"
#include "store/store.h"

enum { BETWEEN_SECONDS = 24 * 60 * 60 };

struct checker {
	struct service *service;
	pthread_t       thread;
	pthread_mutex_t lock;
	pthread_cond_t  stop;
	bool            stopping, at_once;
	atomic_bool     damaged;
};

struct checking {
	struct checker *check;
	struct arena   *arena;
};

static void check_body(void *ctx)
{
	struct checking *c = ctx;
	struct diags     diags;
	bool             sound;

	diags_init(&diags, c->arena);
	sound = store_check(c->check->service->store, &diags);
	log_findings(&diags, c->arena);
	atomic_store(&c->check->damaged, !sound);
}

static void check_once(struct checker *check)
{
	struct checking c = { check, arena_new(64 * MIB) };

	if (c.arena)
		(void)arena_run(c.arena, check_body, &c);
	arena_free(c.arena);
}

/* Until it is time, or the daemon stops: then false. */
static bool wait_for_time(struct checker *check)
{
	struct timespec until;
	bool            stopping;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += BETWEEN_SECONDS;
	(void)pthread_mutex_lock(&check->lock);
	while (!check->stopping && !check->at_once && pthread_cond_timedwait(&check->stop, &check->lock, &until) == 0)
		;
	check->at_once = false;
	stopping = check->stopping;
	(void)pthread_mutex_unlock(&check->lock);
	return !stopping;
}

static void *run(void *ctx)
{
	while (wait_for_time(ctx))
		check_once(ctx);
	return NULL;
}

struct checker *checker_start(struct service *service)
{
	struct checker    *check = calloc(1, sizeof(*check));
	struct store_facts facts = { 0 };
	struct diags       ignored;

	if (!check)
		return NULL;
	diags_init(&ignored, service->arena);
	check->service = service;
	check->at_once = store_facts(service->store, &facts, &ignored) && facts.unclean_start;
	(void)pthread_mutex_init(&check->lock, NULL);
	(void)pthread_cond_init(&check->stop, NULL);
	if (pthread_create(&check->thread, NULL, run, check) == 0)
		return check;
	free(check);
	return NULL;
}

void checker_stop(struct checker *check)
{
	if (!check)
		return;
	(void)pthread_mutex_lock(&check->lock);
	check->stopping = true;
	(void)pthread_cond_signal(&check->stop);
	(void)pthread_mutex_unlock(&check->lock);
	store_interrupt(check->service->store);
	(void)pthread_join(check->thread, NULL);
	(void)pthread_cond_destroy(&check->stop);
	(void)pthread_mutex_destroy(&check->lock);
	free(check);
}

bool checker_found_damage(struct checker *check)
{
	return check && atomic_load(&check->damaged);
}
