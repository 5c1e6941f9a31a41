/* yaml_feed.h - a parser of libyaml, set on a text that yaml_marks has judged.
 *
 * The parser's memory is its own and goes with the arena. Such a text is UTF-8 of characters that YAML allows, so that
 * libyaml's reader, which decodes and judges each character once more, is passed over: the text stands in the parser's
 * buffer from the start.
 */
#ifndef CALLOUT_MANIFEST_YAML_FEED_H
#define CALLOUT_MANIFEST_YAML_FEED_H

#include <yaml.h>

#include "manifest/yaml_marks.h"
#include "manifest/yaml_memory.h"

struct arena;

struct yaml_feed {
	yaml_parser_t      parser;
	yaml_event_t       event; /* the last one */
	struct yaml_memory memory;
	yaml_char_t       *buffer; /* the parser's own, while the text stands in its place */
};

/* The feed is zeroed memory of the arena. What it holds is released with the arena; running out of memory ends its run. */
void yaml_feed_begin(struct yaml_feed *, struct arena *, const struct yaml_marks *);

/* Lets go of what the parser holds before the arena does; once more does no harm. */
void yaml_feed_end(struct yaml_feed *);

/* Reads the next event in place of the last one. False: parser.problem tells why. */
bool yaml_feed_next(struct yaml_feed *, struct arena *);

#endif
