#include "json/json_index_rare.h"

#include "base/ascii.h"

static uint64_t shift_in(uint64_t bits, uint64_t carry)
{
	return bits << 1 | carry;
}

/* Runs of backslashes by carries of one addition: Geoff Langdale's and Daniel Lemire's way (simdjson 2019, section 3.1.1). */
uint64_t json_escaped(uint64_t backslashes, struct json_carry *c)
{
	const uint64_t even = 0x5555555555555555U;
	uint64_t       follows, odd_starts, on_even;

	if (!backslashes) {
		uint64_t escaped = c->escaped;

		c->escaped = 0;
		return escaped;
	}
	backslashes &= ~c->escaped;
	follows = shift_in(backslashes, c->escaped);
	odd_starts = backslashes & ~even & ~follows;
	c->escaped = __builtin_add_overflow(odd_starts, backslashes, &on_even);
	return (even ^ on_even << 1) & follows;
}

/* Records a fault at offset i of the block that began `back` bytes before it, unless an earlier one is known. */
static void set_fault(struct json_indexed *out, enum json_fault fault, size_t i, unsigned back)
{
	if (out->fault != JSON_OK && (int64_t)out->limit - out->back <= (int64_t)i - back)
		return;
	out->fault = fault;
	out->limit = back > i ? 0 : i - back;
	out->back = back > i ? back - (unsigned)i : 0;
}

/* The state after c; ESCAPE_NONE also follows a complete escape. False: c is not allowed there. */
static bool escape_step(uint8_t *state, unsigned char c)
{
	if (*state == ESCAPE_LETTER) {
		if (c == 'u') {
			*state = ESCAPE_HEX_4;
			return true;
		}
		*state = ESCAPE_NONE;
		return c && strchr("\"\\/bfnrt", c);
	}
	(*state)--;
	return ascii_hex(c) >= 0;
}

/* Follows an escape from p[from] to its end, or to the end of the block, where the carry remembers its state. */
static bool escape_check(const unsigned char *p, size_t n, size_t from, struct json_carry *c, struct json_indexed *out)
{
	for (size_t i = from; c->escape != ESCAPE_NONE; i++) {
		if (i == n) {
			c->escape_at = (uint8_t)(c->escape_at + (n - from));
			return true;
		}
		if (!escape_step(&c->escape, p[i])) {
			set_fault(out, JSON_ESCAPE, from, c->escape_at);
			return false;
		}
	}
	return true;
}

static void escapes_check(const unsigned char *p, size_t n, size_t at, uint64_t starts, struct json_carry *c,
                          struct json_indexed *out)
{
	if (at == 0 && c->escape != ESCAPE_NONE && !escape_check(p, n, 0, c, out))
		return;
	for (; starts; starts &= starts - 1) {
		size_t i = at + (size_t)__builtin_ctzll(starts);

		c->escape = ESCAPE_LETTER;
		c->escape_at = 1;
		if (!escape_check(p, n, i + 1, c, out))
			return;
	}
}

/* RFC 3629, section 4: what may follow each first byte. */
static bool utf8_start(struct json_carry *c, unsigned char b)
{
	c->utf8_at = 0;
	c->utf8_low = 0x80;
	c->utf8_high = 0xBF;
	if (b >= 0xC2 && b <= 0xDF) {
		c->utf8_need = 1;
		return true;
	}
	if (b >= 0xE0 && b <= 0xEF) {
		c->utf8_need = 2;
		if (b == 0xE0)
			c->utf8_low = 0xA0;
		if (b == 0xED)
			c->utf8_high = 0x9F;
		return true;
	}
	if (b >= 0xF0 && b <= 0xF4) {
		c->utf8_need = 3;
		if (b == 0xF0)
			c->utf8_low = 0x90;
		if (b == 0xF4)
			c->utf8_high = 0x8F;
		return true;
	}
	return false;
}

/* Checks the bytes [from, to) of the block, some of which are not ASCII or belong to a character that began earlier. */
static void utf8_check(const unsigned char *p, size_t from, size_t to, struct json_carry *c, struct json_indexed *out)
{
	for (size_t i = from; i < to; i++) {
		unsigned char b = p[i];

		if (c->utf8_need) {
			c->utf8_at++;
			if (b < c->utf8_low || b > c->utf8_high) {
				set_fault(out, JSON_UTF8, i, c->utf8_at);
				return;
			}
			c->utf8_need--;
			c->utf8_low = 0x80;
			c->utf8_high = 0xBF;
		} else if (b >= 0x80 && !utf8_start(c, b)) {
			set_fault(out, JSON_UTF8, i, 0);
			return;
		}
	}
}

static enum json_fault stray_fault(unsigned char b)
{
	return b == 0 ? JSON_NUL : b < 0x20 ? JSON_CONTROL : JSON_SYNTAX;
}

void json_rare_check(const unsigned char *block, size_t n, size_t at, const struct json_rare *rare,
                     struct json_carry *c, struct json_indexed *out)
{
	uint64_t stray = rare->controls | ((rare->backslashes | rare->wide) & ~rare->in_string);
	size_t   end = n - at < JSON_WORD ? n : at + JSON_WORD;

	out->escapes |= rare->backslashes != 0;
	out->wide |= rare->wide != 0;
	if (stray) {
		size_t i = at + (size_t)__builtin_ctzll(stray);

		set_fault(out, stray_fault(block[i]), i, 0);
		end = i + 1; /* it may break off a character before it; what stands behind cannot be the first fault */
	}
	if (rare->wide || c->utf8_need)
		utf8_check(block, at, end, c, out);
	escapes_check(block, n, at, rare->backslashes & ~rare->escaped & rare->in_string, c, out);
}
