/* Which instructions trap on what: specification 3.0, 4.3 and 4.6. Addresses are judged by the most that a memory or a table can
 * ever have, and by what a memory begins with, in case that no code lets it grow: Envoy does not. */
#include "wasm/known_values.h"

#include <string.h>

#include "wasm/table_entries.h"

enum { PAGE_BYTES = 65536, PAGES = 65536, OPCODE_REF_NULL = 0xd0 };

/* ---- division ---- */

static bool is_bits(const struct known_value *v, uint64_t bits)
{
	return v->known && v->bits == bits;
}

static bool is_zero(const struct known_value *v)
{
	return is_bits(v, 0);
}

static enum code_end divided(const struct known_values *k, uint64_t lowest, uint64_t minus_one)
{
	if (is_zero(&k->top[0]))
		return CODE_DIVIDES;
	return is_bits(&k->top[0], minus_one) && is_bits(&k->top[1], lowest) ? CODE_OVERFLOWS : CODE_RETURNS;
}

static enum code_end divided_32(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	(void)r, (void)op;
	return divided(k, (uint32_t)INT32_MIN, UINT32_MAX);
}

static enum code_end divided_64(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	(void)r, (void)op;
	return divided(k, (uint64_t)INT64_MIN, UINT64_MAX);
}

static enum code_end divided_unsigned(const struct known_values *k, const struct reading *r,
                                      const struct instruction *op)
{
	(void)r, (void)op;
	return is_zero(&k->top[0]) ? CODE_DIVIDES : CODE_RETURNS;
}

static enum code_end remained(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	(void)r, (void)op;
	return is_zero(&k->top[0]) ? CODE_REMAINDERS : CODE_RETURNS;
}

/* ---- numbers that no integer can hold ---- */

static const double two_31 = 2147483648.0, two_32 = 4294967296.0, two_63 = 9223372036854775808.0;

/* Is it one once what stands behind the point is cut off? Not a number is none. */
static enum code_end cut(double value, double low, double below)
{
	return (value >= low || value > low - 1) && value < below ? CODE_RETURNS : CODE_TRUNCATES;
}

static enum code_end cut_to(const struct instruction *op, double value)
{
	bool is_64 = op->opcode >= 0xae, is_unsigned = op->opcode & 1;

	if (is_64) /* whose opcodes begin with an even one, the others' too */
		return is_unsigned ? cut(value, 0, 2 * two_63) : cut(value, -two_63, two_63);
	return is_unsigned ? cut(value, 0, two_32) : cut(value, -two_31, two_31);
}

static enum code_end truncated_32(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	uint32_t bits = (uint32_t)k->top[0].bits;
	float    value;

	(void)r;
	memcpy(&value, &bits, sizeof(value));
	return k->top[0].known ? cut_to(op, (double)value) : CODE_RETURNS;
}

static enum code_end truncated_64(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	double value;

	(void)r;
	memcpy(&value, &k->top[0].bits, sizeof(value));
	return k->top[0].known ? cut_to(op, value) : CODE_RETURNS;
}

/* ---- memory ---- */

/* NULL: it is not one of the few that are kept. */
static const struct wasm_limits *memory_limits(const struct reading *r, uint32_t memory)
{
	const struct wasm_memory *m = r->m->memories;

	while (m && memory--)
		m = m->next;
	return m ? &m->limits : NULL;
}

/* Envoy's own bound counts where the module sets none that is lower; memories of 64 bits have no other. */
static enum code_end reach_in(const struct wasm_limits *limits, uint64_t end)
{
	uint64_t pages = limits->has_max ? limits->max : PAGES;

	if (limits->is_64 ? limits->has_max && pages <= PAGES && end > pages * PAGE_BYTES : end > pages * PAGE_BYTES)
		return CODE_OUTSIDE;
	if (end > (uint64_t)WASM_PAGES_MAX * PAGE_BYTES)
		return CODE_OUTSIDE_OF_ALL;
	return end > limits->min * PAGE_BYTES ? CODE_OUTSIDE_NOW : CODE_RETURNS;
}

/* From the address on, as far as it and the length are known: what lies outside does so for any length, none included. */
static enum code_end reach_of(const struct reading *r, uint32_t memory, const struct known_value *address,
                              uint64_t offset, uint64_t length)
{
	const struct wasm_limits *limits = memory_limits(r, memory);

	if (!limits || !address->known || address->bits > UINT64_MAX - offset ||
	    address->bits + offset > UINT64_MAX - length)
		return CODE_RETURNS;
	return reach_in(limits, address->bits + offset + length);
}

