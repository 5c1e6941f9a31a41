/* The grammar of RFC 8259 token by token: for what is skipped under JSON_SCAN_STRICT and for raw values. */
#include "base/ascii.h"
#include "json/json_token.h"

static bool pass_word(struct json_scan *s, const char *word)
{
	for (const char *c = word; *c; c++) {
		int b = scan_byte(s);

		if (b != *c) {
			if (b < 0)
				return json_scan_fail(s, JSON_TRUNCATED, s->pos, NULL);
			return json_scan_fail(s, JSON_SYNTAX, s->pos, "true, false or null");
		}
		s->pos++;
	}
	return true;
}

/* One digit or more. */
static bool pass_digits(struct json_scan *s)
{
	int c = scan_byte(s);

	if (!ascii_is_digit(c)) {
		if (c < 0)
			return json_scan_fail(s, JSON_TRUNCATED, s->pos, NULL);
		return json_scan_fail(s, JSON_SYNTAX, s->pos, "a digit");
	}
	do
		s->pos++;
	while (ascii_is_digit(scan_byte(s)));
	return !s->failed;
}

/* RFC 8259, section 6. A wrong character behind the number is found by whoever looks for a comma there. */
static bool pass_number(struct json_scan *s)
{
	int c = scan_byte(s);

	if (c == '-') {
		s->pos++;
		c = scan_byte(s);
	}
	if (c == '0')
		s->pos++;
	else if (!pass_digits(s))
		return false;
	if (scan_byte(s) == '.') {
		s->pos++;
		if (!pass_digits(s))
			return false;
	}
	c = scan_byte(s);
	if (c != 'e' && c != 'E')
		return !s->failed;
	s->pos++;
	c = scan_byte(s);
	if (c == '+' || c == '-')
		s->pos++;
	return pass_digits(s);
}

bool json_pass_scalar(struct json_scan *s, int c)
{
	switch (c) {
	case 't':
		return pass_word(s, "true");
	case 'f':
		return pass_word(s, "false");
	case 'n':
		return pass_word(s, "null");
	default:
		if (c == '-' || ascii_is_digit(c))
			return pass_number(s);
		return json_scan_fail(s, JSON_SYNTAX, s->pos, "a value");
	}
}

/* The bytes of a string without escapes need not be examined. */
static bool pass_string(struct json_scan *s)
{
	struct json_text text;
	struct str       plain;

	return json_plain_string(s, &plain) || json_decode_string(s, NULL, 0, &text);
}

/* At the first byte of an object that is not empty, or behind a comma: passes the key and the colon. The first byte of
 * the value, or -1. */
static int pass_key(struct json_scan *s, int c)
{
	if (c != '"') {
		if (c >= 0)
			json_scan_fail(s, JSON_SYNTAX, s->pos, "a key");
		return -1;
	}
	return pass_string(s) && json_pass_colon(s) ? scan_token(s) : -1;
}

/* Enters the object or array at pos and those that begin in it, down to the first scalar, whose first byte is returned.
 * 0: an empty one was met and passed; -1: failure. */
static int pass_open(struct json_scan *s)
{
	int c;

	if (!json_pass_open(s))
		return -1;
	c = scan_token(s);
	if (c == '}' || c == ']')
		return json_pass_close(s, c, NULL) ? 0 : -1;
	return scan_in_array(s) ? c : pass_key(s, c);
}

/* After a value: moves to the next one in the same object or array, and leaves those that end, down to base. Returns
 * what pass_open does. */
static int pass_on(struct json_scan *s, unsigned base)
{
	while (s->level > base) {
		int c = scan_token(s);

		if (c == ',') {
			s->pos++;
			c = scan_token(s);
			return scan_in_array(s) ? c : pass_key(s, c);
		}
		if (c < 0 || !json_pass_close(s, c, scan_in_array(s) ? "',' or ']'" : "',' or '}'"))
			return -1;
	}
	return 0;
}

bool json_pass_strict(struct json_scan *s, int c)
{
	unsigned base = s->level;

	do {
		if (c == '{' || c == '[') {
			c = pass_open(s);
			if (c > 0)
				continue;
		} else if (!(c == '"' ? pass_string(s) : json_pass_scalar(s, c))) {
			c = -1;
		}
		if (c >= 0)
			c = pass_on(s, base);
	} while (c > 0);
	return c == 0;
}
