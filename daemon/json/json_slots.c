#include "json/json_slots.h"

/* Cuts the input at the cap. One byte more than the cap allows is read, to know whether there is more. */
static void hold_cap(const struct json_blocks *b, uint64_t offset, struct json_filled *filled)
{
	uint64_t left = offset < b->max_bytes ? b->max_bytes - offset : 0;

	if (filled->n <= left)
		return;
	filled->n = (size_t)left;
	filled->fault = JSON_TOO_LARGE;
}

void json_slot_set(const struct json_blocks *b, struct json_slot *slot, struct json_filled *filled)
{
	struct json_block *block = &slot->block;

	hold_cap(b, block->offset, filled);
	slot->fault = filled->fault;
	block->n = filled->n;
	block->last = filled->n < b->block_bytes;
	block->error_number = filled->error_number;
	memset(block->p + block->n, ' ', JSON_WORD);
	block->marked =
		block->offset == 0 && block->n >= JSON_MARK_BYTES && memcmp(block->p, JSON_MARK, JSON_MARK_BYTES) == 0;
	if (block->marked)
		memset(block->p, ' ', JSON_MARK_BYTES);
}

void json_slot_index(const struct json_blocks *b, struct json_slot *slot, const struct json_carry *before)
{
	struct json_block *block = &slot->block;

	slot->before = *before;
	slot->after = *before;
	b->kernel->index(block->p, block->n, &block->words, &slot->after, &block->found);
	if (slot->fault != JSON_OK && block->found.fault == JSON_OK)
		block->found.fault = slot->fault;
}

/* Guesses from the block alone whether it begins inside a string: no string contains a line feed, so the quotes before
 * the first one are counted; in a text of one line the neighbours of the first quote decide. */
static uint64_t guess_in_string(const unsigned char *p, size_t n)
{
	uint64_t in_string = 0;
	size_t   first = n;

	if (n > 4096)
		n = 4096;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			return in_string;
		if (p[i] == '\\')
			i++;
		else if (p[i] == '"') {
			in_string = ~in_string;
			if (first > i)
				first = i;
		}
	}
	return first + 1 < n && strchr(":,}]", p[first + 1]) ? ~(uint64_t)0 : 0;
}

void json_slot_fill(struct json_blocks *b, uint64_t number, const struct json_carry *before)
{
	struct json_slot  *slot = json_slot_of(b, number);
	struct json_carry  guess = { 0 };
	struct json_filled filled;

	if (b->running) {
		slot->block.offset = number * b->block_bytes;
		json_source_fill_at(&b->source.input, slot->block.offset, slot->block.p, b->block_bytes, &filled);
	} else {
		slot->block.offset = b->offset;
		json_source_fill(&b->source, slot->block.p, b->block_bytes, &filled);
	}
	json_slot_set(b, slot, &filled);
	if (!before) {
		guess.in_string = guess_in_string(slot->block.p, slot->block.n);
		before = &guess;
	}
	json_slot_index(b, slot, before);
}
