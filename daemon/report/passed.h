/* passed.h - what a run found nothing against: the tests that passed, for formats that count them.
 *
 * With a verification each upstream in each proxy that resolved, and each filter that is there; otherwise each manifest
 * without a finding that fails.
 */
#ifndef CALLOUT_REPORT_PASSED_H
#define CALLOUT_REPORT_PASSED_H

#include "report/report.h"

struct passed {
	struct passed       *next;
	const struct source *source; /* of the manifest */
	struct str           name;   /* "shop/auth-check", "shop/auth-check: auth in web-7d9c.shop" */
};

/* Does the run fail by it? */
bool report_fails_by(const struct report *, const struct diag *);

/* NULL: nothing. sorted: the report's findings, those of one file together. */
struct passed *passed_tests(struct arena *, const struct report *, const struct diag *const *sorted);

#endif
