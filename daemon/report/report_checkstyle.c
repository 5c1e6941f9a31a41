/* Checkstyle's XML, which editors and build servers read: <file> with an <error> for each finding. */
#include "report/places.h"
#include "report/report.h"
#include "report/xml_write.h"

static void write_finding(struct buf *out, const struct diag *d)
{
	char code[7];

	buf_lit(out, "    <error");
	if (place_has_lines(&d->pos)) {
		struct place place = source_place(d->pos.source, d->pos.offset);

		xml_attribute_uint(out, "line", place.line);
		xml_attribute_uint(out, "column", place.column);
	}
	xml_attribute(out, "severity", str_c(diag_level_text(d->level)));
	buf_lit(out, " message=\"");
	xml_text(out, d->message);
	if (str_present(d->help)) {
		xml_text(out, STR("; help: "));
		xml_text(out, d->help);
	}
	buf_lit(out, "\"");
	buf_fmt(out, " source=\"callout.%s\"/>\n", diag_code_text(d->code, code));
}

void report_write_checkstyle(struct buf *out, const struct report *report)
{
	const struct diag  **sorted = diags_sorted(report->diags, out->arena);
	const struct source *source = NULL;
	size_t               n = report->diags->n;

	buf_lit(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || sorted[i]->pos.source != source) {
			source = sorted[i]->pos.source;
			buf_lit(out, "  <file");
			xml_attribute(out, "name", place_file(source));
			buf_lit(out, ">\n");
		}
		write_finding(out, sorted[i]);
		if (i + 1 == n || sorted[i + 1]->pos.source != source)
			buf_lit(out, "  </file>\n");
	}
	buf_lit(out, "</checkstyle>\n");
}
