/* verdicts.h - what verify answers: a table for people, and the members "verdicts" and "plugins" of a report. */
#ifndef CALLOUT_REPORT_VERDICTS_H
#define CALLOUT_REPORT_VERDICTS_H

#include "json/json_write.h"
#include "verify/verdict.h"

/* A row for each upstream in each proxy. If there are more than VERDICT_ROWS: a count for each upstream, then the rows
 * that are not resolved. all: every row, however many. */
enum { VERDICT_ROWS = 60 };
void verdicts_write_text(struct buf *, const struct verification *, bool all);

/* Writes both members into the open object. */
void verdicts_write_json(struct json_writer *, const struct verification *);

/* One line: "5 of 6 resolved, 1 missing" */
struct str verdicts_summary(struct arena *, const struct verification *);

#endif
