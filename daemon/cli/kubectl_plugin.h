/* kubectl_plugin.h - called as kubectl-callout, which `kubectl callout` runs: workloads may stand in the place of dumps.
 *
 *     kubectl callout verify deploy/web -n shop -f filter.yaml
 *
 * fetches the dump itself, with istioctl or else kubectl, whichever the PATH has. All else is as always.
 */
#ifndef CALLOUT_CLI_KUBECTL_PLUGIN_H
#define CALLOUT_CLI_KUBECTL_PLUGIN_H

#include "cli/command.h"

bool kubectl_plugin_is(const char *argv0);

/* Where the operands of verify name a workload, puts the command that fetches its dump in their place, as if it had been
 * given behind --wait TIME --. Anything but EXIT_FINE: the fault was printed. */
enum exit_status kubectl_plugin_arguments(struct arena *, const struct command *, struct arguments *);

#endif
