/* yaml_block.h - reads plain block YAML, in which nearly every manifest is written, directly from its lines.
 *
 * It understands maps and lists by indentation, scalars on one line, literal blocks (|), brackets on one line,
 * comments, and documents separated by ---. From these it builds the same tree as yaml_events does, without libyaml's
 * tokens and events, which take most of the time. Whatever else a document may hold (anchors, tags, scalars over
 * several lines, tabs, directives), and any mistake, makes it go back to the beginning of that document without a
 * finding, and yaml_events reads on from there; so every finding has libyaml's words and place.
 */
#ifndef CALLOUT_MANIFEST_YAML_BLOCK_H
#define CALLOUT_MANIFEST_YAML_BLOCK_H

#include "manifest/tree_growth.h"
#include "manifest/yaml_marks.h"

/* Reads documents from the beginning of the text, as long as they are plain. Returns the offset of the first document
 * that is not, which is 0 or the beginning of a line with ---; the length of the text: all of them were plain. */
size_t yaml_block_read(struct tree_growth *, const struct yaml_marks *);

#endif
