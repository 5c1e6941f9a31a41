/* diag.h - findings: what is wrong, where, and the way out.
 *
 * Every finding has a code of diag_codes.def, which also says its level and its text. A function of the core
 * returns NULL or false exactly when it added a finding of level error. The text is made at once; the place
 * stays an offset, and line and column are worked out when the finding is printed.
 */
#ifndef CALLOUT_BASE_DIAG_H
#define CALLOUT_BASE_DIAG_H

#include "base/diag_codes.h"
#include "base/hash.h"
#include "base/source.h"

struct diag_related {
	struct diag_related *next;
	struct str           message;
	struct pos           pos;
};

struct diag {
	enum diag_code       code;
	enum diag_level      level;
	struct str           message;
	struct str           help; /* absent when there is none */
	struct str           path; /* of the value in its document: spec.upstreams[0].host; absent when unknown */
	struct pos           pos;
	struct diag_related *related;
	struct diag         *next;
	struct diag         *milder; /* the finding before it about the same source that is no error */
};

struct diags {
	struct arena *arena;
	struct diag  *first;
	struct diag **last;
	size_t        n;      /* in the list */
	size_t        errors; /* also of those that the caps left out */
	size_t        warnings;
	size_t        infos;
	size_t        n_mild;        /* in the list, neither errors nor what says that there are more */
	bool          class_seen[4]; /* of errors */
	bool          capped;
	struct hash   sources; /* of what diag.c counts of each */
};

void diags_init(struct diags *, struct arena *);

/* Adds a finding. The values replace the {} in the code's text, in order; control characters in them are escaped and
 * long values are cut, so that no input can forge a line. Never NULL: beyond the cap on findings the result is one that
 * will not be shown, but for an error, which takes the place of one that is none: the last of its source or, where the
 * whole list is full, of any. */
struct diag *diag_add(struct diags *, enum diag_code, struct pos, const struct str *values, size_t n);
/* Adds a finding of another list as it is. Its texts are shared. */
void diag_repeat(struct diags *, const struct diag *);

/* Adds all findings of another list, whose arena must outlive this list. */
void diags_append(struct diags *, const struct diags *from);

/* The values of a finding: diag_add(ds, CO_X, pos, ARGS(name, host)). */
#define ARGS(...) (const struct str[]){ __VA_ARGS__ }, sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str)
#define NO_ARGS   NULL, 0

/* Sets what to do about this very finding, shown beneath it. {} in the text stand for the values. */
void diag_help(struct diags *, struct diag *, const char *text, const struct str *values, size_t n);
/* The same with a text that was put together elsewhere, and may hold values as they were found. */
void diag_help_text(struct diags *, struct diag *, struct str help);
/* Adds a note: another place that the finding has to do with (POS_NONE: none), and what is there. */
void diag_relate(struct diags *, struct diag *, struct pos, const char *text, const struct str *values, size_t n);

/* Sets the path of the value in its document: spec.upstreams[0].host. */
void diag_set_path(struct diag *, struct str path);

/* The findings as an array of n, ordered by source (in the order of their first finding) and offset, at one offset in the
 * order in which they were added; those without a place come last. */
const struct diag **diags_sorted(const struct diags *, struct arena *);

#endif
