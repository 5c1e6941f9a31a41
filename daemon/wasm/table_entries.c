#include "wasm/table_entries.h"

#include <string.h>

#include "base/arena.h"

/* Those that are not null are told by their two ends. */
static void note_ends(struct reading *r, uint64_t from, uint64_t to)
{
	if (r->filled_from == r->filled_to || from < r->filled_from)
		r->filled_from = from;
	if (to > r->filled_to)
		r->filled_to = to;
}

static void forget(struct reading *r, uint64_t from, uint64_t to)
{
	if (to > r->n_entries)
		to = r->n_entries;
	if (from < to)
		memset(r->entries + from, 0, (size_t)(to - from) * sizeof(*r->entries));
}

void table_entries_fill(struct reading *r, struct const_value offset, uint64_t length)
{
	uint64_t from = offset.known ? offset.value : 0;
	uint64_t to = offset.known && length <= UINT64_MAX - from ? from + length : UINT64_MAX;

	if (!length || r->c.fault)
		return;
	note_ends(r, from, to);
	if (!r->entries) {
		uint64_t n = reading_table(r, 0)->limits->min;

		r->n_entries = n < TABLE_ENTRIES_KNOWN ? (size_t)n : TABLE_ENTRIES_KNOWN;
		r->entries = ARENA_ARRAY(r->arena, r->n_entries + 1, uint32_t);
	}
	forget(r, from, to);
}

void table_entries_set(struct reading *r, struct const_value offset, uint64_t i, uint32_t function)
{
	if (offset.known && offset.value < r->n_entries && i < r->n_entries - offset.value)
		r->entries[offset.value + i] = function + 1;
}

bool table_entry_is_null(const struct reading *r, uint64_t entry)
{
	return entry < r->filled_from || entry >= r->filled_to;
}

bool table_entry_misfits(const struct reading *r, uint64_t entry, uint32_t type)
{
	uint32_t function = entry < r->n_entries ? r->entries[entry] : 0;

	return function &&
	       !value_fits(r->m, reading_function_type(r, function - 1) | VALUE_INDEXED, type | VALUE_INDEXED);
}
