/* The second thread of a large file. */
#include <sched.h>
#include <signal.h>

#include "json/json_slots.h"

/* Is there a block that may be filled now? Called with the mutex held. */
static bool can_claim(const struct json_blocks *b)
{
	return b->claimed < b->end && b->claimed < b->used + b->n_slots;
}

/* Takes the next block, fills it and signals that. Called with the mutex held, which is released meanwhile. */
static void fill_claimed(struct json_blocks *b, const struct json_carry *before)
{
	uint64_t          number = b->claimed++;
	struct json_slot *slot = json_slot_of(b, number);

	slot->ready = false;
	pthread_mutex_unlock(&b->mutex);
	json_slot_fill(b, number, before);
	pthread_mutex_lock(&b->mutex);
	slot->ready = true;
	pthread_cond_signal(&b->changed);
}

static void *run(void *ctx)
{
	struct json_blocks *b = ctx;

	pthread_mutex_lock(&b->mutex);
	while (!b->stop && b->claimed < b->end) {
		if (can_claim(b))
			fill_claimed(b, NULL);
		else
			pthread_cond_wait(&b->changed, &b->mutex);
	}
	pthread_mutex_unlock(&b->mutex);
	return NULL;
}

/* The two threads wake each other for each block, and a scheduler prefers to run a woken thread where its waker runs,
 * so both could share one processor for a whole file. Therefore the second thread is kept off the processor that the
 * first one is on now. */
static bool set_elsewhere(pthread_attr_t *attr)
{
	cpu_set_t cpus;
	int       here = sched_getcpu();

	if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return false;
	CPU_CLR((size_t)here, &cpus);
	return CPU_COUNT(&cpus) > 0 && pthread_attr_setaffinity_np(attr, sizeof(cpus), &cpus) == 0;
}

static bool start(struct json_blocks *b)
{
	pthread_attr_t attr;
	bool           started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	started = set_elsewhere(&attr) && pthread_create(&b->thread, &attr, run, b) == 0;
	(void)pthread_attr_destroy(&attr);
	return started || pthread_create(&b->thread, NULL, run, b) == 0;
}

void json_ahead_start(struct json_blocks *b, uint64_t first)
{
	sigset_t all, old;

	b->claimed = first;
	b->used = first - 1; /* the block that was handed out is still in use */
	b->end = ((uint64_t)b->source.input.size + b->block_bytes - 1) / b->block_bytes;
	b->stop = false;
	b->running = true; /* before there is a thread to read it */
	/* Signals are for the threads that the program knows of. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!start(b))
		b->running = false;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void json_ahead_stop(struct json_blocks *b)
{
	if (!b->running)
		return;
	pthread_mutex_lock(&b->mutex);
	b->stop = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->mutex);
	pthread_join(b->thread, NULL);
	b->running = false;
}

struct json_slot *json_ahead_next(struct json_blocks *b)
{
	struct json_slot *slot = json_slot_of(b, b->next);

	pthread_mutex_lock(&b->mutex);
	b->used = b->next;
	pthread_cond_signal(&b->changed);
	while (b->claimed <= b->next || !slot->ready) {
		if (b->claimed == b->next)
			fill_claimed(b, &b->carry);
		else if (can_claim(b))
			fill_claimed(b, NULL);
		else
			pthread_cond_wait(&b->changed, &b->mutex);
	}
	pthread_mutex_unlock(&b->mutex);
	return slot;
}
