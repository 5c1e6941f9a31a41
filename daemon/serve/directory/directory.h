/* directory.h - manifests that come from a directory instead of from requests: a checkout that git-sync keeps, a mounted
 * ConfigMap, a folder on a workstation.
 *
 * A thread watches the directory. When something changed and it has been quiet for a moment, everything is read and
 * judged, and then it replaces all that is stored, in one transaction. What does not stand the judgement changes
 * nothing: the last good state stays, and what is wrong is told by the log, the metrics and /readyz?verbose.
 */
#ifndef CALLOUT_SERVE_DIRECTORY_H
#define CALLOUT_SERVE_DIRECTORY_H

#include "base/str.h"

struct directory;
struct diags;
struct service;

struct directory_state {
	bool     in_force;   /* something good was read, now or by an earlier process */
	bool     failing;    /* what lies there now is not what is in force */
	uint64_t applied;    /* readings that went well, whether something differed or not */
	uint64_t failed;     /* readings that did not */
	int64_t  applied_at; /* Unix seconds of the last that went well; 0: none */
	uint64_t manifests;  /* of that one */
	char     why[256];   /* of the last that failed: its first finding */
};

/* Reads once, and then follows. NULL: a finding was added; what is wrong in the manifests is none of these. */
struct directory *directory_start(struct service *, struct str path, struct diags *);
void              directory_stop(struct directory *); /* NULL is fine */

/* Reads anew though nothing changed there: the mesh or the templates did. */
void directory_again(struct directory *); /* NULL is fine */

void directory_state(struct directory *, struct directory_state *ret);

#endif
