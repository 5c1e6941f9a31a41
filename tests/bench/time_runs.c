/* time_runs N CMD ARG...: runs CMD N times with its output thrown away, and prints the median wall time of a run in
 * microseconds, the largest resident set in KiB, and the median of the microseconds that processors worked for a run, in
 * the program and in the kernel. A C program, since what starts Python's children costs more than the shortest of them. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { MAX_RUNS = 10000 };

static uint64_t microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t microseconds_of(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static int compare(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* One run; false when it does not start or does not end with 0. */
static int run(char **argv, posix_spawn_file_actions_t *actions, uint64_t *us, uint64_t *worked, long *kib)
{
	uint64_t      start = microseconds();
	struct rusage usage;
	pid_t         pid;
	int           status;

	if (posix_spawnp(&pid, argv[0], actions, NULL, argv, environ))
		return 0;
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return 0;
	*us = microseconds() - start;
	*worked = microseconds_of(usage.ru_utime) + microseconds_of(usage.ru_stime);
	if (usage.ru_maxrss > *kib)
		*kib = usage.ru_maxrss;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	static uint64_t            times[MAX_RUNS], works[MAX_RUNS];
	posix_spawn_file_actions_t actions;
	long                       kib = 0;
	int                        n = argc > 2 ? atoi(argv[1]) : 0;

	if (n < 1 || n > MAX_RUNS) {
		fputs("usage: time_runs N CMD ARG...\n", stderr);
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < n; i++) {
		if (!run(argv + 2, &actions, &times[i], &works[i], &kib)) {
			fprintf(stderr, "time_runs: %s did not end with 0\n", argv[2]);
			return 1;
		}
	}
	qsort(times, (size_t)n, sizeof(times[0]), compare);
	qsort(works, (size_t)n, sizeof(works[0]), compare);
	printf("%llu %ld %llu\n", (unsigned long long)times[n / 2], kib, (unsigned long long)works[n / 2]);
	return 0;
}
