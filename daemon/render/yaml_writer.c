#include "render/yaml_writer.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "json/tree.h"

enum {
	INDENT = 2,
	BLOCK_MIN = 60, /* shorter text of several lines is as easily read in quotes */
};

/* Classes of bytes: what each may be a part of. */
enum {
	BARE_FIRST = 1,
	BARE = 2,
	EXPONENT = 4, /* of [0-9_] */
	QUOTED = 8,   /* stands raw in double quotes, without a look at what follows */
	BLOCK = 16,   /* the same in a line of a block */
};

/* One letter each, so that the table below has the rows of an ASCII chart. */
/* clang-format off */
enum {
	L = BARE_FIRST | BARE | QUOTED | BLOCK,            /* letters and the slash */
	U = BARE_FIRST | BARE | EXPONENT | QUOTED | BLOCK, /* the underscore */
	D = BARE | EXPONENT | QUOTED | BLOCK,              /* digits */
	I = BARE | QUOTED | BLOCK,                         /* dash and dot */
	P = QUOTED | BLOCK,                                /* printable */
	E = BLOCK,                                         /* raw in a block, an escape in quotes */
};

static const uint8_t classes[256] = {
	['\t'] = E,
	/*          !  "  #  $  %  &  '  (  )  *  +  ,  -  .  / */
	[' '] = P, P, E, P, P, P, P, P, P, P, P, P, P, I, I, L,
	/* 0    1  2  3  4  5  6  7  8  9  :  ;  <  =  >  ? */
	['0'] = D, D, D, D, D, D, D, D, D, D, P, P, P, P, P, P,
	/* @    A  B  C  D  E  F  G  H  I  J  K  L  M  N  O */
	['@'] = P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	/* P    Q  R  S  T  U  V  W  X  Y  Z  [  \  ]  ^  _ */
	['P'] = L, L, L, L, L, L, L, L, L, L, L, P, E, P, P, U,
	/* `    a  b  c  d  e  f  g  h  i  j  k  l  m  n  o */
	['`'] = P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	/* p    q  r  s  t  u  v  w  x  y  z  {  |  }  ~ */
	['p'] = L, L, L, L, L, L, L, L, L, L, L, P, P, P, P,
};
/* clang-format on */

static uint8_t class_of(char c)
{
	return classes[(unsigned char)c];
}

/* ---- bare ---- */

/* Can one of the words below begin with this letter? Most strings are ruled out by it. */
static bool begins_word(char c)
{
	switch (c | 0x20) {
	case 'y':
	case 'n':
	case 't':
	case 'f':
	case 'o':
		return true;
	default:
		return false;
	}
}

/* Booleans and null of YAML 1.1, which kubectl reads. */
static bool is_word(struct str s)
{
	static const struct str words[] = {
		STR_INIT("y"),   STR_INIT("n"),    STR_INIT("no"),   STR_INIT("on"),    STR_INIT("yes"),
		STR_INIT("off"), STR_INIT("true"), STR_INIT("null"), STR_INIT("false"),
	};

	if (s.n > 5 || !begins_word(s.p[0]))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(s, words[i]))
			return true;
	return false;
}

/* ^[eE][-+]?[0-9_]+$: one reader takes "e3" for a number without digits before the exponent. */
static bool is_exponent(struct str s)
{
	size_t at = 1, first;

	if ((s.p[0] | 0x20) != 'e')
		return false;
	if (at < s.n && s.p[at] == '-')
		at++;
	for (first = at; at < s.n && class_of(s.p[at]) & EXPONENT; at++)
		;
	return at == s.n && at > first;
}

bool yaml_is_bare(struct str s)
{
	uint8_t common = BARE;
	size_t  at = 1;

	if (s.n == 0 || !(class_of(s.p[0]) & BARE_FIRST))
		return false;
	for (; at + 4 <= s.n; at += 4)
		common &= class_of(s.p[at]) & class_of(s.p[at + 1]) & class_of(s.p[at + 2]) & class_of(s.p[at + 3]);
	for (; at < s.n; at++)
		common &= class_of(s.p[at]);
	return common && !is_word(s) && !is_exponent(s);
}

