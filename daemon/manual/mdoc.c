#include "manual/mdoc.h"

#include "base/arena.h"
#include "base/utf8.h"

enum { LINE_BYTES = 76 };

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* A hyphen inside a word may be typeset and broken at; any other is a minus that people copy into a terminal. */
static bool is_hyphen(struct str s, size_t at)
{
	return at > 0 && at + 1 < s.n && is_word(s.p[at - 1]) && is_word(s.p[at + 1]);
}

/* groff_char(7): these characters alone would be read as escapes or printed as typographic ones. */
static void add_character(struct buf *b, struct str s, size_t at, uint32_t cp, bool literal)
{
	switch (cp) {
	case '\\':
		buf_lit(b, "\\e");
		break;
	case '-':
		buf_add(b, !literal && is_hyphen(s, at) ? STR("-") : STR("\\-"));
		break;
	case '\'':
		buf_lit(b, "\\(aq");
		break;
	case '`':
		buf_lit(b, "\\(ga");
		break;
	case '^':
		buf_lit(b, "\\(ha");
		break;
	case '~':
		buf_lit(b, "\\(ti");
		break;
	case '"':
		buf_lit(b, "\\(dq");
		break;
	default:
		if (cp < 0x80)
			buf_char(b, (char)cp);
		else
			buf_fmt(b, "\\[u%04X]", cp);
	}
}

static void add_escaped(struct buf *b, struct str s, bool literal)
{
	for (size_t at = 0; at < s.n;) {
		uint32_t cp = 0;
		size_t   n = utf8_decode(s, at, &cp);

		if (n == 0) {
			n = 1;
			cp = 0xfffd;
		}
		add_character(b, s, at, cp, literal);
		at += n;
	}
}

void mdoc_escape(struct buf *b, struct str s)
{
	add_escaped(b, s, true);
}

void mdoc_page(struct buf *b, struct str title, int section, const char *date)
{
	buf_lit(b, ".\\\" Printed from the tables of the program when it was built.\n");
	buf_fmt(b, ".Dd %s\n.Dt ", date);
	for (size_t i = 0; i < title.n; i++)
		buf_char(b, title.p[i] >= 'a' && title.p[i] <= 'z' ? (char)(title.p[i] - 'a' + 'A') : title.p[i]);
	buf_fmt(b, " %d\n.Os\n", section);
}

void mdoc_macro(struct buf *b, const char *name, struct str argument)
{
	buf_fmt(b, ".%s \"", name);
	if (argument.n <= 3)
		buf_lit(b, "\\&"); /* could be the name of a macro */
	mdoc_escape(b, argument);
	buf_lit(b, "\"\n");
}

void mdoc_section(struct buf *b, const char *title)
{
	buf_fmt(b, ".Sh %s\n", title);
}

void mdoc_subsection(struct buf *b, struct str title)
{
	mdoc_macro(b, "Ss", title);
}

/* ---- flowing text ---- */

struct flow {
	struct buf *out;
	size_t      column;
	bool        bold;
};

static void end_line(struct flow *f)
{
	if (f->column)
		buf_char(f->out, '\n');
	f->column = 0;
}

static bool is_option(struct str word)
{
	return word.n && (word.p[0] == '-' || (word.n > 1 && word.p[0] == '(' && word.p[1] == '-'));
}

/* Adds a word; backticks in it turn bold on and off. */
static void add_word(struct flow *f, struct str word)
{
	bool option = is_option(word);

	if (f->column && f->column + 1 + word.n > LINE_BYTES)
		end_line(f);
	if (f->column)
		buf_char(f->out, ' ');
	else if (word.n && word.p[0] == '.')
		buf_lit(f->out, "\\&");
	f->column += word.n + 1;
	while (word.p) {
		struct str head, rest = str_cut(word, '`', &head);

		add_escaped(f->out, head, f->bold || option);
		if (rest.p) {
			f->bold = !f->bold;
			buf_add(f->out, f->bold ? STR("\\fB") : STR("\\fR"));
		}
		word = rest;
	}
}

/* mdoc(7) wants each sentence on a line of its own: that is how it knows where to put the wider space. */
static bool ends_sentence(const struct flow *f, struct str word, struct str rest)
{
	char last = word.n ? word.p[word.n - 1] : 0;

	return !f->bold && (last == '.' || last == ':' || last == '?') && rest.n &&
	       !(rest.p[0] >= 'a' && rest.p[0] <= 'z');
}

static void add_paragraph(struct flow *f, struct str text)
{
	while (text.p) {
		struct str word, rest = str_cut(text, ' ', &word);

		if (word.n)
			add_word(f, word);
		if (ends_sentence(f, word, rest))
			end_line(f);
		text = rest;
	}
	end_line(f);
}

/* Joins lines that the tables break for terminals: mdoc fills paragraphs by itself. */
static struct str unwrap(struct arena *arena, struct str text)
{
	struct str copy = str_copy(arena, text);
	char      *p = arena_copy(arena, copy.p, copy.n + 1);

	for (size_t i = 0; i < copy.n; i++)
		if (p[i] == '\n')
			p[i] = ' ';
	return str_of(p, copy.n);
}

void mdoc_text(struct buf *b, struct str text)
{
	struct flow f = { .out = b };

	for (size_t at = 0; at < text.n;) {
		size_t end = str_find_str(text, STR("\n\n"), at);

		if (at)
			buf_lit(b, ".Pp\n");
		add_paragraph(&f, unwrap(b->arena, str_slice(text, at, end)));
		at = end + 2;
	}
}

/* A word of the command line ("auto, never or always", "flux: ...") keeps its small letter. */
static bool begins_with_plain_word(struct str text)
{
	size_t at = 0;

	while (at < text.n && (is_letter(text.p[at]) || text.p[at] == '-'))
		at++;
	return at > 0 && text.p[0] >= 'a' && text.p[0] <= 'z' && at < text.n && text.p[at] == ' ';
}

void mdoc_sentence(struct buf *b, struct str text)
{
	char *p;
	bool  ended;

	if (text.n == 0)
		return;
	p = arena_copy(b->arena, text.p, text.n);
	ended = p[text.n - 1] == '.' || p[text.n - 1] == ':';
	if (begins_with_plain_word(text))
		p[0] = (char)(p[0] - 'a' + 'A');
	mdoc_text(b, STR_CONCAT(b->arena, str_of(p, text.n), ended ? STR("") : STR(".")));
}

/* ---- text as it is ---- */

void mdoc_literal(struct buf *b, struct str text)
{
	buf_lit(b, ".Bd -literal -offset indent\n");
	while (text.p) {
		struct str line, rest = str_cut(text, '\n', &line);

		if (rest.p && rest.n == 0)
			rest = STR_ABSENT;
		if (line.n && line.p[0] == '.')
			buf_lit(b, "\\&");
		add_escaped(b, line, true);
		buf_char(b, '\n');
		text = rest;
	}
	buf_lit(b, ".Ed\n");
}

void mdoc_examples(struct buf *b, struct str text)
{
	bool first = true;

	while (text.p) {
		struct str line, rest = str_cut(text, '\n', &line);

		if (str_has_prefix(line, STR("# "))) {
			if (!first)
				buf_lit(b, ".Pp\n");
			mdoc_sentence(b, STR_CONCAT(b->arena, str_slice(line, 2, line.n), STR(":")));
		} else {
			mdoc_macro(b, "Dl", line);
		}
		first = false;
		text = rest;
	}
}
