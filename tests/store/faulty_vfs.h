/* faulty_vfs.h - SQLite's file system with calls that fail on demand: every write, sync, read ... once or from then on. */
#ifndef TESTS_STORE_FAULTY_VFS_H
#define TESTS_STORE_FAULTY_VFS_H

#include <stdbool.h>

enum faulty_call { FAULTY_OPEN, FAULTY_READ, FAULTY_WRITE, FAULTY_SYNC, FAULTY_TRUNCATE, FAULTY_CALLS };

/* Takes the place of the default one; to be called once. */
void faulty_install(void);

/* The n-th call from now on (from 1) gives the result code; forever: and all that follow. n == 0: none fails. */
void faulty_plan(enum faulty_call, unsigned n, int code, bool forever);

/* Whether the plan has struck. */
bool faulty_struck(void);

#endif
