#include "serve/http/http_connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

int64_t http_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- the watchdog ---- */

enum { TICK_MS = 100, QUIET_US = 1000 * 1000 };

/* Does it wait for a client who has nothing more to send? The library leaves one that goes away in the middle of a body to
 * the timeout, and (0.9.75, whose epoll is edge-triggered) also one that ends right behind a request: it reads as much as
 * it asked for, or less, and never comes to read the end. Whoever ends his side and waits for his answer is not meant,
 * for then it is the server that is waited for. The last bytes may just have been read and not looked at: so the end must
 * be seen twice, with nothing happening in between. Each connection is looked at once a second. */
static bool is_abandoned(struct connection *c, int64_t now)
{
	int64_t waiting = atomic_load_explicit(&c->waiting, memory_order_relaxed);
	char    byte;
	bool    seen;

	if (waiting > now - QUIET_US)
		return false;
	if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0) {
		atomic_compare_exchange_strong(&c->waiting, &waiting, now);
		return false;
	}
	seen = c->ended == waiting;
	c->ended = waiting;
	return seen;
}

/* How long a connection may be kept for a next request: as long as the library lets it while there is room, and the less the
 * fewer can still come, so that those who ask for nothing make place for those who do. */
static int64_t patience(const struct http_limits *limits, unsigned open)
{
	unsigned room = open < limits->connections ? limits->connections - open : 0, half = limits->connections / 2;
	int64_t  us;

	if (room >= half)
		return HTTP_NEVER;
	us = limits->idle_ms * 1000 / half * room;
	return us < QUIET_US ? QUIET_US : us;
}

static bool is_kept_too_long(const struct connection *c, int64_t now, int64_t most)
{
	char byte;

	return atomic_load_explicit(&c->kept, memory_order_relaxed) <= now - most &&
	       recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* The descriptor is still open: it is taken off the ring before the library closes it. */
static void cut(struct connection *c)
{
	shutdown(c->fd, SHUT_RDWR);
	atomic_store_explicit(&c->deadline, HTTP_NEVER, memory_order_relaxed);
	atomic_store_explicit(&c->waiting, HTTP_NEVER, memory_order_relaxed);
	atomic_store_explicit(&c->kept, HTTP_NEVER, memory_order_relaxed);
}

static void cut_late(struct connections *cs)
{
	int64_t  now = http_clock();
	unsigned open;

	pthread_mutex_lock(&cs->lock);
	open = cs->n;
	for (struct connection *c = cs->first.next; c != &cs->first; c = c->next) {
		bool late = atomic_load_explicit(&c->deadline, memory_order_relaxed) <= now;

		if (!late && !is_abandoned(c, now) && !is_kept_too_long(c, now, patience(cs->limits, open)))
			continue;
		cut(c);
		open--;
		/* Between two requests nothing is cut off: it is closed in the library's place. */
		if (late || atomic_load_explicit(&c->busy, memory_order_relaxed))
			atomic_fetch_add(&cs->cut, 1);
	}
	pthread_mutex_unlock(&cs->lock);
}

static void *watch(void *ctx)
{
	struct connections *cs = ctx;
	struct timespec     until;
	bool                stop = false;

	while (!stop) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += TICK_MS * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		pthread_mutex_lock(&cs->lock);
		while (!cs->stop && pthread_cond_timedwait(&cs->stop_signal, &cs->lock, &until) == 0)
			;
		stop = cs->stop;
		pthread_mutex_unlock(&cs->lock);
		cut_late(cs);
		cs->tick(cs->ctx);
	}
	return NULL;
}

bool connections_start(struct connections *cs, const struct http_limits *limits, void (*tick)(void *ctx), void *ctx)
{
	pthread_condattr_t attributes;

	cs->first.next = cs->first.previous = &cs->first;
	cs->limits = limits;
	cs->tick = tick;
	cs->ctx = ctx;
	pthread_mutex_init(&cs->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&cs->stop_signal, &attributes);
	pthread_condattr_destroy(&attributes);
	cs->started = pthread_create(&cs->watchdog, NULL, watch, cs) == 0;
	return cs->started;
}

