/* Walking through objects and arrays, and skipping what nobody wants. */
#include "base/ascii.h"
#include "json/json_token.h"

enum json_kind json_scan_kind(struct json_scan *s)
{
	int c = json_scan_ready(s);

	switch (c) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		if (c == '-' || ascii_is_digit(c))
			return JSON_NUMBER;
		if (c >= 0)
			json_scan_fail(s, JSON_SYNTAX, s->pos, "a value");
		return JSON_FAILED;
	}
}

uint64_t json_scan_offset(struct json_scan *s)
{
	json_scan_ready(s);
	return s->value;
}

struct json_place json_scan_place(struct json_scan *s)
{
	json_scan_ready(s);
	if (!s->block || s->value < s->offset)
		return s->value_place;
	return json_place_of(s, (size_t)(s->value - s->offset));
}

/* ---- in and out ---- */

static bool enter_kind(struct json_scan *s, int bracket)
{
	int c = json_scan_ready(s);

	if (c == bracket)
		return json_pass_open(s);
	if (c >= 0)
		json_scan_skip(s);
	return false;
}

bool json_scan_enter_object(struct json_scan *s)
{
	return enter_kind(s, '{');
}

bool json_scan_enter_array(struct json_scan *s)
{
	return enter_kind(s, '[');
}

/* The common case of a value that nobody reads: a string, object or array that ends in this block and has no fault.
 * Passes it. False: it is something else, and nothing was passed. */
static inline bool quick_value(struct json_scan *s)
{
	struct json_nesting nest = { .depth = 1, .cap = (int64_t)LIMIT_SCAN_DEPTH - s->level };
	size_t              at = s->pos, end;

	if (s->strict || at + 1 >= s->limit)
		return false;
	at += s->p[at] == ' '; /* the one behind a colon */
	if (s->p[at] == '"') {
		end = scan_quote(s, at + 1);
		if (end >= s->limit)
			return false;
		end++;
	} else if ((s->p[at] == '{' || s->p[at] == '[') && nest.cap > 0) {
		nest.squares = s->p[at] == '[';
		end = s->kernel->skip(s->words, at + 1, s->limit, &nest);
		if (nest.depth != 0 || nest.fault != JSON_OK)
			return false;
	} else {
		return false;
	}
	s->value = s->offset + at;
	s->pos = end;
	s->state = STATE_AFTER;
	return true;
}

/* Passes the value at pos, whose first byte is c; checked as the flags say. */
static bool pass_value(struct json_scan *s, int c)
{
	struct json_nesting nest = { .cap = (int64_t)LIMIT_SCAN_DEPTH - s->level };

	if (s->strict)
		return json_pass_strict(s, c);
	if (c == '"')
		return json_pass_string(s);
	if (c != '{' && c != '[')
		return json_pass_scalar(s, c);
	if (nest.cap == 0)
		return json_scan_fail(s, JSON_DEPTH, s->pos, NULL);
	nest.depth = 1;
	nest.squares = c == '[';
	s->pos++;
	return json_pass_nesting(s, &nest);
}

/* Passes the value that comes next if the caller did not read it. */
static inline bool pass_pending(struct json_scan *s)
{
	int c;

	if (s->state != STATE_COLON && s->state != STATE_VALUE)
		return !s->failed;
	if (s->state == STATE_VALUE && quick_value(s))
		return true;
	c = json_scan_ready(s);
	if (c < 0)
		return false;
	s->state = STATE_AFTER;
	return pass_value(s, c);
}

static bool value_passed(struct json_scan *s, bool ok)
{
	s->state = STATE_AFTER;
	return ok;
}

bool json_scan_skip(struct json_scan *s)
{
	int c = json_scan_ready(s);

	return c >= 0 && value_passed(s, pass_value(s, c));
}

/* Moves to the opening quote of the next key. False: the object ended and was left, or failure. */
static bool next_member(struct json_scan *s)
{
	int c = scan_token(s);

	if (c < 0)
		return false;
	if (s->state == STATE_OPEN) {
		if (c == '"')
			return true;
		json_pass_close(s, c, "a key or '}'");
		return false;
	}
	if (c != ',') {
		json_pass_close(s, c, "',' or '}'");
		return false;
	}
	s->pos++;
	c = scan_token(s);
	return c == '"' || (c >= 0 && json_scan_fail(s, JSON_SYNTAX, s->pos, "a key"));
}

/* Indentation: a line feed, spaces, or nothing. Past the n bytes eight more can be read. */
static inline bool is_indent(const unsigned char *p, size_t n)
{
	const uint64_t spaces = 0x2020202020202020U;
	uint64_t       eight;

	if (n && *p == '\n') {
		p++;
		n--;
	}
	for (; n >= sizeof(eight); p += sizeof(eight), n -= sizeof(eight)) {
		memcpy(&eight, p, sizeof(eight));
		if (eight != spaces)
			return false;
	}
	if (n == 0)
		return true;
	memcpy(&eight, p, sizeof(eight));
	eight ^= spaces;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	eight = __builtin_bswap64(eight);
#endif
	return eight << (64 - 8 * n) == 0;
}

