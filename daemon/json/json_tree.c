#include "json/json_tree.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "json/number.h"

/* Maps up to this size find duplicates by looking at each key; larger ones keep a hash. */
enum { SMALL_MAP = 16, FOUND_MAX = 40 };

#define BOM STR("\xef\xbb\xbf")

struct level {
	struct node *node;
	struct node *tail;
	struct hash *keys; /* of a large map: the first entry of each key */
};

struct reader {
	struct arena             *arena;
	struct diags             *diags;
	const struct source      *source;
	const struct tree_limits *limits;
	struct str                text;
	size_t                    at;
	struct document          *doc;
	size_t                    doc_start;
	size_t                    doc_nodes;
	struct level              stack[LIMIT_DEPTH];
	size_t                    depth;
	bool                      failed;
	bool                      stopped;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static void skip_space(struct reader *r)
{
	while (r->at < r->text.n && is_space(r->text.p[r->at]))
		r->at++;
}

/* The byte at the cursor; NUL, which the text does not hold, at its end. */
static char peek(const struct reader *r)
{
	return r->at < r->text.n ? r->text.p[r->at] : '\0';
}

/* ---- refusing ---- */

static struct diag *stop(struct reader *r, enum diag_code code, size_t offset, size_t length, struct str value)
{
	r->failed = r->stopped = true;
	return diag_add(r->diags, code, pos_at(r->source, offset, length), ARGS(value));
}

static void stop_at_limit(struct reader *r, enum diag_code code, size_t offset, size_t limit)
{
	stop(r, code, offset, 1, str_from_uint(r->arena, limit));
}

/* What stands at the cursor: a word as a whole, else one character. */
static struct str found(const struct reader *r)
{
	size_t   end = r->at;
	uint32_t cp;

	while (end < r->text.n && is_word(r->text.p[end]) && end - r->at < FOUND_MAX)
		end++;
	if (end == r->at && end < r->text.n)
		end += utf8_decode(r->text, end, &cp);
	return str_slice(r->text, r->at, end);
}

/* What other notations have and JSON has not. */
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

static void expected(struct reader *r, struct str what)
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

/* The characters that JSON has nowhere, not even in a string. */
static bool check_characters(struct reader *r)
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

