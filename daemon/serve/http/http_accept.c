#include "serve/http/http_accept.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "serve/http/http.h"

/* What was given to a thread is begun as soon as it is not held up. */
enum { LOST_US = 1000 * 1000 };
/* Without room, and without one that ends: descriptors may have become free elsewhere. */
enum { ROOM_MS = 100 };
/* As many as the kernel keeps (listen(2), somaxconn): behind them come those who connected meanwhile, and in the end there must be one. */
enum { AT_ONCE = 4096 };

/* Less than 0 where some begin after all that counted as lost. */
static int64_t open_now(const struct acceptor *a)
{
	return (int64_t)(a->given - a->lost - atomic_load(&a->closed));
}

static bool is_below_most(const struct acceptor *a)
{
	return open_now(a) < (int64_t)a->most;
}

static bool has_room(struct acceptor *a)
{
	if (is_below_most(a))
		return true;
	if (a->is_held_up(a->ctx))
		a->last = http_clock();
	else if (http_clock() - a->last > LOST_US)
		a->lost = a->given - atomic_load(&a->begun);
	atomic_store(&a->waits, true);
	return is_below_most(a); /* one may have ended before it knew that it is waited for */
}

static void give(struct acceptor *a, int fd, const struct sockaddr *address, socklen_t n)
{
	a->given++;
	a->last = http_clock();
	if (!a->give(a->ctx, fd, address, n))
		a->given--;
}

/* Those that are there. False: more than there is room for, or the system has no descriptor or memory for one. */
static bool take_all(struct acceptor *a)
{
	struct sockaddr_storage address;
	socklen_t               n;
	int                     fd;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		if (!has_room(a))
			return false;
		n = sizeof(address);
		fd = accept4(a->listening, (struct sockaddr *)&address, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			give(a, fd, (struct sockaddr *)&address, n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return true;
		else if (errno != EINTR && errno != ECONNABORTED)
			return false;
	}
	return true;
}

static void wait_for_more(struct acceptor *a, bool room)
{
	struct pollfd p[] = { { .fd = a->wake, .events = POLLIN }, { .fd = a->listening, .events = POLLIN } };
	eventfd_t     n;

	(void)poll(p, room ? 2 : 1, room ? -1 : ROOM_MS);
	atomic_store(&a->waits, false);
	(void)eventfd_read(a->wake, &n);
}

static void *take(void *ctx)
{
	struct acceptor *a = ctx;

	while (!atomic_load(&a->ends))
		wait_for_more(a, take_all(a));
	/* Who connects between these two is turned away by a reset: nothing may come between. */
	(void)take_all(a);
	close(a->listening);
	return NULL;
}

bool acceptor_start(struct acceptor *a, int listening)
{
	a->listening = listening;
	a->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	a->running = a->wake >= 0 && pthread_create(&a->thread, NULL, take, a) == 0;
	return a->running;
}

bool acceptor_end(struct acceptor *a)
{
	if (!a->running)
		return false;
	atomic_store(&a->ends, true);
	(void)eventfd_write(a->wake, 1);
	pthread_join(a->thread, NULL);
	a->running = false;
	return true;
}

void acceptor_begun(struct acceptor *a)
{
	atomic_fetch_add(&a->begun, 1);
}

void acceptor_closed(struct acceptor *a)
{
	atomic_fetch_add(&a->closed, 1);
	if (atomic_load(&a->waits))
		(void)eventfd_write(a->wake, 1);
}

unsigned acceptor_open(const struct acceptor *a)
{
	return (unsigned)open_now(a);
}

void acceptor_release(struct acceptor *a)
{
	if (a->wake >= 0)
		close(a->wake);
}
