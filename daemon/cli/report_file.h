/* report_file.h - where --report FORMAT=FILE goes. */
#ifndef CALLOUT_CLI_REPORT_FILE_H
#define CALLOUT_CLI_REPORT_FILE_H

#include <sys/stat.h>

#include "cli/command.h"

struct arena;

/* The name of an input file that one of the reports would overwrite; NULL: there is none. Inputs are what -f,
 * --objects, --mesh-file, --live and --templates name, and the operands (NAME=FILE, too), except the words of a command.
 * If an input is a directory that would hold the report, the result is the report's name, unless an earlier report is
 * there. */
const char *report_file_clash(const struct arguments *);

/* Would one of two reports take the place of the other? a and b are their files; nothing need be there. */
bool report_file_is_same(struct arena *, struct str a, struct str b);

/* The report that would stand in the directory of -o dir= in the place of a generated file, or of their list; NULL: none. */
const char *report_file_among(struct arena *, const struct arguments *, struct str directory);

/* Does this run write the file: is it that of a report, or the one that standard output or standard error goes to? */
bool report_file_is(const struct arguments *, const struct stat *);

/* The name of a report that would take the place of a file in the directory or beneath it; NULL: there is none, the files
 * there are earlier reports, or it is no directory. */
const char *report_file_within(const struct arguments *, const char *directory);

/* Writes bytes to the file, which is replaced whole or not at all. "-" is standard output. What is there and no regular
 * file (a device, a pipe), or is the file that standard output or standard error goes to, is written to and never
 * replaced. False: said on standard error. */
bool report_file_write(struct arena *, struct str path, struct str bytes);

#endif
