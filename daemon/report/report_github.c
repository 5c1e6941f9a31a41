/* Workflow commands of GitHub Actions, for the log of a step: ::error file=…,line=…,title=…::message
 *
 * GitHub makes annotations of the first ten of each level in a step and silently drops the others. So only those are
 * written as commands, and the others as plain lines, in which nothing is a command.
 */
#include "base/utf8.h"
#include "report/places.h"
#include "report/report.h"

enum { ANNOTATIONS = 10, NOTES = 20 }; /* of a level, in a step; and of each */

static const char *const commands[] = {
	[DIAG_INFO] = "notice",
	[DIAG_WARNING] = "warning",
	[DIAG_ERROR] = "error",
};

/* actions/toolkit, command.ts: escapeData and escapeProperty. A file's name may be any bytes; the log is UTF-8, so what is none
 * becomes U+FFFD, as in the other reports. */
static void add_escaped(struct buf *out, struct str s, bool property)
{
	for (size_t i = 0, n; i < s.n; i += n ? n : 1) {
		unsigned char c = (unsigned char)s.p[i];
		uint32_t      ignored;

		n = utf8_decode(s, i, &ignored);
		if (n == 0)
			buf_lit(out, "\xef\xbf\xbd");
		else if (c == '%' || c < 0x20 || c == 0x7f || (property && (c == ':' || c == ',')))
			buf_fmt(out, "%%%02X", c);
		else
			buf_add(out, str_slice(s, i, i + n));
	}
}

static void add_place(struct buf *out, const struct pos *pos)
{
	struct place from, to;

	buf_lit(out, "file=");
	add_escaped(out, place_file(pos->source), true);
	if (!place_has_lines(pos)) {
		buf_char(out, ',');
		return;
	}
	from = source_place(pos->source, pos->offset);
	buf_fmt(out, ",line=%u,col=%u", from.line, from.column);
	to = source_place(pos->source, pos->offset + pos->length);
	if (pos->length && to.line == from.line)
		buf_fmt(out, ",endLine=%u,endColumn=%u", to.line, to.column);
	buf_char(out, ',');
}

static void add_notes(struct buf *out, const struct diag_related *r)
{
	for (unsigned n = 0; r && n < NOTES; r = r->next, n++) {
		buf_lit(out, "%0A");
		add_escaped(out, place_note(out->arena, r), false);
	}
	if (r) {
		buf_lit(out, "%0A");
		add_escaped(out, place_notes_left(out->arena, r), false);
	}
}

static void write_command(struct buf *out, const struct diag *d)
{
	char code[7];

	buf_fmt(out, "::%s ", commands[d->level]);
	if (d->pos.source)
		add_place(out, &d->pos);
	buf_fmt(out, "title=%s::", diag_code_text(d->code, code));
	add_escaped(out, d->message, false);
	add_notes(out, d->related);
	if (str_present(d->help)) {
		buf_lit(out, "%0Ahelp: ");
		add_escaped(out, d->help, false);
	}
	buf_char(out, '\n');
}

/* The runner also obeys "##[command]" anywhere in a line, and "::command::" behind blanks at its beginning. */
static void add_harmless(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_lit(out, "\xef\xbf\xbd");
		else if (c == '[' && i > 0 && s.p[i - 1] == '#')
			buf_lit(out, " [");
		else
			buf_char(out, s.p[i]);
	}
}

static void write_line(struct buf *out, const struct diag *d)
{
	char code[7];

	buf_fmt(out, "- %s %s: ", diag_level_text(d->level), diag_code_text(d->code, code));
	if (d->pos.source) {
		add_harmless(out, place_file(d->pos.source));
		if (place_has_lines(&d->pos))
			buf_fmt(out, ":%u", source_place(d->pos.source, d->pos.offset).line);
		buf_lit(out, ": ");
	}
	add_harmless(out, d->message);
	buf_char(out, '\n');
}

void report_write_github(struct buf *out, const struct report *report)
{
	const struct diag **sorted = diags_sorted(report->diags, out->arena);
	size_t              written[DIAG_ERROR + 1] = { 0 }, left = 0;

	for (size_t i = 0; i < report->diags->n; i++)
		if (written[sorted[i]->level]++ < ANNOTATIONS)
			write_command(out, sorted[i]);
		else
			left++;
	if (left == 0)
		return;
	buf_fmt(out, "GitHub annotates %u findings of a level; %zu more:\n", (unsigned)ANNOTATIONS, left);
	written[DIAG_INFO] = written[DIAG_WARNING] = written[DIAG_ERROR] = 0;
	for (size_t i = 0; i < report->diags->n; i++)
		if (written[sorted[i]->level]++ >= ANNOTATIONS)
			write_line(out, sorted[i]);
}
