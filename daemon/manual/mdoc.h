/* mdoc.h - text as mdoc(7) has it, which groff and mandoc print.
 *
 * Whatever a text holds, it is shown and never obeyed: what the language could read as a request or an escape is
 * escaped here, and everything outside of ASCII too, so that a page prints alike in every locale.
 */
#ifndef CALLOUT_MANUAL_MDOC_H
#define CALLOUT_MANUAL_MDOC_H

#include "base/buf.h"

/* The first lines of a page; date as mdoc has it: "November 25, 2026". */
void mdoc_page(struct buf *, struct str title, int section, const char *date);

/* .Sh or .Ss, and what they name. */
void mdoc_section(struct buf *, const char *title);
void mdoc_subsection(struct buf *, struct str title);

/* ".NAME "argument"" on a line of its own. */
void mdoc_macro(struct buf *, const char *name, struct str argument);

/* Flowing text: one line a sentence or less, an empty line in it begins a paragraph, what stands between `…` is bold. */
void mdoc_text(struct buf *, struct str);
/* The same for half a sentence of the tables: gets a capital and a full stop. */
void mdoc_sentence(struct buf *, struct str);

/* Text as it is, indented: commands and documents. */
void mdoc_literal(struct buf *, struct str);

/* `# what it is for` lines as text, what stands between them as commands. */
void mdoc_examples(struct buf *, struct str);

/* Escaped, inside of a line: an argument between quotes. */
void mdoc_escape(struct buf *, struct str);

#endif
