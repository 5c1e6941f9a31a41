/* yaml_feed.h - libyaml's events of a text that yaml_marks has judged. */
#ifndef CALLOUT_MANIFEST_YAML_FEED_H
#define CALLOUT_MANIFEST_YAML_FEED_H

#include <yaml.h>

#include "manifest/yaml_marks.h"

struct arena;

struct yaml_feed {
	yaml_parser_t parser;
	yaml_event_t  event; /* the last one */
};

/* The feed is zeroed memory of the arena. What it holds is released with the arena; running out of memory ends its run. */
void yaml_feed_begin(struct yaml_feed *, struct arena *, const struct yaml_marks *);

/* Releases what the parser holds before the arena would. Calling it again does no harm. */
void yaml_feed_end(struct yaml_feed *);

/* Replaces the event by the next one. False: parser.problem tells why. */
bool yaml_feed_next(struct yaml_feed *, struct arena *);

#endif
