/* The report as one JSON object. Its shape is fixed (docs/reports.md): members may be added, none may change. What a
 * finding has not (location, help, path) is left out; related is always there. */
#include "json/json_write.h"
#include "report/modules.h"
#include "report/report.h"
#include "report/verdicts.h"

static void write_location(struct json_writer *w, const struct pos *pos, struct str path)
{
	struct place place;

	if (!pos->source)
		return;
	place = source_place(pos->source, pos->offset);
	json_key(w, STR("location"));
	json_open(w, '{');
	json_member_string(w, "source", pos->source->name);
	json_member_int(w, "line", place.line);
	json_member_int(w, "column", place.column);
	json_member_int(w, "offset", pos->offset);
	json_member_int(w, "length", pos->length);
	if (str_present(path))
		json_member_string(w, "path", path);
	json_close(w, '}');
}

static void write_related(struct json_writer *w, const struct diag *d)
{
	json_key(w, STR("related"));
	json_open(w, '[');
	for (const struct diag_related *r = d->related; r; r = r->next) {
		json_open(w, '{');
		json_member_string(w, "message", r->message);
		write_location(w, &r->pos, STR_ABSENT);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_finding(struct json_writer *w, const struct diag *d)
{
	char code[7];

	json_open(w, '{');
	json_member_string(w, "code", str_c(diag_code_text(d->code, code)));
	json_member_string(w, "level", str_c(diag_level_text(d->level)));
	json_member_string(w, "message", d->message);
	if (str_present(d->help))
		json_member_string(w, "help", d->help);
	write_location(w, &d->pos, d->path);
	write_related(w, d);
	json_close(w, '}');
}

static void write_findings(struct json_writer *w, const struct diags *ds)
{
	const struct diag **sorted = diags_sorted(ds, w->out->arena);

	json_key(w, STR("findings"));
	json_open(w, '[');
	for (size_t i = 0; i < ds->n; i++)
		write_finding(w, sorted[i]);
	json_close(w, ']');
}

static void write_summary(struct json_writer *w, const struct diags *ds)
{
	json_key(w, STR("summary"));
	json_open(w, '{');
	json_member_int(w, "errors", (int64_t)ds->errors);
	json_member_int(w, "warnings", (int64_t)ds->warnings);
	json_member_int(w, "infos", (int64_t)ds->infos);
	json_close(w, '}');
}

void report_json_members(struct json_writer *w, const struct diags *ds)
{
	write_summary(w, ds);
	write_findings(w, ds);
}

static void write_modules(struct json_writer *w, const struct module_report *modules)
{
	if (!modules)
		return;
	json_key(w, STR("modules"));
	json_open(w, '[');
	for (const struct module_report *m = modules; m; m = m->next)
		module_write_json(w, m, false);
	json_close(w, ']');
}

void report_write_json(struct buf *out, const struct report *report)
{
	struct json_writer w;

	json_writer_init(&w, out, 2);
	json_open(&w, '{');
	json_member_string(&w, "apiVersion", STR("callout.dev/v1alpha1"));
	json_member_string(&w, "kind", STR("Report"));
	json_member_string(&w, "command", report->command);
	report_json_members(&w, report->diags);
	if (report->verification)
		verdicts_write_json(&w, report->verification);
	write_modules(&w, report->modules);
	json_close(&w, '}');
	buf_char(out, '\n');
}
