/* places.h - what the machine-readable report formats share: names of files, and fingerprints of findings. */
#ifndef CALLOUT_REPORT_PLACES_H
#define CALLOUT_REPORT_PLACES_H

#include "base/buf.h"
#include "base/diag.h"

/* The name of a file as pipelines know it: relative to where the run began, without "./" before it. Standard input and
 * findings without a place (NULL) get one too, since many formats require one: "<stdin>" and ".". */
struct str place_file(const struct source *);

/* The same as a URI reference (RFC 3986): every byte but unreserved ones and slashes is percent-encoded; an absolute
 * path becomes file:///…. */
void place_uri(struct buf *, const struct source *);

/* Does the source have lines? Modules and missing files do not. */
bool place_has_lines(const struct pos *);

/* "note: filter.yaml:12:11: the first one is here", or without a place the text alone. */
struct str place_note(struct arena *, const struct diag_related *);

/* "note: 3 more are not shown": where a format stops before this one, which is not NULL. */
struct str place_notes_left(struct arena *, const struct diag_related *);

/* For each of n findings 32 hexadecimal digits, no two the same, which do not change when lines are inserted above it:
 * a digest of its code, file, path in the document, the line's text, the message, and a count among equal ones. */
const struct str *fingerprints(struct arena *, const struct diag *const *, size_t n);

#endif
