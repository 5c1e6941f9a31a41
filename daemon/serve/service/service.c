#include "serve/service/service.h"

#include <pthread.h>

#include "base/arena.h"

struct settings *settings_take(struct service *service)
{
	struct settings *s;

	pthread_mutex_lock(&service->lock);
	s = service->settings;
	atomic_fetch_add_explicit(&s->users, 1, memory_order_relaxed);
	pthread_mutex_unlock(&service->lock);
	return s;
}

void settings_give(struct settings *s)
{
	if (s && atomic_fetch_sub(&s->users, 1) == 1)
		arena_free(s->arena);
}
