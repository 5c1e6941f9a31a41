#include "serve/content/multipart.h"

#include <errno.h>

#include "base/arena.h"
#include "base/ascii.h"

enum { WINDOW_BYTES = 64 * 1024, BOUNDARY_BYTES = 70, HEADER_BYTES = 8 * 1024 };

struct multipart {
	multipart_read_fn *read;
	void              *ctx;
	char               delimiter[BOUNDARY_BYTES + 5]; /* CR LF - - boundary */
	size_t             delimiter_n;
	size_t             head, n; /* of the window that is not given out yet */
	bool               at_end;  /* of the whole body */
	bool               in_part, last, started;
	char               window[WINDOW_BYTES];
};

/* RFC 2046 5.1.1: bchars, at most 70, no blank at the end. */
static bool is_boundary(struct str b)
{
	for (size_t i = 0; i < b.n; i++) {
		if (!ascii_is_alnum_or(b.p[i], "'()+_,-./:=? "))
			return false;
	}
	return b.n >= 1 && b.n <= BOUNDARY_BYTES && b.p[b.n - 1] != ' ';
}

struct multipart *multipart_new(struct arena *arena, struct str boundary, multipart_read_fn *read, void *ctx)
{
	struct multipart *m;

	if (!is_boundary(boundary))
		return NULL;
	m = ARENA_NEW(arena, struct multipart);
	m->read = read;
	m->ctx = ctx;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	m->delimiter_n = boundary.n + 4;
	/* The first delimiter may stand at the very start, without the line end that belongs to all others. */
	memcpy(m->window, "\r\n", 2);
	m->n = 2;
	return m;
}

/* More bytes into the window. False: there are none, or errno. */
static bool fill(struct multipart *m)
{
	ssize_t got;

	if (m->head && m->n)
		memmove(m->window, m->window + m->head, m->n);
	m->head = 0;
	if (m->at_end || m->n == WINDOW_BYTES)
		return false;
	got = m->read(m->ctx, m->window + m->n, WINDOW_BYTES - m->n);
	if (got <= 0) {
		m->at_end = true;
		if (got == 0)
			errno = EBADMSG; /* the end comes after the last delimiter */
		return false;
	}
	m->n += (size_t)got;
	return true;
}

/* How many bytes of the window belong to the part for certain; *found: a delimiter follows them. */
static size_t content_bytes(const struct multipart *m, bool *found)
{
	const char *p = memmem(m->window + m->head, m->n, m->delimiter, m->delimiter_n);

	*found = p != NULL;
	if (p)
		return (size_t)(p - (m->window + m->head));
	return m->n >= m->delimiter_n ? m->n - m->delimiter_n + 1 : 0;
}

ssize_t multipart_read(void *multipart, void *p, size_t n)
{
	struct multipart *m = multipart;
	bool              found;
	size_t            have;

	if (!m->in_part)
		return 0;
	while ((have = content_bytes(m, &found)) == 0 && !found)
		if (!fill(m))
			return -1;
	if (have == 0) {
		m->in_part = false;
		return 0;
	}
	if (have > n)
		have = n;
	memcpy(p, m->window + m->head, have);
	m->head += have;
	m->n -= have;
	return (ssize_t)have;
}

/* RFC 2046 5.1.1: there may be blanks behind a delimiter. Passes over one. */
static bool is_padding(struct multipart *m)
{
	if (m->window[m->head] != ' ' && m->window[m->head] != '\t')
		return false;
	m->head++;
	m->n--;
	return true;
}

/* Passes over everything up to the next delimiter and that itself. */
static bool skip_delimiter(struct multipart *m)
{
	char    piece[4096];
	ssize_t got;

	m->in_part = true;
	do
		got = multipart_read(m, piece, sizeof(piece));
	while (got > 0);
	if (got < 0)
		return false;
	m->head += m->delimiter_n;
	m->n -= m->delimiter_n;
	do
		if (m->n < 2 && !fill(m))
			return false;
	while (m->n < 2 || is_padding(m));
	return true;
}

static size_t after_blanks(struct str s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
		at++;
	return at;
}

