#include "report/xml_write.h"

#include "base/utf8.h"

/* XML 1.0, 2.2: Char. Above U+007F all but surrogates (which are not UTF-8), U+FFFE and U+FFFF; the C1 controls are
 * allowed but discouraged. */
static bool is_char(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp < 0x7f) ||
	       (cp >= 0xa0 && (cp & 0xfffe) != 0xfffe);
}

static struct str escape_of(uint32_t cp)
{
	switch (cp) {
	case '&':
		return STR("&amp;");
	case '<':
		return STR("&lt;");
	case '>':
		return STR("&gt;");
	case '"':
		return STR("&quot;");
	case '\'':
		return STR("&apos;");
	case '\t':
		return STR("&#9;");
	case '\n':
		return STR("&#10;");
	case '\r':
		return STR("&#13;");
	default:
		return STR_ABSENT;
	}
}

void xml_text(struct buf *b, struct str s)
{
	for (size_t at = 0; at < s.n;) {
		uint32_t   cp = 0;
		size_t     n = utf8_decode(s, at, &cp);
		struct str escape = n ? escape_of(cp) : STR_ABSENT;

		if (n == 0 || !is_char(cp))
			buf_lit(b, "\xef\xbf\xbd");
		else
			buf_add(b, escape.p ? escape : str_slice(s, at, at + n));
		at += n ? n : 1;
	}
}

void xml_attribute(struct buf *b, const char *name, struct str value)
{
	buf_fmt(b, " %s=\"", name);
	xml_text(b, value);
	buf_char(b, '"');
}

void xml_attribute_uint(struct buf *b, const char *name, uint64_t value)
{
	buf_fmt(b, " %s=\"%llu\"", name, (unsigned long long)value);
}
