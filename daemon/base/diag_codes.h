/* diag_codes.h - the kinds of findings that there are, as diag_codes.def lists them. */
#ifndef CALLOUT_BASE_DIAG_CODES_H
#define CALLOUT_BASE_DIAG_CODES_H

#include "base/str.h"

enum diag_level { DIAG_INFO, DIAG_WARNING, DIAG_ERROR };

/* What an error of this code means for the exit status of a command. */
enum diag_class {
	DIAG_INPUT,       /* 3: input refused */
	DIAG_ENVIRONMENT, /* 4: cannot read, write, run */
	DIAG_ANSWER,      /* 1: the answer is no */
	DIAG_USAGE,       /* 2: the command line was not understood */
};

enum diag_code {
#define DIAG(number, name, level, class, text, cause, consequence, fix) CO_##name = (number),
#include "base/diag_codes.def"
#undef DIAG
	CO_NONE = 0
};

struct diag_info {
	enum diag_code  code;
	const char     *name; /* as in the source: HOST_INVALID */
	enum diag_level level;
	enum diag_class class;
	const char *text; /* one line; {} stands for a value */
	const char *cause;
	const char *consequence;
	const char *fix;
};

/* All codes, ascending. */
extern const struct diag_info diag_table[];
extern const size_t           diag_table_size;

const struct diag_info *diag_info_of(enum diag_code); /* never NULL for a code of the table */

/* The text of a code with … in place of each value; the cause where the text is nothing but values. */
struct str diag_info_text(struct arena *, const struct diag_info *);
/* Is there a word in its text, or do the values say all of it? */
bool diag_info_has_words(const struct diag_info *);

/* "CO0204"; buf holds at least 7 bytes. */
const char *diag_code_text(enum diag_code, char *buf);
/* From "CO0204", "co204" or "204"; CO_NONE when there is no such code. */
enum diag_code diag_code_parse(struct str);
const char    *diag_level_text(enum diag_level);

#endif
