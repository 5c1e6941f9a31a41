/* What libyaml's scanner makes of scalars (yaml_parser_scan_plain_scalar and its neighbours in scanner.c of 0.2.5), for the
 * cases that need no second thought. */
#include "manifest/yaml_token.h"

#include "base/arena.h"
#include "manifest/yaml_tree.h"

/* Classes of bytes. */
enum {
	MARK = 1,       /* no plain scalar begins with it */
	BLOCK_STOP = 2, /* inside of one, what follows decides */
	FLOW_STOP = 4,  /* the same in brackets */
};

/* clang-format off */
enum {
	B = MARK,                          /* means something at the beginning only */
	F = MARK | FLOW_STOP,              /* separates in brackets */
	S = MARK | BLOCK_STOP | FLOW_STOP,
};

static const uint8_t classes[256] = {
	['\t'] = S,
	/*          !  "  #  $  %  &  '  (  )  *  +  ,  -  .  / */
	[' '] = B, B, B, S, 0, B, B, B, 0, 0, B, 0, F, B, 0, 0,
	[':'] = S, ['>'] = B, ['?'] = F, ['@'] = B, ['['] = F, [']'] = F, ['`'] = B, ['{'] = F, ['|'] = B, ['}'] = F,
};
/* clang-format on */

static unsigned class_of(char c)
{
	return classes[(unsigned char)c];
}

/* A dash begins a scalar too, before what could begin one without it. */
static bool begins_plain(const char *at, const char *eol)
{
	if (*at == '-' && ++at == eol)
		return false;
	return !(class_of(*at) & MARK);
}

enum stop { GO_ON, END, DOUBT };

static enum stop judge_stop(const char *at, const char *eol, bool flow)
{
	switch (*at) {
	case ':':
		if (yaml_is_gap(at + 1, eol))
			return END;
		return at[1] == '\t' || (flow && class_of(at[1]) & FLOW_STOP) ? DOUBT : GO_ON;
	case '#':
		return at[-1] == ' ' ? END : GO_ON;
	case '?':
	case '\t':
		return DOUBT;
	default:
		return END;
	}
}

static bool scan_plain(const char *at, const char *eol, bool flow, struct yaml_token *ret)
{
	const unsigned stops = flow ? FLOW_STOP : BLOCK_STOP;
	const char    *from = at;
	enum stop      stop = GO_ON;

	if (!begins_plain(at, eol))
		return false;
	for (; at < eol; at++) {
		if (!(class_of(*at) & stops))
			continue;
		stop = judge_stop(at, eol, flow);
		if (stop != GO_ON)
			break;
	}
	if (stop == DOUBT)
		return false;
	while (at[-1] == ' ')
		at--;
	*ret = (struct yaml_token){ from, at, str_of(from, (size_t)(at - from)), true };
	return true;
}

/* In single quotes, two of them stand for one. */
static bool scan_single(struct arena *arena, const char *at, const char *eol, struct yaml_token *ret)
{
	const char *from = at + 1, *quote = from;
	bool        doubled = false;
	char       *copy;
	size_t      n = 0;

	while ((quote = memchr(quote, '\'', (size_t)(eol - quote))) && quote + 1 < eol && quote[1] == '\'') {
		doubled = true;
		quote += 2;
	}
	if (!quote)
		return false;
	*ret = (struct yaml_token){ at, quote + 1, str_of(from, (size_t)(quote - from)), false };
	if (!doubled)
		return true;
	copy = arena_alloc(arena, ret->text.n);
	for (at = from; at < quote; at++) {
		copy[n++] = *at;
		if (*at == '\'')
			at++;
	}
	ret->text = str_of(copy, n);
	return true;
}

/* What stands for one character of ASCII and is written with one; 0: something else. */
static char unescape(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	default:
		return 0;
	}
}

