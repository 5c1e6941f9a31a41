/* process_tree.h - a process and all that it started, by what /proc tells (proc(5)). */
#ifndef CALLOUT_CLI_PROCESS_TREE_H
#define CALLOUT_CLI_PROCESS_TREE_H

#include <stdbool.h>
#include <sys/types.h>

/* Sends a signal to all below the process, not to itself; at most 4096. Without /proc to none. */
void process_tree_signal(pid_t root, int number);

/* Has this process a child, alive or not yet waited for? */
bool process_has_child(void);

#endif
