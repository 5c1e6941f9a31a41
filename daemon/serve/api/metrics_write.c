#include "serve/api/metrics_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "serve/api/routes.h"
#include "serve/directory/directory.h"
#include "serve/documents/quarrels.h"
#include "serve/upkeep/certificates.h"
#include "serve/upkeep/checker.h"
#include "store/store.h"
#include "verify/verdict.h"

struct text {
	struct buf *b;
	bool        openmetrics;
};

/* OpenMetrics names a counter without its _total in HELP and TYPE. */
static void head(struct text *t, const char *name, const char *type, const char *help)
{
	struct str shown = str_c(name);

	if (t->openmetrics && str_has_suffix(shown, STR("_total")))
		shown.n -= 6;
	if (t->openmetrics && str_has_suffix(shown, STR("_info")) && strcmp(type, "info") == 0)
		shown.n -= 5;
	buf_fmt(t->b, "# HELP %.*s %s\n# TYPE %.*s %s\n", STR_ARG(shown), help, STR_ARG(shown),
	        !t->openmetrics && strcmp(type, "info") == 0 ? "gauge" : type);
}

static void number(struct text *t, const char *name, const char *type, const char *help, double value)
{
	head(t, name, type, help);
	buf_fmt(t->b, "%s %.17g\n", name, value);
}

static void histogram(struct text *t, const char *name, const char *labels, _Atomic uint64_t *buckets, uint64_t us)
{
	const char *comma = *labels ? "," : "";
	uint64_t    sum = 0;

	for (size_t i = 0; i <= METRIC_BUCKETS; i++) {
		sum += atomic_load_explicit(&buckets[i], memory_order_relaxed);
		if (i < METRIC_BUCKETS)
			buf_fmt(t->b, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, comma,
			        (double)metric_bounds[i] / 1e6, (unsigned long long)sum);
		else
			buf_fmt(t->b, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma,
			        (unsigned long long)sum);
	}
	buf_fmt(t->b, "%s_sum%s%s%s %.6f\n%s_count%s%s%s %llu\n", name, *labels ? "{" : "", labels, *labels ? "}" : "",
	        (double)us / 1e6, name, *labels ? "{" : "", labels, *labels ? "}" : "", (unsigned long long)sum);
}

static void route_labels(char *text, size_t n, size_t route)
{
	if (route < n_routes)
		snprintf(text, n, "route=\"%s\",method=\"%s\"", route_table[route].path,
		         http_method_names[route_table[route].method]);
	else
		snprintf(text, n, "route=\"none\",method=\"none\"");
}

static void write_requests(struct text *t, struct metrics *m)
{
	char labels[200];

	head(t, "callout_http_requests_total", "counter", "Requests by route, method and status.");
	for (size_t r = 0; r < METRIC_ROUTES; r++)
		for (size_t s = 0; s < METRIC_STATUSES; s++) {
			uint64_t n = atomic_load_explicit(&m->requests[r][s], memory_order_relaxed);

			if (!n)
				continue;
			route_labels(labels, sizeof(labels), r);
			buf_fmt(t->b, "callout_http_requests_total{%s,code=\"%u\"} %llu\n", labels, metric_statuses[s],
			        (unsigned long long)n);
		}
	head(t, "callout_http_request_duration_seconds", "histogram",
	     "From the request line to the end of the answer.");
	for (size_t r = 0; r < METRIC_ROUTES; r++) {
		uint64_t seen = 0;

		for (size_t i = 0; i <= METRIC_BUCKETS; i++)
			seen += atomic_load_explicit(&m->buckets[r][i], memory_order_relaxed);
		if (!seen)
			continue;
		route_labels(labels, sizeof(labels), r);
		histogram(t, "callout_http_request_duration_seconds", labels, m->buckets[r], m->microseconds[r]);
	}
}

