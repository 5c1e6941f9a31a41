/* foreign.h - what is no dump: the files share it that tell what it is, foreign.c by its words, foreign_bytes.c by its bytes, scan_fault.c
 * by what the scanner stumbled over.
 */
#ifndef CALLOUT_DUMP_FOREIGN_H
#define CALLOUT_DUMP_FOREIGN_H

#include "dump/reading.h"

#define ASK_UNPACK "unpack it, and give the files or their directory: of packed dumps gzip alone is read"

/* A finding at the first byte. what: the value of its template; absent: it has none. help: NULL where there is no way out to tell. */
void foreign_tell(struct dump_reader *, enum diag_code, struct str what, const char *help);

/* True: the head is of none that JSON is written in, and a finding says of what. */
bool foreign_bytes_add(struct dump_reader *, struct str head);

/* No other byte than those that UTF-16 and UTF-32 write blanks with: what PowerShell writes of a command that printed nothing. */
bool foreign_bytes_blank(struct str head);

#endif
