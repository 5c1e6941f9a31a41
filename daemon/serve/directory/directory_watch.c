#include "serve/directory/directory_watch.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

/* LOOK: events can be lost (a network file system has none, the queue can overflow). */
enum { QUIET_MS = 200, PATIENCE_MS = 2000, LOOK_MS = 15000, PATH_BYTES = 4096 };

enum {
	EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF |
	         IN_MOVE_SELF | IN_ONLYDIR
};

bool directory_watch_open(struct directory_watch *w)
{
	*w = (struct directory_watch){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), -1 };
	return w->wake >= 0;
}

void directory_watch_close(struct directory_watch *w)
{
	if (w->inotify >= 0)
		(void)close(w->inotify);
	if (w->wake >= 0)
		(void)close(w->wake);
	*w = (struct directory_watch){ -1, -1 };
}

/* Whatever cannot be watched is found when it is looked at. */
static void watch_beneath(int inotify, const char *path, unsigned depth)
{
	char           child[PATH_BYTES];
	DIR           *directory;
	struct dirent *e;
	struct stat    st;

	if (depth > LIMIT_DIRECTORY_DEPTH || inotify_add_watch(inotify, path, EVENTS) < 0)
		return;
	directory = opendir(path);
	while (directory && (e = readdir(directory))) {
		int n = snprintf(child, sizeof(child), "%s/%s", path, e->d_name);

		if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(child) && lstat(child, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			watch_beneath(inotify, child, depth + 1);
	}
	if (directory)
		(void)closedir(directory);
}

/* The directories in which a link on the way to path can be swapped, and the one in which the first part of it that is not
 * there can come. */
static void watch_links(int inotify, const char *path)
{
	char        prefix[PATH_BYTES], parent[PATH_BYTES];
	struct stat st;

	for (size_t n = 1; n < sizeof(prefix) && path[n - 1]; n++) {
		struct str above;
		bool       missing;

		if (path[n] != '/' && path[n] != '\0')
			continue;
		(void)snprintf(prefix, sizeof(prefix), "%.*s", (int)n, path);
		missing = lstat(prefix, &st) != 0;
		if (!missing && !S_ISLNK(st.st_mode))
			continue;
		above = path_directory(str_of(prefix, n));
		(void)snprintf(parent, sizeof(parent), "%.*s", above.n ? (int)above.n : 1, above.n ? above.p : ".");
		(void)inotify_add_watch(inotify, parent,
		                        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
		if (missing)
			return;
	}
}

void directory_watch_set(struct directory_watch *w, const char *path)
{
	int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (w->inotify >= 0)
		(void)close(w->inotify);
	w->inotify = inotify;
	if (inotify < 0)
		return;
	watch_links(inotify, path);
	watch_beneath(inotify, path, 0);
}

static void drain(int fd)
{
	char bytes[4096];

	while (fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static int64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Something happened within so many milliseconds. *woken: it was directory_watch_wake. */
static bool happens(struct directory_watch *w, int timeout, bool *woken)
{
	struct pollfd fds[2] = { { .fd = w->wake, .events = POLLIN }, { .fd = w->inotify, .events = POLLIN } };
	bool          any = poll(fds, 2, timeout) > 0;

	*woken = any && fds[0].revents;
	return any;
}

void directory_watch_wait(struct directory_watch *w)
{
	bool    woken;
	int64_t until;

	if (!happens(w, LOOK_MS, &woken) || woken) {
		drain(w->wake);
		return;
	}
	until = milliseconds() + PATIENCE_MS;
	do
		drain(w->inotify);
	while (milliseconds() < until && happens(w, QUIET_MS, &woken) && !woken);
	drain(w->wake);
}

void directory_watch_wake(struct directory_watch *w)
{
	uint64_t one = 1;

	if (write(w->wake, &one, sizeof(one)) < 0)
		return; /* it is awake already */
}
