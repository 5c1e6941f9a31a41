#include "json/json_blocks.h"

#include <sched.h>

#include "base/arena.h"
#include "base/limits.h"
#include "json/json_slots.h"

static const struct json_scan_options defaults;

/* Space in the arena at a multiple of a cache line. */
static void *aligned(struct arena *arena, size_t size)
{
	unsigned char *p = arena_alloc(arena, size + JSON_WORD);

	return p + (JSON_WORD - (uintptr_t)p % JSON_WORD) % JSON_WORD;
}

static struct json_words words_new(struct arena *arena, size_t n)
{
	return (struct json_words){ .quotes = aligned(arena, n * sizeof(uint64_t)),
		                    .opens = aligned(arena, n * sizeof(uint64_t)),
		                    .closes = aligned(arena, n * sizeof(uint64_t)),
		                    .squares = aligned(arena, n * sizeof(uint64_t)),
		                    .depth = aligned(arena, n * sizeof(struct json_depth)),
		                    .lowest = aligned(arena, n * sizeof(int32_t)) };
}

static size_t block_size(const struct json_scan_options *o)
{
	size_t n = o->block_bytes ? o->block_bytes : LIMIT_SCAN_BLOCK;

	return n < JSON_WORD ? JSON_WORD : n / JSON_WORD * JSON_WORD;
}

static bool has_two_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) >= 2;
}

static void release(void *what)
{
	struct json_blocks *b = what;

	json_ahead_stop(b);
	pthread_mutex_destroy(&b->mutex);
	pthread_cond_destroy(&b->changed);
}

struct json_blocks *json_blocks_new(struct arena *arena, const struct json_scan_options *options)
{
	struct json_blocks *b = ARENA_NEW(arena, struct json_blocks);

	if (!options)
		options = &defaults;
	b->kernel = json_kernel_get((enum json_kernel)options->kernel);
	if (!b->kernel)
		b->kernel = &json_kernel_portable;
	b->max_bytes = options->max_bytes ? options->max_bytes : UINT64_MAX;
	b->block_bytes = block_size(options);
	b->n_slots = options->threads > 1 || (options->threads == 0 && has_two_processors()) ? JSON_SLOTS : 1;
	b->two_from = options->threads > 1 ? 0 : (int64_t)LIMIT_SCAN_ALONE;
	/* What is not used of it costs addresses, no memory. */
	for (unsigned i = 0; i < b->n_slots; i++) {
		b->slots[i].block.p = aligned(arena, b->block_bytes + JSON_WORD);
		b->slots[i].block.words = words_new(arena, b->block_bytes / JSON_WORD + 1);
	}
	b->source.inflate = json_inflate_new(arena);
	pthread_mutex_init(&b->mutex, NULL);
	pthread_cond_init(&b->changed, NULL);
	arena_defer(arena, release, b);
	return b;
}

void json_blocks_open(struct json_blocks *b, const struct json_input *input)
{
	json_ahead_stop(b);
	json_source_open(&b->source, input);
	b->carry = (struct json_carry){ 0 };
	b->next = 0;
	b->offset = 0;
}

void json_blocks_cap(struct json_blocks *b, uint64_t max_bytes)
{
	json_ahead_stop(b); /* it reads the cap */
	b->max_bytes = max_bytes;
}

static bool is_same(const struct json_carry *a, const struct json_carry *b)
{
	return a->in_string == b->in_string && a->escaped == b->escaped && a->escape == b->escape &&
	       a->utf8_need == b->utf8_need;
}

static bool is_for_two(const struct json_blocks *b)
{
	return b->n_slots > 1 && b->source.input.fd >= 0 && b->source.input.size >= b->two_from && !b->source.gzip;
}

const struct json_block *json_blocks_next(struct json_blocks *b)
{
	struct json_slot *slot;

	if (b->running) {
		slot = json_ahead_next(b);
		if (!is_same(&slot->before, &b->carry) || b->carry.utf8_need)
			json_slot_index(b, slot, &b->carry);
	} else {
		slot = json_slot_of(b, b->next);
		json_slot_fill(b, b->next, &b->carry);
	}
	b->carry = slot->after;
	b->offset = slot->block.offset + slot->block.n;
	b->next++;
	if (b->next == 1 && is_for_two(b) && !slot->block.last)
		json_ahead_start(b, b->next);
	return &slot->block;
}

/* With two threads a block belongs to one of them. What is left of the block is indexed twice, so it must be less than
 * what is gained. */
bool json_blocks_can_recut(const struct json_blocks *b, size_t from)
{
	const struct json_block *block = &b->slots[(b->next - 1) % b->n_slots].block;

	return !b->running && !block->last && block->found.fault == JSON_OK && block->n - from < b->block_bytes / 2;
}

const struct json_block *json_blocks_recut(struct json_blocks *b, size_t from)
{
	static const struct json_carry outside;
	struct json_slot              *slot = json_slot_of(b, b->next - 1);
	struct json_block             *block = &slot->block;
	size_t                         left = block->n - from;
	struct json_filled             filled;

	memmove(block->p, block->p + from, left);
	block->offset += from;
	json_source_fill(&b->source, block->p + left, b->block_bytes - left, &filled);
	filled.n += left;
	json_slot_set(b, slot, &filled);
	json_slot_index(b, slot, &outside);
	b->carry = slot->after;
	b->offset = block->offset + block->n;
	return block;
}

void json_blocks_stop(struct json_blocks *b)
{
	json_ahead_stop(b);
}

const struct json_kernel_ops *json_blocks_kernel(const struct json_blocks *b)
{
	return b->kernel;
}
