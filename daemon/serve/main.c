/* callout-serve - the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "report/report.h"
#include "serve/api/routes.h"
#include "serve/confinement.h"
#include "serve/data.h"
#include "serve/directory/directory.h"
#include "serve/http/tls.h"
#include "serve/process/heap.h"
#include "serve/process/image.h"
#include "serve/process/listen.h"
#include "serve/process/log.h"
#include "serve/process/notify.h"
#include "serve/settings.h"
#include "serve/upkeep/certificates.h"
#include "serve/upkeep/checker.h"
#include "store/store.h"

enum { EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_ENVIRONMENT = 4 };
enum { SWEEP_US = 60 * 1000 * 1000 };

/* ---- starting ---- */

static int status_of(const struct diags *diags)
{
	if (diags->class_seen[DIAG_USAGE])
		return EXIT_USAGE;
	if (diags->class_seen[DIAG_ENVIRONMENT])
		return EXIT_ENVIRONMENT;
	return diags->errors ? EXIT_INPUT : EXIT_FINE;
}

static int print_findings(struct arena *arena, const struct diags *diags)
{
	struct report report = { .command = STR("serve"), .diags = diags };
	struct buf    b;

	buf_init(&b, arena, 64 * MIB);
	report_write(&b, report_format_find(STR("text")), &report);
	file_write_all(STDERR_FILENO, buf_str(&b));
	return status_of(diags);
}

static int print_output(struct str s)
{
	if (file_write_all(STDOUT_FILENO, s))
		return EXIT_FINE;
	fprintf(stderr, "callout-serve: cannot write to standard output: %s\n", strerror(errno));
	return EXIT_ENVIRONMENT;
}

static int print_help(struct arena *arena)
{
	struct buf b;

	buf_init(&b, arena, MIB);
	config_write_help(&b);
	return print_output(buf_str(&b));
}

static int print_config(struct arena *arena, const struct config *c)
{
	struct buf b;

	buf_init(&b, arena, MIB);
	config_write(&b, c);
	return print_output(buf_str(&b));
}

static struct http_limits limits_of(const struct config *c)
{
	return (struct http_limits){
		.connections = (unsigned)c->max_connections,
		.connections_per_address = (unsigned)c->max_connections_per_address,
		.streams = 16,
		.header_bytes = (size_t)c->max_header_bytes,
		.bodies_bytes = (uint64_t)c->max_in_flight_bytes,
		.header_ms = c->header_timeout.ms,
		.idle_ms = c->idle_timeout.ms,
		.grace_ms = c->body_grace.ms,
		.bytes_per_s = 16 * KIB,
	};
}

static unsigned threads_of(const struct config *c)
{
	long n = c->threads != INT_ABSENT ? (long)c->threads : sysconf(_SC_NPROCESSORS_ONLN);

	if (c->threads == INT_ABSENT && n > 4)
		n = 4;
	return n < 1 ? 1 : (unsigned)n;
}

static bool make_fixed(struct service *service)
{
	service->alive = http_fixed_new(200, "text/plain; charset=utf-8", STR("ok\n"));
	service->ready = http_fixed_new(200, "text/plain; charset=utf-8", STR("ok\n"));
	service->unready = http_fixed_new(503, "text/plain; charset=utf-8", STR("shutting down\n"));
	service->empty = http_fixed_new(503, "text/plain; charset=utf-8", STR("no manifests could be read yet\n"));
	return service->alive && service->ready && service->unready && service->empty;
}

/* Who can reach it must be known, or somebody insisted. */
static bool is_guarded(const struct settings *s, bool loopback)
{
	return loopback || s->config.insecure == TRI_YES || (s->tls && s->principals);
}

