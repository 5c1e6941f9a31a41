/* measure - runs a command and writes how it ended: status, milliseconds, peak memory in KiB.
 *
 * A process that Python starts inherits Python's peak memory; one that this small program starts does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	long          start = milliseconds();
	int           status;
	pid_t         child;
	FILE         *out;

	if (argc < 3)
		return 2;
	child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 1;
	out = fopen(argv[1], "w");
	if (!out)
		return 1;
	fprintf(out, "%d %ld %ld\n", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status),
	        milliseconds() - start, usage.ru_maxrss);
	return fclose(out) == 0 ? 0 : 1;
}
