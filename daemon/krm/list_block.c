/* Which lines of a block list belong to which of its items: what is cut out and put elsewhere. */
#include "krm/list_reading.h"

/* The dash of the element that begins behind `at`: only blanks, comments and properties stand before it. */
static size_t find_dash(struct str text, size_t at)
{
	while (at < text.n && text.p[at] != '-') {
		if (text.p[at] == '#')
			at = line_after(text, at);
		else if (text.p[at] == '&' || text.p[at] == '!')
			while (at < text.n && !strchr(" \t\r\n", text.p[at]))
				at++;
		else
			at++;
	}
	return at;
}

static bool is_gap_line(struct str text, size_t at, size_t end, size_t column)
{
	size_t first = at;

	while (first < end && (text.p[first] == ' ' || text.p[first] == '\t'))
		first++;
	if (first == end || text.p[first] == '\n' || text.p[first] == '\r')
		return true;
	return text.p[first] == '#' && first - at <= column;
}

/* Where the item's own lines end: blank lines and comments in front of what follows are not its own. */
static size_t own_end(struct str text, const struct list_item *item, size_t boundary, size_t column)
{
	size_t lowest = item->end == line_start(text, item->end) ? item->end : line_after(text, item->end);
	size_t end = boundary;

	while (end > lowest) {
		size_t previous = line_start(text, end - 1);

		if (previous < lowest || !is_gap_line(text, previous, end, column))
			break;
		end = previous;
	}
	return end > item->end ? end : item->end;
}

bool list_place_block(struct list_reading *r, struct list_part *part)
{
	struct str text = r->list->source->bytes;
	size_t     at = part->colon;

	for (size_t i = 0; i < part->n; i++) {
		size_t dash = find_dash(text, at), line = line_start(text, dash);

		if (dash >= part->items[i].start && part->items[i].end > part->items[i].start)
			return list_refuse(r, part->items[i].start, 1, STR("its items cannot be told apart"));
		for (size_t k = line; k < dash; k++)
			if (text.p[k] != ' ')
				return list_refuse(r, dash, 1, STR("its items must stand on lines of their own"));
		part->items[i].cut_from = line;
		part->column = dash - line;
		at = part->items[i].end > dash ? part->items[i].end : dash + 1;
	}
	for (size_t i = 0; i < part->n; i++)
		part->items[i].cut_to = own_end(text, &part->items[i],
		                                i + 1 < part->n ? part->items[i + 1].cut_from : part->to, part->column);
	part->from = part->n ? part->items[0].cut_from : part->to;
	return true;
}
