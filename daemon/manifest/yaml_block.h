/* yaml_block.h - plain block YAML, the language that nearly every manifest is written in, straight from its lines.
 *
 * Maps and lists by indentation, scalars on one line, literal blocks (|), brackets on one line, comments, documents
 * behind ---. Of these it makes the very tree that yaml_events makes, without libyaml's tokens and events between, which
 * take most of the time that reading takes. What else a document may hold (anchors, tags, scalars of several lines, tabs,
 * directives), and any mistake, is not for this reader: it steps back to where the document began and says nothing, so
 * that each finding has libyaml's words and place.
 */
#ifndef CALLOUT_MANIFEST_YAML_BLOCK_H
#define CALLOUT_MANIFEST_YAML_BLOCK_H

#include "manifest/tree_growth.h"
#include "manifest/yaml_marks.h"

/* Reads documents from the beginning of the text, as many as are plain. Returns where the first of the others begins, which
 * is at the beginning of the text or of a line with ---: from there yaml_events reads on. The text's length: there is none. */
size_t yaml_block_read(struct tree_growth *, const struct yaml_marks *);

#endif
