/* directory.h - what is in a directory that stands for its files. */
#ifndef CALLOUT_BASE_DIRECTORY_H
#define CALLOUT_BASE_DIRECTORY_H

#include "base/str.h"

struct arena;

/* The names in it, sorted, each with a NUL behind it; without those that begin with a dot, for what git, git-sync and
 * Kubernetes keep there is not meant. *ret may be NULL where there is none. False: errno tells why. */
bool directory_names(struct arena *, struct str path, struct str **ret, size_t *ret_n);

#endif
