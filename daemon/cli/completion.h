/* completion.h - what a shell may offer at each place of a command line, and the scripts that tell it.
 *
 * The scripts are printed whole from the tables: at a press of the key no program runs. Names that live in a cluster
 * (namespaces, pods) are left out.
 */
#ifndef CALLOUT_CLI_COMPLETION_H
#define CALLOUT_CLI_COMPLETION_H

#include "base/buf.h"
#include "cli/command.h"

/* What stands at a place: names of files, of directories, some words, or something that only the user knows. A word
 * that ends with = is not at its end: a file or directory follows it. */
struct choice {
	bool        files, directories;
	struct str *words;
	size_t      n;
};

/* The options of a command, those of the daemon too; n of them. */
const struct option_info **options_of_command(struct arena *, const struct command *, size_t *ret_n);

/* The same of the daemon, from its table of settings. */
const struct option_info **serve_options(struct arena *, size_t *ret_n);

struct choice choice_of_value(struct arena *, const struct command *, const struct option_info *);
struct choice choice_of_operand(struct arena *, const struct command *);

/* One file each. */
void completion_write_bash(struct buf *);
void completion_write_zsh(struct buf *);
void completion_write_fish(struct buf *);

#endif