/* ---- double quotes ---- */

/* May cp, which is not ASCII, be written as it is? Not if some reader takes it for a line break, a byte order mark or
 * no character at all, nor if it reverses the direction of writing and so shows a reviewer another text. */
static bool is_raw(uint32_t cp)
{
	return cp >= 0xa0 && !(cp >= 0x2028 && cp <= 0x202e) && !(cp >= 0x2066 && cp <= 0x2069) && cp != 0xfeff &&
	       cp != 0xfffe && cp != 0xffff;
}

static void write_hex(struct buf *out, char letter, uint32_t cp, unsigned digits)
{
	char   text[10] = { '\\', letter };
	size_t n = 2;

	while (digits--)
		text[n++] = "0123456789abcdef"[cp >> 4 * digits & 15];
	buf_add(out, str_of(text, n));
}

static void write_escape(struct buf *out, uint32_t cp)
{
	switch (cp) {
	case '"':
		buf_lit(out, "\\\"");
		break;
	case '\\':
		buf_lit(out, "\\\\");
		break;
	case '\n':
		buf_lit(out, "\\n");
		break;
	case '\t':
		buf_lit(out, "\\t");
		break;
	default:
		if (cp < 0x100)
			write_hex(out, 'x', cp, 2);
		else
			write_hex(out, 'u', cp, 4); /* is_raw lets all beyond U+FFFF pass */
		break;
	}
}

static size_t write_character(struct buf *out, struct str s, size_t at)
{
	uint32_t cp;
	size_t   n = utf8_decode(s, at, &cp);

	if (n == 0) {
		buf_lit(out, "\xef\xbf\xbd");
		return 1;
	}
	if (is_raw(cp))
		buf_add(out, str_slice(s, at, at + n));
	else
		write_escape(out, cp);
	return n;
}

static void write_quoted(struct buf *out, struct str s)
{
	buf_char(out, '"');
	for (size_t at = 0; at < s.n;) {
		size_t start = at;

		while (at < s.n && class_of(s.p[at]) & QUOTED)
			at++;
		buf_add(out, str_slice(s, start, at));
		if (at < s.n)
			at += write_character(out, s, at);
	}
	buf_char(out, '"');
}

void yaml_write_string(struct buf *out, struct str s)
{
	if (yaml_is_bare(s))
		buf_add(out, s);
	else
		write_quoted(out, s);
}

/* ---- literal blocks ---- */

