/* The entry that libFuzzer calls. Built without it, plain_main.c runs the stored corpus through the same entry. */
#include "fuzz.h"

struct input {
	struct arena *arena;
	struct str    bytes;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(void *ctx)
{
	struct input *in = ctx;
	struct diags  diags;

	diags_init(&diags, in->arena);
	fuzz_one(in->arena, source_from_bytes(in->arena, STR("input"), in->bytes), &diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(256 * MIB);
	struct input  in = { arena, { (const char *)data, size } };

	if (arena) {
		arena_run(arena, run, &in);
		arena_free(arena);
	}
	return 0;
}