static void write_findings(struct text *t, struct metrics *m)
{
	char code[7];

	head(t, "callout_findings_total", "counter", "Findings in answers, by code and severity.");
	for (size_t i = 0; i < diag_table_size; i++) {
		uint64_t n =
			atomic_load_explicit(&m->findings[diag_table[i].code % METRIC_CODES], memory_order_relaxed);

		if (n)
			buf_fmt(t->b, "callout_findings_total{code=\"%s\",severity=\"%s\"} %llu\n",
			        diag_code_text(diag_table[i].code, code), diag_level_text(diag_table[i].level),
			        (unsigned long long)n);
	}
}

static void write_server(struct text *t, struct service *service, struct http_server *server)
{
	struct http_counts c = http_count(server);
	struct metrics    *m = &service->metrics;

	head(t, "callout_build_info", "info", "What runs.");
	buf_lit(t->b, "callout_build_info{version=\"" CALLOUT_VERSION "\"} 1\n");
	number(t, "callout_http_connections", "gauge", "Connections open now.", c.connections);
	number(t, "callout_http_connections_accepted_total", "counter", "Connections accepted.", (double)c.accepted);
	number(t, "callout_http_connections_refused_total", "counter",
	       "Connections refused by the limit of an address.", (double)c.refused_limit);
	number(t, "callout_http_connections_cut_total", "counter",
	       "Connections cut: past a deadline, or left in the middle of a body.", (double)c.cut);
	number(t, "callout_http_unauthorised_total", "counter", "Requests with wrong credentials or none.",
	       (double)m->unauthorised);
	head(t, "callout_reloads_total", "counter",
	     "Reloads of the configuration and of renewed certificates, by result.");
	buf_fmt(t->b,
	        "callout_reloads_total{result=\"applied\"} %llu\ncallout_reloads_total{result=\"refused\"} %llu\n",
	        (unsigned long long)m->reloads, (unsigned long long)m->failed_reloads);
	number(t, "callout_config_last_reload_timestamp_seconds", "gauge", "When the configuration in force was read.",
	       (double)m->reloaded);
	head(t, "callout_render_duration_seconds", "histogram", "From a body to its generated objects.");
	histogram(t, "callout_render_duration_seconds", "", m->render_buckets, m->render_microseconds);
}

static void write_sandbox(struct text *t, const struct sandbox_state *sandbox)
{
	head(t, "callout_sandbox_active", "gauge", "1 when the kernel holds the process to it.");
	for (size_t i = 0; i < SANDBOX_KINDS; i++)
		buf_fmt(t->b, "callout_sandbox_active{kind=\"%s\"} %d\n", sandbox_names[i], sandbox->kinds[i].active);
}

static void write_times(struct text *t, const char *name, const char *help, const struct tls_term terms[TLS_FILES],
                        bool until)
{
	head(t, name, "gauge", help);
	for (size_t i = 0; i < TLS_FILES; i++)
		if (terms[i].until)
			buf_fmt(t->b, "%s{setting=\"%s\"} %lld\n", name, certificate_settings[i],
			        (long long)(until ? terms[i].until : terms[i].from));
}

static void write_certificates(struct text *t, const struct service *service)
{
	struct tls_term terms[TLS_FILES];

	if (!service->tls)
		return;
	tls_terms(terms);
	write_times(t, "callout_tls_not_before_timestamp_seconds",
	            "When the certificate of callout_tls_not_after_timestamp_seconds became valid.", terms, false);
	write_times(t, "callout_tls_not_after_timestamp_seconds",
	            "When the first certificate of the file in force expires.", terms, true);
}

static void write_directory(struct text *t, struct service *service)
{
	struct directory_state state;

	if (!service->directory)
		return;
	directory_state(service->directory, &state);
	number(t, "callout_directory_in_force", "gauge", "1 when what lies in the directory of manifests is in force.",
	       state.in_force && !state.failing);
	head(t, "callout_directory_readings_total", "counter", "Readings of the directory of manifests, by result.");
	buf_fmt(t->b,
	        "callout_directory_readings_total{result=\"applied\"} %llu\n"
	        "callout_directory_readings_total{result=\"refused\"} %llu\n",
	        (unsigned long long)state.applied, (unsigned long long)state.failed);
	number(t, "callout_directory_last_applied_timestamp_seconds", "gauge",
	       "When the directory of manifests was last read and found good.", (double)state.applied_at);
}

