#include "live/entry_lines.h"

#include "base/arena.h"
#include "live/entry_order.h"

struct entry_place {
	struct entry       *entry;
	struct entry_place *next;
};

struct str entry_line_name(const void *line)
{
	return ((const struct entry_line *)line)->name;
}

void entry_line_append(struct arena *arena, struct entry_line *line, struct entry *e)
{
	struct entry_place *place = ARENA_NEW(arena, struct entry_place);

	place->entry = e;
	if (!line->end)
		line->end = &line->first;
	*line->end = place;
	line->end = &place->next;
}

void entry_lines_append(struct arena *arena, struct hash *lines, struct str name, struct entry *e)
{
	struct entry_line *line = hash_get(lines, name);

	if (!line) {
		line = ARENA_NEW(arena, struct entry_line);
		line->name = name;
		hash_add(lines, line);
	}
	entry_line_append(arena, line, e);
}

/* Few are left out, and each line passes them over once for each question. */
static const struct entry_place *first_place(struct entry_line *line, unsigned question)
{
	if (!line)
		return NULL;
	if (line->asked != question) {
		line->asked = question;
		line->at = line->first;
		while (line->at && line->at->entry->left_out == question)
			line->at = line->at->next;
	}
	return line->at;
}

struct entry *entry_line_first(struct entry_line *line, unsigned question)
{
	const struct entry_place *place = first_place(line, question);

	return place ? place->entry : NULL;
}

struct entry *entry_line_first_that(struct entry_line *line, unsigned question, entry_pass *passes, const void *context)
{
	const struct entry_place *place = first_place(line, question);

	for (unsigned n = 0; place && n < LINE_LOOKED_AT; place = place->next, n++)
		if (place->entry->left_out != question && passes(context, place->entry))
			return place->entry;
	return NULL;
}
