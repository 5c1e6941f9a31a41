/* Writing a ResourceList back: the bytes that were read, with changed items spliced in. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "json/json_write.h"
#include "krm/list_reading.h"
#include "render/yaml_writer.h"

struct writer {
	const struct resource_list *list;
	const struct list_sink     *sink;
	struct str                  bytes;
	size_t                      at; /* what of the bytes is written or left out */
	bool                        line_open;
	bool                        ok;
};

struct str resource_list_text(struct arena *arena, const struct resource_list *list, const struct node *tree)
{
	struct buf b;

	buf_init(&b, arena, 2 * LIMIT_OBJECT_BYTES);
	if (list->json) {
		json_write(&b, tree, 0);
		return buf_str(&b);
	}
	yaml_write_document(&b, tree);
	return str_slice(buf_str(&b), sizeof("---\n") - 1, b.n);
}

static void write_out(struct writer *w, struct str s)
{
	if (s.n == 0)
		return;
	w->ok = w->ok && w->sink->write(w->sink->ctx, s);
	w->line_open = s.p[s.n - 1] != '\n';
}

/* The bytes up to `to`, unchanged. */
static void put_bytes(struct writer *w, size_t to)
{
	if (to > w->at)
		write_out(w, str_slice(w->bytes, w->at, to));
	w->at = to > w->at ? to : w->at;
}

static void end_line(struct writer *w)
{
	if (w->line_open)
		write_out(w, STR("\n"));
}

static void put_blanks(struct writer *w, size_t n)
{
	static const char blanks[] = "                                ";

	for (; n; n -= n < sizeof(blanks) - 1 ? n : sizeof(blanks) - 1)
		write_out(w, str_of(blanks, n < sizeof(blanks) - 1 ? n : sizeof(blanks) - 1));
}

/* Lines as an element of a block: a dash before the first, the rest moved to the right. */
static void put_element(struct writer *w, struct str text, size_t column)
{
	end_line(w);
	for (size_t at = 0; at < text.n;) {
		size_t end = line_after(text, at);

		if (at == 0) {
			put_blanks(w, column);
			write_out(w, STR("- "));
		} else if (end - at > 1) {
			put_blanks(w, column + 2);
		}
		write_out(w, str_slice(text, at, end));
		at = end;
	}
	end_line(w);
}

/* ---- YAML ---- */

struct part_changes {
	const struct list_part   *part;
	const char               *key;
	const struct item_change *items; /* NULL: all stay */
	const struct str         *added;
	size_t                    n_added;
};

static enum item_fate fate_of(const struct part_changes *p, size_t i)
{
	return p->items ? p->items[i].fate : ITEM_KEEP;
}

static bool is_left(const struct part_changes *p)
{
	for (size_t i = 0; i < p->part->n; i++)
		if (fate_of(p, i) != ITEM_DROP)
			return true;
	return p->n_added > 0;
}

static bool is_changed(const struct part_changes *p)
{
	for (size_t i = 0; i < p->part->n; i++)
		if (fate_of(p, i) != ITEM_KEEP)
			return true;
	return p->n_added > 0;
}

static void put_added(struct writer *w, const struct part_changes *p, size_t column)
{
	for (size_t i = 0; i < p->n_added; i++)
		put_element(w, p->added[i], column);
}

static void write_block(struct writer *w, const struct part_changes *p)
{
	const struct list_part *part = p->part;

	if (!is_left(p)) {
		put_bytes(w, part->colon);
		write_out(w, STR(" []"));
	}
	put_bytes(w, part->from);
	for (size_t i = 0; i < part->n; i++) {
		const struct list_item *item = &part->items[i];

		put_bytes(w, item->cut_from); /* comments in between */
		if (fate_of(p, i) == ITEM_KEEP)
			put_bytes(w, item->cut_to);
		else if (fate_of(p, i) == ITEM_REPLACE)
			put_element(w, p->items[i].text, part->column);
		w->at = item->cut_to;
	}
	put_added(w, p, part->column);
	put_bytes(w, part->to);
}

/* An empty list, or one in brackets, becomes a block; a comment behind it stays on the key's line. */
static void write_as_block(struct writer *w, const struct part_changes *p)
{
	const struct list_part *part = p->part;
	size_t                  column = w->list->column;

	put_bytes(w, part->colon);
	w->at = part->to;
	if (!is_left(p))
		write_out(w, STR(" []"));
	put_bytes(w, line_after(w->bytes, part->to));
	for (size_t i = 0; i < part->n; i++) {
		const struct list_item *item = &part->items[i];

		if (fate_of(p, i) == ITEM_KEEP)
			put_element(w, str_slice(w->bytes, item->start, item->end), column);
		else if (fate_of(p, i) == ITEM_REPLACE)
			put_element(w, p->items[i].text, column);
	}
	put_added(w, p, column);
}

static void write_new_key(struct writer *w, const struct part_changes *p)
{
	put_bytes(w, w->list->end);
	end_line(w);
	put_blanks(w, w->list->column);
	write_out(w, str_c(p->key));
	write_out(w, STR(":\n"));
	put_added(w, p, w->list->column);
}

/* ---- JSON ---- */

static void put_json(struct writer *w, struct str text, bool *first)
{
	if (!*first)
		write_out(w, STR(","));
	write_out(w, STR("\n"));
	write_out(w, text);
	*first = false;
}

static void write_json_part(struct writer *w, const struct part_changes *p)
{
	const struct list_part *part = p->part;
	bool                    first = true;

	if (part->form == LIST_ABSENT) {
		put_bytes(w, w->list->end);
		write_out(w, STR(",\n\""));
		write_out(w, str_c(p->key));
		write_out(w, STR("\": "));
	} else {
		put_bytes(w, part->from);
		w->at = part->to;
	}
	write_out(w, STR("["));
	for (size_t i = 0; i < part->n; i++)
		if (fate_of(p, i) != ITEM_DROP)
			put_json(w,
			         fate_of(p, i) == ITEM_KEEP
			                 ? str_slice(w->bytes, part->items[i].start, part->items[i].end)
			                 : p->items[i].text,
			         &first);
	for (size_t i = 0; i < p->n_added; i++)
		put_json(w, p->added[i], &first);
	write_out(w, first ? STR("]") : STR("\n]"));
}

/* ---- the whole ---- */

static void write_part(struct writer *w, const struct part_changes *p)
{
	if (!is_changed(p))
		return;
	if (w->list->json)
		write_json_part(w, p);
	else if (p->part->form == LIST_ABSENT)
		write_new_key(w, p);
	else if (p->part->form == LIST_BLOCK)
		write_block(w, p);
	else
		write_as_block(w, p);
}

/* Where the part begins in the input; new keys come last. */
static size_t place_of(const struct writer *w, const struct list_part *part)
{
	return part->form == LIST_ABSENT ? w->list->end : part->from;
}

bool resource_list_write(const struct resource_list *list, const struct list_changes *changes,
                         const struct list_sink *sink)
{
	struct writer       w = { list, sink, list->source->bytes, 0, false, true };
	struct part_changes items = { &list->items, "items", changes->items, changes->added, changes->n_added };
	struct part_changes results = { &list->results, "results", NULL, changes->results, changes->n_results };
	bool                items_first = place_of(&w, &list->items) <= place_of(&w, &list->results);

	write_part(&w, items_first ? &items : &results);
	write_part(&w, items_first ? &results : &items);
	put_bytes(&w, w.bytes.n);
	if (!list->json)
		end_line(&w);
	return w.ok;
}
