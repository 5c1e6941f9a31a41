/* The report for people:
 *
 *     filters/auth.yaml:12:11: error CO0204: port 443 without a tls block: …
 *        12 |     port: 443
 *           |           ^~~
 *       note: …
 *       help: …
 *
 * Nothing that an input holds reaches the terminal as a command to it: what is not plainly visible is shown as U+FFFD.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "report/report.h"

enum {
	GUTTER_DIGITS = 5,
	COLUMNS_BEFORE = LIMIT_EXCERPT_COLUMNS / 2, /* of a long line, before the place */
};

#define UNSEEN STR("\xef\xbf\xbd")

struct printer {
	struct buf *out;
	bool        color;
};

/* ---- color ---- */

static const char *const level_colors[] = {
	[DIAG_INFO] = "\033[1;36m",
	[DIAG_WARNING] = "\033[1;35m",
	[DIAG_ERROR] = "\033[1;31m",
};

static void color_on(const struct printer *p, const char *sequence)
{
	if (p->color)
		buf_add(p->out, str_c(sequence));
}

static void color_off(const struct printer *p)
{
	color_on(p, "\033[m");
}

/* ---- characters ---- */

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n && ranges[i].first <= cp; i++)
		if (cp <= ranges[i].last)
			return true;
	return false;
}

#define IN_RANGES(ranges, cp) in_ranges((ranges), sizeof(ranges) / sizeof((ranges)[0]), (cp))