/* Behind the address stand the other operands. */
static enum code_end accessed(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	size_t above = strcspn(op->types, ">") - 1;

	return above < KNOWN_VALUES ? reach_of(r, op->indices[0], &k->top[above], op->offset,
	                                       instruction_width(op->prefix, op->opcode))
	                            : CODE_RETURNS;
}

static uint64_t length_known(const struct known_value *v)
{
	return v->known ? v->bits : 0;
}

static enum code_end filled(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	return reach_of(r, op->indices[0], &k->top[2], 0, length_known(&k->top[0]));
}

static enum code_end copied(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	enum code_end to = reach_of(r, op->indices[0], &k->top[2], 0, length_known(&k->top[0]));

	return to != CODE_RETURNS ? to : reach_of(r, op->indices[1], &k->top[1], 0, length_known(&k->top[0]));
}

/* ---- tables and references ---- */

static bool past_end(const struct reading *r, uint32_t table, const struct known_value *index)
{
	const struct table_type *type = reading_table(r, table);

	return index->known && type && type->limits->has_max && index->bits >= type->limits->max;
}

/* Of the first table it is known which entries a segment fills, and with which functions; the others are null. */
static enum code_end called(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	const struct known_value *index = &k->top[0];

	if (past_end(r, op->indices[1], index))
		return CODE_TABLE_PAST;
	if (!index->known || op->indices[1] != 0)
		return CODE_RETURNS;
	if (table_entry_is_null(r, index->bits))
		return CODE_NULL_ENTRY;
	return table_entry_misfits(r, index->bits, op->indices[0]) ? CODE_OTHER_TYPE : CODE_RETURNS;
}

static enum code_end got(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	return past_end(r, op->indices[0], &k->top[0]) ? CODE_TABLE_PAST : CODE_RETURNS;
}

static enum code_end set(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	return past_end(r, op->indices[0], &k->top[1]) ? CODE_TABLE_PAST : CODE_RETURNS;
}

static enum code_end followed(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	(void)r, (void)op;
	return k->top[0].is_null ? CODE_NULL_REFERENCE : CODE_RETURNS;
}

/* ---- all of them ---- */

typedef enum code_end judge(const struct known_values *, const struct reading *, const struct instruction *);

static const struct {
	enum opcode_prefix prefix;
	uint32_t           first, last;
	judge             *judge;
} rules[] = {
	{ PREFIX_NONE, 0x11, 0x11, called },
	{ PREFIX_NONE, 0x13, 0x13, called },
	{ PREFIX_NONE, 0x14, 0x15, followed },
	{ PREFIX_NONE, 0x25, 0x25, got },
	{ PREFIX_NONE, 0x26, 0x26, set },
	{ PREFIX_NONE, 0x6d, 0x6d, divided_32 },
	{ PREFIX_NONE, 0x6e, 0x6e, divided_unsigned },
	{ PREFIX_NONE, 0x6f, 0x70, remained },
	{ PREFIX_NONE, 0x7f, 0x7f, divided_64 },
	{ PREFIX_NONE, 0x80, 0x80, divided_unsigned },
	{ PREFIX_NONE, 0x81, 0x82, remained },
	{ PREFIX_NONE, 0xa8, 0xa9, truncated_32 },
	{ PREFIX_NONE, 0xaa, 0xab, truncated_64 },
	{ PREFIX_NONE, 0xae, 0xaf, truncated_32 },
	{ PREFIX_NONE, 0xb0, 0xb1, truncated_64 },
	{ PREFIX_NONE, 0xd4, 0xd4, followed },
	{ PREFIX_MORE, 10, 10, copied },
	{ PREFIX_MORE, 11, 11, filled },
};

enum code_end known_values_end(const struct known_values *k, const struct reading *r, const struct instruction *op)
{
	if (!k->top[0].known && !k->top[1].known && !k->top[2].known)
		return CODE_RETURNS;
	if (op->accesses)
		return accessed(k, r, op);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (op->prefix == rules[i].prefix && rules[i].first <= op->opcode && op->opcode <= rules[i].last)
			return rules[i].judge(k, r, op);
	return CODE_RETURNS;
}

/* An instruction that takes nothing puts one on top; of any other nobody knows what it leaves. */
void known_values_follow(struct known_values *k, const struct instruction *op)
{
	bool is_null = op->prefix == PREFIX_NONE && op->opcode == OPCODE_REF_NULL;

	if (!is_null && (!op->types || op->types[0] != '>' || !op->types[1])) {
		*k = (struct known_values){ 0 };
		return;
	}
	memmove(&k->top[1], &k->top[0], sizeof(k->top) - sizeof(k->top[0]));
	k->top[0] =
		(struct known_value){ .known = op->is_constant || is_null, .is_null = is_null, .bits = op->constant };
}
