/* Looking ahead in the current block. */
#include "json/json_token.h"

enum peek {
	PEEK_FOUND,
	PEEK_NONE,
	PEEK_CUT, /* what tells is behind the block */
};

static size_t pass_white(const struct json_scan *s, size_t i)
{
	while (i < s->limit && is_white(s->p[i]))
		i++;
	return i;
}

/* The string that is the value of a member, from behind its key on. */
static enum peek peek_value(const struct json_scan *s, size_t i, struct str *value)
{
	size_t end;

	i = pass_white(s, i);
	if (i < s->limit && s->p[i] != ':')
		return PEEK_NONE;
	i = pass_white(s, i + 1);
	if (i >= s->limit)
		return PEEK_CUT;
	if (s->p[i] != '"')
		return PEEK_NONE;
	end = scan_quote(s, i + 1);
	if (end >= s->limit)
		return PEEK_CUT;
	*value = str_of((const char *)s->p + i + 1, end - i - 1);
	return s->block->found.escapes && memchr(value->p, '\\', value->n) ? PEEK_NONE : PEEK_FOUND;
}

static enum peek look_ahead(struct json_scan *s, struct str key, struct str *value)
{
	struct json_member member = { 0 };
	enum peek          seen;

	if (!s->kernel->find(s->p, s->words, s->pos, s->limit, key, &member))
		return member.ended ? PEEK_NONE : PEEK_CUT;
	/* What is passed by looking ahead is not looked at again. */
	if (member.squares != 0 || member.deepest > LIMIT_SCAN_DEPTH - (int64_t)s->level)
		return PEEK_NONE;
	seen = peek_value(s, member.at + key.n + 2, value);
	if (seen == PEEK_FOUND)
		s->peeked = (size_t)((const unsigned char *)value->p - s->p) - 1;
	return seen;
}

bool json_scan_peek_string(struct json_scan *s, struct str key, struct str *value)
{
	enum peek seen;

	if (key.n == 0 || key.n > JSON_PEEK_KEY || json_scan_ready(s) != '{' || s->level == LIMIT_SCAN_DEPTH)
		return false;
	seen = look_ahead(s, key, value);
	if (seen == PEEK_CUT && json_scan_recut(s))
		seen = look_ahead(s, key, value);
	return seen == PEEK_FOUND;
}

bool json_scan_skip_peeked(struct json_scan *s)
{
	struct json_nesting nest = { .depth = 1, .cap = (int64_t)LIMIT_SCAN_DEPTH - s->level };

	if (s->failed)
		return false;
	s->value = s->offset + s->peeked;
	s->state = STATE_AFTER;
	if (s->strict)
		return json_pass_strict(s, '{');
	s->pos = scan_quote(s, s->peeked + 1) + 1;
	return json_pass_nesting(s, &nest);
}