/* A quoted string that begins at *at, which ends behind it. Browsers escape the quote alone: a backslash is one. */
static struct str quoted(struct arena *arena, struct str s, size_t *at)
{
	char  *text = arena_alloc(arena, s.n + 1);
	size_t n = 0, i = *at + 1;

	for (; i < s.n && s.p[i] != '"'; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '"')
			i++;
		text[n++] = s.p[i];
	}
	*at = i + 1;
	return str_of(text, n);
}

/* RFC 9110 5.6.6: ; name=value, the value a token or a quoted string, blanks around the semicolon. */
static struct str parameter(struct arena *arena, struct str header, const char *wanted)
{
	size_t at = str_find(header, ';', 0);

	while (at < header.n) {
		size_t     equals = str_find(header, '=', at + 1), from = after_blanks(header, at + 1);
		struct str name = str_slice(header, from < equals ? from : equals, equals), value;

		at = equals + 1;
		if (at < header.n && header.p[at] == '"') {
			value = quoted(arena, header, &at);
			at = str_find(header, ';', at);
		} else {
			from = at;
			at = str_find(header, ';', from);
			value = str_slice(header, from, at);
			while (value.n && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
				value.n--;
		}
		if (str_eq_nocase(name, str_c(wanted)))
			return value;
	}
	return STR_ABSENT;
}

/* RFC 2045 6.2: these three leave the bytes as they are. */
static bool is_identity(struct str transfer_encoding)
{
	transfer_encoding = str_trimmed(transfer_encoding);
	return str_eq_nocase(transfer_encoding, STR("7bit")) || str_eq_nocase(transfer_encoding, STR("8bit")) ||
	       str_eq_nocase(transfer_encoding, STR("binary"));
}

static bool take_header(struct arena *arena, struct str line, struct multipart_part *ret)
{
	struct str name, value = str_cut(line, ':', &name);

	if (!str_present(value))
		return false;
	if (str_eq_nocase(name, STR("Content-Type")))
		ret->type = value;
	if (str_eq_nocase(name, STR("Content-Transfer-Encoding")))
		ret->encoded = !is_identity(value);
	if (!str_eq_nocase(name, STR("Content-Disposition")))
		return true;
	ret->name = parameter(arena, value, "name");
	ret->filename = parameter(arena, value, "filename");
	return str_present(ret->name);
}

/* The headers of a part, up to the empty line. */
static bool read_headers(struct multipart *m, struct arena *arena, struct multipart_part *ret)
{
	const char *end;
	struct str  all, line;

	while (!(end = memmem(m->window + m->head, m->n, "\r\n\r\n", 4)))
		if (m->n > HEADER_BYTES || !fill(m)) {
			errno = m->n > HEADER_BYTES ? EBADMSG : errno;
			return false;
		}
	all = str_copy(arena, str_of(m->window + m->head, (size_t)(end - (m->window + m->head))));
	m->head += all.n + 4;
	m->n -= all.n + 4;
	*ret = (struct multipart_part){ STR_ABSENT, STR_ABSENT, STR_ABSENT, false };
	for (size_t at = 2; at < all.n;) { /* behind the line end of the delimiter */
		size_t line_end = str_find_str(all, STR("\r\n"), at);

		line = str_slice(all, at, line_end);
		at = line_end + 2;
		if (!take_header(arena, line, ret)) {
			errno = EBADMSG;
			return false;
		}
	}
	errno = EBADMSG;
	return str_present(ret->name);
}

int multipart_next(struct multipart *m, struct arena *arena, struct multipart_part *ret)
{
	const char *next;

	if (m->last)
		return 0;
	if (!skip_delimiter(m))
		return -1;
	next = m->window + m->head;
	if (next[0] == '-' && next[1] == '-') {
		m->last = true;
		m->in_part = false;
		return 0;
	}
	if (next[0] != '\r' || next[1] != '\n') {
		errno = EBADMSG;
		return -1;
	}
	if (!read_headers(m, arena, ret))
		return -1;
	m->in_part = true;
	return 1;
}