void connections_stop(struct connections *cs)
{
	if (!cs->started)
		return;
	pthread_mutex_lock(&cs->lock);
	cs->stop = true;
	pthread_cond_signal(&cs->stop_signal);
	pthread_mutex_unlock(&cs->lock);
	pthread_join(cs->watchdog, NULL);
	pthread_cond_destroy(&cs->stop_signal);
	pthread_mutex_destroy(&cs->lock);
}

/* ---- addresses ---- */

/* IPv4 as IPv4-mapped IPv6; of IPv6 the /64, which one client has to itself. */
static void address_key(const struct sockaddr *sa, unsigned char key[16])
{
	memset(key, 0, 16);
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;

		key[10] = key[11] = 0xff;
		memcpy(key + 12, &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

		memcpy(key, &in6->sin6_addr, IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) ? 16 : 8);
	}
}

static bool is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
	unsigned char              key[16];

	address_key(sa, key);
	if (sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
		return true;
	return sa->sa_family != AF_INET6 ? sa->sa_family != AF_INET || key[12] == 127
	                                 : key[10] == 0xff && key[12] == 127;
}

bool connections_admit(struct connections *cs, const struct sockaddr *sa)
{
	unsigned char key[16];
	unsigned      n = 0;

	if (is_loopback(sa))
		return true; /* a proxy or an ingress, which has limits of its own */
	address_key(sa, key);
	pthread_mutex_lock(&cs->lock);
	for (const struct connection *c = cs->first.next; c != &cs->first; c = c->next)
		n += memcmp(c->address, key, sizeof(key)) == 0;
	pthread_mutex_unlock(&cs->lock);
	if (n < cs->limits->connections_per_address)
		return true;
	atomic_fetch_add(&cs->refused, 1);
	return false;
}

static void peer_text(const struct sockaddr *sa, char *text, size_t n)
{
	const void *address = NULL;

	if (sa->sa_family == AF_INET)
		address = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	else if (sa->sa_family == AF_INET6)
		address = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	if (!address || !inet_ntop(sa->sa_family, address, text, (socklen_t)n))
		memcpy(text, "local", sizeof("local"));
}

/* ---- the ring ---- */

struct connection *connections_add(struct connections *cs, int fd, const struct sockaddr *sa, int64_t deadline)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = fd;
	atomic_init(&c->deadline, deadline);
	atomic_init(&c->waiting, http_clock());
	atomic_init(&c->kept, HTTP_NEVER);
	address_key(sa, c->address);
	peer_text(sa, c->peer, sizeof(c->peer));
	pthread_mutex_lock(&cs->lock);
	c->next = &cs->first;
	c->previous = cs->first.previous;
	c->previous->next = c;
	cs->first.previous = c;
	cs->n++;
	pthread_mutex_unlock(&cs->lock);
	return c;
}

void connections_remove(struct connections *cs, struct connection *c)
{
	pthread_mutex_lock(&cs->lock);
	c->previous->next = c->next;
	c->next->previous = c->previous;
	cs->n--;
	pthread_mutex_unlock(&cs->lock);
}

void connection_free(struct connection *c)
{
	if (c)
		free(c->names);
	free(c);
}

unsigned connections_open(struct connections *cs)
{
	unsigned n;

	pthread_mutex_lock(&cs->lock);
	n = cs->n;
	pthread_mutex_unlock(&cs->lock);
	return n;
}

unsigned connections_busy(struct connections *cs)
{
	unsigned n = 0;

	pthread_mutex_lock(&cs->lock);
	for (const struct connection *c = cs->first.next; c != &cs->first; c = c->next)
		n += atomic_load_explicit(&c->busy, memory_order_relaxed);
	pthread_mutex_unlock(&cs->lock);
	return n;
}
