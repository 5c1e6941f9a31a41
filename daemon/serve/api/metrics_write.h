/* metrics_write.h - what Prometheus collects, in both of its text formats. */
#ifndef CALLOUT_SERVE_METRICS_WRITE_H
#define CALLOUT_SERVE_METRICS_WRITE_H

#include "base/buf.h"
#include "serve/api/call.h"

void metrics_write(struct buf *, const struct call *, bool openmetrics);

#endif
