/* Strings, numbers and the other values that are read. */
#include "json/json_token.h"
#include "json/number.h"

/* ---- strings ---- */

/* Is the next value of this kind? If not, it is skipped. */
static bool is_next(struct json_scan *s, enum json_kind kind)
{
	enum json_kind found = json_scan_kind(s);

	if (found == kind)
		return true;
	if (found != JSON_FAILED)
		json_scan_skip(s);
	return false;
}

bool json_scan_string(struct json_scan *s, char *buf, size_t cap, struct json_text *ret)
{
	struct str plain;

	if (!is_next(s, JSON_STRING))
		return false;
	s->state = STATE_AFTER;
	if (!json_plain_string(s, &plain))
		return json_decode_string(s, buf, cap, ret);
	json_cut_string(plain, cap, ret);
	return true;
}

bool json_scan_string_copy(struct json_scan *s, char *buf, size_t cap, struct json_text *ret)
{
	struct json_text text;

	if (!json_scan_string(s, buf, cap, &text))
		return false;
	if (text.text.p != buf)
		memcpy(buf, text.text.p, text.text.n);
	*ret = (struct json_text){ str_of(buf, text.text.n), text.cut };
	return true;
}

bool json_scan_string_is(struct json_scan *s, struct str want)
{
	struct str plain;

	if (!is_next(s, JSON_STRING))
		return false;
	s->state = STATE_AFTER;
	if (json_plain_string(s, &plain))
		return str_eq(plain, want);
	return json_match_string(s, want);
}

/* ---- numbers, words, raw values ---- */

bool json_scan_number(struct json_scan *s, char *buf, size_t cap, struct json_text *ret)
{
	struct json_text text;
	bool             ok;

	if (!is_next(s, JSON_NUMBER))
		return false;
	s->state = STATE_AFTER;
	json_tee_begin(s, buf, cap);
	ok = json_pass_scalar(s, s->p[s->pos]);
	json_tee_end(s, &text);
	if (ok)
		*ret = text;
	return ok;
}

/* The largest up to which a double is every whole number. */
static const double exact_doubles = 9007199254740992.0;

bool json_scan_uint(struct json_scan *s, uint64_t max, uint64_t *ret)
{
	char             buf[64];
	struct json_text text;
	double           d;

	if (json_scan_kind(s) == JSON_STRING) {
		if (!json_scan_string(s, buf, sizeof(buf), &text))
			return false;
	} else if (!json_scan_number(s, buf, sizeof(buf), &text)) {
		return false;
	}
	if (text.cut)
		return false;
	if (str_to_uint(text.text, max, ret))
		return true;
	if (!number_parse_double(text.text, &d) || d < 0 || d > exact_doubles || d != (double)(uint64_t)d ||
	    (uint64_t)d > max)
		return false;
	*ret = (uint64_t)d;
	return true;
}

bool json_scan_bool(struct json_scan *s, bool *ret)
{
	enum json_kind kind = json_scan_kind(s);

	if (kind != JSON_TRUE && kind != JSON_FALSE) {
		if (kind != JSON_FAILED)
			json_scan_skip(s);
		return false;
	}
	if (!json_scan_skip(s))
		return false;
	*ret = kind == JSON_TRUE;
	return true;
}

bool json_scan_null(struct json_scan *s)
{
	return is_next(s, JSON_NULL) && json_scan_skip(s);
}

bool json_scan_raw(struct json_scan *s, char *buf, size_t cap, struct json_text *ret)
{
	struct json_text text;
	int              c = json_scan_ready(s);
	bool             ok;

	if (c < 0)
		return false;
	json_tee_begin(s, buf, cap);
	ok = json_pass_strict(s, c);
	s->state = STATE_AFTER;
	json_tee_end(s, &text);
	if (ok)
		*ret = text;
	return ok;
}
