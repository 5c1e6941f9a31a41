/* The end of a run: its reports, and the exit status that they amount to. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/report_file.h"
#include "cli/run.h"
#include "report/report.h"

#define REPORT_BYTES (64 * MIB)

static bool fails_on_warning(const struct run *run)
{
	return str_is(argument_str(run->arguments, OPTION_FAIL_ON), "warning");
}

bool run_on_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

static bool wants_color(const struct run *run)
{
	const char *when = argument(run->arguments, OPTION_COLOR), *no_color = getenv("NO_COLOR");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return !(no_color && *no_color) && run_on_terminal();
}

static bool write_report(struct run *run, struct str name, struct str file)
{
	struct report report = { .command = str_c(run->command),
		                 .diags = &run->diags,
		                 .color = !file.p && wants_color(run),
		                 .errors_only = !file.p && run->arguments->options[OPTION_QUIET].n > 0,
		                 .modules = run->modules,
		                 .verification = run->verification,
		                 .inputs = &run->inputs,
		                 .sources = run->sources,
		                 .n_sources = run->n_sources,
		                 .warnings_fail = fails_on_warning(run) };
	struct buf    b;

	buf_init(&b, run->arena, REPORT_BYTES);
	if (!report_write(&b, report_format_find(name), &report)) {
		fprintf(stderr, "callout: the %.*s report is larger than %zu MiB\n", STR_ARG(name), REPORT_BYTES / MIB);
		return false;
	}
	return file.p ? report_file_write(run->arena, file, buf_str(&b)) : file_write_all(STDERR_FILENO, buf_str(&b));
}

static bool write_reports(struct run *run)
{
	const struct option_values *reports = &run->arguments->options[OPTION_REPORT];
	bool                        quiet = run->arguments->options[OPTION_QUIET].n > 0, said = false, ok = true;

	for (size_t i = 0; i < reports->n; i++) {
		struct str name, file = str_cut(str_c(reports->items[i]), '=', &name);

		if (run->withheld && file.p && !str_is(file, "-"))
			continue;
		said = said || !file.p || str_is(file, "/dev/stderr");
		ok = write_report(run, name, file) && ok;
	}
	if (!said && !(quiet && run->diags.errors == 0))
		ok = write_report(run, STR("text"), STR_ABSENT) && ok;
	return ok;
}

static enum exit_status status_of(const struct run *run)
{
	if (run->diags.class_seen[DIAG_ENVIRONMENT])
		return EXIT_ENVIRONMENT;
	if (run->diags.class_seen[DIAG_INPUT])
		return EXIT_INPUT;
	if (run->diags.errors)
		return EXIT_NO;
	return fails_on_warning(run) && run->diags.warnings ? EXIT_NO : EXIT_FINE;
}

enum exit_status run_finish(struct run *run, bool output_written)
{
	enum exit_status status = status_of(run);

	if (run->arguments->options[OPTION_VERBOSE].n && run->mesh)
		fprintf(stderr, "%zu manifest%s from %zu file%s, for %.*s\n", run->inputs.n_manifests,
		        run->inputs.n_manifests == 1 ? "" : "s", run->n_sources, run->n_sources == 1 ? "" : "s",
		        STR_ARG(version_range_text(run->arena, run->versions)));
	return write_reports(run) && output_written ? status : EXIT_ENVIRONMENT;
}
