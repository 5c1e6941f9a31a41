/* Eight bytes at a time in ordinary registers: for processors without a kernel of their own, and the measure of all. */
#define KERNEL      json_kernel_portable
#define KERNEL_NAME "portable"

#include "json/json_index_rare.h"

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101U)

struct raw {
	uint64_t quotes, opens, closes, squares, spaces, newlines;
	bool     rare;
};

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

/* Bit 7 of each byte that equals; exact, without carries from one byte to the next. */
static inline uint64_t equal(uint64_t x, unsigned char byte)
{
	uint64_t t = x ^ EACH(byte);

	return ~(((t & EACH(0x7F)) + EACH(0x7F)) | t) & EACH(0x80);
}

/* Bit 7 of each byte below 0x20. */
static inline uint64_t below_space(uint64_t x)
{
	return ~(((x & EACH(0x7F)) + EACH(0x60)) | x) & EACH(0x80);
}

/* Bit 7 of the eight bytes, side by side. */
static inline uint64_t gather(uint64_t x)
{
	return (x >> 7) * 0x0102040810204080U >> 56;
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	uint64_t rare = 0;

	*m = (struct raw){ 0 };
	for (unsigned i = 0; i < JSON_WORD; i += 8) {
		uint64_t x = load(p + i), folded = x | EACH(0x20), low = below_space(x), space = 0;

		m->quotes |= gather(equal(x, '"')) << i;
		m->opens |= gather(equal(folded, '{')) << i;
		m->closes |= gather(equal(folded, '}')) << i;
		m->squares |= gather(~x << 2 & EACH(0x80)) << i;
		if (low) {
			uint64_t newline = equal(x, '\n');

			space = newline | equal(x, '\t') | equal(x, '\r');
			m->newlines |= gather(newline) << i;
			m->spaces |= gather(space) << i;
		}
		rare |= equal(x, '\\') | (x & EACH(0x80)) | (low & ~space);
	}
	m->rare = rare != 0;
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	for (unsigned i = 0; i < JSON_WORD; i++) {
		uint64_t bit = (uint64_t)1 << i;

		if (p[i] == '\\')
			r->backslashes |= bit;
		if (p[i] >= 0x80)
			r->wide |= bit;
		if (p[i] < 0x20 && p[i] != '\n' && p[i] != '\t' && p[i] != '\r')
			r->controls |= bit;
	}
}

static inline uint64_t prefix_xor(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	return x ^ x << 32;
}

/* Without POPCNT: bits added in pairs, fours and bytes. */
static inline int64_t count(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555U;
	x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
	return (int64_t)(((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0FU) * 0x0101010101010101U >> 56);
}

#include "json/json_index_body.h"
