/* Strings: as they are in the block, or put together from escapes and several blocks. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "json/json_scanning.h"

bool json_plain_string(struct json_scan *s, struct str *ret)
{
	size_t from = s->pos + 1, end = scan_quote(s, from);

	if (end >= s->limit)
		return false;
	*ret = str_of((const char *)s->p + from, end - from);
	if (s->block->found.escapes && memchr(ret->p, '\\', ret->n))
		return false;
	s->pos = end + 1;
	return true;
}

/* Where decoded bytes go. The first character that does not fit completely is left out, with everything behind it. */
struct sink {
	char       *buf;  /* NULL: they are compared with want, or (cap 0) not wanted */
	const char *want; /* cap bytes */
	size_t      cap, n;
	bool        cut; /* or different */
};

static void sink_put(struct sink *to, const char *p, size_t n)
{
	if (to->cut || n > to->cap - to->n) {
		to->cut = true;
		return;
	}
	if (n && to->buf)
		memcpy(to->buf + to->n, p, n);
	else if (n && memcmp(to->want + to->n, p, n) != 0)
		to->cut = true;
	to->n += n;
}

/* The length of the longest prefix of p[0..n) that consists of whole characters. p is UTF-8, except that its first
 * bytes may be the end of a character. */
static size_t whole_characters(const char *p, size_t n)
{
	while (n > 0 && ((unsigned char)p[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* A run without escapes; the block may end inside a character. */
static void put_run(struct sink *to, const char *p, size_t n)
{
	size_t room = to->cap - to->n;

	if (to->cut || n <= room || !to->buf) {
		sink_put(to, p, n);
		return;
	}
	sink_put(to, p, whole_characters(p, room));
	to->cut = true;
	/* The run may have begun inside the character that does not fit. */
	while (to->n > 0 && ((unsigned char)to->buf[to->n - 1] & 0x80)) {
		uint32_t cp;
		size_t   first = to->n - 1;

		while (first > 0 && ((unsigned char)to->buf[first] & 0xC0) == 0x80)
			first--;
		if (utf8_decode(str_of(to->buf, to->n), first, &cp) == to->n - first)
			return;
		to->n = first;
	}
}

/* Four hexadecimal digits, which the index has checked. False: the input ends or fails inside. */
static bool take_hex(struct json_scan *s, uint32_t *ret)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		int c = scan_byte(s);

		if (c < 0)
			return false;
		value = value << 4 | (unsigned)ascii_hex(c);
		s->pos++;
	}
	*ret = value;
	return true;
}

/* Reads the second half of a surrogate pair, which must follow at once. at: the offset of the first half. */
static bool take_low_half(struct json_scan *s, uint64_t at, uint32_t *cp)
{
	uint32_t low;

	if (scan_byte(s) == '\\') {
		s->pos++;
		if (scan_byte(s) == 'u') {
			s->pos++;
			if (!take_hex(s, &low))
				return false;
			if (low >= 0xDC00 && low <= 0xDFFF) {
				*cp = 0x10000 + ((*cp - 0xD800) << 10) + (low - 0xDC00);
				return true;
			}
		}
	}
	if (s->failed || s->ended)
		return false;
	json_scan_fail(s, JSON_ESCAPE, s->pos, "the second half of a surrogate pair");
	s->error.column -= s->error.offset - at;
	s->error.offset = at;
	return false;
}

static bool take_unicode(struct json_scan *s, uint64_t at, struct sink *to)
{
	uint32_t cp;
	char     utf8[4];

	if (!take_hex(s, &cp))
		return false;
	if (cp >= 0xD800 && cp <= 0xDBFF && !take_low_half(s, at, &cp))
		return false;
	if (cp >= 0xDC00 && cp <= 0xDFFF) {
		json_scan_fail(s, JSON_ESCAPE, s->pos, "the first half of a surrogate pair");
		s->error.column -= s->error.offset - at;
		s->error.offset = at;
		return false;
	}
	sink_put(to, utf8, utf8_encode(cp, utf8));
	return true;
}

/* At a backslash. False: failure, or the input ends. */
static bool take_escape(struct json_scan *s, struct sink *to)
{
	uint64_t at = s->offset + s->pos;
	int      c;
	char     decoded;

	s->pos++;
	c = scan_byte(s);
	if (c < 0)
		return false;
	s->pos++;
	if (c == 'u')
		return take_unicode(s, at, to);
	decoded = c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : (char)c;
	sink_put(to, &decoded, 1);
	return true;
}

static bool decode(struct json_scan *s, struct sink *to)
{
	s->pos++;
	while (scan_has(s)) {
		size_t               end = scan_quote(s, s->pos);
		const unsigned char *run = s->p + s->pos;
		const unsigned char *escape = s->block->found.escapes ? memchr(run, '\\', end - s->pos) : NULL;
		size_t               n = escape ? (size_t)(escape - run) : end - s->pos;

		put_run(to, (const char *)run, n);
		s->pos += n;
		if (escape) {
			if (!take_escape(s, to))
				break;
		} else if (s->pos < s->limit) {
			s->pos++;
			return true;
		}
	}
	if (!s->failed)
		json_scan_fail(s, JSON_TRUNCATED, s->pos, NULL);
	return false;
}

bool json_decode_string(struct json_scan *s, char *buf, size_t cap, struct json_text *ret)
{
	struct sink to = { .buf = buf, .cap = cap };

	if (!decode(s, &to))
		return false;
	*ret = (struct json_text){ str_of(buf, to.n), to.cut };
	return true;
}

bool json_match_string(struct json_scan *s, struct str want)
{
	struct sink to = { .want = want.p, .cap = want.n };

	return decode(s, &to) && !to.cut && to.n == want.n;
}

void json_cut_string(struct str plain, size_t cap, struct json_text *ret)
{
	*ret = (struct json_text){ plain, plain.n > cap };
	if (ret->cut)
		ret->text.n = whole_characters(plain.p, cap);
}
