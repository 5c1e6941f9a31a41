#include "manifest/yaml_feed.h"

#include "base/arena.h"

/* libyaml leaves the parser zeroed, so calling this again does no harm. */
void yaml_feed_end(struct yaml_feed *f)
{
	yaml_event_delete(&f->event);
	yaml_parser_delete(&f->parser);
}

static void release(void *feed)
{
	yaml_feed_end(feed);
}

void yaml_feed_begin(struct yaml_feed *f, struct arena *arena, const struct yaml_marks *marks)
{
	arena_defer(arena, release, f); /* first, since the arena may run out here */
	if (!yaml_parser_initialize(&f->parser))
		arena_exhausted(arena);
	yaml_parser_set_encoding(&f->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&f->parser, (const unsigned char *)marks->text.p, marks->text.n);
}

bool yaml_feed_next(struct yaml_feed *f, struct arena *arena)
{
	yaml_event_delete(&f->event);
	if (yaml_parser_parse(&f->parser, &f->event))
		return true;
	if (f->parser.error == YAML_MEMORY_ERROR)
		arena_exhausted(arena);
	return false;
}
