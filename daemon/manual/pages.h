/* pages.h - the manual pages, each printed from a table of the program. */
#ifndef CALLOUT_MANUAL_PAGES_H
#define CALLOUT_MANUAL_PAGES_H

#include "cli/command.h"
#include "manifest/fields.h"
#include "manual/mdoc.h"

/* callout(1) */
void page_program(struct buf *, const char *date);
/* callout-generate(1) and the like */
void page_command(struct buf *, const struct command *, const char *date);
/* filter-manifest(5) and the like: the fields of a kind, and a document as example. */
void page_kind(struct buf *, struct str title, const struct object *kind, struct str example, const char *date);
/* callout-findings(7) */
void page_findings(struct buf *, const char *date);
/* The same as Markdown, for docs/. */
void markdown_findings(struct buf *);

/* The end of a page: .Xr to all these, given as "name section", in this order. */
void page_see_also(struct buf *, const char *const *pages);

#endif
