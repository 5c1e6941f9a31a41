#include "json/json_blocks.h"

#include "base/arena.h"
#include "base/limits.h"

struct json_blocks {
	const struct json_kernel_ops *kernel;
	struct json_source            source;
	struct json_carry             carry;
	struct json_block             block;
	size_t                        block_bytes;
	uint64_t                      max_bytes;
};

static const struct json_scan_options defaults;

/* Space in the arena at a multiple of a cache line. */
static void *aligned(struct arena *arena, size_t size)
{
	unsigned char *p = arena_alloc(arena, size + JSON_WORD);

	return p + (JSON_WORD - (uintptr_t)p % JSON_WORD) % JSON_WORD;
}

static size_t block_size(const struct json_scan_options *o)
{
	size_t n = o->block_bytes ? o->block_bytes : LIMIT_SCAN_BLOCK;

	return n < JSON_WORD ? JSON_WORD : n / JSON_WORD * JSON_WORD;
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
	b->block.p = aligned(arena, b->block_bytes + JSON_WORD);
	b->block.words = aligned(arena, b->block_bytes / JSON_WORD * sizeof(struct json_word));
	b->source.inflate = json_inflate_new(arena);
	return b;
}

void json_blocks_open(struct json_blocks *b, const struct json_input *input)
{
	json_source_open(&b->source, input);
	b->carry = (struct json_carry){ 0 };
	b->block.n = 0;
	b->block.offset = 0;
}

/* Cuts at the cap. Reading one byte more than it allows tells that there is more. */
static void hold_cap(struct json_block *block, uint64_t max_bytes, struct json_filled *filled)
{
	uint64_t left = max_bytes - block->offset;

	if (filled->n <= left)
		return;
	filled->n = (size_t)left;
	filled->fault = JSON_TOO_LARGE;
}

static void index_filled(struct json_blocks *b, struct json_block *block, const struct json_filled *filled,
                         size_t asked)
{
	block->n = filled->n;
	block->last = filled->n < asked;
	block->error_number = filled->error_number;
	memset(block->p + block->n, ' ', JSON_WORD);
	block->marked =
		block->offset == 0 && block->n >= JSON_MARK_BYTES && memcmp(block->p, JSON_MARK, JSON_MARK_BYTES) == 0;
	if (block->marked)
		memset(block->p, ' ', JSON_MARK_BYTES);
	b->kernel->index(block->p, block->n, block->words, &b->carry, &block->found);
	if (filled->fault != JSON_OK && block->found.fault == JSON_OK)
		block->found.fault = filled->fault;
}

const struct json_block *json_blocks_next(struct json_blocks *b)
{
	struct json_filled filled;

	b->block.offset += b->block.n;
	json_source_fill(&b->source, b->block.p, b->block_bytes, &filled);
	hold_cap(&b->block, b->max_bytes, &filled);
	index_filled(b, &b->block, &filled, b->block_bytes);
	return &b->block;
}

const struct json_kernel_ops *json_blocks_kernel(const struct json_blocks *b)
{
	return b->kernel;
}

bool json_blocks_is_gzip(const struct json_blocks *b)
{
	return b->source.gzip;
}