/* The common case of a member: a comma unless it is the first, indentation, a key without escapes and a colon, all in
 * this block. Passes these; the value comes next. False: it is something else, and nothing was passed. */
static inline bool quick_key(struct json_scan *s, struct str *key)
{
	size_t   from = s->pos, quote, end;
	uint64_t quotes, closing;

	if (s->state == STATE_AFTER) {
		if (from >= s->limit || s->p[from] != ',')
			return false;
		from++;
	}
	if (from >= s->limit)
		return false;
	quotes = scan_quotes(s, from);
	closing = quotes & (quotes - 1);
	if (!closing)
		return false;
	quote = from + (size_t)__builtin_ctzll(quotes);
	end = from + (size_t)__builtin_ctzll(closing);
	if (end + 1 >= s->limit || s->p[end + 1] != ':' || !is_indent(s->p + from, quote - from))
		return false;
	*key = str_of((const char *)s->p + quote + 1, end - quote - 1);
	if (key->n > sizeof(s->key) || (s->block->found.escapes && memchr(key->p, '\\', key->n)))
		return false;
	s->pos = end + 2;
	s->state = STATE_VALUE;
	return true;
}

static bool read_key(struct json_scan *s, struct str *key)
{
	struct json_text text;

	if (json_plain_string(s, key)) {
		if (key->n > sizeof(s->key))
			key->n = sizeof(s->key);
	} else if (json_decode_string(s, s->key, sizeof(s->key), &text)) {
		*key = text.text;
	} else {
		return false;
	}
	s->state = STATE_COLON;
	return true;
}

static inline bool to_next_key(struct json_scan *s, struct str *key)
{
	if (!pass_pending(s) || s->level == 0)
		return false;
	return quick_key(s, key) || (next_member(s) && read_key(s, key));
}

bool json_scan_next_key(struct json_scan *s, struct str *key)
{
	return to_next_key(s, key);
}

bool json_scan_next_item(struct json_scan *s)
{
	int c;

	if (!pass_pending(s) || s->level == 0)
		return false;
	c = scan_token(s);
	if (c < 0)
		return false;
	if (s->state == STATE_OPEN) {
		if (c == ']' || c == '}') {
			json_pass_close(s, c, NULL);
			return false;
		}
	} else if (c == ',') {
		s->pos++;
	} else {
		json_pass_close(s, c, "',' or ']'");
		return false;
	}
	s->state = STATE_VALUE;
	return json_scan_ready(s) >= 0;
}

void json_keys_prepare(struct json_keys *keys)
{
	keys->lengths = 0;
	for (size_t i = 0; i < keys->n; i++)
		keys->lengths |= (uint64_t)1 << keys->keys[i].name.n % 64;
}

static const struct json_key *find_key(const struct json_keys *keys, struct str key)
{
	if (!(keys->lengths >> key.n % 64 & 1))
		return NULL;
	for (size_t i = 0; i < keys->n; i++) {
		struct str name = keys->keys[i].name;

		if (name.n == key.n && name.p[0] == key.p[0] && memcmp(name.p, key.p, key.n) == 0)
			return &keys->keys[i];
	}
	return NULL;
}

bool json_scan_next_wanted(struct json_scan *s, const struct json_keys *keys, int *id)
{
	struct str             key;
	const struct json_key *found;

	while (to_next_key(s, &key)) {
		found = find_key(keys, key);
		if (found) {
			*id = found->id;
			return true;
		}
	}
	return false;
}

unsigned json_scan_level(const struct json_scan *s)
{
	return s->level;
}

/* ---- skipping ---- */

/* Leaves member by member, so that everything is checked. */
static bool leave_strictly(struct json_scan *s)
{
	unsigned   level = s->level - 1;
	struct str key;

	while (s->level > level)
		if (scan_in_array(s) ? !json_scan_next_item(s) : !json_scan_next_key(s, &key))
			break;
	return !s->failed;
}

bool json_scan_leave(struct json_scan *s)
{
	struct json_nesting nest = { .depth = 1, .cap = (int64_t)LIMIT_SCAN_DEPTH - s->level + 1 };

	if (s->failed || s->level == 0)
		return false;
	if (s->strict)
		return leave_strictly(s);
	nest.squares = scan_in_array(s);
	s->level--;
	return value_passed(s, json_pass_nesting(s, &nest));
}

bool json_scan_leave_to(struct json_scan *s, unsigned level)
{
	while (s->level > level)
		if (!json_scan_leave(s))
			return false;
	return !s->failed;
}

bool json_scan_next_document(struct json_scan *s)
{
	int c;

	if (!json_scan_leave_to(s, 0) || !pass_pending(s))
		return false;
	c = json_scan_token(s);
	if (c != '{' && c != '[')
		return false;
	s->state = STATE_VALUE;
	return true;
}

bool json_scan_finish(struct json_scan *s)
{
	int c;

	if (!json_scan_leave_to(s, 0) || !pass_pending(s))
		return false;
	c = json_scan_token(s);
	if (c >= 0)
		json_scan_fail(s, JSON_TRAILING, s->pos, "the end");
	json_blocks_stop(s->blocks);
	return !s->failed;
}
