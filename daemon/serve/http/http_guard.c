#include "serve/http/http_guard.h"

#include "base/limits.h"

/* RFC 9110 5.6.2: tchar. Everything else before the colon (a blank, above all) has been used to smuggle requests. */
static bool is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

struct headers {
	unsigned    lengths, encodings, hosts, expects, content_types, authorizations;
	struct str  length, encoding, host;
	const char *fault;
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

/* The library ends what it has read with NUL in the place of the line's end, of which CR and LF take two bytes, and takes
 * LF or CR alone as one too. So where the next header begins one byte behind the NUL, its line had no end that others
 * see; and what follows a NUL that was sent is dropped without a word. */
static bool is_cut(const char *end)
{
	return is_token_char((unsigned char)end[1]);
}

/* The library skips what has no colon and folds continuation lines; what is left shows in names and values. */
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
	if (!h->fault && value && is_cut(v.p + v.n))
		h->fault = "a header line that does not end with CR LF, or a NUL in it";
	if (str_eq_nocase(n, STR("Content-Length"))) {
		h->lengths++;
		h->length = v;
	} else if (str_eq_nocase(n, STR("Transfer-Encoding"))) {
		h->encodings++;
		h->encoding = v;
	} else if (str_eq_nocase(n, STR("Host"))) {
		h->hosts++;
		h->host = v;
	} else if (str_eq_nocase(n, STR("Expect"))) {
		h->expects++;
	} else if (str_eq_nocase(n, STR("Content-Type"))) {
		h->content_types++;
	} else if (str_eq_nocase(n, STR("Authorization"))) {
		h->authorizations++;
	}
	return h->fault ? MHD_NO : MHD_YES;
}

static const char *headers_fault(const struct headers *h)
{
	if (h->fault)
		return h->fault;
	if (h->lengths > 1)
		return "more than one Content-Length";
	if (h->encodings > 1)
		return "more than one Transfer-Encoding";
	if (h->lengths && h->encodings)
		return "Content-Length beside Transfer-Encoding";
	if (h->encodings && !str_eq_nocase(h->encoding, STR("chunked")))
		return "a Transfer-Encoding other than chunked";
	if (h->hosts != 1 || h->host.n == 0)
		return h->hosts > 1 ? "more than one Host" : "no Host";
	if (h->content_types > 1 || h->authorizations > 1)
		return "a header twice that may be there once";
	return NULL;
}

static bool holds_nocase(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (str_eq_nocase(str_slice(s, i, i + needle.n), needle))
			return true;
	return false;
}

static const char *target_fault(struct str target)
{
	struct str path;

	str_cut(target, '?', &path);
	if (path.n == 0 || (path.p[0] != '/' && !str_is(target, "*")))
		return "a request target that is no path";
	for (size_t i = 0; i < target.n; i++) {
		unsigned char c = (unsigned char)target.p[i];

		if (c <= ' ' || c >= 0x7f)
			return "a character in the request target that must be percent-encoded";
	}
	if (holds_nocase(target, STR("%00")))
		return "a NUL in the request target";
	if (str_find(path, '\\', 0) < path.n || str_find(path, '#', 0) < path.n || holds_nocase(path, STR("%2f")) ||
	    holds_nocase(path, STR("%5c")) || holds_nocase(path, STR("%2e")))
		return "an ambiguous path";
	if (str_find_str(path, STR("/./"), 0) < path.n || str_find_str(path, STR("/../"), 0) < path.n ||
	    str_find_str(path, STR("//"), 0) < path.n || str_has_suffix(path, STR("/..")) ||
	    str_has_suffix(path, STR("/.")))
		return "a path that is not normal";
	for (size_t i = str_find(target, '%', 0); i < target.n; i = str_find(target, '%', i + 1))
		if (i + 2 >= target.n || !strchr("0123456789abcdefABCDEF", target.p[i + 1]) ||
		    !strchr("0123456789abcdefABCDEF", target.p[i + 2]))
			return "a percent sign without two digits behind it";
	return NULL;
}

/* Known, and taken by no route: 405 with Allow. What nobody has registered is 501. */
static const char *const other_methods[] = { "PATCH", "TRACE", "CONNECT", "QUERY", NULL };

static bool known_method(const char *method)
{
	for (size_t i = 0; other_methods[i]; i++)
		if (strcmp(method, other_methods[i]) == 0)
			return true;
	for (unsigned m = 0; m < HTTP_METHODS; m++)
		if (strcmp(method, http_method_names[m]) == 0)
			return true;
	return false;
}

/* Both lie in one buffer: what is between them but one blank was cut off by a NUL, or is a second blank. */
static const char *line_fault(const char *url, const char *version, struct str target)
{
	if (version != url + target.n + 1)
		return "a request line that is not METHOD TARGET VERSION";
	return is_cut(version + strlen(version)) ? "a request line that does not end with CR LF" : NULL;
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
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look, &h);
	fault = headers_fault(&h);
	if (!fault)
		fault = target_fault(target);
	if (!fault)
		fault = line_fault(url, version, target);
	if (fault)
		return fault;
	if (!known_method(method)) {
		*ret_status = 501;
		return "an unknown method";
	}
	if (h.lengths && !str_to_uint(h.length, UINT64_MAX / 2, &length)) {
		*ret_status = h.length.n >= 19 ? 413 : 400;
		return "a Content-Length that is no number of bytes";
	}
	ret->length = h.encodings ? HTTP_LENGTH_UNKNOWN : length;
	ret->expects_continue = h.expects > 0;
	return NULL;
}
