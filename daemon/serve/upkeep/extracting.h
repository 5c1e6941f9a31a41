/* extracting.h - brings hosts and claims of stored manifests up to date, when other code or another mesh extracted them. */
#ifndef CALLOUT_SERVE_EXTRACTING_H
#define CALLOUT_SERVE_EXTRACTING_H

#include <stdbool.h>

struct service;

/* All that are outdated by the settings in force, a few at a time; ends early when is_over says so. What cannot be read any
 * more (put under other rules) keeps what it has, and the log tells how many there are. */
void extracting_run(struct service *, bool (*is_over)(void *ctx), void *ctx);

#endif
