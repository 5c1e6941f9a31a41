#include "serve/upkeep/certificates.h"

#include <stdio.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "serve/process/clock.h"
#include "serve/process/log.h"
#include "serve/service/service.h"

enum { WEEK_SECONDS = 7 * 24 * 60 * 60 };

const char *const certificate_settings[TLS_FILES] = { "tlsCert", "clientCa" };

struct tls_paths certificate_paths(const struct config *c)
{
	return (struct tls_paths){ c->tls_cert, c->tls_key, c->client_ca };
}

/* ---- how long they are good ---- */

/* Whoever renews does so when a third of its life is left (cert-manager's default): in its last quarter nobody did. */
enum certificate_state certificate_state(const struct tls_term *t, int64_t unix_s)
{
	int64_t quarter = (t->until - t->from) / 4;

	if (!t->until)
		return CERTIFICATE_GOOD;
	if (unix_s > t->until)
		return CERTIFICATE_ENDED;
	if (unix_s < t->from)
		return CERTIFICATE_EARLY;
	return t->until - unix_s < (quarter < WEEK_SECONDS ? quarter : WEEK_SECONDS) ? CERTIFICATE_ENDING
	                                                                             : CERTIFICATE_GOOD;
}

static void judge(struct str path, const struct tls_term *t, int64_t now, struct diags *diags)
{
	static const char *const said[] = { "", "expires on", "is not valid before", "expired on" };
	enum certificate_state   state = certificate_state(t, now);
	int64_t                  when = state == CERTIFICATE_EARLY ? t->from : t->until;

	if (state != CERTIFICATE_GOOD)
		diag_add(diags, CO_SERVE_CERTIFICATE_TIME, POS_NONE,
		         ARGS(path, str_c(t->subject), str_c(said[state]), time_text(diags->arena, when * 1000)));
}

void certificates_judge(const struct config *c, const struct tls_term *terms, struct diags *diags)
{
	int64_t now = time(NULL);

	judge(c->tls_cert, &terms[TLS_CERT], now, diags);
	judge(c->client_ca, &terms[TLS_CLIENT_CA], now, diags);
}

/* ---- following ---- */

struct certificates {
	struct service *service;
	char            bad[TLS_PRINT_BYTES]; /* of the files that cannot be used; empty: those in force are there */
	bool            told;                 /* that they could not */
	unsigned        generation;           /* of the keys that the states are of */
	enum certificate_state states[TLS_FILES];
};

struct following {
	struct service         *service;
	struct certificates    *known;
	struct arena           *arena;
	const struct tls_paths *paths;
	bool                    reloaded; /* the files were read a moment ago */
};

static void tell_renewed(struct following *f, const struct tls_keys *keys)
{
	const struct tls_term *t = &keys->terms[TLS_CERT];
	struct diags           diags;

	log_event(LOG_INFO, "renewed certificates are in force",
	          LOG_VALUES({ "tlsCert", f->paths->cert }, { "subject", str_c(t->subject) },
	                     { "notAfter", time_text(f->arena, t->until * 1000) }));
	diags_init(&diags, f->arena);
	certificates_judge(&f->service->settings->config, keys->terms, &diags);
	log_findings(&diags, f->arena);
}

/* Certificate and key may have been written one after the other, so what does not fit is refused if it is still there at
 * the next look, and told once. It is tried at each look: the fault may have been a passing one, such as too many open
 * files. */
static void refuse(struct following *f, struct str print, const struct diags *diags)
{
	struct certificates *known = f->known;

	if (!str_is(print, known->bad)) {
		(void)snprintf(known->bad, sizeof(known->bad), "%.*s", STR_ARG(print));
		known->told = false;
	} else if (!known->told) {
		known->told = true;
		log_findings(diags, f->arena);
		log_event(LOG_ERROR, "renewed certificates are refused; those of before stay in force", NULL);
		atomic_fetch_add(&f->service->metrics.failed_reloads, 1);
	}
}

/* What was refused is told again when it comes back. */
static void forget_bad(struct certificates *known)
{
	known->bad[0] = '\0';
	known->told = false;
}

static bool put_in_force(const struct tls_keys *keys, struct diags *diags)
{
	if (tls_use(keys))
		return true;
	diag_add(diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
	return false;
}

static void renew(struct following *f)
{
	struct str       print = tls_keys_print(f->arena, f->paths);
	struct tls_keys *keys;
	struct diags     diags;

	if (!str_present(print))
		return;
	if (tls_is_of(print)) {
		forget_bad(f->known);
		return;
	}
	diags_init(&diags, f->arena);
	keys = tls_keys_read(f->arena, f->paths, &diags);
	if (!keys || !put_in_force(keys, &diags)) {
		refuse(f, print, &diags);
		return;
	}
	forget_bad(f->known);
	atomic_fetch_add(&f->service->metrics.reloads, 1);
	http_wake(f->service->http); /* watches whose certificate is nobody's now end */
	tell_renewed(f, keys);
}

/* What gets worse as time goes by is told when it does; what came into force was judged then. */
static void judge_again(struct following *f)
{
	struct certificates   *known = f->known;
	struct tls_term        terms[TLS_FILES];
	enum certificate_state states[TLS_FILES];
	bool                   worse = false;
	struct diags           diags;

	tls_terms(terms);
	for (size_t i = 0; i < TLS_FILES; i++) {
		states[i] = certificate_state(&terms[i], time(NULL));
		worse = worse || states[i] > known->states[i];
		known->states[i] = states[i];
	}
	if (worse && known->generation == tls_generation()) {
		diags_init(&diags, f->arena);
		certificates_judge(&f->service->settings->config, terms, &diags);
		log_findings(&diags, f->arena);
	}
	known->generation = tls_generation();
}

struct certificates *certificates_new(struct service *service)
{
	struct certificates *known = ARENA_NEW(service->arena, struct certificates);
	struct following     f = { .service = service, .known = known, .arena = service->arena };

	*known = (struct certificates){ .service = service };
	judge_again(&f); /* the start has told of these */
	return known;
}

static void follow_body(void *ctx)
{
	struct following *f = ctx;

	if (!f->reloaded)
		renew(f);
	judge_again(f);
}

void certificates_follow(struct certificates *known, bool reloaded)
{
	struct service  *service = known->service;
	struct tls_paths paths = certificate_paths(&service->settings->config);
	struct following f = { .service = service, .known = known, .paths = &paths, .reloaded = reloaded };

	if (!service->tls)
		return;
	f.arena = arena_new(16 * MIB);
	if (f.arena)
		(void)arena_run(f.arena, follow_body, &f); /* without memory it is done at the next look */
	arena_free(f.arena);
}
