#include "serve/http/http_guard.h"

#include "base/ascii.h"
#include "base/limits.h"

/* RFC 9110 5.6.2: tchar. Everything else before the colon (a blank, above all) has been used to smuggle requests. */
static bool is_token_char(unsigned char c)
{
	return ascii_is_alnum_or(c, "!#$%&'*+-.^_`|~");
}

/* The headers that are judged, or counted. */
enum { LENGTH, ENCODING, HOST, EXPECT, CONTENT_TYPE, AUTHORIZATION, IDEMPOTENCY_KEY, FIELDS };

static const struct str field_names[FIELDS] = { STR_INIT("Content-Length"), STR_INIT("Transfer-Encoding"),
	                                        STR_INIT("Host"),           STR_INIT("Expect"),
	                                        STR_INIT("Content-Type"),   STR_INIT("Authorization"),
	                                        STR_INIT("Idempotency-Key") };

struct headers {
	unsigned    n[FIELDS];
	struct str  last[FIELDS];
	const char *fault;
	const char *next; /* where the next header is to begin; used when the library is lax */
};

static const char *name_fault(struct str name)
{
	if (name.n == 0)
		return "a header without a name";
	for (size_t i = 0; i < name.n; i++)
		if (!is_token_char((unsigned char)name.p[i]))
			return "a header whose name is not a token";
	return NULL;
}

static const char *value_fault(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return "a control character in a header";
	}
	return NULL;
}

/* The library ends each line that it has read in its buffer with NUL in the place of the line's end, and goes by C strings
 * from then on: LF alone ends a line too, what follows a NUL that was sent is dropped without a word, and a folded line is
 * put behind the name of its header, which moves away for it, not behind the value. All of these leave a hole between what
 * it has made of two lines where CR LF leaves two bytes, so from the method to the body's first byte no hole may be. From
 * 1.0 on it refuses these by itself, and leaves other bytes there. */
static bool is_lax(void)
{
	return MHD_get_version()[0] == '0';
}

/* Where what follows a line begins. */
static const char *behind_line(const char *end)
{
	return end[0] == '\0' && end[1] == '\0' ? end + 2 : NULL;
}

/* Behind the NUL that it puts in the place of the colon the library skips blanks. */
static bool is_right_behind(const char *name_end, const char *value)
{
	if (*name_end != '\0' || value <= name_end)
		return false;
	for (const char *p = name_end + 1; p < value; p++)
		if (*p != ' ' && *p != '\t')
			return false;
	return true;
}

static const char *line_fault(struct headers *h, struct str name, struct str value)
{
	if (!is_lax())
		return NULL;
	if (name.p != h->next || !is_right_behind(name.p + name.n, value.p))
		return "a folded header line, or one that does not begin behind CR LF, or a NUL";
	h->next = behind_line(value.p + value.n);
	return h->next ? NULL : "a header line that does not end with CR LF, or a NUL in it";
}

/* What a line is to the library shows in names and values. They come in the order in which they were sent. */
static enum MHD_Result look(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n, const char *value,
                            size_t value_n)
{
	struct headers *h = cls;
	struct str      n = str_of(name, name_n), v = str_of(value ? value : "", value ? value_n : 0);

	(void)kind;
	if (!h->fault)
		h->fault = name_fault(n);
	if (!h->fault)
		h->fault = value_fault(v);
	if (!h->fault && value)
		h->fault = line_fault(h, n, v);
	for (unsigned f = 0; f < FIELDS; f++)
		if (n.n == field_names[f].n && str_eq_nocase(n, field_names[f])) {
			h->n[f]++;
			h->last[f] = v;
		}
	return h->fault ? MHD_NO : MHD_YES;
}

static const char *headers_fault(const struct headers *h)
{
	if (h->fault)
		return h->fault;
	if (h->n[LENGTH] > 1)
		return "more than one Content-Length";
	if (h->n[ENCODING] > 1)
		return "more than one Transfer-Encoding";
	if (h->n[LENGTH] && h->n[ENCODING])
		return "Content-Length beside Transfer-Encoding";
	if (h->n[ENCODING] && !str_eq_nocase(h->last[ENCODING], STR("chunked")))
		return "a Transfer-Encoding other than chunked";
	if (h->n[HOST] != 1 || h->last[HOST].n == 0)
		return h->n[HOST] > 1 ? "more than one Host" : "no Host";
	if (h->n[CONTENT_TYPE] > 1 || h->n[AUTHORIZATION] > 1 || h->n[IDEMPOTENCY_KEY] > 1)
		return "a header twice that may be there once";
	return NULL;
}

