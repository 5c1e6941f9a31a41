/* directory_watch.h - waiting until something changes beneath a directory, and then until it is quiet. */
#ifndef CALLOUT_SERVE_DIRECTORY_WATCH_H
#define CALLOUT_SERVE_DIRECTORY_WATCH_H

#include "base/str.h"

struct directory_watch {
	int wake;    /* eventfd of directory_watch_wake */
	int inotify; /* -1: watching is impossible, so the directory is looked at periodically */
};

bool directory_watch_open(struct directory_watch *);
void directory_watch_close(struct directory_watch *);

/* To be called before the directory is read, so that no change is missed: watches it, the directories beneath it, and each
 * link that leads to it (git-sync swaps such a link). path ends with a NUL. */
void directory_watch_set(struct directory_watch *, const char *path);

/* Waits for a change followed by quiet, until it is woken, or until it is time to look anyway. */
void directory_watch_wait(struct directory_watch *);
void directory_watch_wake(struct directory_watch *); /* from any thread */

#endif
