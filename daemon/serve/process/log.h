/* log.h - the daemon's log: one event per line on standard error, as JSON or as text.
 *
 * Values come from outside: everything unprintable is escaped and long values are cut, so no input can forge a line or
 * hide one. Bodies, tokens and configurations are never logged.
 */
#ifndef CALLOUT_SERVE_LOG_H
#define CALLOUT_SERVE_LOG_H

#include "base/diag.h"

enum log_level { LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Once, before the first event. */
void log_begin(bool json);

struct log_value {
	const char *key;
	struct str  value;
};

/* An event: what happened, and the values that belong to it; keys end with NULL. */
void log_event(enum log_level, const char *event, const struct log_value *values);

#define LOG_VALUES(...) ((const struct log_value[]){ __VA_ARGS__, { NULL, { NULL, 0 } } })

/* Each finding as an event of its own, with code, place and help. */
void log_findings(const struct diags *, struct arena *);

#endif
