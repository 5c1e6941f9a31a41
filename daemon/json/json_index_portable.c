/* Eight bytes at a time in ordinary registers: for processors without a kernel of their own, and the reference for all
 * kernels. */
#define KERNEL      json_kernel_portable
#define KERNEL_NAME "portable"

#include "json/json_index_kernel.h"

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101U)

/* The first byte is the lowest, whatever the processor's order. */
static inline uint64_t load(const unsigned char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/* Bit 7 of the eight bytes, side by side; other bits must be 0. */
static inline uint64_t gather(uint64_t x)
{
	return x * 0x0002040810204081U >> 56;
}

/* Sets bit 7 of each byte that differs. x is ASCII, so nothing carries from one byte into the next. */
static inline uint64_t differs(uint64_t x, unsigned char byte)
{
	return ((x ^ EACH(byte)) + EACH(0x7F)) & EACH(0x80);
}

/* Bytes that are not ASCII were taken for what they are without their highest bit. */
static void drop_wide(const unsigned char *p, struct raw *m)
{
	uint64_t wide = 0;

	for (unsigned i = 0; i < JSON_WORD; i += 8)
		wide |= gather(load(p + i) & EACH(0x80)) << i;
	m->quotes &= ~wide;
	m->opens &= ~wide;
	m->closes &= ~wide;
	m->newlines &= ~wide;
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	uint64_t quotes = 0, opens = 0, closes = 0, rounds = 0, newlines = 0, rare = 0;

#pragma GCC unroll 8
	for (unsigned i = 0; i < JSON_WORD; i += 8) {
		uint64_t x = load(p + i), ascii = x & EACH(0x7F), folded = ascii | EACH(0x20);
		uint64_t no_newline = differs(ascii, '\n');

		quotes |= gather(differs(ascii, '"')) << i;
		opens |= gather(differs(folded, '{')) << i;
		closes |= gather(differs(folded, '}')) << i;
		rounds |= gather(x << 2 & EACH(0x80)) << i;
		newlines |= gather(no_newline) << i;
		rare |= x | (~(ascii + EACH(0x60)) & no_newline) | ~((ascii ^ EACH('\\')) + EACH(0x7F));
	}
	m->quotes = ~quotes;
	m->opens = ~opens;
	m->closes = ~closes;
	m->squares = ~rounds;
	m->newlines = ~newlines;
	m->rare = (rare & EACH(0x80)) != 0;
	if (m->rare)
		drop_wide(p, m);
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	for (unsigned i = 0; i < JSON_WORD; i++) {
		uint64_t bit = (uint64_t)1 << i;

		if (p[i] == '\\')
			r->backslashes |= bit;
		else if (p[i] >= 0x80)
			r->wide |= bit;
		else if (p[i] == '\t' || p[i] == '\r')
			r->blanks |= bit;
		else if (p[i] < 0x20 && p[i] != '\n')
			r->controls |= bit;
	}
}

static inline size_t first_low(const int32_t *lowest, size_t w, size_t end, int32_t floor)
{
	while (w < end && lowest[w] > floor)
		w++;
	return w;
}

#include "json/json_index_body.h"
