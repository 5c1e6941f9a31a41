/* dumps_beside.h - files that lie beside the dumps in a directory and are none: what they are, counted by kind. */
#ifndef CALLOUT_CLI_DUMPS_BESIDE_H
#define CALLOUT_CLI_DUMPS_BESIDE_H

#include "cli/dump_files.h"

enum { KEPT_KINDS_BESIDE = 32 }; /* more than there are */

struct dumps_beside {
	struct {
		const char *what;
		struct str  first; /* path */
		size_t      n;
	} kinds[KEPT_KINDS_BESIDE];
	size_t     n_kinds, n_files;
	struct str folder; /* of the first */
};

/* what: it is, of dump_reader_aside or another text that lives for ever, for a file of a directory. */
void dumps_beside_note(struct dumps_beside *, const char *what, const struct dump_file *);
/* Adds the finding that names them, if there are any: an info, or an error if there is no dump at all. */
void dumps_beside_add(struct run *, const struct dumps_beside *, bool has_dumps);

#endif
