/* output_dir.h - `-o dir=D`: one file an object, kept in step with what is generated.
 *
 * D/.callout-files lists the files that Callout wrote. Only a file of that list, by a bare name, regular, and still with
 * our label is ever removed; nothing else in D is touched. Two runs on one directory wait for each other. A run
 * that is killed leaves old or new files, and a list that names every one of them.
 */
#ifndef CALLOUT_CLI_OUTPUT_DIR_H
#define CALLOUT_CLI_OUTPUT_DIR_H

#include "base/hash.h"
#include "plan/plan.h"

struct output_dir {
	struct arena *arena;
	struct diags *diags;
	struct str    path;
	int           fd;
	bool          check_only;
	bool          absent;   /* with check_only: there is no such directory */
	bool          outdated; /* with check_only: a file was told of */
	struct hash   wanted;   /* of struct str */
	struct str  **names;    /* in the order of the output */
	size_t        n, cap;
	struct str   *old; /* of the list, as it was */
	size_t        n_old;
	struct hash   listed; /* of the same */
};

/* Opens (and unless check_only makes) the directory, locks it, reads the list. False: an error was added. */
bool output_dir_open(struct output_dir *, struct arena *, struct str path, bool check_only, struct diags *);

/* "<namespace>_<kind>_<name>.yaml" in lower case. */
struct str output_dir_name(struct arena *, const struct resource *);
/* Is the file's name one of those, whatever is generated, or that of the list? */
bool output_dir_owns(struct str name);

/* First every name, then output_dir_begin, then every file, then output_dir_finish. */
void output_dir_want(struct output_dir *, struct str name);
bool output_dir_begin(struct output_dir *);
bool output_dir_file(struct output_dir *, struct str name, struct str bytes);
bool output_dir_finish(struct output_dir *);

#endif
