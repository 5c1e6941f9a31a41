/* dump_files.h - the dumps that operands name: files, directories, standard input. */
#ifndef CALLOUT_CLI_DUMP_FILES_H
#define CALLOUT_CLI_DUMP_FILES_H

#include "cli/run.h"

struct dump_file {
	struct str path;       /* "-": standard input */
	struct str given_name; /* NAME=FILE; absent otherwise */
	struct str folder;     /* the directory it was found in; absent when the file itself was named */
	bool       beside;     /* in an archive of `istioctl bug-report`, and not in its folder of proxies */
};

struct dump_files {
	struct dump_file *items;
	size_t            n, cap;
};

/* The file, directory or - of an operand: NAME=FILE, unless a file has that very name. *ret_name: absent without one. */
struct str dump_operand_path(struct str operand, struct str *ret_name);

/* Directories are walked at every depth, in the order of names. False: a finding was added; what could be listed is there
 * nevertheless. */
bool dump_files_list(struct run *, const char *const *operands, size_t n, struct dump_files *ret);

/* Opens one for reading; the caller closes it, unless it is standard input. -1: a finding was added. */
int dump_file_open(struct run *, const struct dump_file *);

#endif
