/* The tokens of JSON text: strings, numbers and words, and the findings about what is refused. */
#include "base/arena.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "json/json_reader.h"
#include "json/number.h"

enum { FOUND_MAX = 40 };

/* ---- refusing ---- */

static struct diag *stop(struct reader *r, enum diag_code code, size_t offset, size_t length, struct str value)
{
	r->failed = r->stopped = true;
	return diag_add(r->diags, code, pos_at(r->source, offset, length), ARGS(value));
}

void reader_stop_at_limit(struct reader *r, enum diag_code code, size_t offset, size_t limit)
{
	stop(r, code, offset, 1, str_from_uint(r->arena, limit));
}

/* What is at the cursor, for a message: a whole word, or else one character. */
static struct str found(const struct reader *r)
{
	size_t   end = r->at;
	uint32_t cp;

	while (end < r->text.n && json_is_word(r->text.p[end]) && end - r->at < FOUND_MAX)
		end++;
	if (end == r->at && end < r->text.n)
		end += utf8_decode(r->text, end, &cp);
	return str_slice(r->text, r->at, end);
}

/* Finds what other notations have and JSON does not. */
static const struct hint {
	struct str  prefix;
	const char *help;
} hints[] = {
	{ STR_INIT("'"), "JSON strings stand in double quotes" },
	{ STR_INIT("//"), "JSON has no comments" },
	{ STR_INIT("/*"), "JSON has no comments" },
	{ STR_INIT("#"), "JSON has no comments" },
	{ STR_INIT("---"), "JSON documents follow each other with nothing between them; --- separates YAML documents" },
	{ STR_INIT("True"), "JSON writes true" },
	{ STR_INIT("False"), "JSON writes false" },
	{ STR_INIT("None"), "JSON writes null" },
	{ STR_INIT("NaN"), "JSON has finite numbers only" },
	{ STR_INIT("Infinity"), "JSON has finite numbers only" },
	{ STR_INIT("${"), "put the placeholder in double quotes; the value keeps its type" },
};

void reader_expected(struct reader *r, struct str what)
{
	struct str   rest = str_slice(r->text, r->at, r->text.n), here = found(r);
	struct str   not_what = here.n ? STR_CONCAT(r->arena, STR("`"), here, STR("`")) : STR("the end of the text");
	struct diag *d = stop(r, CO_JSON_SYNTAX, r->at, here.n ? here.n : 1,
	                      STR_CONCAT(r->arena, what, STR(" expected, not "), not_what));

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (str_has_prefix(rest, hints[i].prefix)) {
			diag_help(r->diags, d, hints[i].help, NO_ARGS);
			break;
		}
	}
	if (here.n == 0 && r->depth) {
		const struct node *open = r->stack[r->depth - 1].node;

		diag_relate(r->diags, d, pos_at(r->source, open->offset, 1), "opened here", NO_ARGS);
	}
}

/* Finds characters that JSON allows nowhere, not even in a string. */
bool reader_check_characters(struct reader *r)
{
	bool   ascii;
	size_t end = r->at + utf8_valid_prefix(str_slice(r->text, r->at, r->text.n), &ascii);

	if (end < r->text.n) {
		stop(r, CO_NOT_UTF8, end, 1, str_fmt(r->arena, "0x%02X", (unsigned char)r->text.p[end]));
		return false;
	}
	if (r->at == 0 && str_has_prefix(r->text, BOM))
		r->at = BOM.n;
	for (size_t at = r->at; at < r->text.n; at++) {
		unsigned char c = (unsigned char)r->text.p[at];

		if (c < 0x20 && !json_is_space((char)c)) {
			stop(r, CO_CONTROL_CHARACTER, at, 1, str_fmt(r->arena, "U+%04X", c));
			return false;
		}
		if (c == 0xef && str_eq(str_slice(r->text, at, at + BOM.n), BOM)) {
			stop(r, CO_CONTROL_CHARACTER, at, BOM.n, STR("U+FEFF"));
			return false;
		}
	}
	return true;
}

/* ---- strings ---- */

/* Four hexadecimal digits at `at`. */
static bool hex_unit(struct str s, size_t at, uint32_t *ret)
{
	uint32_t v = 0;

	if (at > s.n || s.n - at < 4)
		return false;
	for (size_t i = at; i < at + 4; i++) {
		int digit = ascii_hex(s.p[i]);

		if (digit < 0)
			return false;
		v = v << 4 | (uint32_t)digit;
	}
	*ret = v;
	return true;
}

/* The code point of the \u at `at`, alone or as a pair of surrogates; its length, or 0 when it is refused. */
static size_t unicode_escape(struct reader *r, struct str s, size_t at, uint32_t *ret)
{
	uint32_t high, low;

	if (!hex_unit(s, at + 2, &high)) {
		stop(r, CO_JSON_SYNTAX, at, 2, STR("four hexadecimal digits expected after \\u"));
		return 0;
	}
	if (high < 0xd800 || high > 0xdfff) {
		*ret = high;
		return 6;
	}
	if (high < 0xdc00 && str_eq(str_slice(s, at + 6, at + 8), STR("\\u")) && hex_unit(s, at + 8, &low) &&
	    low >= 0xdc00 && low <= 0xdfff) {
		*ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
		return 12;
	}
	stop(r, CO_JSON_SYNTAX, at, 6,
	     STR_CONCAT(r->arena, str_slice(s, at, at + 6), STR(" is one half of a surrogate pair")));
	return 0;
}

