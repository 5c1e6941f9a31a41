/* entry_lines.h - entries in the order in which they are taken, of which some are left out of a question. */
#ifndef CALLOUT_LIVE_ENTRY_LINES_H
#define CALLOUT_LIVE_ENTRY_LINES_H

#include "base/hash.h"

struct entry;
struct entry_place;

struct entry_line {
	struct str                name;
	struct entry_place       *first, **end;
	const struct entry_place *at; /* the first of all that are not left out of the question … */
	unsigned                  asked;
};

/* A set of lines is to be initialised with this. */
struct str entry_line_name(const void *line);

/* Puts an entry at the end of a line, and of the line of that name in a set, which is made if it is not there. */
void entry_line_append(struct arena *, struct entry_line *, struct entry *);
void entry_lines_append(struct arena *, struct hash *lines, struct str name, struct entry *);

/* The first in a line (NULL: none) that is not left out of the question. NULL: there is none. */
struct entry *entry_line_first(struct entry_line *, unsigned question);
/* The first that passes besides. So many are looked at as LINE_LOOKED_AT says, so that many proxies can ask for it. */
typedef bool  entry_pass(const void *context, const struct entry *);
struct entry *entry_line_first_that(struct entry_line *, unsigned question, entry_pass *, const void *context);

enum { LINE_LOOKED_AT = 1024 };

#endif
