/* yaml_brackets.h - maps in {} and lists in [] that end on the line where they begin. */
#ifndef CALLOUT_MANIFEST_YAML_BRACKETS_H
#define CALLOUT_MANIFEST_YAML_BRACKETS_H

#include "manifest/tree_growth.h"
#include "manifest/yaml_marks.h"

/* Adds the map or list whose opening bracket is at `at` as the next value. Returns the byte behind its closing bracket;
 * NULL: this is left to libyaml. */
const char *yaml_brackets_read(struct tree_growth *, const struct yaml_marks *, const char *at, const char *eol);

#endif
