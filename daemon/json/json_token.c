#include "json/json_token.h"

int json_scan_token(struct json_scan *s)
{
	const uint64_t spaces = 0x2020202020202020U;

	while (scan_has(s)) {
		size_t pos = s->pos;

		/* Indentation: eight spaces a step. */
		for (uint64_t eight; pos + sizeof(eight) <= s->limit; pos += sizeof(eight)) {
			memcpy(&eight, s->p + pos, sizeof(eight));
			if (eight != spaces)
				break;
		}
		while (pos < s->limit && s->p[pos] == ' ')
			pos++;
		s->pos = pos;
		if (pos == s->limit)
			continue;
		if (!is_white(s->p[pos]))
			return s->p[pos];
		s->pos++;
	}
	return -1;
}

bool json_pass_colon(struct json_scan *s)
{
	int c = scan_token(s);

	if (c != ':')
		return c >= 0 && json_scan_fail(s, JSON_SYNTAX, s->pos, "':'");
	s->pos++;
	return true;
}

int json_scan_ready(struct json_scan *s)
{
	int c;

	if (s->pos < s->limit && s->p[s->pos] == ' ')
		s->pos++; /* the one behind a colon */
	if (s->failed)
		return -1;
	if (s->state == STATE_COLON) {
		if (!json_pass_colon(s))
			return -1;
		s->state = STATE_VALUE;
	}
	if (s->state != STATE_VALUE)
		return -1;
	c = scan_token(s);
	if (c < 0 && s->level == 0 && s->error.fault == JSON_TRUNCATED)
		s->error.fault = JSON_EMPTY;
	if (c >= 0)
		s->value = s->offset + s->pos;
	return c;
}

/* ---- over what stands at pos ---- */

bool json_pass_open(struct json_scan *s)
{
	uint64_t bit = (uint64_t)1 << s->level % 64, *word;

	if (s->level == LIMIT_SCAN_DEPTH)
		return json_scan_fail(s, JSON_DEPTH, s->pos, NULL);
	word = &s->squares[s->level / 64];
	*word = s->p[s->pos] == '[' ? *word | bit : *word & ~bit;
	s->level++;
	s->pos++;
	s->state = STATE_OPEN;
	return true;
}

bool json_pass_close(struct json_scan *s, int c, const char *expected)
{
	if (c != '}' && c != ']')
		return json_scan_fail(s, JSON_SYNTAX, s->pos, expected);
	if ((c == ']') != scan_in_array(s))
		return json_scan_fail(s, JSON_UNBALANCED, s->pos, scan_in_array(s) ? "']'" : "'}'");
	s->level--;
	s->pos++;
	s->state = STATE_AFTER;
	return true;
}

bool json_pass_string(struct json_scan *s)
{
	s->pos++;
	while (scan_has(s)) {
		s->pos = scan_quote(s, s->pos);
		if (s->pos < s->limit) {
			s->pos++;
			return true;
		}
	}
	if (!s->failed)
		json_scan_fail(s, JSON_TRUNCATED, s->pos, NULL);
	return false;
}

bool json_pass_nesting(struct json_scan *s, struct json_nesting *nest)
{
	while (scan_has(s)) {
		s->pos = s->kernel->skip(s->words, s->pos, s->limit, nest);
		if (nest->fault != JSON_OK)
			return json_scan_fail(s, nest->fault, s->pos, NULL);
		if (nest->depth == 0)
			return true;
	}
	if (!s->failed)
		json_scan_fail(s, JSON_TRUNCATED, s->pos, NULL);
	return false;
}
