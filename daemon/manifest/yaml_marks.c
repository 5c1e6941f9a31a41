#include "manifest/yaml_marks.h"

#include "base/utf8.h"

size_t yaml_marks_walk(struct yaml_marks *m, size_t index)
{
	while (m->char_index < index && m->byte_offset < m->text.n) {
		uint32_t cp;
		size_t   n = utf8_decode(m->text, m->byte_offset, &cp);

		m->byte_offset += n ? n : 1;
		m->char_index++;
	}
	while (m->char_index > index) {
		do
			m->byte_offset--;
		while (m->byte_offset && ((unsigned char)m->text.p[m->byte_offset] & 0xc0) == 0x80);
		m->char_index--;
	}
	return m->base + m->byte_offset;
}

/* ---- the text as such ---- */

struct text_check {
	const struct source *source;
	struct str           text;
	size_t               base;
	struct diags        *diags;
};

static bool refuse(const struct text_check *c, enum diag_code code, size_t at, size_t length, struct str value)
{
	diag_add(c->diags, code, pos_at(c->source, c->base + at, length), ARGS(value));
	return false;
}

static bool refuse_character(const struct text_check *c, size_t at, size_t length, uint32_t cp)
{
	return refuse(c, CO_CONTROL_CHARACTER, at, length, str_fmt(c->diags->arena, "U+%04X", cp));
}

/* Of eight bytes at once: is one of them neither printable ASCII nor the end of a line? The high bit of each byte tells,
 * as none carries into the next one. */
static bool are_plain(uint64_t eight)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f), high = ~low, ones = UINT64_C(0x0101010101010101);
	uint64_t       newline = eight ^ ones * '\n', ascii = eight & low;
	uint64_t       is_newline = ~((newline & low) + low); /* beside the high bit, which is looked at below */
	uint64_t       is_printable = (ascii + ones * (0x80 - 0x20)) & /* 0x20 or more … */
	                        ~(ascii + ones);                       /* … but not 0x7f */

	return !(eight & high) && ((is_newline | is_printable) & high) == high;
}

/* The first byte at or after `at` that is not plain, or near before it. */
static size_t skip_plain(struct str text, size_t at)
{
	uint64_t eight;

	for (; at + sizeof(eight) <= text.n; at += sizeof(eight)) {
		memcpy(&eight, text.p + at, sizeof(eight));
		if (!are_plain(eight))
			break;
	}
	return at;
}

static bool check_characters(const struct text_check *c, bool *ascii)
{
	struct str text = c->text;
	size_t     end = utf8_valid_prefix(text, ascii);

	if (end < text.n)
		return refuse(c, CO_NOT_UTF8, end, 1, str_fmt(c->diags->arena, "0x%02X", (unsigned char)text.p[end]));
	for (size_t at = skip_plain(text, 0); at < text.n; at++) {
		unsigned char byte = (unsigned char)text.p[at];
		uint32_t      cp;
		size_t        n;

		if (byte >= 0x20 && byte < 0x7f) {
			if (at % sizeof(uint64_t) == 0)
				at = skip_plain(text, at + 1) - 1;
			continue;
		}
		if (byte < 0x80) {
			if (byte != '\t' && byte != '\n' && byte != '\r')
				return refuse_character(c, at, 1, byte);
			continue;
		}
		n = utf8_decode(text, at, &cp);
		if (cp == 0xfeff || (cp >= 0x80 && cp < 0xa0 && cp != 0x85) || cp == 0xfffe || cp == 0xffff)
			return refuse_character(c, at, n, cp);
		at += n - 1;
	}
	return true;
}

static bool is_yaml_directive(struct str line)
{
	static const struct str allowed[] = { STR_INIT("%YAML 1.1"), STR_INIT("%YAML 1.2") };

	while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\r'))
		line.n--;
	return str_eq(line, allowed[0]) || str_eq(line, allowed[1]);
}

/* Refuses directives other than one %YAML: no other line of YAML can begin with %. */
static bool check_directives(const struct text_check *c)
{
	struct str text = c->text;
	bool       seen = false;

	if (str_find(text, '%', 0) == text.n)
		return true;
	for (size_t at = 0; at < text.n; at = str_find(text, '\n', at) + 1) {
		struct str line = str_slice(text, at, str_find(text, '\n', at));

		if (str_has_prefix(line, STR("---")))
			seen = false;
		if (line.n == 0 || line.p[0] != '%')
			continue;
		if (seen || !is_yaml_directive(line))
			return refuse(c, CO_DIRECTIVE, at, line.n, line);
		seen = true;
	}
	return true;
}

bool yaml_marks_begin(struct yaml_marks *m, const struct source *source, size_t at, struct str text,
                      struct diags *diags)
{
	size_t            mark = str_has_prefix(text, STR("\xef\xbb\xbf")) ? 3 : 0;
	struct text_check c = { source, str_slice(text, mark, text.n), at + mark, diags };

	*m = (struct yaml_marks){ .text = c.text, .base = c.base };
	return check_characters(&c, &m->ascii) && check_directives(&c);
}

struct yaml_marks yaml_marks_from(const struct yaml_marks *m, size_t from)
{
	return (struct yaml_marks){
		.text = str_slice(m->text, from, m->text.n),
		.base = m->base + from,
		.ascii = m->ascii,
	};
}
