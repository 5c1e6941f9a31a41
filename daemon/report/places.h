/* places.h - what report formats for other programs share: how a file is named, and what tells two findings apart.
 */
#ifndef CALLOUT_REPORT_PLACES_H
#define CALLOUT_REPORT_PLACES_H

#include "base/buf.h"
#include "base/diag.h"

/* The name of a file as pipelines know it: relative to where the run began, without "./" before it. Standard input and
 * findings without a place (NULL) get one too, since many formats refuse a finding without: "<stdin>" and ".". */
struct str place_file(const struct source *);

/* The same as a URI reference (RFC 3986): every byte but unreserved ones and slashes is percent-encoded; an absolute
 * path becomes file:///…. */
void place_uri(struct buf *, const struct source *);

/* Has the source lines? Modules and missing files have none. */
bool place_has_lines(const struct pos *);

/* "note: filter.yaml:12:11: the first one is here", or without a place the text alone. */
struct str place_note(struct arena *, const struct diag_related *);

/* For each of n findings 32 hexadecimal digits that stay the same when lines are inserted above it: made of code, file,
 * path in the document, the line's text and the message. Equal findings are counted, so no two are the same. */
const struct str *fingerprints(struct arena *, const struct diag *const *, size_t n);

#endif