static bool start(struct service *service, struct diags *diags)
{
	const struct config *c = &service->settings->config;
	struct http_options  options = {
		 .threads = threads_of(c), .limits = limits_of(c), .callbacks = call_callbacks, .ctx = service
	};
	const char *fault = "out of memory";

	options.listen_fd = listen_open(service->arena, c->listen, service->address, sizeof(service->address),
	                                &service->loopback, diags);
	if (options.listen_fd < 0)
		return false;
	if (!is_guarded(service->settings, service->loopback)) {
		close(options.listen_fd);
		diag_add(diags, CO_SERVE_INSECURE, POS_NONE, ARGS(str_c(service->address)));
		return false;
	}
	if (service->settings->tls && !tls_use(service->settings->tls)) {
		close(options.listen_fd);
		diag_add(diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
		return false;
	}
	options.tls = service->settings->tls;
	service->tls = options.tls != NULL;
	service->guesses = guesses_new(service->arena);
	if (!data_open(service, diags) || !confinement_enter(service, diags) || !data_follow(service, diags)) {
		close(options.listen_fd);
		return false;
	}
	service->console_policy = console_policy(service->arena);
	if (make_fixed(service))
		atomic_store(&service->http, http_start(&options, &fault));
	if (service->http)
		return true;
	close(options.listen_fd);
	diag_add(diags, CO_SERVE_LISTEN, POS_NONE, ARGS(str_c(service->address), str_c(fault)));
	return false;
}

/* ---- running ---- */

/* Settings live in an arena of their own, which they keep until their last user is gone. */
struct reading {
	struct service       *service;
	struct arena         *arena;
	struct settings      *settings;
	struct config_request request;
	struct str            not_reloaded; /* settings that would need a new start */
	bool is_first; /* findings are printed for who started the daemon, unless it goes on to serve: then they are logged */
	int status;
};

static bool wants_json(const struct config *c)
{
	return c->log_format == LOG_FORMAT_JSON || (c->log_format != LOG_FORMAT_TEXT && !isatty(STDERR_FILENO));
}

static bool is_to_serve(const struct config_request *q)
{
	return !q->help && !q->version && !q->check_only && !str_present(q->backup);
}

static void read_body(void *ctx)
{
	struct reading *r = ctx;
	struct diags    diags;

	r->settings = settings_build(r->arena, r->service->argc, r->service->argv,
	                             r->is_first ? NULL : r->service->settings, &r->request, &diags);
	r->status = status_of(&diags);
	if (!r->is_first && r->settings)
		r->not_reloaded = config_not_reloaded(r->arena, &r->service->settings->config, &r->settings->config);
	if (r->is_first && r->settings && is_to_serve(&r->request))
		log_begin(wants_json(&r->settings->config));
	else if (r->is_first && diags.n)
		print_findings(r->arena, &diags);
	if (!r->is_first || (r->settings && is_to_serve(&r->request)))
		log_findings(&diags, r->arena);
}

/* NULL: why was said, and r->status tells what to exit with. */
static struct settings *read_settings(struct reading *r)
{
	r->status = EXIT_ENVIRONMENT;
	r->arena = arena_new(LIMIT_MEMORY_BYTES);
	if (!r->arena || !arena_run(r->arena, read_body, r) || !r->settings) {
		arena_free(r->arena);
		return NULL;
	}
	return r->settings;
}

/* What is wrong with the new settings beside these; NULL: nothing. */
static const char *reload_fault(const struct service *service, const struct settings *next)
{
	if (service->tls && !next->tls)
		return "TLS cannot be taken away while the daemon runs";
	if (!service->tls && next->tls)
		return "TLS needs a new start: the socket speaks plain HTTP";
	if (!str_present(service->settings->config.client_ca) && str_present(next->config.client_ca))
		return "certificates of clients need a new start: none are asked for";
	if (!is_guarded(next, service->loopback))
		return "other machines can reach the daemon: TLS and authentication cannot be taken away without "
		       "insecure";
	return NULL;
}

static void reload(struct service *service)
{
	struct reading   r = { .service = service };
	struct settings *next, *old;
	const char      *fault;

	notify_manager("RELOADING=1");
	next = read_settings(&r);
	fault = next ? reload_fault(service, next) : NULL;
	if (fault) {
		log_event(LOG_ERROR, fault, NULL);
		settings_give(next);
		next = NULL;
	}
	if (next) {
		pthread_mutex_lock(&service->lock);
		old = service->settings;
		service->settings = next;
		pthread_mutex_unlock(&service->lock);
		if (service->tls && next->tls && !tls_use(next->tls))
			log_event(LOG_ERROR, "no memory for the new certificate; the old one stays in use", NULL);
		settings_give(old);
		directory_again(service->directory);
		checker_extract(service->checker);
		http_wake(service->http); /* watches whose credentials are gone end now */
		atomic_fetch_add(&service->metrics.reloads, 1);
		atomic_store(&service->metrics.reloaded, time(NULL));
		if (r.not_reloaded.n)
			log_event(LOG_WARNING, "these settings have changed, and need a new start",
			          LOG_VALUES({ "settings", r.not_reloaded }));
		log_event(LOG_INFO, "reloaded", NULL);
	} else {
		atomic_fetch_add(&service->metrics.failed_reloads, 1);
		log_event(LOG_ERROR, "reload refused; what was in force stays", NULL);
	}
	notify_manager("READY=1");
}

static void drain(struct service *service)
{
	int64_t until = http_clock() + service->settings->config.drain_timeout.ms * 1000;

	notify_manager("STOPPING=1");
	log_event(LOG_INFO, "draining", NULL);
	atomic_store(&service->draining, true);
	while (!http_drain(service->http) && http_clock() < until)
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
}

static void tell_limit(struct service *service)
{
	unsigned      most = http_count(service->http).connections_most;
	struct digits room;

	if (most < (unsigned)service->settings->config.max_connections)
		log_event(LOG_WARNING, "the limit on open files allows fewer connections than maxConnections",
		          LOG_VALUES({ "connections", str_digits(&room, most) }));
}

/* Signals are blocked in every thread and taken here. */
static void serve(struct service *service, const sigset_t *signals)
{
	uint64_t             watchdog = notify_watchdog() / 2;
	struct timespec      wait = { .tv_sec = 60 };
	int64_t              swept = 0;
	int                  signal = 0;
	struct certificates *certificates = certificates_new(service);
	struct http_server  *server;

	if (watchdog && watchdog < (uint64_t)wait.tv_sec * 1000000)
		wait = (struct timespec){ .tv_sec = (time_t)(watchdog / 1000000),
			                  .tv_nsec = (long)(watchdog % 1000000) * 1000 };
	heap_give_back(); /* what only starting needed */
	image_forget();
	notify_manager("READY=1");
	tell_limit(service);
	log_event(LOG_INFO, "listening", LOG_VALUES({ "address", str_c(service->address) }));
	while (signal != SIGTERM && signal != SIGINT) {
		signal = sigtimedwait(signals, NULL, &wait);
		if (signal == SIGHUP)
			reload(service);
		else if (signal < 0 && watchdog)
			notify_manager("WATCHDOG=1");
		certificates_follow(certificates, signal == SIGHUP);
		if (http_clock() - swept > SWEEP_US) {
			data_sweep(service);
			swept = http_clock();
		}
	}
	drain(service);
	store_interrupt(service->store); /* a backup that is being made would be waited for */
	server = service->http;
	atomic_store(&service->http, NULL);
	http_stop(server);
	log_event(LOG_INFO, "stopped", NULL);
}

static void release(struct service *service)
{
	data_close(service);
	http_fixed_free(service->alive);
	http_fixed_free(service->ready);
	http_fixed_free(service->unready);
	http_fixed_free(service->empty);
	settings_give(service->settings);
	if (service->statm >= 0)
		close(service->statm);
	arena_free(service->arena);
	free(service);
}

/* What only starting would find otherwise. */
static bool check(struct service *service, struct diags *diags)
{
	const struct config *c = &service->settings->config;
	bool                 loopback;

	if (!listen_look(service->arena, c->listen, &loopback, diags) || !data_look(service, diags) ||
	    (str_present(c->manifests) && !directory_look(service->arena, c->manifests, diags)))
		return false;
	if (is_guarded(service->settings, loopback))
		return true;
	diag_add(diags, CO_SERVE_INSECURE, POS_NONE, ARGS(c->listen));
	return false;
}

struct run {
	struct service *service;
	sigset_t        signals;
	int             status;
};

static void run(void *ctx)
{
	struct run     *r = ctx;
	struct service *service = r->service;
	struct reading  first = { .service = service, .is_first = true };
	struct diags    diags;

	if (service->argc && strcmp(service->argv[0], "token") == 0) {
		r->status = token_command(service->arena, service->argc - 1, service->argv + 1);
		return;
	}
	diags_init(&diags, service->arena);
	service->settings = read_settings(&first);
	service->config_file = first.request.file;
	pthread_sigmask(SIG_BLOCK, &r->signals, NULL); /* up to here there is nothing to be ended in good order */
	if (!service->settings) {
		r->status = first.status;
	} else if (first.request.help) {
		r->status = print_help(service->arena);
	} else if (first.request.version) {
		r->status = print_output(STR("callout-serve " CALLOUT_VERSION "\n"));
	} else if (first.request.check_only) {
		r->status = check(service, &diags) ? print_config(service->arena, &service->settings->config)
		                                   : print_findings(service->arena, &diags);
	} else if (str_present(first.request.backup)) {
		if (!data_backup(service, first.request.backup, &diags))
			r->status = print_findings(service->arena, &diags);
	} else if (start(service, &diags)) {
		serve(service, &r->signals);
	} else {
		r->status = print_findings(service->arena, &diags);
	}
}

int main(int argc, char **argv)
{
	struct run r = { .service = calloc(1, sizeof(struct service)) };

	if (!r.service)
		return EXIT_ENVIRONMENT;
	heap_keep_small();
	prctl(PR_SET_DUMPABLE, 0); /* tokens and keys must not get into a core dump */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error of the store, as a full disk is */
	sigemptyset(&r.signals);
	sigaddset(&r.signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &r.signals, NULL); /* a reload that comes early waits; it must not end the daemon */
	sigaddset(&r.signals, SIGTERM);
	sigaddset(&r.signals, SIGINT);
	pthread_mutex_init(&r.service->lock, NULL);
	pthread_mutex_init(&r.service->finding_quarrels, NULL);
	r.service->argc = argc - 1;
	r.service->argv = argv + 1;
	r.service->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	r.service->started = time(NULL);
	atomic_store(&r.service->metrics.reloaded, r.service->started);
	r.service->arena = arena_new(LIMIT_MEMORY_BYTES);
	if (!r.service->arena || !arena_run(r.service->arena, run, &r)) {
		fputs("callout-serve: error CO0105: out of memory\n", stderr);
		r.status = EXIT_ENVIRONMENT;
	}
	release(r.service);
	return r.status;
}
