/* Probes, metrics and what the server says of itself. */
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "serve/api/metrics_write.h"
#include "serve/api/routes.h"
#include "serve/directory/directory.h"
#include "serve/process/clock.h"
#include "serve/upkeep/certificates.h"
#include "serve/upkeep/checker.h"
#include "store/store.h"

/* For strangers, as Kubernetes does: which check failed, and not why. */
static const char *reason(bool trusted, const char *why)
{
	return trusted ? why : "reason withheld: it is told to who may read all namespaces";
}

/* What is stored: can it be written, is it whole, and does it follow its directory? False: there is nothing to serve. */
static bool write_store(struct buf *b, struct service *service, bool trusted)
{
	struct directory_state state = { .in_force = true };

	if (store_writable(service->store))
		buf_lit(b, "[+]store\n");
	else
		buf_fmt(b, "[-]store: %s\n", reason(trusted, "the last change could not be written"));
	if (checker_found_damage(service->checker))
		buf_lit(b, "[-]store check: it is damaged, see the log\n");
	if (!service->directory)
		return true;
	directory_state(service->directory, &state);
	if (!trusted) {
		buf_fmt(b, "[%c]manifests%s%s\n", state.failing || !state.in_force ? '-' : '+',
		        state.failing ? ": " : "", state.failing ? reason(false, NULL) : "");
		return state.in_force;
	}
	buf_fmt(b, "[%c]manifests: %llu in force, read %lld%s%s\n", state.failing || !state.in_force ? '-' : '+',
	        (unsigned long long)state.manifests, (long long)state.applied_at,
	        state.failing ? "; what lies in the directory is refused: " : "", state.failing ? state.why : "");
	return state.in_force;
}

/* Not a matter of being ready: who looks at the time of a certificate refuses it himself. */
static void write_certificates(struct buf *b, const struct service *service)
{
	struct tls_term terms[TLS_FILES];

	if (!service->tls)
		return;
	tls_terms(terms);
	for (size_t i = 0; i < TLS_FILES; i++)
		if (terms[i].until)
			buf_fmt(b, "[%c]%s: valid from %.*s to %.*s\n",
			        certificate_state(&terms[i], time(NULL)) >= CERTIFICATE_EARLY ? '-' : '+',
			        certificate_settings[i], STR_ARG(time_text(b->arena, terms[i].from * 1000)),
			        STR_ARG(time_text(b->arena, terms[i].until * 1000)));
}

static bool is_served(struct service *service)
{
	struct directory_state state = { .in_force = true };

	if (service->directory)
		directory_state(service->directory, &state);
	return state.in_force;
}

void answer_livez(struct call *call)
{
	call->x->fixed = call->service->alive;
}

void answer_readyz(struct call *call)
{
	struct service *service = call->service;
	bool            draining = atomic_load(&service->draining), ready = !draining && is_served(service), trusted;
	struct buf      b;

	if (!str_present(call_query(call, "verbose"))) {
		call->x->fixed = ready ? service->ready : draining ? service->unready : service->empty;
		return;
	}
	trusted = call_is_trusted(call);
	buf_init(&b, call->arena, 64 * KIB);
	buf_fmt(&b, "[%c]serving%s\n", draining ? '-' : '+', draining ? ": the server is shutting down" : "");
	buf_fmt(&b, "[+]configuration%s\n",
	        trusted && atomic_load(&service->metrics.failed_reloads) ? ": a reload was refused since the start"
	                                                                 : "");
	write_store(&b, service, trusted);
	if (trusted)
		write_certificates(&b, service);
	for (size_t i = 0; trusted && i < SANDBOX_KINDS; i++) /* not a matter of being ready */
		buf_fmt(&b, "[+]sandbox: %s %s\n", sandbox_names[i], service->sandbox.kinds[i].text);
	buf_fmt(&b, "readyz check %s\n", ready ? "passed" : "failed");
	reply(call, ready ? 200 : 503, MEDIA_TEXT, buf_str(&b));
}

void answer_metrics(struct call *call)
{
	enum media media = call->wanted;
	struct buf b;

	buf_init(&b, call->arena, 8 * MIB);
	metrics_write(&b, call, media == MEDIA_OPENMETRICS);
	reply(call, 200, media, buf_str(&b));
}

void answer_openapi(struct call *call)
{
	reply(call, 200, MEDIA_JSON,
	      openapi_build(call->arena)); /* seldom asked for: kept, it would be half a megabyte */
}
