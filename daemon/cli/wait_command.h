/* wait_command.h - the command of --wait: run without a shell, read as it prints, stopped when the time is up. */
#ifndef CALLOUT_CLI_WAIT_COMMAND_H
#define CALLOUT_CLI_WAIT_COMMAND_H

#include <sys/types.h>

#include "base/str.h"

struct arena;

struct wait_command {
	const char *const *argv;        /* NULL at its end */
	int64_t            deadline_ms; /* of clock_now_ms */
	pid_t              pid;
	int                fd;
	bool               alone; /* all children of this process belong to the command */
	bool               ended; /* it was waited for, and this is its status */
	int                status;
	bool               late; /* it was stopped */
	bool cut_off; /* it ended by SIGPIPE because we stopped reading; a shell reports that as status 141 */
};

int64_t clock_now_ms(void); /* of a clock that only goes forward */
void    clock_sleep_ms(int64_t);

/* Starts it; its standard output is read from fd, its standard error is ours. False: errno tells why. */
bool wait_command_start(struct wait_command *);
/* For json_input_callback. Stops the command when its time is up. */
ssize_t wait_command_read(void *command, void *p, size_t n);
/* Waits for its end. Absent: it ended with status 0; else what became of it: "ended with status 7". */
struct str wait_command_end(struct wait_command *, struct arena *);

#endif
