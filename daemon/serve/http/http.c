/* The server as a whole: starting, draining and stopping; connections; answers that never change. */
#include "serve/http/http.h"

#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "serve/http/http_serving.h"
#include "serve/http/tls.h"

enum { QUIET_US = 1000 * 1000 };

/* ---- answers that never change ---- */

struct http_fixed *http_fixed_new(unsigned status, const char *media_type, struct str content)
{
	struct http_fixed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->status = status;
	f->media_type = media_type;
	f->content = content;
	f->response = MHD_create_response_from_buffer(content.n, unconst(content.p), MHD_RESPMEM_PERSISTENT);
	if (!f->response || !http_fixed_headers(f->response, media_type)) {
		http_fixed_free(f);
		return NULL;
	}
	return f;
}

void http_fixed_free(struct http_fixed *f)
{
	if (!f)
		return;
	if (f->response)
		MHD_destroy_response(f->response);
	free(f);
}

/* ---- connections ---- */

static enum MHD_Result admit(void *cls, const struct sockaddr *address, socklen_t n)
{
	const struct worker *worker = cls;

	(void)n;
	return connections_admit(&worker->server->connections, address) ? MHD_YES : MHD_NO;
}

static unsigned turns_of(const struct worker *worker)
{
	return atomic_load_explicit(&worker->turns, memory_order_relaxed);
}

static bool is_at_work(unsigned turns)
{
	return turns % 2 == 1;
}

/* They take turns, but nobody has to wait behind what takes long while another thread has nothing to do. */
static struct worker *next_worker(struct http_server *server)
{
	unsigned next = server->last_worker;

	do
		next = (next + 1) % server->n_workers;
	while (next != server->last_worker && is_at_work(turns_of(&server->workers[next])));
	server->last_worker = next;
	return &server->workers[next];
}

/* Is a thread still where it was when this was asked before? All are looked at, for the next time. */
static bool is_held_up(void *ctx)
{
	struct http_server *server = ctx;
	bool                held_up = false;

	for (unsigned i = 0; i < server->n_workers; i++) {
		struct worker *worker = &server->workers[i];
		unsigned       turns = turns_of(worker);

		held_up = held_up || (is_at_work(turns) && turns == worker->seen);
		worker->seen = turns;
	}
	return held_up;
}

static bool give_connection(void *ctx, int fd, const struct sockaddr *address, socklen_t n)
{
	return MHD_add_connection(next_worker(ctx)->daemon, fd, address, n) == MHD_YES;
}

/* A client who reads slowly would let the kernel take megabytes for him; and while he reads those, nothing can be written and
 * the library's timeout takes him for gone. */
static void keep_unsent_small(int fd)
{
	int most = 256 * 1024;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

static void notify_connection(void *cls, struct MHD_Connection *mhd, void **context,
                              enum MHD_ConnectionNotificationCode code)
{
	struct http_server             *server = ((const struct worker *)cls)->server;
	const union MHD_ConnectionInfo *info;
	int64_t                         deadline;
	int                             fd;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*context)
			connections_remove(&server->connections, *context);
		connection_free(*context);
		*context = NULL;
		acceptor_closed(&server->acceptor);
		return;
	}
	acceptor_begun(&server->acceptor);
	deadline = http_clock() + server->options.limits.header_ms * 1000;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	fd = info ? info->connect_fd : -1;
	if (fd >= 0)
		keep_unsent_small(fd);
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info && info->tls_session)
		tls_session_begin(info->tls_session);
	/* From 1.0 on each answer takes the place of the one before. */
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*context = fd >= 0 && info ? connections_add(&server->connections, fd, info->client_addr, deadline) : NULL;
}

/* Percent signs are judged by http_guard and decoded by the routes. */
static size_t leave_escapes(void *cls, struct MHD_Connection *mhd, char *s)
{
	(void)cls;
	(void)mhd;
	return strlen(s);
}

static void tick(void *ctx)
{
	struct http_server *server = ctx;

	/* Feeds send a sign of life now and then. */
	if (http_clock() - server->last_wake > 5 * 1000000)
		http_wake(server);
}

/* ---- the whole ---- */

enum { FILES = 256 }; /* descriptors beside connections, where there are so many */

/* A descriptor for each connection, and some for files: how many connections there may be with what the system allows. Where
 * no descriptor is left a connection cannot even be refused, and nothing can be stored. */
static unsigned connections_that_fit(unsigned wanted)
{
	struct rlimit limit;
	rlim_t        room;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted + FILES)
		return wanted;
	limit.rlim_cur = limit.rlim_max < wanted + FILES ? limit.rlim_max : wanted + FILES;
	setrlimit(RLIMIT_NOFILE, &limit);
	room = limit.rlim_cur > 2 * FILES ? limit.rlim_cur - FILES : limit.rlim_cur / 2;
	return room < wanted ? (unsigned)room : wanted;
}

/* What a connection holds: its headers, a table of them (64 bytes each) and those of the answer. The library overwrites all of
 * it with zeros after each request, so what is not needed costs time and memory with every one. */
static intptr_t pool_bytes(size_t header_bytes)
{
	return (intptr_t)(header_bytes + 3 * KIB);
}

/* http_guard refuses what the old library can, with an answer. From 1.0 on folded lines are put together before it sees them,
 * which is refused by the library itself. */
static intptr_t strictness(void)
{
	return MHD_get_version()[0] == '0' ? 0 : 1;
}

