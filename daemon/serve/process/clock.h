/* clock.h - the time of day, and how it is written. */
#ifndef CALLOUT_SERVE_CLOCK_H
#define CALLOUT_SERVE_CLOCK_H

#include "base/str.h"

struct arena;

int64_t clock_unix_ms(void);

/* "2026-11-25T13:20:25.547Z" */
struct str time_text(struct arena *, int64_t unix_ms);
struct str http_date(struct arena *, int64_t unix_ms); /* as headers have it */

#endif