static void write_quarrels(struct text *t, struct service *service, const struct settings *settings)
{
	const struct quarrels *q = quarrels_now(t->b->arena, service, settings);

	if (!q->failed)
		number(t, "callout_host_quarrels", "gauge",
		       "Pairs of stored manifests that do not agree on a host or the name of a cluster.", (double)q->n);
}

static void write_store(struct text *t, struct service *service, const struct settings *settings)
{
	struct store_status_sums sums;
	struct store_facts       facts;
	struct diags             diags;

	diags_init(&diags, t->b->arena);
	number(t, "callout_store_writable", "gauge", "1 unless the last write failed for want of space or rights.",
	       store_writable(service->store));
	number(t, "callout_store_damaged", "gauge", "1 when the check in the background found damage.",
	       checker_found_damage(service->checker));
	write_directory(t, service);
	if (store_facts(service->store, &facts, &diags)) {
		number(t, "callout_manifests", "gauge", "Manifests stored.", (double)facts.manifests);
		number(t, "callout_store_revision", "gauge", "Revision of the newest change.", (double)facts.revision);
		number(t, "callout_store_bytes", "gauge", "Size of the store's files.", (double)facts.bytes);
	}
	write_quarrels(t, service, settings);
	if (!store_status_sums(service->store, (int64_t)time(NULL) * 1000, settings->config.stale_after.ms, &sums,
	                       &diags))
		return;
	head(t, "callout_verify_proxies", "gauge", "Verdicts of proxies on stored manifests, by what they say.");
	buf_fmt(t->b,
	        "callout_verify_proxies{state=\"good\"} %llu\n"
	        "callout_verify_proxies{state=\"bad\"} %llu\n"
	        "callout_verify_proxies{state=\"stale\"} %llu\n"
	        "callout_verify_proxies{state=\"outdated\"} %llu\n",
	        (unsigned long long)sums.good, (unsigned long long)sums.bad, (unsigned long long)sums.stale,
	        (unsigned long long)sums.outdated);
	head(t, "callout_verify_clusters", "gauge",
	     "Clusters of stored manifests in proxies, by their last verdict, where that is neither stale nor outdated.");
	for (size_t i = 0; i < VERDICTS; i++)
		buf_fmt(t->b, "callout_verify_clusters{state=\"%s\"} %llu\n", verdict_words[i],
		        (unsigned long long)sums.clusters[i]);
	if (sums.last_good)
		number(t, "callout_verify_last_success_timestamp_seconds", "gauge",
		       "When a dump last gave a verdict with nothing wrong.", (double)sums.last_good / 1e3);
}

/* Of /proc/self/statm, which is opened before the sandbox is entered: the second number. */
static double resident_bytes(const struct service *service)
{
	char    line[128] = "", *end = line;
	ssize_t n = pread(service->statm, line, sizeof(line) - 1, 0);
	long    pages = 0;

	if (n > 0) {
		strtol(line, &end, 10);
		pages = strtol(end, NULL, 10);
	}
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* What client libraries call the process metrics. */
static void write_process(struct text *t, const struct service *service)
{
	struct rusage use = { 0 };

	getrusage(RUSAGE_SELF, &use);
	number(t, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes(service));
	number(t, "process_cpu_seconds_total", "counter", "CPU time of the process.",
	       seconds_of(use.ru_utime) + seconds_of(use.ru_stime));
	number(t, "process_start_time_seconds", "gauge", "When the process began.", (double)service->started);
}

void metrics_write(struct buf *b, const struct call *call, bool openmetrics)
{
	struct text t = { b, openmetrics };

	write_server(&t, call->service, call->x->server);
	write_sandbox(&t, &call->service->sandbox);
	write_certificates(&t, call->service);
	write_requests(&t, &call->service->metrics);
	write_findings(&t, &call->service->metrics);
	write_store(&t, call->service, call->settings);
	write_process(&t, call->service);
	if (openmetrics)
		buf_lit(b, "# EOF\n");
}