/* The limit is the acceptor's. A thread of the library that comes to its own keeps a lock forever (0.9.75), and counts a connection
 * until after its end was told. */
#define NO_LIMIT INT_MAX

#define FLAGS (MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME)
#define PLAIN (FLAGS | MHD_USE_EPOLL_INTERNAL_THREAD)
/* In an epoll of the library's a handshake that waits for the client counts as ready (0.9.75 to 1.0.1): a thread with one never rests. */
#define SECURE (FLAGS | MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS)

static struct MHD_Daemon *start_library(struct worker *worker)
{
	const struct http_options *o = &worker->server->options;
	struct MHD_OptionItem      items[] = {
		     { MHD_OPTION_CONNECTION_LIMIT, NO_LIMIT, NULL },
		     { MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)((o->limits.idle_ms + 999) / 1000), NULL },
		     { MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_bytes(o->limits.header_bytes), NULL },
		     { MHD_OPTION_STRICT_FOR_CLIENT, strictness(), NULL },
		     { MHD_OPTION_THREAD_STACK_SIZE, (intptr_t)(1 * MIB), NULL },
		     { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_library.completed, worker },
		     { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)notify_connection, worker },
		     { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_library.begin_request, worker },
		     { MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escapes, NULL },
		     { MHD_OPTION_END, 0, NULL },
	};

	if (!o->tls)
		return MHD_start_daemon(PLAIN, 0, admit, worker, http_library.handle, worker, MHD_OPTION_ARRAY, items,
		                        MHD_OPTION_END);
	/* With authorities the library asks clients for certificates; what they show is judged with each request. */
	return MHD_start_daemon(SECURE, 0, admit, worker, http_library.handle, worker, MHD_OPTION_ARRAY, items,
	                        MHD_OPTION_HTTPS_CERT_CALLBACK2, tls_certificate_callback, MHD_OPTION_HTTPS_PRIORITIES,
	                        tls_priorities,
	                        tls_client_authorities(o->tls) ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END,
	                        tls_client_authorities(o->tls), MHD_OPTION_END);
}

static bool start_workers(struct http_server *server)
{
	unsigned n = server->options.threads;

	server->workers = calloc(n, sizeof(*server->workers));
	for (unsigned i = 0; server->workers && i < n; i++) {
		server->workers[i].server = server;
		server->workers[i].daemon = start_library(&server->workers[i]);
		if (!server->workers[i].daemon)
			return false;
		server->n_workers++;
	}
	return server->n_workers == n;
}

struct http_server *http_start(const struct http_options *options, const char **ret_fault)
{
	struct http_server *server = calloc(1, sizeof(*server));

	*ret_fault = "out of memory";
	if (!server)
		return NULL;
	server->options = *options;
	pthread_mutex_init(&server->arenas_lock, NULL);
	pthread_mutex_init(&server->feeds_lock, NULL);
	server->last_wake = http_clock();
	server->options.limits.connections = connections_that_fit(options->limits.connections);
	server->exhausted = http_fixed_new(503, "application/problem+json",
	                                   STR("{\"type\":\"about:blank\",\"title\":\"Service "
	                                       "Unavailable\",\"status\":503,\"detail\":\"out of memory\"}\n"));
	server->acceptor = (struct acceptor){
		.give = give_connection,
		.is_held_up = is_held_up,
		.ctx = server,
		.most = server->options.limits.connections,
		.wake = -1,
	};
	if (server->exhausted && connections_start(&server->connections, &server->options.limits, tick, server)) {
		if (start_workers(server) && acceptor_start(&server->acceptor, options->listen_fd))
			return server;
		*ret_fault = "the HTTP library did not start";
	}
	http_stop(server);
	return NULL;
}

bool http_drain(struct http_server *server)
{
	atomic_store(&server->draining, true);
	if (acceptor_end(&server->acceptor)) {
		atomic_store(&server->last_end, http_clock());
		return false;
	}
	http_wake(server);
	/* A kept connection may carry its next request at this moment: it gets some time to, and ends with that. */
	return acceptor_open(&server->acceptor) == 0 ||
	       (connections_busy(&server->connections) == 0 &&
	        http_clock() - atomic_load_explicit(&server->last_end, memory_order_relaxed) > QUIET_US);
}

void http_stop(struct http_server *server)
{
	if (!server)
		return;
	atomic_store(&server->draining, true);
	atomic_store(&server->stopping, true);
	acceptor_end(&server->acceptor);
	http_wake(server);
	while (atomic_load(&server->suspended)) /* until their readers are done */
		nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000 * 1000 }, NULL);
	for (unsigned i = 0; i < server->n_workers; i++)
		MHD_stop_daemon(server->workers[i].daemon);
	free(server->workers);
	acceptor_release(&server->acceptor);
	connections_stop(&server->connections);
	http_fixed_free(server->exhausted);
	while (server->n_arenas)
		arena_free(server->arenas[--server->n_arenas]);
	pthread_mutex_destroy(&server->arenas_lock);
	pthread_mutex_destroy(&server->feeds_lock);
	free(server);
}

struct http_counts http_count(struct http_server *server)
{
	struct connections *cs = &server->connections;

	return (struct http_counts){ .connections = connections_open(cs),
		                     .connections_most = server->options.limits.connections,
		                     .accepted = atomic_load(&server->acceptor.begun),
		                     .refused_limit = atomic_load(&cs->refused),
		                     .cut = atomic_load(&cs->cut) };
}
