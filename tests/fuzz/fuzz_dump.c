/* Dumps of any bytes: an answer exactly when there is no error, whether they come at once or in pieces, and parts that can be
 * joined whatever they tell. */
#include <stdlib.h>

#include "dump/reading.h"
#include "fuzz.h"
#include "pieces.h"

enum { BLOCK = 4096 }; /* fresh memory for one as large as usual would take most of the time */

static struct proxy_part *read_one(struct arena *arena, struct dump_reader *reader, const struct json_input *input,
                                   struct diags *diags)
{
	size_t             before = diags->errors;
	struct proxy_part *part = dump_read(reader, arena, source_without_bytes(arena, STR("dump")), input, diags);

	if ((part == NULL) != (diags->errors > before))
		abort();
	return part;
}

static void same_plugins(const struct proxy_plugin *a, const struct proxy_plugin *b)
{
	for (; a && b; a = a->other, b = b->other)
		if (a->seen != b->seen || a->active != b->active || a->matched != b->matched ||
		    !str_eq(a->code, b->code) || !str_eq(a->configuration, b->configuration) ||
		    a->pos.offset != b->pos.offset)
			abort();
	if (a || b)
		abort();
}

static void same(const struct proxy_part *a, const struct proxy_part *b, const struct dump_wants *wants)
{
	if ((a == NULL) != (b == NULL) || (a && (a->kinds != b->kinds || a->n_clusters != b->n_clusters ||
	                                         a->listeners_left_by != b->listeners_left_by)))
		abort();
	for (size_t i = 0; a && i < wants->n_plugins; i++)
		same_plugins(a->plugins[i], b->plugins[i]);
	for (size_t i = 0; a && i < wants->n_clusters; i++)
		if ((a->clusters[i] == NULL) != (b->clusters[i] == NULL) ||
		    (a->clusters[i] && a->clusters[i]->pos.offset != b->clusters[i]->pos.offset))
			abort();
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct pieces       pieces = { source->bytes, 0, 7 };
	struct dump_wants   wants;
	struct dump_reader *reader;
	struct json_input   whole, piecewise;
	struct proxy_part  *first, *second;

	dump_wants_init(&wants, arena);
	dump_wants_cluster(&wants, STR("outbound|47080||auth.auth-check.shop.callout.internal"));
	dump_wants_cluster(&wants, STR("filter.shop.auth-check.auth"));
	dump_wants_plugin(&wants, STR("shop"), STR("auth-check"));
	dump_wants_plugin(&wants, STR("shop"), STR("other"));
	reader = dump_reader_in_blocks(arena, &wants, false, BLOCK);
	json_input_bytes(&whole, source->bytes);
	json_input_callback(&piecewise, pieces_read, &pieces);
	first = read_one(arena, reader, &whole, diags);
	second = read_one(arena, reader, &piecewise, diags);
	same(first, second, &wants);
	if (!first)
		return;
	first->next = second;
	if (proxy_states_join(arena, &wants, first).n > 2)
		abort();
}
