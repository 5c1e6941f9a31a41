/* modules.h - what is said of an inspected module: for people, as the member "modules" of a report, and as a matrix.
 */
#ifndef CALLOUT_REPORT_MODULES_H
#define CALLOUT_REPORT_MODULES_H

#include "json/json_write.h"
#include "wasm/wasm_check.h"

struct module_report {
	struct module_report      *next;
	struct str                 name; /* of the file, as the user wrote it */
	const struct wasm_verdict *verdict;
	struct envoy_question      question;
	struct str                 sha256; /* absent unless asked for */
	bool                       all_versions;
};

/* The answer first, then what was found out. */
void module_write_text(struct buf *, const struct module_report *);
/* One line a version. */
void module_write_matrix(struct buf *, const struct module_report *);
/* full: with every import and export. */
void module_write_json(struct json_writer *, const struct module_report *, bool full);

#endif
