/* Looking ahead in the block at hand. */
#include "json/json_scanning.h"

static struct json_stand stand_of(const struct json_scan *s)
{
	return (struct json_stand){ .pos = s->pos,
		                    .limit = s->limit,
		                    .state = s->state,
		                    .level = s->level,
		                    .ended = s->ended,
		                    .strict = s->strict,
		                    .value = s->value };
}

static void return_to(struct json_scan *s, const struct json_stand *at)
{
	s->pos = at->pos;
	s->limit = at->limit;
	s->state = at->state;
	s->level = at->level;
	s->ended = at->ended;
	s->strict = at->strict;
	s->value = at->value;
}

static bool find_string(struct json_scan *s, struct str key, struct str *value)
{
	struct json_key  name = { key, 0 };
	struct json_keys keys = { &name, 1, 0 };
	int              id;

	json_keys_prepare(&keys);
	if (!json_scan_enter_object(s) || !json_scan_next_wanted(s, &keys, &id) || json_scan_kind(s) != JSON_STRING)
		return false;
	s->fell = scan_quote(s, s->pos + 1) >= s->limit;
	return !s->fell && json_plain_string(s, value);
}

/* Notes where it ends, and goes back. */
static bool look_ahead(struct json_scan *s, struct str key, struct str *value)
{
	struct json_stand start = stand_of(s);
	bool              found;

	s->fenced = true;
	s->fell = false;
	s->strict = false; /* what is looked at is checked when it is passed */
	found = find_string(s, key, value);
	s->state = STATE_AFTER;
	s->peeked = stand_of(s);
	s->fenced = false;
	s->failed = false;
	return_to(s, &start);
	return found;
}

bool json_scan_peek_string(struct json_scan *s, struct str key, struct str *value)
{
	if (json_scan_ready(s) != '{')
		return false;
	return look_ahead(s, key, value) || (s->fell && json_scan_recut(s) && look_ahead(s, key, value));
}

bool json_scan_skip_peeked(struct json_scan *s)
{
	if (s->failed)
		return false;
	if (s->strict) {
		s->value = s->peeked.value;
		s->state = STATE_AFTER;
		return json_pass_strict(s, '{');
	}
	return_to(s, &s->peeked);
	s->squares[(s->level - 1) / 64] &= ~((uint64_t)1 << (s->level - 1) % 64); /* an object */
	return json_scan_leave(s);
}
