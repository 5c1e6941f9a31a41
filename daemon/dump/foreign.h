/* foreign.h - what is no dump: the files share it that tell what it is, foreign.c by its words, foreign_aside.c what has its place
 * beside dumps, foreign_bytes.c by its bytes, scan_fault.c by what the scanner stumbled over.
 */
#ifndef CALLOUT_DUMP_FOREIGN_H
#define CALLOUT_DUMP_FOREIGN_H

#include "dump/reading.h"

#define ASK_ALL    "take `istioctl proxy-config all POD.NAMESPACE -o json`"
#define ASK_DUMP   "ask the same port for /config_dump?include_eds"
#define ASK_UNPACK "unpack it, and give the files or their directory: of packed dumps gzip alone is read"

/* What a text that begins so is. */
struct look {
	const char    *prefix;
	enum diag_code code;
	const char    *what;
	const char    *help;
};
/* The first that fits; case counts. NULL: none does. */
const struct look *foreign_look(const struct look *, size_t n, struct str text);

/* A finding at the first byte. what: the value of its template; absent: it has none. help: NULL where there is no way out to tell. */
void foreign_tell(struct dump_reader *, enum diag_code, struct str what, const char *help);

/* The same of what has its place beside dumps, see dump_reader_aside. */
void foreign_aside(struct dump_reader *, enum diag_code, const char *what, const char *help);

/* True: the text, without blanks before it, is of such a thing, and a finding says so (foreign_aside.c). */
bool foreign_aside_add(struct dump_reader *, struct str);

/* True: the head is of none that JSON is written in, and a finding says of what. */
bool foreign_bytes_add(struct dump_reader *, struct str head);

/* No other byte than those that UTF-16 and UTF-32 write blanks with: what PowerShell writes of a command that printed nothing. */
bool foreign_bytes_blank(struct str head);

#endif
