/* line_diff.h - the difference of two texts, line by line, as `diff -u` prints it. */
#ifndef CALLOUT_BASE_LINE_DIFF_H
#define CALLOUT_BASE_LINE_DIFF_H

#include "base/buf.h"

/* Appends the hunks with three lines of context, and nothing when the texts are equal. Texts that have very little in common
 * are shown as one removed and one added. The arena is for the work; reset it afterwards. True when they differ. */
bool line_diff(struct buf *, struct arena *, struct str old, struct str new);

#endif
