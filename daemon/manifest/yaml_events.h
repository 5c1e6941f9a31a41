/* yaml_events.h - reads any YAML that is allowed, from libyaml's events, and adds the findings about what is not. */
#ifndef CALLOUT_MANIFEST_YAML_EVENTS_H
#define CALLOUT_MANIFEST_YAML_EVENTS_H

#include "manifest/tree_growth.h"
#include "manifest/yaml_marks.h"

/* Reads the documents from offset `from`, the beginning of the text or of a line with ---, to the end. False: an error
 * was added. */
bool yaml_events_read(struct tree_growth *, const struct yaml_marks *, size_t from, struct diags *);

#endif
