/* yaml_writer.h - a tree as YAML that every reader takes for the same tree.
 *
 * Block style as kubectl prints it: two spaces per level, the dashes of a list in the column of its parent. A string is
 * written bare only if eleven YAML readers were found to agree that it is a string (the rule is yaml_is_bare; the forms
 * that readers disagree on are listed in tests/unit/yaml_roundtrip.py), as a literal block only if it is printable text of
 * several lines, and in double quotes otherwise. No value can begin or end a document, and a line starts with nothing but
 * keys and dashes.
 */
#ifndef CALLOUT_RENDER_YAML_WRITER_H
#define CALLOUT_RENDER_YAML_WRITER_H

#include "base/buf.h"

struct node;

/* One document, from its --- line to its last line end. */
void yaml_write_document(struct buf *, const struct node *root);

/* May s stand without quotes, as a value and as a key? */
bool yaml_is_bare(struct str s);

/* A string by itself: bare, or in double quotes. */
void yaml_write_string(struct buf *, struct str s);

#endif
