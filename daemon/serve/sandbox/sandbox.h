/* sandbox.h - the rights that the daemon gives up once it has opened what it needs: access to all files except those
 * that its settings name (Landlock), and all system calls except those that it makes (seccomp). Whoever exploits a
 * fault in the handling of requests then reaches no other file, no other program and no network.
 *
 * Either may be missing in the kernel; the log, /readyz?verbose and the metrics say what is in force. This is the only
 * room that knows libseccomp.
 */
#ifndef CALLOUT_SERVE_SANDBOX_H
#define CALLOUT_SERVE_SANDBOX_H

#include "base/str.h"

struct arena;

enum sandbox_use {
	SANDBOX_AUTO = 1, /* what the kernel has */
	SANDBOX_REQUIRED, /* nothing without both */
	SANDBOX_OFF,
};

enum sandbox_kind { SANDBOX_FILES, SANDBOX_CALLS, SANDBOX_KINDS };

/* As the log and the metrics call them. */
extern const char *const sandbox_names[SANDBOX_KINDS];

struct sandbox_state {
	struct {
		bool active;
		char text[96]; /* "active …", or why it is not */
	} kinds[SANDBOX_KINDS];
};

enum sandbox_access {
	SANDBOX_READ,  /* the file may be replaced, also by a link elsewhere beneath its directory, and read again */
	SANDBOX_TREE,  /* a directory, read with what lies beneath and beside it; it may be made later, or be a link */
	SANDBOX_WRITE, /* a directory, in which files are made, written and removed */
	SANDBOX_OWN,   /* the same, and it is removed itself in the end */
};

struct sandbox_path {
	enum sandbox_access access;
	struct str          path; /* absent: none */
};

/* Confines this thread and those that it starts from now on, so it must be called before any other thread is started.
 * Never fails: *ret says what could not be put in force. The arena is for names of files. */
void sandbox_enter(struct arena *, const struct sandbox_path *paths, size_t n, struct sandbox_state *ret);

/* For when it was not entered. */
void sandbox_state_off(struct sandbox_state *ret, const char *why);

/* ---- its parts ---- */

/* Landlock: false with *ret_why (constant) when it is not in force. *ret_version: the kernel's, 0 when it has none. */
bool sandbox_files(struct arena *, const struct sandbox_path *paths, size_t n, int *ret_version, const char **ret_why);
/* seccomp: the same. *ret_calls: how many system calls are let through. */
bool sandbox_calls(unsigned *ret_calls, const char **ret_why);

#endif
