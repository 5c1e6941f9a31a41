/* data_directory.h - the directory that holds the store's files, and the lock that keeps a second process out.
 *
 *     callout.db  callout.db-wal  callout.db-shm   SQLite's
 *     lock        locked while the store is open; holds the process id then, and nothing after a clean stop
 *     copy.tmp    a copy of the store that is being made; its name is removed before it is sent
 */
#ifndef CALLOUT_STORE_DATA_DIRECTORY_H
#define CALLOUT_STORE_DATA_DIRECTORY_H

#include "base/str.h"

struct fault;

enum { PATH_BYTES = 4096 };

#define DATABASE_NAME "callout.db"

struct data_directory {
	int  lock;                 /* descriptor of the locked file */
	bool unclean;              /* whoever had it before did not stop cleanly */
	char database[PATH_BYTES]; /* path of DATABASE_NAME */
	char copy[PATH_BYTES];     /* path of copy.tmp; what a process left there is removed */
};

/* Makes the directory (mode 0700) and the files (0600) when they are not there, and locks. False: see the fault. */
bool data_directory_open(struct data_directory *, struct str path, struct fault *);

/* The directory of a file, into PATH_BYTES: "." for a bare name. */
void data_directory_of(const char *file, char *ret);

/* Is this the name of a file that the store has, or makes, in its directory? */
bool data_directory_has(struct str name);

/* clean: the next one need not check. */
void data_directory_close(struct data_directory *, bool clean);

#endif
