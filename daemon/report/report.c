#include "report/report.h"

#include "base/arena.h"

const struct report_format report_formats[] = {
	{ "text", "for people: the line and a caret under the place", report_write_text },
	{ "json", "for programs: one object of kind Report", report_write_json },
	{ "sarif", "SARIF 2.1.0, for code scanning", report_write_sarif },
	{ "junit", "JUnit XML: a suite a file, a test a manifest or error", report_write_junit },
	{ "gitlab", "Code Quality report of GitLab", report_write_gitlab },
	{ "checkstyle", "Checkstyle XML", report_write_checkstyle },
	{ "github", "workflow commands of GitHub Actions, for the log of a step", report_write_github },
};
const size_t report_formats_size = sizeof(report_formats) / sizeof(report_formats[0]);

const struct report_format *report_format_find(struct str name)
{
	for (size_t i = 0; i < report_formats_size; i++)
		if (str_is(name, report_formats[i].name))
			return &report_formats[i];
	return NULL;
}

struct str report_format_names(struct arena *arena)
{
	struct str names = STR("");

	for (size_t i = 0; i < report_formats_size; i++)
		names = STR_CONCAT(arena, names,
		                   i == 0                         ? STR("")
		                   : i + 1 == report_formats_size ? STR(" or ")
		                                                  : STR(", "),
		                   str_c(report_formats[i].name));
	return names;
}

bool report_write(struct buf *out, const struct report_format *format, const struct report *report)
{
	format->write(out, report);
	return !out->overflow;
}
