/* report_file.h - where --report FORMAT=FILE goes. */
#ifndef CALLOUT_CLI_REPORT_FILE_H
#define CALLOUT_CLI_REPORT_FILE_H

#include "base/str.h"

struct arena;

/* Writes bytes to the file, which is replaced whole or not at all. "-" is standard output. What is there and no regular
 * file (a device, a pipe), or is the file that standard output or standard error goes to, is written to and never
 * replaced. False: said on standard error. */
bool report_file_write(struct arena *, struct str path, struct str bytes);

#endif