/* The first quote without a backslash before it, or NULL. */
static const char *closing_quote(const char *at, const char *eol)
{
	for (; at < eol && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < eol ? at : NULL;
}

static bool unescape_all(struct arena *arena, struct str *text)
{
	char  *copy = arena_alloc(arena, text->n);
	size_t n = 0;

	for (size_t i = 0; i < text->n; i++) {
		copy[n] = text->p[i];
		if (copy[n] == '\\' && (copy[n] = unescape(text->p[++i])) == 0)
			return false;
		n++;
	}
	*text = str_of(copy, n);
	return true;
}

static bool scan_double(struct arena *arena, const char *at, const char *eol, struct yaml_token *ret)
{
	const char *from = at + 1, *quote = memchr(from, '"', (size_t)(eol - from));
	bool        escapes = quote && memchr(from, '\\', (size_t)(quote - from));

	if (escapes)
		quote = closing_quote(from, eol);
	if (!quote)
		return false;
	*ret = (struct yaml_token){ at, quote + 1, str_of(from, (size_t)(quote - from)), false };
	return !escapes || unescape_all(arena, &ret->text);
}

bool yaml_token_scan(struct arena *arena, const char *at, const char *eol, bool flow, struct yaml_token *ret)
{
	switch (*at) {
	case '\'':
		return scan_single(arena, at, eol, ret);
	case '"':
		return scan_double(arena, at, eol, ret);
	default:
		return scan_plain(at, eol, flow, ret);
	}
}

/* ---- literal blocks ---- */

/* A line of a block. */
struct block_line {
	const char *from;
	const char *text; /* behind the indentation, as far as it goes */
	const char *eol;  /* NULL: the text ends without one */
};

static struct block_line look_at_line(const char *at, const char *end, size_t indent)
{
	size_t most = (size_t)(end - at) < indent ? (size_t)(end - at) : indent;

	return (struct block_line){ at, yaml_skip_spaces(at, at + most), memchr(at, '\n', (size_t)(end - at)) };
}

static bool is_outside(const struct block_line *line, size_t indent)
{
	return (size_t)(line->text - line->from) < indent && line->text != line->eol;
}

/* The indentation of the first line that is not empty. A line of blanks before it would affect the indentation. */
static bool find_indent(const char *at, const char *end, size_t *indent)
{
	const char *from;

	while (at < end && *at == '\n')
		at++;
	from = at;
	at = yaml_skip_spaces(at, end);
	*indent = (size_t)(at - from);
	return at < end && *at != '\n' && *at != '\t';
}

/* The beginning of the first line behind the block, or the end of the text; NULL: this is left to libyaml. */
static const char *find_block_end(const char *at, const char *end, size_t indent)
{
	while (at < end) {
		struct block_line line = look_at_line(at, end, indent);

		if (is_outside(&line, indent))
			return line.text < end && *line.text != '\t' ? at : NULL;
		if (!line.eol)
			return NULL;
		at = line.eol + 1;
	}
	return end;
}

static size_t add_breaks(char *copy, size_t n, size_t breaks)
{
	memset(copy + n, '\n', breaks);
	return n + breaks;
}

/* Line ends wait until it is known whether a line follows. */
static struct str join_lines(struct arena *arena, struct str block, size_t indent, char chomping)
{
	const char *end = block.p + block.n;
	char       *copy = arena_alloc(arena, block.n);
	size_t      n = 0, breaks = 0;

	for (const char *at = block.p; at < end;) {
		struct block_line line = look_at_line(at, end, indent);
		size_t            length = (size_t)(line.eol - line.text);

		if (length) {
			n = add_breaks(copy, n, breaks);
			memcpy(copy + n, line.text, length);
			n += length;
			breaks = 0;
		}
		breaks++;
		at = line.eol + 1;
	}
	return str_of(copy, add_breaks(copy, n, chomping == '+' ? breaks : chomping == '-' ? 0 : 1));
}

bool yaml_token_scan_block(struct arena *arena, const char *at, const char *eol, const char *end, size_t indent,
                           struct yaml_token *ret)
{
	const char *from = at++, *first = eol + 1, *behind;
	char        chomping = at < eol && (*at == '-' || *at == '+') ? *at++ : 0;
	size_t      own;

	if (eol == end || !yaml_line_is_done(at, eol) || !find_indent(first, end, &own) || own <= indent)
		return false;
	behind = find_block_end(first, end, own);
	if (!behind)
		return false;
	*ret = (struct yaml_token){ from, behind, STR_ABSENT, false };
	ret->text = join_lines(arena, str_of(first, (size_t)(behind - first)), own, chomping);
	return true;
}

/* ---- in the tree ---- */

/* The text in the source, which outlives the part of it that is read; what was unescaped is the arena's. */
static struct str kept_text(const struct yaml_token *t, const struct tree_growth *g, const struct yaml_marks *marks)
{
	const char *inner = t->is_plain ? t->from : t->from + 1;

	return t->text.p == inner ? str_of(g->source->bytes.p + yaml_marks_place(marks, inner), t->text.n) : t->text;
}

bool yaml_token_add(const struct yaml_token *t, struct tree_growth *g, const struct yaml_marks *marks)
{
	struct node *n;

	if (t->text.n > g->limits->scalar_bytes)
		return false;
	n = tree_growth_add(g, yaml_marks_place(marks, t->from), (size_t)(t->to - t->from));
	if (!n)
		return false;
	if (t->is_plain) {
		yaml_resolve_plain(g->arena, kept_text(t, g, marks), n);
	} else {
		node_set_text(n, NODE_STRING, kept_text(t, g, marks));
		n->style = STYLE_QUOTED;
	}
	return true;
}

bool yaml_token_take_key(const struct yaml_token *t, struct tree_growth *g, const struct yaml_marks *marks)
{
	struct str  key = kept_text(t, g, marks);
	struct node probe = { 0 };

	/* measured as it is written: libyaml wants the colon within 1024 characters */
	if ((size_t)(t->to - t->from) > LIMIT_KEY_BYTES)
		return false;
	if (t->is_plain) {
		yaml_resolve_plain(g->arena, key, &probe);
		if (probe.kind != NODE_STRING || str_is(key, "<<"))
			return false;
	}
	if (tree_growth_entry(g, key))
		return false;
	tree_growth_take_key(g, key, yaml_marks_place(marks, t->from));
	return true;
}
