/* slow_calls - preloaded: makes calls of the system take long.
 *
 * SLOW_SYNC=FILE       fsync and fdatasync say so, as the daemon's log says it, and wait for as long as FILE, which is there at the
 *                      start, has something in it
 * SLOW_REMOVAL=MS      the first thread waits so long before it takes a descriptor out of an epoll
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int  sync_file = -1;
static long removal_ms;

__attribute__((constructor)) static void prepare(void)
{
	const char *file = getenv("SLOW_SYNC"), *ms = getenv("SLOW_REMOVAL");

	if (file)
		sync_file = open(file, O_RDONLY | O_CLOEXEC);
	if (ms)
		removal_ms = strtol(ms, NULL, 10);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static int is_held(void)
{
	struct stat st;

	return sync_file >= 0 && fstat(sync_file, &st) == 0 && st.st_size > 0;
}

static void wait_for_sync(void)
{
	if (is_held())
		dprintf(STDERR_FILENO, "{\"msg\":\"a sync is held\"}\n");
	while (is_held())
		pause_ms(5);
}

int fsync(int fd)
{
	wait_for_sync();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	wait_for_sync();
	return (int)syscall(SYS_fdatasync, fd);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (operation == EPOLL_CTL_DEL && removal_ms && syscall(SYS_gettid) == getpid())
		pause_ms(removal_ms);
	return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}
