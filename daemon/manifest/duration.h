/* duration.h - durations as Go's time.ParseDuration reads them. */
#ifndef CALLOUT_MANIFEST_DURATION_H
#define CALLOUT_MANIFEST_DURATION_H

#include "base/str.h"

struct arena;

/* "1.5s", "250ms", "1h2m": a whole number of milliseconds, at least 1 (Istio: ValidateDuration), so there is no sign before
 * it. False: something else, and *ret_ms is as it was. What is longer than 64 bits of nanoseconds hold (292 years) is told as so many. */
bool duration_parse(struct str, int64_t *ret_ms);

/* "0.5s", "90s": the one form that protobuf JSON, Istio's CRDs and Go all read. */
struct str duration_seconds_text(struct arena *, int64_t ms);

#endif
