/* extracting.h - brings hosts and claims of stored manifests up to date, when other code or another mesh extracted them. */
#ifndef CALLOUT_SERVE_EXTRACTING_H
#define CALLOUT_SERVE_EXTRACTING_H

#include <stdbool.h>

struct service;

/* Works through all manifests that are outdated under the settings in force, a few at a time; stops early when is_over
 * returns true. A manifest that can no longer be read, because it was put under other rules, keeps what it has; the log
 * says how many these are. */
void extracting_run(struct service *, bool (*is_over)(void *ctx), void *ctx);

#endif
