/* json_index_lanes.h - classify for processors that compare LANES bytes at once, in the compiler's own words for that.
 *
 * The including file defines LANES, and after this
 *
 *	static inline uint64_t top_bits(lanes);    the highest bit of each byte, the first byte's lowest
 */
#include "json/json_index_kernel.h"

typedef unsigned char lanes __attribute__((vector_size(LANES)));
typedef signed char   signed_lanes __attribute__((vector_size(LANES)));
typedef uint16_t      wide_lanes __attribute__((vector_size(LANES)));
typedef int32_t       depth_lanes __attribute__((vector_size(LANES)));

static inline uint64_t top_bits(lanes);

static inline lanes load(const unsigned char *p)
{
	lanes x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* All ones in each byte that equals. */
static inline lanes is(lanes x, unsigned char c)
{
	return (lanes)(x == c);
}

/* Below 0x20, and as the comparison is signed, above 0x7F. */
static inline lanes is_low(lanes x)
{
	return (lanes)((signed_lanes)x < ' ');
}

static inline void classify(const unsigned char *p, struct raw *m)
{
	lanes rare = { 0 };

	*m = (struct raw){ 0 };
	for (unsigned i = 0; i < JSON_WORD; i += LANES) {
		lanes x = load(p + i), folded = x | 0x20, newline = is(x, '\n');

		m->quotes |= top_bits(is(x, '"')) << i;
		m->opens |= top_bits(is(folded, '{')) << i;
		m->closes |= top_bits(is(folded, '}')) << i;
		m->squares |= top_bits((lanes)((wide_lanes)x << 2)) << i; /* bit 5 in the place of the highest */
		m->newlines |= top_bits(newline) << i;
		rare |= is(x, '\\') | (~newline & is_low(x));
	}
	m->squares = ~m->squares;
	m->rare = top_bits(rare) != 0;
}

static inline void classify_rare(const unsigned char *p, struct json_rare *r)
{
	for (unsigned i = 0; i < JSON_WORD; i += LANES) {
		lanes x = load(p + i), blank = is(x, '\t') | is(x, '\r');

		r->backslashes |= top_bits(is(x, '\\')) << i;
		r->wide |= top_bits(x) << i;
		r->blanks |= top_bits(blank) << i;
		r->controls |= top_bits(is_low(x) & ~(blank | is(x, '\n'))) << i;
	}
	r->controls &= ~r->wide;
}

static inline size_t first_low(const int32_t *lowest, size_t w, size_t end, int32_t floor)
{
	enum { STEP = LANES / sizeof(int32_t) };

	for (; w + STEP <= end; w += STEP) {
		depth_lanes x;
		uint64_t    found;

		memcpy(&x, lowest + w, sizeof(x));
		found = top_bits((lanes)(x <= floor));
		if (found)
			return w + (size_t)__builtin_ctzll(found) / sizeof(int32_t);
	}
	while (w < end && lowest[w] > floor)
		w++;
	return w;
}
