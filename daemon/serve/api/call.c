/* A request from its headers to its answer: who may ask, whether the route takes it, and what is counted of it. */
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "names/hostname.h"
#include "serve/api/routes.h"
#include "serve/http/tls.h"
#include "serve/process/log.h"

/* ---- ids ---- */

static bool is_id(struct str s)
{
	if (s.n == 0 || s.n > 128)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c && strchr("-._~:/+=", c))))
			return false;
	}
	return true;
}

static bool is_hexadecimal(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

static bool is_zeros(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

enum { TRACEPARENT_BYTES = 55 };

/* W3C Trace Context 3.2.2: version, trace, parent and flags. Versions to come may say more behind them. */
static bool is_traceparent(struct str s)
{
	static const struct {
		size_t from, to;
	} parts[] = { { 0, 2 }, { 3, 35 }, { 36, 52 }, { 53, TRACEPARENT_BYTES } };

	if (s.n < TRACEPARENT_BYTES || (s.n > TRACEPARENT_BYTES && str_has_prefix(s, STR("00"))) || !is_id(s))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!is_hexadecimal(str_slice(s, parts[i].from, parts[i].to)) ||
		    (parts[i].to < s.n && s.p[parts[i].to] != '-'))
			return false;
	return !str_has_prefix(s, STR("ff")) && !is_zeros(str_slice(s, 3, 35)) && !is_zeros(str_slice(s, 36, 52));
}

/* Each request gets one: printf would be a good part of what the HTTP side costs. */
static struct str hexadecimal(struct digits *room, uint64_t v)
{
	size_t at = sizeof(room->p);

	do {
		room->p[--at] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	return str_of(room->p + at, sizeof(room->p) - at);
}

/* A client's own id is taken over; else one is made that no other request of this process has. */
static void give_id(struct call *call)
{
	static _Atomic uint64_t counter;
	struct str              given = http_request_header(call->x, "X-Request-Id"), trace;
	struct digits           room[2];

	if (is_id(given))
		call->request_id = given;
	else
		call->request_id = STR_CONCAT(call->arena, hexadecimal(&room[0], (uint64_t)call->service->started),
		                              STR("-"), hexadecimal(&room[1], atomic_fetch_add(&counter, 1)));
	http_add_header(call->x, "X-Request-Id", call->request_id);
	trace = http_request_header(call->x, "traceparent");
	if (!is_traceparent(trace))
		return;
	http_add_header(call->x, "traceparent", trace);
	call->trace = str_slice(trace, 3, 35);
}

/* ---- where the request thinks it goes, and where it comes from ---- */

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
	struct str name = without_port(host);

	if (name.n == 0)
		return false;
	if (call->settings->tls && tls_is_named(call->settings->tls, call->arena, name))
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

/* False: refused. */
static bool judge_origin(struct call *call)
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

/* ---- who asks ---- */

static bool refuse_guesser(struct call *call)
{
	problem(call, 429, STR("too many wrong credentials from this address"));
	http_add_header(call->x, "Retry-After", STR("60"));
	return false;
}

/* RFC 6750 3: an error is told only to who tried. Who shows nothing guesses nothing either. */
static bool refuse_stranger(struct call *call, bool tried)
{
	if (guesses_too_many(call->service->guesses, call->x->peer, http_clock()))
		return refuse_guesser(call);
	if (tried)
		guesses_count(call->service->guesses, call->x->peer, http_clock());
	atomic_fetch_add(&call->service->metrics.unauthorised, 1);
	problem(call, 401, STR("a bearer token is needed"));
	http_add_header(call->x, "WWW-Authenticate",
	                tried ? STR("Bearer realm=\"callout\", error=\"invalid_token\"")
	                      : STR("Bearer realm=\"callout\""));
	return false;
}

/* The scheme's name is case-insensitive (RFC 9110 11.1). */
static struct str bearer_of(struct str authorization)
{
	struct str scheme, token = str_cut(authorization, ' ', &scheme);

	if (!str_eq_nocase(scheme, STR("Bearer")))
		return STR_ABSENT;
	while (token.n && token.p[0] == ' ')
		token = str_slice(token, 1, token.n);
	return token;
}

struct shown {
	const struct principal *principal; /* NULL: nobody's */
	enum { SHOWN_NOTHING, SHOWN_TOKEN, SHOWN_CERTIFICATE } by;
};

/* The token, or else the certificate, that the request came with. */
static struct shown credentials_shown(struct call *call)
{
	const struct principals *known = call->settings->principals;
	struct str               authorization = http_request_header(call->x, "Authorization");
	const struct str        *names;
	size_t                   n;
	bool                     given;

	if (str_present(authorization))
		return (struct shown){ principal_of_token(call->arena, known, bearer_of(authorization)), SHOWN_TOKEN };
	names = http_client_names(call->x, &n, &given);
	if (!given)
		return (struct shown){ NULL, SHOWN_NOTHING };
	return (struct shown){ principal_of_names(known, names, n), SHOWN_CERTIFICATE };
}

/* False: refused. */
static bool identify(struct call *call)
{
	struct shown shown;

	if (!call->settings->principals)
		return true;
	/* Right ones count whatever else came from there: behind a proxy everyone has one address, and a token is not to
	 * be guessed in any time. */
	shown = credentials_shown(call);
	call->principal = shown.principal;
	if (shown.principal)
		return true;
	if (shown.by != SHOWN_CERTIFICATE)
		return refuse_stranger(call, shown.by == SHOWN_TOKEN);
	problem(call, 403, STR("this certificate stands for nobody here"));
	return false;
}

bool call_is_trusted(struct call *call)
{
	struct str   host = http_request_header(call->x, "Host"), origin = http_request_header(call->x, "Origin");
	struct shown shown;

	if (!host_allowed(call, host) || (str_present(origin) && !origin_allowed(call, origin, host)))
		return false;
	if (!call->settings->principals)
		return true;
	shown = credentials_shown(call);
	if (!shown.principal && shown.by == SHOWN_TOKEN)
		guesses_count(call->service->guesses, call->x->peer, http_clock());
	return shown.principal && shown.principal->namespaces.n == 0;
}

/* False: refused. Routes with {namespace} are for those who reach it. */
static bool authorise(struct call *call)
{
	const struct principal *p = call->principal;

	if (!p)
		return true;
	if (p->scope < call->route->scope) {
		problem(call, 403, STR("these credentials do not go so far"));
		http_add_header(call->x, "WWW-Authenticate",
		                STR("Bearer realm=\"callout\", error=\"insufficient_scope\""));
		return false;
	}
	if (strncmp(call->route->path, "/v1/namespaces/{namespace}", 26) == 0 &&
	    !principal_reaches(p, call->parameters[0])) {
		problem(call, 403, STR("these credentials do not reach this namespace"));
		return false;
	}
	return true;
}

/* ---- what the route takes ---- */

static struct str allowed_text(struct arena *arena, unsigned allowed)
{
	struct buf b;

	buf_init(&b, arena, 1024);
	for (unsigned m = 0; m < HTTP_METHODS; m++)
		if (allowed & 1u << m)
			buf_fmt(&b, "%s%s", b.n ? ", " : "", http_method_names[m]);
	return buf_str(&b);
}

static void answer_options(struct call *call, unsigned allowed)
{
	reply_nothing(call, 204);
	http_add_header(call->x, "Allow", allowed_text(call->arena, allowed));
	if (!str_present(http_request_header(call->x, "Access-Control-Request-Method")))
		return;
	http_add_header(call->x, "Access-Control-Allow-Methods", allowed_text(call->arena, allowed));
	http_add_header(
		call->x, "Access-Control-Allow-Headers",
		STR("Authorization, Content-Encoding, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, "
	            "If-None-Match, If-Unmodified-Since, Last-Event-ID, X-Request-Id, traceparent, tracestate"));
	http_add_header(call->x, "Access-Control-Max-Age", STR("600"));
}

static void refuse_route(struct call *call, unsigned allowed)
{
	bool all = str_is(call->x->path, "*");

	if (call->x->method == HTTP_OPTIONS && (allowed || all)) {
		answer_options(call, all ? (1u << HTTP_METHODS) - 1 : allowed);
	} else if (allowed) {
		problem(call, 405, STR("the path does not take this method"));
		http_add_header(call->x, "Allow", allowed_text(call->arena, allowed));
	} else {
		problem(call, 404, STR("there is nothing at this path; /openapi.json lists what there is"));
	}
}

/* RFC 9110 15.5.16: a refusal says what would do. */
static struct str taken_text(struct arena *arena, const enum media *takes)
{
	struct buf b;

	buf_init(&b, arena, KIB);
	for (; *takes != MEDIA_NONE; takes++)
		buf_fmt(&b, "%s%s", b.n ? ", " : "", media_name(*takes));
	return buf_str(&b);
}

static bool judge_media(struct call *call)
{
	const struct route *route = call->route;
	struct str          encoding = http_request_list(call->x, "Content-Encoding"); /* all that was done to it */
	const enum media   *takes = route->takes;

	if (route->replies && route->replies[0].media[0] != MEDIA_NONE && route->replies[0].media[1] != MEDIA_NONE)
		http_add_header(call->x, "Vary", STR("Accept"));
	if (route->replies)
		call->wanted = media_choose(http_request_list(call->x, "Accept"), route->replies[0].media);
	if (call->wanted == MEDIA_NONE && route->replies && route->replies[0].media[0] != MEDIA_NONE) {
		problem(call, 406, STR("the answer has no form that Accept allows"));
		return false;
	}
	if (!takes)
		return true;
	call->sent = media_of(http_request_header(call->x, "Content-Type"));
	while (*takes != MEDIA_NONE && *takes != call->sent)
		takes++;
	if (*takes == MEDIA_NONE) {
		problem(call, 415,
		        STR_CONCAT(call->arena, STR("a Content-Type is needed that this route takes, such as "),
		                   str_c(media_name(route->takes[0]))));
		http_add_header(call->x, "Accept", taken_text(call->arena, route->takes));
		return false;
	}
	if (str_present(encoding) && !str_eq_nocase(encoding, STR("identity")) &&
	    !(route->limit == BODY_OF_DUMPS && encoding_is_gzip(encoding))) {
		problem(call, 415, STR("a Content-Encoding that is not taken here"));
		http_add_header(call->x, "Accept-Encoding",
		                route->limit == BODY_OF_DUMPS ? STR("gzip, identity") : STR("identity"));
		return false;
	}
	return true;
}

static const struct query_parameter *find_parameter(const struct route *route, struct str name)
{
	for (const struct query_parameter *p = route->query; p && p->name; p++)
		if (str_is(name, p->name))
			return p;
	return NULL;
}

static bool word_known(const struct query_parameter *p, struct str value)
{
	if (!str_present(value) && p->words && strcmp(p->words[0], "true") == 0)
		return true; /* ?strict says as much as ?strict=true */
	for (size_t i = 0; p->words && p->words[i]; i++)
		if (str_is(value, p->words[i]))
			return true;
	return !p->words;
}

static bool refuse_query(struct call *call, struct str name, const char *why)
{
	problem(call, 400, STR_CONCAT(call->arena, STR("query parameter \""), name, STR("\" "), str_c(why)));
	return false;
}

/* Each known, each once, each with a value that it takes. */
static bool judge_query(struct call *call)
{
	struct str rest = call->x->query, one, name, value;
	uint64_t   seen = 0, ignored;

	while (str_present(rest)) {
		const struct query_parameter *p;

		rest = str_cut(rest, '&', &one);
		value = str_cut(one, '=', &name);
		if (one.n == 0)
			continue;
		p = find_parameter(call->route, name);
		if (!p)
			return refuse_query(call, name, "is not known here");
		if (seen & 1u << (p - call->route->query))
			return refuse_query(call, name, "is given twice");
		seen |= 1u << (p - call->route->query);
		if (str_present(value) && !query_decode(call->arena, value, &value))
			return refuse_query(call, name, "is not UTF-8 text");
		if (!word_known(p, value) || (p->is_count && !str_to_uint(value, INT64_MAX, &ignored)))
			return refuse_query(call, name, "has a value that is not taken");
	}
	return true;
}

/* ---- the server's callbacks ---- */

/* Whoever balances or watches asks by address, without credentials, and often. */
static bool is_probe(const struct route *route)
{
	return route->scope == SCOPE_NONE && strcmp(route->tag, "probes") == 0;
}

static struct call *call_new(struct service *service, struct http_exchange *x)
{
	struct call *call = ARENA_NEW(x->arena, struct call);

	call->service = service;
	call->settings = settings_take(service);
	call->x = x;
	call->arena = x->arena;
	call->sent = call->wanted = MEDIA_NONE;
	x->state = call;
	return call;
}

/* Those of now are of the request: they stay with whatever answer it gets. */
static void keep_headers(struct call *call)
{
	for (struct http_header *h = call->x->headers; h; h = h->next)
		call->kept = h;
}

/* Another answer than the one that was begun: what that one said of itself goes. */
static void drop_headers(struct call *call)
{
	if (call->x->headers && call->kept)
		call->kept->next = NULL;
	else
		call->x->headers = NULL;
}

/* False: the answer is set. */
static bool admit(struct call *call)
{
	unsigned allowed;

	call->route = route_find(call->arena, call->x->method, call->x->path, call->parameters, &allowed);
	if (call->route && is_probe(call->route)) {
		if (str_present(http_request_header(call->x, "X-Request-Id")))
			give_id(call);
		keep_headers(call);
		return judge_query(call);
	}
	give_id(call);
	if (!judge_origin(call))
		return false;
	keep_headers(call);
	if (!call->route && call->x->method == HTTP_OPTIONS) { /* a preflight carries no credentials */
		refuse_route(call, allowed);
		return false;
	}
	if (!(call->route && call->route->scope == SCOPE_NONE) && !identify(call))
		return false;
	if (!call->route) {
		refuse_route(call, allowed);
		return false;
	}
	return authorise(call) && judge_media(call) && judge_query(call);
}

static uint64_t body_limit(const struct config *c, enum limit limit)
{
	return (uint64_t)(limit == BODY_OF_MODULE  ? c->max_module_bytes
	                  : limit == BODY_OF_DUMPS ? c->max_dump_bytes
	                                           : c->max_manifest_bytes);
}

static enum http_disposal on_begin(void *ctx, struct http_exchange *x, uint64_t *body_max)
{
	struct service *service = ctx;
	struct call    *call = call_new(service, x);

	if (!admit(call))
		return HTTP_REFUSE;
	*body_max = 0;
	if (!call->route->takes)
		return call->route->limit == NO_BODY_SLOW ? HTTP_STREAM : HTTP_COLLECT;
	*body_max = body_limit(&call->settings->config, call->route->limit);
	return call->route->limit == BODY_OF_MANIFEST ? HTTP_COLLECT : HTTP_STREAM;
}

static void on_answer(void *ctx, struct http_exchange *x)
{
	struct call *call = x->state;

	(void)ctx;
	call->route->answer(call);
}

static void on_refuse(void *ctx, struct http_exchange *x, unsigned status, const char *reason)
{
	struct call *call = x->state ? x->state : call_new(ctx, x);

	drop_headers(call);
	x->file = NULL;
	if (!str_present(call->request_id))
		give_id(call);
	problem(call, status, str_c(reason));
	if (status == 503)
		http_add_header(x, "Retry-After", STR("2"));
}

/* Ours, not the client's: 501 and 505 are about what he sent. */
static bool is_failure(unsigned status)
{
	return status == 500 || status == 503 || status == 507;
}

static void log_request(const struct call *call, bool sent, int64_t microseconds)
{
	struct http_exchange *x = call->x;
	char                  status[16], took[24];

	snprintf(status, sizeof(status), "%u", x->status);
	snprintf(took, sizeof(took), "%lld", (long long)microseconds);
	log_event(is_failure(x->status) ? LOG_ERROR : LOG_INFO, "request",
	          LOG_VALUES({ "method", str_c(http_method_names[x->method]) }, { "path", x->path },
	                     { "status", str_c(status) }, { "peer", x->peer }, { "us", str_c(took) },
	                     { "id", call->request_id }, { "trace_id", call->trace },
	                     { "cut", sent ? STR_ABSENT : STR("true") }));
}

static void on_done(void *ctx, struct http_exchange *x, bool sent)
{
	struct service *service = ctx;
	struct call    *call = x->state;
	int64_t         took = x->ended - x->started;
	bool            wanted;

	if (!call)
		return;
	metrics_request(&service->metrics, call->route ? (size_t)(call->route - route_table) : METRIC_ROUTES - 1,
	                x->status, took);
	wanted = call->settings->config.access_log == TRI_YES && !(call->route && is_probe(call->route));
	if (wanted || (is_failure(x->status) && !(call->route && is_probe(call->route))))
		log_request(call, sent, took);
	settings_give(call->settings);
}

const struct http_callbacks call_callbacks = { on_begin, on_answer, on_refuse, on_done };
