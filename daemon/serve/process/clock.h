/* clock.h - the time of day, and how it is written. */
#ifndef CALLOUT_SERVE_CLOCK_H
#define CALLOUT_SERVE_CLOCK_H

#include "base/str.h"

struct arena;

int64_t clock_unix_ms(void);

/* "2026-11-25T13:20:25.547Z" */
struct str time_text(struct arena *, int64_t unix_ms);
struct str http_date(struct arena *, int64_t unix_ms); /* as headers have it */

/* Of any of the three forms that RFC 9110 5.6.7 wants read. False: it is no date. */
bool http_date_read(struct str, int64_t *ret_unix_ms);

#endif
