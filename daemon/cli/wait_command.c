#include "cli/wait_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/process_tree.h"

enum { GRACE_MS = 1000 }; /* between asking the command to end and ending it */

int64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* ---- starting ---- */

/* In the child: never returns. The parent learns of a failed exec through the pipe, which exec itself closes. */
static void become(const struct wait_command *c, int out, int report)
{
	union {
		const char *const *ours;
		char *const       *execs; /* which does not write to them either */
	} words = { c->argv };
	int error;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(out, STDOUT_FILENO) >= 0)
		execvp(words.execs[0], words.execs);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static int exec_error(int report)
{
	int     error = 0;
	ssize_t n;

	do
		n = read(report, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(error) ? error : 0;
}

static void close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

bool wait_command_start(struct wait_command *c)
{
	int out[2], report[2], error;

	c->late = c->ended = false;
	/* Orphans of the command become children of this process and can be found (PR_SET_CHILD_SUBREAPER). All
	 * stay in our process group, which a terminal's keys and whoever ends us reach. */
	c->alone = !process_has_child() && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
	if (pipe2(out, O_CLOEXEC) != 0)
		return false;
	if (pipe2(report, O_CLOEXEC) != 0) {
		close_pair(out);
		return false;
	}
	c->pid = fork();
	if (c->pid == 0)
		become(c, out[1], report[1]);
	error = errno;
	close(out[1]);
	close(report[1]);
	if (c->pid > 0)
		error = exec_error(report[0]);
	close(report[0]);
	if (c->pid > 0 && error == 0) {
		c->fd = out[0];
		return true;
	}
	close(out[0]);
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
	errno = error;
	return false;
}

/* ---- reading and ending ---- */

/* Signals the command and all that it started. Its number cannot have gone to another process before waitpid reported
 * its end (c->ended). */
static void send(const struct wait_command *c, int number)
{
	if (c->alone)
		process_tree_signal(getpid(), number);
	else if (!c->ended)
		process_tree_signal(c->pid, number);
	if (!c->ended)
		kill(c->pid, number);
}

static void stop(struct wait_command *c)
{
	c->late = true;
	send(c, SIGTERM);
}

ssize_t wait_command_read(void *command, void *p, size_t n)
{
	struct wait_command *c = command;
	struct pollfd        waiting = { .fd = c->fd, .events = POLLIN };
	int64_t              left = c->deadline_ms - clock_now_ms();
	int                  ready;

	if (c->late)
		left = 0;
	ready = poll(&waiting, 1, left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left);
	if (ready > 0)
		return read(c->fd, p, n);
	if (ready == 0 && clock_now_ms() < c->deadline_ms)
		errno = EINTR;
	else if (ready == 0) {
		stop(c);
		errno = ETIMEDOUT;
	}
	return -1;
}

static bool has_ended(struct wait_command *c)
{
	pid_t got = c->ended ? 0 : waitpid(c->pid, &c->status, WNOHANG);

	c->ended = c->ended || got == c->pid || (got < 0 && errno != EINTR);
	return c->ended;
}

/* Has the command ended, and all that it started? The latter is known only where it is alone (wait_command.h). */
static bool is_gone(struct wait_command *c)
{
	if (!has_ended(c) || !c->alone)
		return c->ended;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return !process_has_child();
}

/* Waits until `done` or the deadline. The end of the output does not mean that the command has ended: it may close
 * its output and go on. */
static bool wait_until(struct wait_command *c, bool (*done)(struct wait_command *), int64_t deadline)
{
	while (!done(c)) {
		if (clock_now_ms() >= deadline)
			return false;
		clock_sleep_ms(2);
	}
	return true;
}

/* After SIGTERM, SIGKILL: in rounds, since what is being killed can have started others meanwhile. Whatever were left would
 * keep our standard error open, and whoever reads that would wait. */
static void end_late(struct wait_command *c)
{
	enum { ROUNDS = 50, ROUND_MS = 20 };

	if (wait_until(c, is_gone, clock_now_ms() + GRACE_MS))
		return;
	for (unsigned i = 0; i < ROUNDS; i++) {
		send(c, SIGKILL);
		if (wait_until(c, is_gone, clock_now_ms() + ROUND_MS))
			return;
	}
}

struct str wait_command_end(struct wait_command *c, struct arena *arena)
{
	int status;

	close(c->fd);
	if (!c->late && !wait_until(c, has_ended, c->deadline_ms))
		stop(c);
	if (c->late)
		end_late(c);
	while (!c->ended && waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	status = c->status;
	c->cut_off = WIFSIGNALED(status) ? WTERMSIG(status) == SIGPIPE : WEXITSTATUS(status) == 128 + SIGPIPE;
	if (c->late)
		return STR("was stopped");
	if (WIFSIGNALED(status))
		return str_fmt(arena, "was ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) ? str_fmt(arena, "ended with status %d", WEXITSTATUS(status)) : STR_ABSENT;
}
