/* GitLab's Code Quality report: a list of issues, each with a fingerprint of its own by which merge requests tell new
 * from old. A finding without a place stands at line 1 of ".", since GitLab drops what has neither. */
#include "json/json_write.h"
#include "report/places.h"
#include "report/report.h"

static const char *const severities[] = {
	[DIAG_INFO] = "info",
	[DIAG_WARNING] = "minor",
	[DIAG_ERROR] = "critical",
};

static void write_location(struct json_writer *w, const struct pos *pos)
{
	json_key(w, STR("location"));
	json_open(w, '{');
	json_member_string(w, "path", place_file(pos->source));
	json_key(w, STR("lines"));
	json_open(w, '{');
	json_member_int(w, "begin", place_has_lines(pos) ? source_place(pos->source, pos->offset).line : 1);
	json_close(w, '}');
	json_close(w, '}');
}

static void add_item(struct buf *b, struct str text)
{
	buf_lit(b, "- ");
	buf_add(b, text);
	buf_char(b, '\n');
}

/* Markdown: the notes as a list, the help behind them. */
static struct str body_of(struct arena *arena, const struct diag *d)
{
	const struct diag_related *r = d->related;
	struct buf                 b;

	if (!r)
		return d->help;
	buf_init(&b, arena, MIB);
	for (; r && b.n < MIB / 2; r = r->next)
		add_item(&b, place_note(arena, r));
	if (r)
		add_item(&b, place_notes_left(arena, r));
	if (str_present(d->help)) {
		buf_lit(&b, "\n");
		buf_add(&b, d->help);
	}
	return buf_str(&b);
}

static void write_finding(struct json_writer *w, const struct diag *d, struct str fingerprint)
{
	char code[7];

	json_open(w, '{');
	json_member_string(w, "description", d->message);
	json_member_string(w, "check_name", str_c(diag_code_text(d->code, code)));
	json_member_string(w, "fingerprint", fingerprint);
	json_member_string(w, "severity", str_c(severities[d->level]));
	write_location(w, &d->pos);
	if (str_present(d->help) || d->related) {
		json_key(w, STR("content"));
		json_open(w, '{');
		json_member_string(w, "body", body_of(w->out->arena, d));
		json_close(w, '}');
	}
	json_close(w, '}');
}

void report_write_gitlab(struct buf *out, const struct report *report)
{
	const struct diag **sorted = diags_sorted(report->diags, out->arena);
	const struct str   *prints = fingerprints(out->arena, sorted, report->diags->n);
	struct json_writer  w;

	json_writer_init(&w, out, 2);
	json_open(&w, '[');
	for (size_t i = 0; i < report->diags->n; i++)
		write_finding(&w, sorted[i], prints[i]);
	json_close(&w, ']');
	buf_char(out, '\n');
}
