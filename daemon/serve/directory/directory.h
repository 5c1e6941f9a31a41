/* directory.h - manifests that come from a directory instead of from requests: a checkout that git-sync keeps, a
 * mounted ConfigMap, a folder on a workstation.
 *
 * A thread watches the directory. After a change, once the directory has been quiet for a moment, everything is read
 * and checked, and then replaces all that is stored, in one transaction. If the check fails, nothing changes: the last
 * good state stays in force, and the log, the metrics and /readyz?verbose say what is wrong.
 */
#ifndef CALLOUT_SERVE_DIRECTORY_H
#define CALLOUT_SERVE_DIRECTORY_H

#include "base/str.h"

struct arena;
struct directory;
struct diags;
struct service;

struct directory_state {
	bool     in_force;   /* a good state was read, now or by an earlier process */
	bool     failing;    /* what the directory holds now is not what is in force */
	uint64_t applied;    /* readings that went well, whether something differed or not */
	uint64_t failed;     /* readings that did not */
	int64_t  applied_at; /* Unix seconds of the last that went well; 0: none */
	uint64_t manifests;  /* of that one */
	char     why[256];   /* of the last that failed: its first finding */
};

/* Can the path become a directory to follow? It need not be there yet, but a file never will. False: a finding was added. */
bool directory_look(struct arena *, struct str path, struct diags *);

/* Reads the directory once, then follows it. NULL: it cannot be followed, and a finding was added. Faults in the
 * manifests do not count as that. */
struct directory *directory_start(struct service *, struct str path, struct diags *);
void              directory_stop(struct directory *); /* NULL is fine */

/* Makes it read everything again, because the mesh or the templates changed. */
void directory_again(struct directory *); /* NULL is fine */

void directory_state(struct directory *, struct directory_state *ret);

#endif
