/* yaml_writer.h - a tree as YAML that every reader takes for the same tree.
 *
 * Block style as kubectl prints it: two spaces a level, the dashes of a list in the column of its parent. A string
 * stands bare only where eleven readers were shown to agree that it is one (reference/reliability.md, 1.7), as a
 * literal block only where it is printable text of several lines, else in double quotes. No value can begin or end a
 * document, and nothing but keys and dashes stands at a line's start.
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