/* at: of a percent sign. */
static const char *escape_fault(struct str target, size_t at, bool in_path)
{
	int high = at + 2 < target.n ? ascii_hex(target.p[at + 1]) : -1,
	    low = high >= 0 ? ascii_hex(target.p[at + 2]) : -1, c = high * 16 + low;

	if (low < 0)
		return "a percent sign without two digits behind it";
	if (c == 0)
		return "a NUL in the request target";
	return in_path && (c == '/' || c == '\\' || c == '.') ? "an ambiguous path" : NULL;
}

/* A segment of the path; each but the first one and an empty last one names something. */
static const char *segment_fault(struct str segment, bool may_be_empty)
{
	return (segment.n == 0 && !may_be_empty) || str_is(segment, ".") || str_is(segment, "..")
	               ? "a path that is not normal"
	               : NULL;
}

static const char *target_fault(struct str target)
{
	const char *fault = NULL;
	size_t      start = 0; /* of a segment */
	bool        in_path = true;

	for (size_t i = 0; i < target.n && !fault; i++) {
		unsigned char c = (unsigned char)target.p[i];

		if (c <= ' ' || c >= 0x7f)
			fault = "a character in the request target that must be percent-encoded";
		else if (c == '%')
			fault = escape_fault(target, i, in_path);
		else if (in_path && (c == '\\' || c == '#'))
			fault = "an ambiguous path";
		else if (in_path && (c == '/' || c == '?'))
			fault = segment_fault(str_slice(target, start, i), i == 0 || c == '?');
		if (in_path && c == '/')
			start = i + 1;
		if (c == '?')
			in_path = false;
	}
	return fault || !in_path ? fault : segment_fault(str_slice(target, start, target.n), true);
}

static const char *form_fault(struct str target)
{
	return (target.n && target.p[0] == '/') || str_is(target, "*") ? NULL : "a request target that is no path";
}

/* Known, and taken by no route: 405 with Allow. What nobody has registered is 501. */
static const char *const other_methods[] = { "PATCH", "TRACE", "CONNECT", "QUERY", NULL };

static bool known_method(const char *method)
{
	for (unsigned m = 0; m < HTTP_METHODS; m++)
		if (strcmp(method, http_method_names[m]) == 0)
			return true;
	for (size_t i = 0; other_methods[i]; i++)
		if (strcmp(method, other_methods[i]) == 0)
			return true;
	return false;
}

/* All three lie in one buffer: what is between them but one blank was cut off by a NUL, or is a second blank. */
static const char *request_line_fault(const char *method, const char *url, const char *version, struct str target)
{
	return url != method + strlen(method) + 1 || version != url + target.n + 1
	               ? "a request line that is not METHOD TARGET VERSION"
	               : NULL;
}

/* The bytes from the method to where the library takes the body, or the next request, to begin. */
static bool has_size(struct MHD_Connection *connection, size_t n)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info && info->header_size == n;
}

/* next: behind the last header. */
static const char *end_fault(struct MHD_Connection *connection, const char *method, const char *next)
{
	const char *body = behind_line(next);

	return !body || !has_size(connection, (size_t)(body - method))
	               ? "a folded header line, or an end of the headers that is not CR LF twice"
	               : NULL;
}

/* headers: without a fault. */
static const char *lax_fault(struct MHD_Connection *connection, const char *method, const char *url,
                             const char *version, struct str target, const struct headers *headers)
{
	const char *fault = request_line_fault(method, url, version, target);

	return fault ? fault : end_fault(connection, method, headers->next);
}

const char *http_guard(struct MHD_Connection *connection, const char *method, const char *url, const char *version,
                       struct str target, struct http_framing *ret, unsigned *ret_status)
{
	struct headers h = { 0 };
	const char    *fault;
	uint64_t       length = 0;

	*ret_status = 400;
	if (strcmp(version, "HTTP/1.1") != 0) {
		*ret_status = 505;
		return "this server speaks HTTP/1.1";
	}
	if (is_lax())
		h.next = behind_line(version + strlen(version));
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look, &h);
	fault = headers_fault(&h);
	if (!fault)
		fault = form_fault(target);
	if (!fault)
		fault = target_fault(target);
	if (!fault && is_lax())
		fault = lax_fault(connection, method, url, version, target, &h);
	if (fault)
		return fault;
	if (!known_method(method)) {
		*ret_status = 501;
		return "an unknown method";
	}
	if (h.n[LENGTH] && !str_to_uint(h.last[LENGTH], UINT64_MAX / 2, &length)) {
		*ret_status = h.last[LENGTH].n >= 19 ? 413 : 400;
		return "a Content-Length that is no number of bytes";
	}
	ret->length = h.n[ENCODING] ? HTTP_LENGTH_UNKNOWN : length;
	ret->expects_continue = h.n[EXPECT] > 0;
	return NULL;
}
