#include "serve/upkeep/checker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "serve/process/heap.h"
#include "serve/process/log.h"
#include "serve/service/service.h"
#include "serve/upkeep/extracting.h"
#include "store/store.h"

enum { BETWEEN_SECONDS = 24 * 60 * 60 };

struct checker {
	struct service *service;
	pthread_t       thread;
	pthread_mutex_t lock;
	pthread_cond_t  wake;
	bool            stopping, at_once, extract;
	struct timespec next; /* the thread's own, by the steady clock: when everything is checked whatever happens */
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

static void check_tomorrow(struct checker *check)
{
	clock_gettime(CLOCK_MONOTONIC, &check->next);
	check->next.tv_sec += BETWEEN_SECONDS;
}

/* What there is to do next; a day after the last time everything is checked, however much else there was meanwhile. */
enum work { WORK_STOP, WORK_EXTRACT, WORK_CHECK };

static enum work wait_for_work(struct checker *check)
{
	enum work work;

	(void)pthread_mutex_lock(&check->lock);
	while (!check->stopping && !check->at_once && !check->extract &&
	       pthread_cond_timedwait(&check->wake, &check->lock, &check->next) == 0)
		;
	work = check->stopping ? WORK_STOP : check->extract ? WORK_EXTRACT : WORK_CHECK;
	if (work == WORK_EXTRACT)
		check->extract = false;
	else
		check->at_once = false;
	(void)pthread_mutex_unlock(&check->lock);
	return work;
}

static bool is_stopping(void *ctx)
{
	struct checker *check = ctx;
	bool            stopping;

	(void)pthread_mutex_lock(&check->lock);
	stopping = check->stopping;
	(void)pthread_mutex_unlock(&check->lock);
	return stopping;
}

static void *run(void *ctx)
{
	struct checker *check = ctx;
	enum work       work;

	check_tomorrow(check);
	while ((work = wait_for_work(check)) != WORK_STOP) {
		if (work == WORK_EXTRACT) {
			extracting_run(check->service, is_stopping, check);
		} else {
			check_once(check);
			check_tomorrow(check);
		}
		heap_give_back(); /* hours or days pass until it is needed again */
	}
	return NULL;
}

void checker_extract(struct checker *check)
{
	if (!check)
		return;
	(void)pthread_mutex_lock(&check->lock);
	check->extract = true;
	(void)pthread_cond_signal(&check->wake);
	(void)pthread_mutex_unlock(&check->lock);
}

struct checker *checker_start(struct service *service)
{
	struct checker    *check = calloc(1, sizeof(*check));
	pthread_condattr_t steady;
	struct store_facts facts = { 0 };
	struct diags       ignored;

	if (!check)
		return NULL;
	diags_init(&ignored, service->arena);
	check->service = service;
	check->extract = true;
	check->at_once = store_facts(service->store, &facts, &ignored) && facts.unclean_start;
	(void)pthread_mutex_init(&check->lock, NULL);
	(void)pthread_condattr_init(&steady);
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC); /* the other one may be set back */
	(void)pthread_cond_init(&check->wake, &steady);
	(void)pthread_condattr_destroy(&steady);
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
	(void)pthread_cond_signal(&check->wake);
	(void)pthread_mutex_unlock(&check->lock);
	store_interrupt(check->service->store);
	(void)pthread_join(check->thread, NULL);
	(void)pthread_cond_destroy(&check->wake);
	(void)pthread_mutex_destroy(&check->lock);
	free(check);
}

bool checker_found_damage(struct checker *check)
{
	return check && atomic_load(&check->damaged);
}
