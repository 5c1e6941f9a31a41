/* The types of plain scalars, as goyaml v2's resolve.go decides them. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "json/number.h"
#include "manifest/yaml_tree.h"

struct word {
	struct str     text;
	enum node_kind kind;
	struct str     canonical;
};

#define WORD(text, kind, canonical)                                                                                    \
	{                                                                                                              \
		STR_INIT(text), kind, STR_INIT(canonical)                                                              \
	}
#define TRUE_WORD(text)  WORD(text, NODE_BOOL, "true")
#define FALSE_WORD(text) WORD(text, NODE_BOOL, "false")
#define NULL_WORD(text)  WORD(text, NODE_NULL, "null")
#define INF_WORD(text)   WORD(text, NODE_FLOAT, text)

/* Sorted by length; each length's list ends with an empty entry. */
enum { LONGEST_WORD = 5 };
static const struct word words[][16] = {
	[1] = { NULL_WORD("~"), TRUE_WORD("y"), TRUE_WORD("Y"), FALSE_WORD("n"), FALSE_WORD("N") },
	[2] = { TRUE_WORD("on"), TRUE_WORD("On"), TRUE_WORD("ON"), FALSE_WORD("no"), FALSE_WORD("No"),
	        FALSE_WORD("NO") },
	[3] = { TRUE_WORD("yes"), TRUE_WORD("Yes"), TRUE_WORD("YES"), FALSE_WORD("off"), FALSE_WORD("Off"),
	        FALSE_WORD("OFF") },
	[4] = { NULL_WORD("null"), NULL_WORD("Null"), NULL_WORD("NULL"), TRUE_WORD("true"), TRUE_WORD("True"),
	        TRUE_WORD("TRUE"), INF_WORD(".inf"), INF_WORD(".Inf"), INF_WORD(".INF"), INF_WORD(".nan"),
	        INF_WORD(".NaN"), INF_WORD(".NAN") },
	[LONGEST_WORD] = { FALSE_WORD("false"), FALSE_WORD("False"), FALSE_WORD("FALSE"), INF_WORD("+.inf"),
	                   INF_WORD("+.Inf"), INF_WORD("+.INF"), INF_WORD("-.inf"), INF_WORD("-.Inf"),
	                   INF_WORD("-.INF") },
};

/* What a scalar may be, by its first character; most characters begin only strings. */
enum { BEGINS_WORD = 1, BEGINS_NUMBER = 2 };
/* clang-format off */
enum { W = BEGINS_WORD, N = BEGINS_NUMBER };

static const uint8_t beginnings[256] = {
	['0'] = N, N, N, N, N, N, N, N, N, N,
	['+'] = W | N, ['-'] = W | N, ['.'] = W | N, ['~'] = W,
	['f'] = W, ['n'] = W, ['o'] = W, ['t'] = W, ['y'] = W,
	['F'] = W, ['N'] = W, ['O'] = W, ['T'] = W, ['Y'] = W,
};
/* clang-format on */

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ */
static bool is_yaml_float(struct str s)
{
	size_t at = 0, whole, fraction = 0;

	if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
		at++;
	for (whole = at; at < s.n && ascii_is_digit(s.p[at]); at++)
		;
	whole = at - whole;
	if (at < s.n && s.p[at] == '.') {
		for (fraction = ++at; at < s.n && ascii_is_digit(s.p[at]); at++)
			;
		fraction = at - fraction;
	}
	if (whole == 0 && fraction == 0)
		return false;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		size_t digits;

		at++;
		if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
			at++;
		for (digits = at; at < s.n && ascii_is_digit(s.p[at]); at++)
			;
		if (at == digits)
			return false;
	}
	return at == s.n;
}

/* Go's strconv.ParseInt / ParseUint with base 0, underscores already removed. */
static bool parse_go_int(struct arena *arena, struct str s, struct str *ret)
{
	bool     is_signed = s.n && (s.p[0] == '-' || s.p[0] == '+'), negative = is_signed && s.p[0] == '-';
	unsigned base = 10;
	uint64_t v = 0;

	if (is_signed)
		s = str_slice(s, 1, s.n);
	if (s.n > 1 && s.p[0] == '0') {
		char c = (char)(s.p[1] | 0x20);

		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		/* goyaml hands what stands behind "0b" to ParseInt by itself, which takes a sign. */
		if (!is_signed && s.p[1] == 'b' && s.n > 2 && (s.p[2] == '-' || s.p[2] == '+')) {
			negative = s.p[2] == '-';
			s = str_slice(s, 1, s.n);
		}
		s = str_slice(s, c == 'x' || c == 'b' || c == 'o' ? 2 : 1, s.n);
	}
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)ascii_hex(s.p[i]); /* none is above every base */

		if (digit >= base || v > (UINT64_MAX - digit) / base)
			return false;
		v = v * base + digit;
	}
	if (negative && v > (uint64_t)INT64_MAX + 1)
		return false;
	*ret = str_from_uint(arena, v);
	if (negative && v)
		*ret = STR_CONCAT(arena, STR("-"), *ret);
	return true;
}

static bool parse_float(struct arena *arena, struct str s, struct node *n)
{
	double     d;
	struct str text;

	if (!number_parse_double(s, &d) || d > 1.7976931348623157e308 || d < -1.7976931348623157e308)
		return false; /* strconv.ParseFloat reports overflow, and the text stays a string */
	text = number_canonical(arena, d);
	node_set_text(n, str_find(text, '.', 0) == text.n ? NODE_INT : NODE_FLOAT, text);
	return true;
}

static struct str without_underscores(struct arena *arena, struct str s)
{
	char  *p;
	size_t n = 0;

	if (str_find(s, '_', 0) == s.n)
		return s;
	p = arena_alloc(arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_')
			p[n++] = s.p[i];
	return str_of(p, n);
}

static bool resolve_word(struct str s, struct node *n)
{
	if (s.n > LONGEST_WORD)
		return false;
	for (const struct word *w = words[s.n]; w->text.n; w++) {
		if (w->text.p[0] != s.p[0] || !str_eq(s, w->text))
			continue;
		node_set_text(n, w->kind, w->canonical);
		if (w->kind == NODE_FLOAT)
			n->style |= STYLE_NOT_JSON;
		return true;
	}
	return false;
}

static bool resolve_number(struct arena *arena, struct str s, struct node *n)
{
	struct str plain = without_underscores(arena, s), integer;

	if (s.p[0] != '.' && parse_go_int(arena, plain, &integer)) {
		node_set_text(n, NODE_INT, integer);
		return true;
	}
	return is_yaml_float(plain) && parse_float(arena, plain, n);
}

void yaml_resolve_plain(struct arena *arena, struct str s, struct node *n)
{
	unsigned beginning = s.n ? beginnings[(unsigned char)s.p[0]] : 0;

	if (s.n == 0)
		node_set_text(n, NODE_NULL, STR("null"));
	else if (!((beginning & BEGINS_WORD) && resolve_word(s, n)) &&
	         !((beginning & BEGINS_NUMBER) && resolve_number(arena, s, n)))
		node_set_text(n, NODE_STRING, s);
}
