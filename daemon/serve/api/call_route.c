/* Whether there is such a route, and whether it takes what the request brings. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "serve/api/admitting.h"

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

void call_route_refuse(struct call *call, unsigned allowed)
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

bool call_route_judge_media(struct call *call)
{
	const struct route *route = call->route;
	struct str          encoding = http_request_list(call->x, "Content-Encoding"); /* all that was done to it */
	const enum media   *takes = route->takes;

	if (route->replies && route->replies[0].media[0] != MEDIA_NONE && route->replies[0].media[1] != MEDIA_NONE)
		http_add_header(call->x, "Vary", STR("Accept"));
	if (route->replies)
		call->wanted = media_choose(http_request_list(call->x, "Accept"), route->replies[0].media);
	/* RFC 9110 12.5.1 leaves it to us, and ?output says more clearly what is wanted. */
	if (call->wanted == MEDIA_NONE && route->replies && str_present(call_query(call, "output")))
		call->wanted = route->replies[0].media[0];
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

bool call_route_judge_query(struct call *call)
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
