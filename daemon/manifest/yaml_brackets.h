/* yaml_brackets.h - maps in {} and lists in [] that end on the line where they begin. */
#ifndef CALLOUT_MANIFEST_YAML_BRACKETS_H
#define CALLOUT_MANIFEST_YAML_BRACKETS_H

#include "manifest/tree_growth.h"
#include "manifest/yaml_marks.h"

/* Adds what begins with the bracket at `at` as the next value. Returns what stands behind it; NULL: a case for libyaml. */
const char *yaml_brackets_read(struct tree_growth *, const struct yaml_marks *, const char *at, const char *eol);

#endif
