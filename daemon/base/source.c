#include "base/source.h"

#include "base/arena.h"
#include "base/utf8.h"

struct told_place {
	struct told_place *next;
	uint32_t           offset, line, column;
};

struct source_state {
	struct arena      *arena;
	struct told_place *told; /* of a source without bytes */
	uint32_t          *line_starts;
	size_t             n_lines;
};

const struct source *source_from_bytes(struct arena *arena, struct str name, struct str bytes)
{
	struct source *source = ARENA_NEW(arena, struct source);

	source->name = name;
	source->bytes = bytes;
	source->state = ARENA_NEW(arena, struct source_state);
	source->state->arena = arena;
	return source;
}

static void index_lines(struct source_state *state, struct str bytes)
{
	size_t n = 1;

	for (size_t at = 0; (at = str_find(bytes, '\n', at)) < bytes.n; at++)
		n++;
	state->line_starts = ARENA_ARRAY(state->arena, n, uint32_t);
	for (size_t at = 0; (at = str_find(bytes, '\n', at)) < bytes.n; at++)
		state->line_starts[++state->n_lines] = (uint32_t)at + 1;
	state->n_lines = n;
}

struct source *source_without_bytes(struct arena *arena, struct str name)
{
	struct source *source = ARENA_NEW(arena, struct source);

	source->name = name;
	source->state = ARENA_NEW(arena, struct source_state);
	source->state->arena = arena;
	return source;
}

void source_tell_place(struct source *source, uint32_t offset, uint32_t line, uint32_t column)
{
	struct told_place *t = ARENA_NEW(source->state->arena, struct told_place);

	*t = (struct told_place){ source->state->told, offset, line, column };
	source->state->told = t;
}

bool source_has_lines(const struct source *source)
{
	return str_present(source->bytes) || source->state->told;
}

static struct place told_place(const struct source_state *state, size_t offset)
{
	for (const struct told_place *t = state->told; t; t = t->next)
		if (t->offset == offset)
			return (struct place){ t->line, t->column, STR_ABSENT };
	return (struct place){ 1, 1, STR_ABSENT };
}

struct place source_place(const struct source *source, size_t offset)
{
	struct source_state *state = source->state;
	size_t               low = 0, high, end;
	struct place         place;

	if (state->told)
		return told_place(state, offset);
	if (!state->line_starts)
		index_lines(state, source->bytes);
	if (offset > source->bytes.n)
		offset = source->bytes.n;
	for (high = state->n_lines; high - low > 1;) {
		size_t middle = low + (high - low) / 2;

		if (state->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	end = str_find(source->bytes, '\n', state->line_starts[low]);
	if (end > state->line_starts[low] && source->bytes.p[end - 1] == '\r')
		end--;
	place.line = (uint32_t)low + 1;
	place.text = str_slice(source->bytes, state->line_starts[low], end);
	place.column = (uint32_t)utf8_count(str_slice(source->bytes, state->line_starts[low], offset)) + 1;
	return place;
}
