/* Answers: contents, problems, warnings. */
#include <stdio.h>

#include "base/arena.h"
#include "base/limits.h"
#include "json/json_write.h"
#include "names/hostname.h"
#include "names/istio_version.h"
#include "report/report.h"
#include "serve/api/routes.h"

enum { MOST_WARNINGS = 16, WARNING_BYTES = 240 };

void reply(struct call *call, unsigned status, enum media media, struct str content)
{
	struct http_exchange *x = call->x;

	x->status = status;
	x->content = content;
	http_add_header(x, "Content-Type", str_c(media_text(media)));
	http_add_header(x, "X-Content-Type-Options", STR("nosniff"));
	http_add_header(x, "Cache-Control", STR("no-store"));
}

void reply_nothing(struct call *call, unsigned status)
{
	call->x->status = status;
	call->x->content = STR("");
	http_add_header(call->x, "Cache-Control", STR("no-store"));
}

/* ---- problems ---- */

static const struct title {
	unsigned    status;
	const char *text;
} titles[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

static const char *title_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].text;
	return "Error";
}

static void begin_problem(struct json_writer *w, struct buf *b, struct call *call, unsigned status, const char *type,
                          struct str detail)
{
	buf_init(b, call->arena, LIMIT_LISTING_BYTES);
	json_writer_init(w, b, 2);
	json_open(w, '{');
	json_member_string(w, "type", str_c(type));
	json_member_string(w, "title", str_c(title_of(status)));
	json_member_int(w, "status", status);
	json_member_string(w, "detail", detail);
	json_member_string(w, "instance", call->x->path);
	if (str_present(call->request_id))
		json_member_string(w, "requestId", call->request_id);
}

static void end_problem(struct json_writer *w, struct buf *b, struct call *call, unsigned status)
{
	json_close(w, '}');
	buf_char(b, '\n');
	reply(call, status, MEDIA_PROBLEM, buf_str(b));
}

void problem(struct call *call, unsigned status, struct str detail)
{
	struct json_writer w;
	struct buf         b;

	begin_problem(&w, &b, call, status, "about:blank", detail);
	end_problem(&w, &b, call, status);
}

void problem_findings(struct call *call, unsigned status, const struct diags *diags)
{
	const struct diag **sorted = diags_sorted(diags, call->arena), *first = NULL;
	struct json_writer  w;
	struct buf          b;
	struct str          detail;

	for (size_t i = 0; i < diags->n && !first; i++)
		if (sorted[i]->level == DIAG_ERROR)
			first = sorted[i];
	detail = first ? first->message : STR("the input is refused");
	if (diags->errors > 1)
		detail = STR_CONCAT(call->arena, detail, STR(" (and "), str_from_uint(call->arena, diags->errors - 1),
		                    diags->errors == 2 ? STR(" more error)") : STR(" more errors)"));
	begin_problem(&w, &b, call, status, "https://callout.dev/problems/findings", detail);
	report_json_members(&w, diags);
	end_problem(&w, &b, call, status);
	call->errors = diags->errors;
	metrics_findings(&call->service->metrics, diags);
}

/* ---- warnings ---- */

/* A quoted-string of RFC 9110: printable ASCII, quotes and backslashes escaped. */
static struct str warning_text(struct call *call, const struct diag *d)
{
	struct buf b;
	char       code[7];

	buf_init(&b, call->arena, 4 * KIB);
	buf_lit(&b, "299 - \"");
	buf_fmt(&b, "%s: ", diag_code_text(d->code, code));
	for (size_t i = 0; i < d->message.n && b.n < WARNING_BYTES; i++) {
		char c = d->message.p[i];

		if (c == '"' || c == '\\')
			buf_char(&b, '\\');
		buf_char(&b, (unsigned char)c < ' ' || (unsigned char)c >= 0x7f ? '?' : c);
	}
	buf_char(&b, '"');
	return buf_str(&b);
}

void add_warnings(struct call *call, const struct diags *diags)
{
	const struct diag **sorted = diags_sorted(diags, call->arena);
	unsigned            n = 0;

	for (size_t i = 0; i < diags->n && n < MOST_WARNINGS; i++) {
		if (sorted[i]->level != DIAG_WARNING)
			continue;
		http_add_header(call->x, "Warning", warning_text(call, sorted[i]));
		n++;
	}
	if (diags->warnings > n) /* as the report says where it ends */
		http_add_header(call->x, "Warning",
		                str_fmt(call->arena,
		                        "299 - \"CO0106: %zu more warnings are not shown; /v1/check lists them\"",
		                        diags->warnings - n));
	metrics_findings(&call->service->metrics, diags);
}

/* ---- queries ---- */

struct str call_query(struct call *call, const char *name)
{
	struct str rest = call->x->query;

	while (str_present(rest)) {
		struct str one, key, value;

		rest = str_cut(rest, '&', &one);
		value = str_cut(one, '=', &key);
		if (!str_is(key, name))
			continue;
		if (!str_present(value))
			return STR("");
		return query_decode(call->arena, value, &value) ? value : STR("");
	}
	return STR_ABSENT;
}

bool call_flag(struct call *call, const char *name)
{
	struct str given = call_query(call, name);

	return str_is(given, "true") || (str_present(given) && given.n == 0);
}

bool call_namespace(struct call *call, struct str *ret)
{
	struct str given = call_query(call, "namespace");

	*ret = str_present(given) ? given : STR("default");
	if (dns_label_is(*ret))
		return true;
	problem(call, 400, STR("namespace: not the name of a namespace"));
	return false;
}

bool call_istio_version(struct call *call, struct str *ret)
{
	struct str           given = call_query(call, "istioVersion");
	struct version_range ignored;
	const char          *fault = str_present(given) ? version_range_read(given, &ignored) : NULL;

	*ret = given;
	if (!fault)
		return true;
	problem(call, 400, STR_CONCAT(call->arena, STR("istioVersion: \""), given, STR("\" "), str_c(fault)));
	return false;
}