/* Decodes the escape at `at` to out; its length, or 0 when it is refused. */
static size_t decode_escape(struct reader *r, struct str s, size_t at, char out[4], size_t *out_n)
{
	static const char written[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char       *w = strchr(written, s.p[at + 1]);
	size_t            n = 2;

	if (w && *w) {
		out[0] = meant[w - written];
		*out_n = 1;
	} else if (s.p[at + 1] == 'u') {
		uint32_t cp = 0;

		n = unicode_escape(r, s, at, &cp);
		*out_n = n ? utf8_encode(cp, out) : 0;
	} else {
		uint32_t cp;

		n = utf8_decode(s, at + 1, &cp) + 1;
		stop(r, CO_JSON_SYNTAX, at, n, STR_CONCAT(r->arena, str_slice(s, at, at + n), STR(" is no escape")));
		return 0;
	}
	return n;
}

/* The text from start to the closing quote at end, where every backslash has a character behind it. */
static bool unescape(struct reader *r, size_t start, size_t end, struct str *ret)
{
	struct str s = str_slice(r->text, 0, end);
	char      *p = arena_alloc(r->arena, end - start);
	size_t     n = 0;

	for (size_t at = start; at < end;) {
		size_t backslash = str_find(s, '\\', at), escape, decoded;

		memcpy(p + n, s.p + at, backslash - at);
		n += backslash - at;
		if (backslash == end)
			break;
		escape = decode_escape(r, s, backslash, p + n, &decoded);
		if (escape == 0)
			return false;
		n += decoded;
		at = backslash + escape;
	}
	*ret = str_of(p, n);
	return true;
}

/* The offset of the quote that closes the string opened at `open`; 0 when it is refused. */
static size_t find_closing_quote(struct reader *r, size_t open, bool *has_escapes)
{
	struct str s = r->text;
	size_t     at = open + 1;

	*has_escapes = false;
	for (; at < s.n && s.p[at] != '"'; at++) {
		if (s.p[at] == '\\') {
			*has_escapes = true;
			at++;
		} else if (s.p[at] == '\t') {
			diag_help(r->diags, stop(r, CO_CONTROL_CHARACTER, at, 1, STR("U+0009")), "write a tab as \\t",
			          NO_ARGS);
			return 0;
		} else if (s.p[at] == '\n' || s.p[at] == '\r') {
			break;
		}
	}
	if (at < s.n && s.p[at] == '"')
		return at;
	stop(r, CO_JSON_SYNTAX, open, (at < s.n ? at : s.n) - open, STR("the string is not closed on its line"));
	return 0;
}

/* The string at the cursor, decoded. */
bool reader_string(struct reader *r, size_t limit, struct str *ret)
{
	size_t     open = r->at, close;
	bool       has_escapes;
	struct str text;

	close = find_closing_quote(r, open, &has_escapes);
	if (close == 0)
		return false;
	text = str_slice(r->text, open + 1, close);
	if (has_escapes && !unescape(r, open + 1, close, &text))
		return false;
	if (text.n > limit) {
		reader_stop_at_limit(r, CO_STRING_TOO_LONG, open, limit);
		return false;
	}
	r->at = close + 1;
	*ret = text;
	return true;
}

/* ---- numbers and words ---- */

static bool skip_digits(struct reader *r)
{
	size_t start = r->at;

	while (ascii_is_digit(reader_peek(r)))
		r->at++;
	if (r->at == start)
		reader_expected(r, STR("a digit"));
	return r->at > start;
}

/* RFC 8259, section 6: [ minus ] int [ frac ] [ exp ] */
static bool skip_number(struct reader *r, bool *is_int)
{
	*is_int = true;
	if (reader_peek(r) == '-')
		r->at++;
	if (reader_peek(r) == '0') {
		r->at++;
		if (ascii_is_digit(reader_peek(r))) {
			stop(r, CO_JSON_SYNTAX, r->at - 1, 1, STR("a number does not begin with 0"));
			return false;
		}
	} else if (!skip_digits(r)) {
		return false;
	}
	if (reader_peek(r) == '.') {
		*is_int = false;
		r->at++;
		if (!skip_digits(r))
			return false;
	}
	if (reader_peek(r) == 'e' || reader_peek(r) == 'E') {
		*is_int = false;
		r->at++;
		if (reader_peek(r) == '-' || reader_peek(r) == '+')
			r->at++;
		return skip_digits(r);
	}
	return true;
}

/* The limit up to which YAML readers take a whole number for an integer; a longer one is a float to them, and so it is
 * here. */
static bool has_64_bits(struct str text)
{
	bool     negative = text.p[0] == '-';
	uint64_t v;

	return str_to_uint(str_slice(text, negative, text.n), negative ? (uint64_t)INT64_MAX + 1 : UINT64_MAX, &v);
}

void reader_number(struct reader *r, struct node *n)
{
	size_t     start = r->at;
	struct str text;
	double     d;
	bool       is_int;

	if (!skip_number(r, &is_int))
		return;
	text = str_slice(r->text, start, r->at);
	if (text.n > r->limits->scalar_bytes) {
		reader_stop_at_limit(r, CO_STRING_TOO_LONG, start, r->limits->scalar_bytes);
	} else if (is_int && has_64_bits(text)) {
		node_set_text(n, NODE_INT, str_is(text, "-0") ? STR("0") : text);
	} else if (!number_parse_double(text, &d)) {
		stop(r, CO_JSON_SYNTAX, start, text.n, STR("the number is larger than any that readers can hold"));
	} else {
		text = number_canonical(r->arena, d);
		node_set_text(n, str_find(text, '.', 0) == text.n ? NODE_INT : NODE_FLOAT, text);
	}
}

void reader_word(struct reader *r, struct node *n)
{
	struct str word = found(r);

	if (str_is(word, "null")) {
		node_set_text(n, NODE_NULL, word);
	} else if (str_is(word, "true") || str_is(word, "false")) {
		node_set_text(n, NODE_BOOL, word);
	} else {
		reader_expected(r, STR("a value"));
		return;
	}
	r->at += word.n;
}
