/* report.h - what a run found, printed in the formats that people and pipelines read.
 *
 * There is one table of formats, and one file for each. A format writes into a buffer and knows nothing of files or
 * terminals: the front ends open what --report names and write the bytes. Findings come in the order of diags_sorted,
 * so the same run gives the same bytes.
 */
#ifndef CALLOUT_REPORT_REPORT_H
#define CALLOUT_REPORT_REPORT_H

#include "base/buf.h"
#include "base/diag.h"

struct inputs;
struct json_writer;
struct module_report;
struct verification;

struct report {
	struct str                  command; /* "generate" */
	const struct diags         *diags;
	bool                        color;        /* text only: with the escape sequences of a terminal */
	bool                        errors_only;  /* text only: other findings are counted but not shown */
	const struct module_report *modules;      /* that were inspected; NULL where none are */
	const struct verification  *verification; /* NULL where nothing was verified */
	const struct inputs        *inputs;       /* that were judged; NULL where none were: junit counts them */
	/* The files that were read, in their order: junit has a suite for each. Those of findings need not be in it. */
	const struct source *const *sources;
	size_t                      n_sources;
	bool                        warnings_fail; /* --fail-on warning */
};

struct report_format {
	const char *name;    /* as in --report NAME=FILE */
	const char *summary; /* one line of help */
	void (*write)(struct buf *, const struct report *);
};

/* In the order of the help text. */
extern const struct report_format report_formats[];
extern const size_t               report_formats_size;

/* NULL when there is no format of that name. */
const struct report_format *report_format_find(struct str name);

/* The names of all formats, as they are told to people: "text, json or github". */
struct str report_format_names(struct arena *);

/* Appends the report to the buffer, in whose arena it works. False when the buffer's ceiling was reached: what it
 * holds then is not whole. */
bool report_write(struct buf *, const struct report_format *, const struct report *);

/* The members "summary" and "findings" of a report, for other objects that carry findings. */
void report_json_members(struct json_writer *, const struct diags *);

/* The formats, one file each. */
void report_write_text(struct buf *, const struct report *);
void report_write_json(struct buf *, const struct report *);
void report_write_sarif(struct buf *, const struct report *);
void report_write_junit(struct buf *, const struct report *);
void report_write_gitlab(struct buf *, const struct report *);
void report_write_checkstyle(struct buf *, const struct report *);
void report_write_github(struct buf *, const struct report *);

#endif
