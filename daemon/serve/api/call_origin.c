/* Where a request thinks it goes, and which page it comes from. */
#include "base/arena.h"
#include "names/hostname.h"
#include "serve/api/admitting.h"
#include "serve/http/tls.h"

static bool listed(const struct strings *list, struct str s)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq_nocase(list->items[i], s) || str_is(list->items[i], "*"))
			return true;
	return false;
}

/* The name in NAME, NAME:PORT or [ADDRESS]:PORT; absent for what is none of these. */
static struct str without_port(struct str host)
{
	bool       bracketed = host.n && host.p[0] == '[';
	size_t     end = str_find(host, bracketed ? ']' : ':', 0);
	struct str rest = str_slice(host, bracketed && end < host.n ? end + 1 : end, host.n);

	if (bracketed && end == host.n)
		return STR_ABSENT;
	if (rest.n && rest.p[0] != ':')
		return STR_ABSENT;
	for (size_t i = 1; i < rest.n; i++)
		if (rest.p[i] < '0' || rest.p[i] > '9')
			return STR_ABSENT;
	return str_slice(host, bracketed, end);
}

/* A page of another site can make a browser ask a name that it lets point to us (DNS rebinding); it cannot do so with an
 * address, and it cannot forge Host. */
static bool host_allowed(const struct call *call, struct str host)
{
	struct str name = hostname_without_dot(without_port(host));

	if (name.n == 0)
		return false;
	if (call->settings->tls && tls_is_named(call->arena, name))
		return true;
	return ip_is(name) || str_eq_nocase(name, STR("localhost")) ||
	       listed(&call->settings->config.allowed_hosts, name) ||
	       listed(&call->settings->config.allowed_hosts, host);
}

static bool origin_allowed(struct call *call, struct str origin, struct str host)
{
	struct str own = STR_CONCAT(call->arena, call->service->tls ? STR("https://") : STR("http://"), host);

	return str_eq_nocase(origin, own) || listed(&call->settings->config.allowed_origins, origin);
}

bool call_origin_judge(struct call *call)
{
	struct str host = http_request_header(call->x, "Host"), origin = http_request_header(call->x, "Origin");

	if (!host_allowed(call, host)) {
		problem(call, 421, STR("this server is not known under that Host; see allowedHosts"));
		return false;
	}
	if (!str_present(origin))
		return true;
	if (!origin_allowed(call, origin, host)) {
		problem(call, 403, STR("pages of that Origin may not call this server; see allowedOrigins"));
		return false;
	}
	http_add_header(call->x, "Access-Control-Allow-Origin", origin);
	http_add_header(call->x, "Vary", STR("Origin"));
	http_add_header(call->x, "Access-Control-Expose-Headers",
	                STR("ETag, Location, Warning, X-Request-Id, Retry-After"));
	return true;
}

bool call_origin_is_known(struct call *call)
{
	struct str host = http_request_header(call->x, "Host"), origin = http_request_header(call->x, "Origin");

	return host_allowed(call, host) && (!str_present(origin) || origin_allowed(call, origin, host));
}
