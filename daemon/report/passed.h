/* passed.h - the tests that passed, for report formats that count them.
 *
 * After a verification these are each upstream that resolved and each filter that is there, in each proxy; otherwise
 * each manifest without a finding that makes the run fail.
 */
#ifndef CALLOUT_REPORT_PASSED_H
#define CALLOUT_REPORT_PASSED_H

#include "report/report.h"

struct passed {
	struct passed       *next;
	const struct source *source; /* of the manifest */
	struct str           name;   /* "shop/auth-check", "shop/auth-check: auth in web-7d9c.shop" */
};

/* Does this finding make the run fail? */
bool report_fails_by(const struct report *, const struct diag *);

/* The tests that passed; NULL: none. sorted: the report's findings, those of one file together. */
struct passed *passed_tests(struct arena *, const struct report *, const struct diag *const *sorted);

#endif
