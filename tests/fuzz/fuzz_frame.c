/* The entry that libFuzzer calls. Built without it, plain_main.c runs the stored corpus through the same entry. */
#include <sys/random.h>

#include "fuzz.h"

/* In place of the C library's: what a hash table does depends on its secret, and with it what libFuzzer takes for new. One
 * that is always the same gives the same inputs each time. */
ssize_t getrandom(void *p, size_t n, unsigned flags)
{
	(void)flags;
	memset(p, 0x5a, n);
	return (ssize_t)n;
}

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
