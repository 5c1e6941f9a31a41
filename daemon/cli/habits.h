/* habits.h - what people type and hand in by the habit of kubectl, helm and istioctl, and what does it here.
 *
 * None of it changes what a command does: it is said where the command would only have answered that it does not know.
 */
#ifndef CALLOUT_CLI_HABITS_H
#define CALLOUT_CLI_HABITS_H

#include "cli/command.h"

/* What to do instead of a command that other tools have, "apply" or "lint"; NULL: nothing is known. */
const char *habit_command(struct str word);

/* What to do instead of an option that the command does not take, "-A" or "--dry-run"; NULL: nothing is known. */
const char *habit_option(const struct command *, struct str word);

/* Adds the way out to the finding about an input that could not be read, where one is known (an address of the web). first: the
 * first finding about this input, or NULL. */
void habit_help(struct diags *, struct diag *first, struct str path);

/* The way out where a dump cannot be read that looks like a workload, "deploy/web"; NULL: it does not. */
const char *habit_workload(struct str path);

#endif
