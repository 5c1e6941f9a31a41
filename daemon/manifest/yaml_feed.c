#include "manifest/yaml_feed.h"

#include "base/arena.h"
#include "base/utf8.h"

/* libyaml looks so many characters ahead, and takes NUL for the end. */
enum { AHEAD = 4 };

/* libyaml leaves nothing but zeros behind, so that it does no harm a second time. */
void yaml_feed_end(struct yaml_feed *f)
{
	if (f->buffer)
		f->parser.buffer.start = f->buffer;
	f->buffer = NULL;
	yaml_event_delete(&f->event);
	yaml_parser_delete(&f->parser);
}

static void release(void *feed)
{
	yaml_feed_end(feed);
}

/* The members of yaml_parser_t stand in its header for all to see, but nobody promises them: they are as they are since
 * 0.1 and in all of 0.2. */
static bool layout_is_known(void)
{
	int major, minor, patch;

	yaml_get_version(&major, &minor, &patch);
	return major == 0 && minor <= 2;
}

/* What yaml_parser_update_buffer leaves behind when it has read a text to its end: the characters, one NUL, and nothing
 * more to come. */
static void fill_buffer(struct yaml_feed *f, struct arena *arena, const struct yaml_marks *marks)
{
	yaml_parser_t *p = &f->parser;
	yaml_char_t   *text = arena_alloc(arena, marks->text.n + AHEAD);

	if (marks->text.n)
		memcpy(text, marks->text.p, marks->text.n);
	f->buffer = p->buffer.start;
	p->buffer.start = p->buffer.pointer = text;
	p->buffer.last = p->buffer.end = text + marks->text.n + 1;
	p->unread = (marks->ascii ? marks->text.n : utf8_count(marks->text)) + 1;
	p->eof = 1;
}

void yaml_feed_begin(struct yaml_feed *f, struct arena *arena, const struct yaml_marks *marks)
{
	yaml_parser_t *p = &f->parser;
	bool           whole = layout_is_known(), ok;

	f->memory.arena = arena;
	f->memory.unused = whole;       /* the buffers of the reader, 64 KiB, beside which the text is to stand */
	arena_defer(arena, release, f); /* first, since the arena may run out in the midst of libyaml */
	yaml_memory_use(&f->memory);
	ok = yaml_parser_initialize(p);
	yaml_memory_use(NULL);
	f->memory.unused = false;
	if (!ok)
		arena_exhausted(arena);
	yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(p, (const unsigned char *)marks->text.p, marks->text.n);
	if (whole)
		fill_buffer(f, arena, marks);
}

/* yaml_event_delete of most events has nothing to free, and costs as much as reading one of them. */
static bool holds_memory(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor || e->data.mapping_start.tag;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor || e->data.sequence_start.tag;
	case YAML_NO_EVENT:
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return false;
	default:
		return true;
	}
}

bool yaml_feed_next(struct yaml_feed *f, struct arena *arena)
{
	bool ok;

	yaml_memory_use(&f->memory);
	if (holds_memory(&f->event))
		yaml_event_delete(&f->event);
	ok = yaml_parser_parse(&f->parser, &f->event);
	yaml_memory_use(NULL);
	if (!ok && f->parser.error == YAML_MEMORY_ERROR)
		arena_exhausted(arena);
	return ok;
}
