/* yaml_marks.h - YAML text before libyaml sees it, and the places of what libyaml reports.
 *
 * libyaml counts characters of the text that it is given; findings count bytes of the source that this text is a part
 * of. Events come in order, so a cursor that hardly ever has to go back is enough.
 */
#ifndef CALLOUT_MANIFEST_YAML_MARKS_H
#define CALLOUT_MANIFEST_YAML_MARKS_H

#include "base/diag.h"

struct yaml_marks {
	struct str text; /* what libyaml is to read: without the byte order mark */
	size_t     base; /* where it stands in the source */
	bool       ascii;
	size_t     char_index;  /* the cursor: this character of text … */
	size_t     byte_offset; /* … begins at this byte */
};

/* text stands at offset `at` of the source. Refuses what no YAML text may hold, and directives but one %YAML (libyaml is
 * quadratic in %TAG lines). False: an error was added. */
bool yaml_marks_begin(struct yaml_marks *, const struct source *, size_t at, struct str text, struct diags *);

/* The same of the text from this byte on. */
struct yaml_marks yaml_marks_from(const struct yaml_marks *, size_t from);

/* The offset in the source of a byte of the text. */
static inline size_t yaml_marks_place(const struct yaml_marks *m, const char *byte)
{
	return m->base + (size_t)(byte - m->text.p);
}

/* yaml_marks_offset where characters are not bytes. */
size_t yaml_marks_walk(struct yaml_marks *, size_t index);

/* The offset in the source of the character with this index. */
static inline size_t yaml_marks_offset(struct yaml_marks *m, size_t index)
{
	return m->ascii ? m->base + index : yaml_marks_walk(m, index);
}

#endif
