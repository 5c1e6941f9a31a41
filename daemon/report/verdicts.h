/* verdicts.h - what verify answers: a table for people, and the members "verdicts" and "plugins" of a report. */
#ifndef CALLOUT_REPORT_VERDICTS_H
#define CALLOUT_REPORT_VERDICTS_H

#include "json/json_write.h"
#include "verify/verdict.h"

/* A row for each upstream in each proxy; of more than VERDICT_ROWS rows a count for each upstream, and then those rows that
 * deviate. all: every row, however many. */
enum { VERDICT_ROWS = 60 };
void verdicts_write_text(struct buf *, const struct verification *, bool all);

/* The two members, complete; the writer stands inside of an object. */
void verdicts_write_json(struct json_writer *, const struct verification *);

/* One line: "5 of 6 resolved, 1 missing" */
struct str verdicts_summary(struct arena *, const struct verification *);

#endif
