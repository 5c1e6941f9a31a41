/* settings.h - reads and tries out everything that is configured; start-up and each reload put the result in force. */
#ifndef CALLOUT_SERVE_SETTINGS_H
#define CALLOUT_SERVE_SETTINGS_H

#include "serve/service/service.h"

/* Reads everything that is configured, inside an arena_run of the arena, which belongs to the settings afterwards; *ret_diags
 * lives in it too. before: what is in force (NULL: nothing yet), after which nothing is read that could be waited for. NULL: findings were added, and the arena stays the caller's. */
struct settings *settings_build(struct arena *, int argc, char **argv, const struct settings *before,
                                struct config_request *ret_request, struct diags *ret_diags);
#endif