		if (c < 0x20 && !is_space((char)c)) {
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
		char     c = (char)(s.p[i] | 0x20);
		uint32_t digit;

		if (is_digit(s.p[i]))
			digit = (uint32_t)(s.p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a') + 10;
		else
			return false;
		v = v << 4 | digit;
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
static bool read_string(struct reader *r, size_t limit, struct str *ret)
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
		stop_at_limit(r, CO_STRING_TOO_LONG, open, limit);
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

	while (is_digit(peek(r)))
		r->at++;
	if (r->at == start)
		expected(r, STR("a digit"));
	return r->at > start;
}

/* RFC 8259, section 6: [ minus ] int [ frac ] [ exp ] */
static bool skip_number(struct reader *r, bool *is_int)
{
	*is_int = true;
	if (peek(r) == '-')
		r->at++;
	if (peek(r) == '0') {
		r->at++;
		if (is_digit(peek(r))) {
			stop(r, CO_JSON_SYNTAX, r->at - 1, 1, STR("a number does not begin with 0"));
			return false;
		}
	} else if (!skip_digits(r)) {
		return false;
	}
	if (peek(r) == '.') {
		*is_int = false;
		r->at++;
		if (!skip_digits(r))
			return false;
	}
	if (peek(r) == 'e' || peek(r) == 'E') {
		*is_int = false;
		r->at++;
		if (peek(r) == '-' || peek(r) == '+')
			r->at++;
		return skip_digits(r);
	}
	return true;
}

static void read_number(struct reader *r, struct node *n)
{
	size_t     start = r->at;
	struct str text;
	double     d;
	bool       is_int;

	if (!skip_number(r, &is_int))
		return;
	text = str_slice(r->text, start, r->at);
	if (text.n > r->limits->scalar_bytes) {
		stop_at_limit(r, CO_STRING_TOO_LONG, start, r->limits->scalar_bytes);
	} else if (is_int && !str_eq(text, STR("-0"))) {
		node_set_text(n, NODE_INT, text);
	} else if (!number_parse_double(text, &d)) {
		stop(r, CO_JSON_SYNTAX, start, text.n, STR("the number is larger than any that readers can hold"));
	} else {
		text = number_canonical(r->arena, d);
		node_set_text(n, str_find(text, '.', 0) == text.n ? NODE_INT : NODE_FLOAT, text);
	}
}

static void read_word(struct reader *r, struct node *n)
{
	struct str word = found(r);

	if (str_is(word, "null")) {
		node_set_text(n, NODE_NULL, word);
	} else if (str_is(word, "true") || str_is(word, "false")) {
		node_set_text(n, NODE_BOOL, word);
	} else {
		expected(r, STR("a value"));
		return;
	}
	r->at += word.n;
}

/* ---- maps and lists ---- */

static struct level *top(struct reader *r)
{
	return r->depth ? &r->stack[r->depth - 1] : NULL;
}

/* The node for the value that begins here: the document's root, or the next child of the open map or list. */
static struct node *new_node(struct reader *r, struct str key, size_t key_offset)
{
	struct level *level = top(r);
	struct node  *n = &r->doc->root;

	if (++r->doc_nodes > r->limits->nodes) {
		stop_at_limit(r, CO_TOO_MANY_VALUES, r->at, r->limits->nodes);
		return NULL;
	}
	if (level) {
		n = node_append(r->arena, level->node, &level->tail, key);
		n->key_offset = (uint32_t)key_offset;
		if (level->keys)
			hash_add(level->keys, n);
	}
	n->offset = (uint32_t)r->at;
	return n;
}

static void open_collection(struct reader *r, struct node *n, enum node_kind kind)
{
	if (r->depth == LIMIT_DEPTH) {
		stop_at_limit(r, CO_TOO_DEEP, r->at, LIMIT_DEPTH);
		return;
	}
	n->kind = (uint8_t)kind;
	n->style = STYLE_FLOW;
	r->at++;
	r->stack[r->depth++] = (struct level){ .node = n };
}

static bool begins_number(struct str s)
{
	return s.n && (is_digit(s.p[0]) || (s.p[0] == '-' && s.n > 1 && is_digit(s.p[1])));
}

/* A scalar whole; of a map or list the beginning: read_member goes on with it. */
static void read_value(struct reader *r, struct str key, size_t key_offset)
{
	struct node *n;
	struct str   text;
	char         c = peek(r);

	n = new_node(r, key, key_offset);
	if (!n)
		return;
	if (c == '{') {
		open_collection(r, n, NODE_MAP);
	} else if (c == '[') {
		open_collection(r, n, NODE_LIST);
	} else if (c == '"') {
		if (read_string(r, r->limits->scalar_bytes, &text))
			node_set_text(n, NODE_STRING, text);
		n->style = STYLE_QUOTED;
	} else if (begins_number(str_slice(r->text, r->at, r->text.n))) {
		read_number(r, n);
	} else {
		read_word(r, n);
	}
	n->length = (uint32_t)(r->at - n->offset);
}

static void hash_keys(struct reader *r, struct level *level)
{
	level->keys = ARENA_NEW(r->arena, struct hash);
	hash_init(level->keys, r->arena, node_hash_key);
	for (struct node *n = level->node->first; n; n = n->next)
		hash_add(level->keys, n);
}

static void check_duplicate(struct reader *r, struct level *level, struct str key, size_t offset)
{
	const struct node *earlier;
	struct diag       *d;

	if (!level->keys && level->node->count >= SMALL_MAP)
		hash_keys(r, level);
	earlier = level->keys ? hash_get(level->keys, key) : node_get_str(level->node, key);
	if (!earlier)
		return;
	r->failed = true;
	d = diag_add(r->diags, CO_DUPLICATE_KEY, pos_at(r->source, offset, r->at - offset), ARGS(key));
	diag_relate(r->diags, d, node_key_pos(earlier), "it stands here already", NO_ARGS);
}

static void read_entry(struct reader *r, struct level *level)
{
	size_t     offset = r->at;
	struct str key;

	if (peek(r) != '"') {
		expected(r, level->tail ? STR("a key in double quotes") : STR("a key in double quotes or `}`"));
		return;
	}
	if (!read_string(r, LIMIT_KEY_BYTES, &key))
		return;
	check_duplicate(r, level, key, offset);
	skip_space(r);
	if (peek(r) != ':') {
		expected(r, STR("`:`"));
		return;
	}
	r->at++;
	skip_space(r);
	read_value(r, key, offset);
}

static void close_collection(struct reader *r, struct level *level)
{
	r->at++;
	level->node->length = (uint32_t)(r->at - level->node->offset);
	r->depth--;
}

/* The next member of the open map or list, or its end. */
static void read_member(struct reader *r)
{
	struct level *level = top(r);
	bool          is_map = level->node->kind == NODE_MAP;

	skip_space(r);
	if (peek(r) == (is_map ? '}' : ']')) {
		close_collection(r, level);
		return;
	}
	if (level->tail) {
		if (peek(r) != ',') {
			expected(r, is_map ? STR("`,` or `}`") : STR("`,` or `]`"));
			return;
		}
		r->at++;
		skip_space(r);
	}
	if (is_map)
		read_entry(r, level);
	else
		read_value(r, STR_ABSENT, 0);
}

static bool document_is_too_long(struct reader *r)
{
	if (r->at - r->doc_start <= r->limits->bytes)
		return false;
	if (!r->stopped)
		stop_at_limit(r, CO_STRING_TOO_LONG, r->doc_start, r->limits->bytes);
	return true;
}

static struct document *read_document(struct reader *r)
{
	r->doc = document_new(r->arena, r->source);
	r->doc_start = r->at;
	r->doc_nodes = 0;
	read_value(r, STR_ABSENT, 0);
	while (!r->stopped && r->depth && !document_is_too_long(r))
		read_member(r);
	/* "12" is one number and "nulltrue" is nothing; brackets and quotes end by themselves. */
	if (!r->stopped && !document_is_too_long(r) && !r->doc->root.style && r->at < r->text.n && !is_space(peek(r)))
		expected(r, STR("white space"));
	return r->doc;
}

struct document *json_tree_read(struct arena *arena, const struct source *source, struct diags *diags)
{
	return json_tree_read_within(arena, source, &manifest_limits, diags);
}

struct document *json_tree_read_within(struct arena *arena, const struct source *source,
                                       const struct tree_limits *limits, struct diags *diags)
{
	return json_tree_read_part(arena, source, 0, source->bytes.n, limits, diags);
}

struct document *json_tree_read_part(struct arena *arena, const struct source *source, size_t from, size_t to,
                                     const struct tree_limits *limits, struct diags *diags)
{
	struct reader    *r = ARENA_NEW(arena, struct reader);
	struct document  *first = NULL;
	struct document **last = &first;

	r->arena = arena;
	r->diags = diags;
	r->source = source;
	r->limits = limits;
	r->text = str_slice(source->bytes, 0, to);
	r->at = from;
	if (!check_characters(r))
		return NULL;
	skip_space(r);
	for (size_t n = 0; !r->stopped && (n == 0 || r->at < r->text.n); n++) {
		if (n == LIMIT_DOCUMENTS) {
			r->failed = true;
			diag_add(diags, CO_TOO_MANY_INPUTS, pos_at(source, r->at, 1),
			         ARGS(str_from_uint(arena, LIMIT_DOCUMENTS), STR("documents")));
			break;
		}
		*last = read_document(r);
		last = &(*last)->next;
		skip_space(r);
	}
	return r->failed ? NULL : first;
}

/* ---- JSON or YAML? ---- */

static size_t next_character(struct str s, size_t at)
{
	while (at < s.n && is_space(s.p[at]))
		at++;
	return at;
}

static bool begins_scalar(struct str s)
{
	size_t end = 0;

	if (str_has_prefix(s, STR("\"")) || begins_number(s))
		return true;
	while (end < s.n && is_word(s.p[end]))
		end++;
	s = str_slice(s, 0, end);
	return str_is(s, "true") || str_is(s, "false") || str_is(s, "null");
}

/* YAML's flow style without quotes, {a: b} and [a, b], is what JSON cannot be. */
bool json_tree_looks_like(struct str s)
{
	size_t at = next_character(s, str_has_prefix(s, BOM) ? BOM.n : 0);
	bool   in_list = false;

	while (at < s.n && s.p[at] == '[') {
		in_list = true;
		at = next_character(s, at + 1);
	}
	if (at < s.n && s.p[at] == '{') {
		at = next_character(s, at + 1);
		return at < s.n && (s.p[at] == '"' || s.p[at] == '}');
	}
	return in_list && at < s.n && (s.p[at] == ']' || begins_scalar(str_slice(s, at, s.n)));
}
