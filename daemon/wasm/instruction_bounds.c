/* The natural alignments and the numbers of lanes, as the specification's tables of instructions have them (3.0, 3.4.7). */
#include "wasm/instruction_bounds.h"

#include <stddef.h>

/* Powers of two, one for each instruction, in the order of their numbers. */
struct powers {
	uint32_t    first;
	size_t      n;
	const char *powers; /* digits */
};

/* i32.load to i64.store32 */
static const struct powers plain[] = { { 0x28, 23, "23230011001122232301012" }, { 0 } };

/* v128.load, six that widen, four that splat, v128.store; lanes of both ways; two that fill up with zeros */
static const struct powers simd[] = { { 0, 12, "433333301234" }, { 84, 10, "0123012323" }, { 0 } };

/* notify and two waits; then loads, stores and seven kinds of read-modify-write, each with the same seven widths */
static const struct powers atomic[] = { { 0, 3, "223" }, { 0x10, 63, NULL }, { 0 } };
static const char          widths[] = "2301012";

static int power_of(const struct powers *rows, uint32_t opcode)
{
	for (; rows->n; rows++)
		if (opcode >= rows->first && opcode - rows->first < rows->n)
			return rows->powers ? rows->powers[opcode - rows->first] - '0'
			                    : widths[(opcode - rows->first) % (sizeof(widths) - 1)] - '0';
	return 0;
}

static uint32_t natural_power(enum opcode_prefix prefix, uint32_t opcode)
{
	return (uint32_t)power_of(prefix == PREFIX_SIMD ? simd : prefix == PREFIX_ATOMIC ? atomic : plain, opcode);
}

unsigned instruction_width(enum opcode_prefix prefix, uint32_t opcode)
{
	return 1u << natural_power(prefix, opcode);
}

bool instruction_may_align(enum opcode_prefix prefix, uint32_t opcode, uint32_t power)
{
	uint32_t natural = natural_power(prefix, opcode);

	return prefix == PREFIX_ATOMIC ? power == natural : power <= natural;
}

unsigned instruction_lanes(uint32_t opcode)
{
	static const struct {
		uint32_t last;
		unsigned lanes;
	} rows[] = {
		{ 23, 16 }, { 26, 8 }, { 28, 4 }, { 30, 2 }, { 32, 4 }, { 34, 2 }, /* extract_lane, replace_lane */
		{ 84, 16 }, { 85, 8 }, { 86, 4 }, { 87, 2 },                       /* load lanes */
		{ 88, 16 }, { 89, 8 }, { 90, 4 }, { 91, 2 },                       /* store lanes */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (opcode <= rows[i].last)
			return rows[i].lanes;
	return 0;
}
