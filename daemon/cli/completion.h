/* completion.h - what a shell may offer at each place of a command line, and the scripts that tell it.
 *
 * The scripts are printed from the tables and are complete: no program runs when the user presses the key. Names that
 * only the cluster knows (namespaces, pods) are not offered.
 */
#ifndef CALLOUT_CLI_COMPLETION_H
#define CALLOUT_CLI_COMPLETION_H

#include "base/buf.h"
#include "cli/command.h"

/* What can be at a place: names of files or directories, one of some words, or something that only the user knows. A
 * word that ends with = is followed by the name of a file or directory. */
struct choice {
	bool        files, directories;
	struct str *words;
	size_t      n;
};

/* The options of a command, including `serve`. */
const struct option_info **options_of_command(struct arena *, const struct command *, size_t *ret_n);

/* The options of the daemon, from its table of settings. */
const struct option_info **serve_options(struct arena *, size_t *ret_n);

struct choice choice_of_value(struct arena *, const struct command *, const struct option_info *);
struct choice choice_of_operand(struct arena *, const struct command *);

/* One file each. */
void completion_write_bash(struct buf *);
void completion_write_zsh(struct buf *);
void completion_write_fish(struct buf *);

#endif