/* How many columns a terminal gives to cp: a coarse form of Unicode's East_Asian_Width and combining marks. */
static unsigned width_of(uint32_t cp)
{
	static const struct range none[] = {
		{ 0x0300, 0x036f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
		{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	};
	static const struct range two[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
	};

	if (cp < 0x300)
		return 1;
	return IN_RANGES(none, cp) ? 0 : IN_RANGES(two, cp) ? 2 : 1;
}

/* The character at `at` as it is shown; its length in s. */
static size_t shown(struct str s, size_t at, struct str *text, unsigned *width)
{
	uint32_t cp;
	size_t   n = utf8_decode(s, at, &cp);

	if (n == 0 || utf8_is_unseen(cp)) {
		*text = UNSEEN;
		*width = 1;
		return n ? n : 1;
	}
	*text = str_slice(s, at, at + n);
	*width = width_of(cp);
	return n;
}

static void add_shown(struct buf *out, struct str s)
{
	for (size_t at = 0; at < s.n;) {
		struct str text;
		unsigned   width;

		at += shown(s, at, &text, &width);
		buf_add(out, text);
	}
}

/* ---- the excerpt ---- */

/* The part of a source line that is shown, and the span in it that is marked; offsets into line. */
struct excerpt {
	struct str line;
	size_t     from, to;
	size_t     mark, mark_end;
};

/* Moves back by some columns; byte by byte where the text is not UTF-8, as `forward` does. */
static size_t back(struct str s, size_t at, size_t columns)
{
	while (at > 0 && columns--) {
		size_t   n = 4;
		uint32_t cp;

		while (n > 1 && (n > at || utf8_decode(s, at - n, &cp) != n))
			n--;
		at -= n;
	}
	return at;
}

static size_t forward(struct str s, size_t at, size_t columns)
{
	while (at < s.n && columns--) {
		uint32_t cp;
		size_t   n = utf8_decode(s, at, &cp);

		at += n ? n : 1;
	}
	return at;
}

/* A window around the mark; what one side does not need goes to the other. Never looks at more of a long line than it
 * shows. */
static void choose_window(struct excerpt *e)
{
	size_t width = LIMIT_EXCERPT_COLUMNS;

	e->to = forward(e->line, e->mark, width - COLUMNS_BEFORE);
	e->from = back(e->line, e->to, width);
	if (e->from == 0)
		e->to = forward(e->line, 0, width);
}

static struct excerpt excerpt_of(const struct pos *pos, const struct place *place)
{
	struct excerpt e = { .line = place->text };
	size_t         start = (size_t)(place->text.p - pos->source->bytes.p);

	e.mark = pos->offset > start ? pos->offset - start : 0;
	if (e.mark > e.line.n)
		e.mark = e.line.n;
	e.mark_end = e.line.n - e.mark > pos->length ? e.mark + pos->length : e.line.n;
	choose_window(&e);
	return e;
}

static void write_gutter(struct buf *out, struct str label, size_t width)
{
	buf_fill(out, ' ', width - label.n);
	buf_add(out, label);
	buf_lit(out, " | ");
}

static void write_line(const struct printer *p, const struct excerpt *e)
{
	if (e->from > 0)
		buf_lit(p->out, "…");
	for (size_t at = e->from; at < e->to;) {
		struct str text;
		unsigned   width;

		if (e->line.p[at] == '\t') {
			buf_char(p->out, '\t');
			at++;
			continue;
		}
		at += shown(e->line, at, &text, &width);
		buf_add(p->out, text);
	}
	if (e->to < e->line.n)
		buf_lit(p->out, "…");
	buf_char(p->out, '\n');
}

/* Tabs are copied, so that they stop at the same column as above. */
static void write_mark(const struct printer *p, const struct excerpt *e, const char *color)
{
	size_t at = e->from;
	char   c = '^';

	if (e->from > 0)
		buf_char(p->out, ' ');
	while (at < e->mark) {
		struct str text;
		unsigned   width;
		bool       tab = e->line.p[at] == '\t';

		at += shown(e->line, at, &text, &width);
		buf_fill(p->out, tab ? '\t' : ' ', width);
	}
	color_on(p, color);
	do {
		struct str text;
		unsigned   width = 1;

		if (at < e->to)
			at += shown(e->line, at, &text, &width);
		else
			at++;
		if (width || c == '^')
			buf_char(p->out, c);
		if (width > 1)
			buf_fill(p->out, '~', width - 1);
		c = '~';
	} while (at < e->mark_end && at < e->to);
	color_off(p);
	buf_char(p->out, '\n');
}

static void write_excerpt(const struct printer *p, const struct pos *pos, const struct place *place, const char *color)
{
	struct str     number = str_from_uint(p->out->arena, place->line);
	size_t         width = number.n > GUTTER_DIGITS ? number.n : GUTTER_DIGITS;
	struct excerpt e;

	if (place->text.n == 0)
		return;
	e = excerpt_of(pos, place);
	write_gutter(p->out, number, width);
	write_line(p, &e);
	write_gutter(p->out, STR(""), width);
	write_mark(p, &e, color);
}

/* ---- findings ---- */

/* "filters/auth.yaml:12:11: "; a binary file has no lines. */
static void write_location(const struct printer *p, const struct pos *pos, const struct place *place)
{
	color_on(p, "\033[1m");
	add_shown(p->out, pos->source->name);
	buf_char(p->out, ':');
	if (source_has_lines(pos->source)) {
		buf_uint(p->out, place->line);
		buf_char(p->out, ':');
		buf_uint(p->out, place->column);
		buf_char(p->out, ':');
	}
	color_off(p);
	buf_char(p->out, ' ');
}

static void write_note(const struct printer *p, const struct diag_related *r)
{
	struct place place;

	buf_lit(p->out, "  note: ");
	if (r->pos.source) {
		place = source_place(r->pos.source, r->pos.offset);
		write_location(p, &r->pos, &place);
	}
	add_shown(p->out, r->message);
	buf_char(p->out, '\n');
	if (r->pos.source)
		write_excerpt(p, &r->pos, &place, level_colors[DIAG_INFO]);
}

static void write_finding(const struct printer *p, const struct diag *d)
{
	const char  *color = level_colors[d->level];
	char         code[7];
	struct place place;

	if (d->pos.source) {
		place = source_place(d->pos.source, d->pos.offset);
		write_location(p, &d->pos, &place);
	}
	color_on(p, color);
	buf_add(p->out, str_c(diag_level_text(d->level)));
	color_off(p);
	buf_char(p->out, ' ');
	buf_add(p->out, str_c(diag_code_text(d->code, code)));
	buf_lit(p->out, ": ");
	add_shown(p->out, d->message);
	buf_char(p->out, '\n');
	if (d->pos.source)
		write_excerpt(p, &d->pos, &place, color);
	for (const struct diag_related *r = d->related; r; r = r->next)
		write_note(p, r);
	if (str_present(d->help)) {
		buf_lit(p->out, "  help: ");
		add_shown(p->out, d->help);
		buf_char(p->out, '\n');
	}
}

static void write_count(struct buf *out, size_t n, const char *noun, bool *first)
{
	if (n == 0)
		return;
	if (!*first)
		buf_lit(out, ", ");
	buf_uint(out, n);
	buf_char(out, ' ');
	buf_add(out, str_c(noun));
	if (n != 1)
		buf_char(out, 's');
	*first = false;
}

static void write_summary(struct buf *out, const struct diags *ds)
{
	bool first = true;

	write_count(out, ds->errors, "error", &first);
	write_count(out, ds->warnings, "warning", &first);
	write_count(out, ds->infos, "info", &first);
	if (!first)
		buf_char(out, '\n');
}

void report_write_text(struct buf *out, const struct report *report)
{
	const struct printer p = { out, report->color };
	const struct diag  **sorted = diags_sorted(report->diags, out->arena);

	for (size_t i = 0; i < report->diags->n; i++)
		if (!report->errors_only || sorted[i]->level == DIAG_ERROR)
			write_finding(&p, sorted[i]);
	write_summary(out, report->diags);
}
