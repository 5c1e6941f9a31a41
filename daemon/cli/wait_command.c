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

	if (c->grouped) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	}
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

	c->late = false;
	c->grouped = !isatty(STDIN_FILENO);
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

/* Until it is waited for, its number is nobody else's. */
static void send(const struct wait_command *c, int number)
{
	if (!c->grouped || kill(-c->pid, number) != 0)
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

/* It may go on after it closed its output. False: it has not ended. */
static bool wait_until(const struct wait_command *c, int64_t deadline)
{
	for (;;) {
		siginfo_t info = { .si_pid = 0 };

		if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid != 0
		                                                                         : errno != EINTR)
			return true;
		if (clock_now_ms() >= deadline)
			return false;
		clock_sleep_ms(2);
	}
}

struct str wait_command_end(struct wait_command *c, struct arena *arena)
{
	int  status = 0;
	bool ended;

	close(c->fd);
	ended = wait_until(c, c->late ? clock_now_ms() + GRACE_MS : c->deadline_ms);
	if (!ended && !c->late) {
		stop(c);
		wait_until(c, clock_now_ms() + GRACE_MS);
	}
	if (c->late) /* and what it started itself: it would keep standard error open */
		send(c, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->cut_off = WIFSIGNALED(status) ? WTERMSIG(status) == SIGPIPE : WEXITSTATUS(status) == 128 + SIGPIPE;
	if (c->late)
		return STR("was stopped");
	if (WIFSIGNALED(status))
		return str_fmt(arena, "was ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) ? str_fmt(arena, "ended with status %d", WEXITSTATUS(status)) : STR_ABSENT;
}