/* One line of a block: readers must not strip anything from its ends, nor take any of it for a line break. */
static bool is_block_line(struct str line)
{
	if (line.n == 0)
		return true;
	if (line.p[0] == '\t' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t')
		return false;
	for (size_t at = 0; at < line.n;) {
		uint32_t cp;
		size_t   n = 1;

		if (!(class_of(line.p[at]) & BLOCK)) {
			n = utf8_decode(line, at, &cp);
			if (n == 0 || !is_raw(cp))
				return false;
		}
		at += n;
	}
	return true;
}

static bool is_block(struct str s)
{
	if (s.n < BLOCK_MIN || str_find(s, '\n', 0) == s.n || str_has_suffix(s, STR("\n\n")))
		return false;
	for (size_t at = 0; at < s.n;) {
		size_t end = str_find(s, '\n', at);

		if (!is_block_line(str_slice(s, at, end)))
			return false;
		at = end + 1;
	}
	return true;
}

/* Readers take the indentation from the first line, unless the header says it. */
static void write_block(struct buf *out, struct str s, size_t column)
{
	buf_char(out, '|');
	if (s.p[0] == ' ' || s.p[0] == '\n')
		buf_char(out, '0' + INDENT);
	if (s.p[s.n - 1] != '\n')
		buf_char(out, '-');
	for (size_t at = 0; at < s.n;) {
		size_t end = str_find(s, '\n', at);

		buf_char(out, '\n');
		if (end > at) {
			buf_fill(out, ' ', column + INDENT);
			buf_add(out, str_slice(s, at, end));
		}
		at = end + 1;
	}
}

/* ---- the tree ---- */

static void write_scalar(struct buf *out, const struct node *n, bool is_root, size_t column)
{
	struct str text = node_text(n);

	switch ((enum node_kind)n->kind) {
	case NODE_MAP:
		buf_lit(out, "{}");
		break;
	case NODE_LIST:
		buf_lit(out, "[]");
		break;
	case NODE_STRING:
		/* At the root readers disagree on what a block's indentation counts from. */
		if (n->style & STYLE_BARE_TEXT)
			buf_add(out, text);
		else if (!is_root && is_block(text))
			write_block(out, text, column);
		else
			yaml_write_string(out, text);
		break;
	case NODE_NULL:
		buf_lit(out, "null");
		break;
	case NODE_BOOL:
	case NODE_INT:
	case NODE_FLOAT:
		buf_add(out, text);
		break;
	}
}

/* Readers look for the colon of a key only within 1024 characters; a longer key must be introduced by a question mark.
 * Since an escape takes up to four times the bytes, the question mark is used early. */
static void write_long_key(struct buf *out, struct str key, size_t column)
{
	buf_lit(out, "? ");
	yaml_write_string(out, key);
	buf_char(out, '\n');
	buf_fill(out, ' ', column);
}

static void write_key(struct buf *out, const struct node *n, size_t column)
{
	if (n->style & STYLE_BARE_KEY)
		buf_add(out, node_key(n));
	else if (n->key_n * 4 > LIMIT_KEY_BYTES)
		write_long_key(out, node_key(n), column);
	else
		yaml_write_string(out, node_key(n));
	buf_char(out, ':');
}

static bool has_children(const struct node *n)
{
	return n->first && !node_is_scalar(n);
}

/* Most lines begin less than sixteen columns to the right, and a copy of constant length costs less than a call. */
static void write_indentation(struct buf *out, size_t column)
{
	static const char blanks[16] = "                ";

	if (column > sizeof(blanks) || out->cap - out->n < sizeof(blanks) || out->overflow) {
		buf_fill(out, ' ', column);
		return;
	}
	memcpy(out->p + out->n, blanks, sizeof(blanks));
	out->n += column;
}

/* Writes what comes before n's value: indentation, and its key or dash. */
static void write_lead(struct buf *out, const struct node *n, const struct node *root, size_t column)
{
	const struct node *parent = n->parent;
	bool               after_dash = n == parent->first && parent != root && !parent->key_p;

	if (!after_dash)
		write_indentation(out, column);
	if (parent->kind == NODE_LIST) {
		buf_lit(out, "- ");
		return;
	}
	write_key(out, n, column);
	buf_char(out, has_children(n) ? '\n' : ' ');
}

/* How much further the children of n are indented than n. */
static size_t step_of(const struct node *n, const struct node *root)
{
	return n == root || (n->key_p && n->kind == NODE_LIST) ? 0 : INDENT;
}

void yaml_write_document(struct buf *out, const struct node *root)
{
	const struct node *n = root;
	size_t             column = 0;

	buf_lit(out, "---\n");
	for (;;) {
		if (n != root)
			write_lead(out, n, root, column);
		if (has_children(n)) {
			column += step_of(n, root);
			n = n->first;
			continue;
		}
		write_scalar(out, n, n == root, column);
		buf_char(out, '\n');
		while (n != root && !n->next) {
			n = n->parent;
			column -= step_of(n, root);
		}
		if (n == root)
			return;
		n = n->next;
	}
}
