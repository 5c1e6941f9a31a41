#include "manifest/yaml_block.h"

#include "base/arena.h"
#include "manifest/yaml_brackets.h"
#include "manifest/yaml_token.h"

struct reader {
	struct tree_growth      *growth;
	const struct yaml_marks *marks;
	const char              *end;  /* of the text */
	const char              *line; /* its beginning; at the end of the text there is none */
	const char              *eol;
	const char              *at; /* what is to be read of the line */
	const char *waiting; /* where a value would stand that has not come yet, behind its colon or dash; or NULL */
};

static void take_line(struct reader *r, const char *line)
{
	const char *eol = memchr(line, '\n', (size_t)(r->end - line));

	r->line = line;
	r->eol = eol ? eol : r->end;
}

static void next_line(struct reader *r)
{
	take_line(r, r->eol < r->end ? r->eol + 1 : r->end);
}

static bool begins_with(const struct reader *r, const char *three)
{
	return r->eol - r->line >= 3 && memcmp(r->line, three, 3) == 0;
}

/* Is there a dash that is followed by a blank? */
static bool is_dash(const struct reader *r)
{
	return *r->at == '-' && yaml_is_gap(r->at + 1, r->eol);
}

/* ---- what is open ---- */

static bool open(struct reader *r, enum node_kind kind)
{
	if (!tree_growth_enter(r->growth, yaml_marks_place(r->marks, r->at), kind, 0))
		return false;
	tree_growth_top(r->growth)->indent = (uint32_t)(r->at - r->line);
	return true;
}

static bool add_nothing(struct reader *r)
{
	struct yaml_token nothing = { r->waiting, r->waiting, { r->waiting, 0 }, true };

	r->waiting = NULL;
	return yaml_token_add(&nothing, r->growth, r->marks);
}

/* A list may be indented as little as the map whose value it is. A key at that place ends it. */
static bool close_list(struct tree_growth *g)
{
	uint32_t indent = tree_growth_top(g)->indent;

	tree_growth_close(g, 0);
	return g->depth && tree_growth_top(g)->indent == indent;
}

/* Closes the maps and lists that end by the line's indentation. After that, either a value is expected, which begins
 * here, or the line continues the innermost map or list. */
static bool settle(struct reader *r)
{
	struct tree_growth *g = r->growth;
	const size_t        column = (size_t)(r->at - r->line);
	const bool          dash = is_dash(r);
	struct tree_level  *top = tree_growth_top(g);

	if (!top)
		return true;
	if (r->waiting) {
		if (column > top->indent || (column == top->indent && dash && top->node->kind == NODE_MAP))
			return true;
		if (!add_nothing(r))
			return false;
	}
	for (; top && top->indent > column; top = tree_growth_top(g))
		tree_growth_close(g, 0);
	if (!top || top->indent < column)
		return false;
	if (top->node->kind == NODE_LIST)
		return dash || close_list(g);
	return !dash;
}

/* ---- one line ---- */

/* A value behind a colon or dash, or by itself on a line below. A key is none. */
static bool read_value(struct reader *r)
{
	struct tree_growth *g = r->growth;
	struct yaml_token   token;

	r->waiting = NULL;
	switch (*r->at) {
	case '{':
	case '[':
		r->at = yaml_brackets_read(g, r->marks, r->at, r->eol);
		return r->at && yaml_line_is_done(r->at, r->eol);
	case '|':
		if (!yaml_token_scan_block(g->arena, r->at, r->eol, r->end, tree_growth_top(g)->indent, &token))
			return false;
		r->eol = token.to - 1;
		return yaml_token_add(&token, g, r->marks);
	default:
		return yaml_token_scan(g->arena, r->at, r->eol, false, &token) && yaml_line_is_done(token.to, r->eol) &&
		       yaml_token_add(&token, g, r->marks);
	}
}

/* Is this a key? Its colon follows it immediately. */
static bool scan_key(struct reader *r, struct yaml_token *key)
{
	return yaml_token_scan(r->growth->arena, r->at, r->eol, false, key) && key->to < r->eol && *key->to == ':' &&
	       yaml_is_gap(key->to + 1, r->eol);
}

/* What comes behind a colon or dash: is there anything on this line? */
static bool is_more(struct reader *r, const char *behind)
{
	r->waiting = behind;
	r->at = yaml_skip_spaces(behind, r->eol);
	return r->at < r->eol && *r->at != '#';
}

static bool read_entry(struct reader *r, const struct yaml_token *key, bool first)
{
	if (first && !open(r, NODE_MAP))
		return false;
	if (!yaml_token_take_key(key, r->growth, r->marks))
		return false;
	return !is_more(r, key->to + 1) || read_value(r);
}

/* Reads dashes, one after the other, and what follows them: an entry or a value. */
static bool read_line(struct reader *r)
{
	bool              first = r->waiting || !r->growth->depth;
	struct yaml_token key;

	for (; is_dash(r); first = true) {
		if (first && !open(r, NODE_LIST))
			return false;
		if (!is_more(r, r->at + 1))
			return true;
	}
	if (scan_key(r, &key))
		return read_entry(r, &key, first);
	return first && r->growth->depth && read_value(r);
}

/* ---- one document ---- */

enum line_kind { CONTENT, NOTHING, DOCUMENT, STRANGE };

static enum line_kind kind_of_line(struct reader *r)
{
	r->at = yaml_skip_spaces(r->line, r->eol);
	if (r->at == r->eol || *r->at == '#')
		return NOTHING;
	if (r->at > r->line)
		return CONTENT;
	if (begins_with(r, "---"))
		return yaml_is_gap(r->line + 3, r->eol) ? DOCUMENT : STRANGE;
	return begins_with(r, "...") ? STRANGE : CONTENT;
}

/* Up to the next --- or the end of the text. */
static bool read_lines(struct reader *r)
{
	for (; r->line < r->end; next_line(r)) {
		switch (kind_of_line(r)) {
		case CONTENT:
			if (!settle(r) || !read_line(r))
				return false;
			break;
		case NOTHING:
			break;
		case DOCUMENT:
			return true;
		case STRANGE:
			return false;
		}
	}
	return true;
}

/* What comes before the first --- is a document of its own, unless it is empty. */
static bool begin_document(struct reader *r)
{
	while (r->line < r->end && kind_of_line(r) == NOTHING)
		next_line(r);
	if (r->line == r->end || kind_of_line(r) != DOCUMENT)
		return true;
	if (!yaml_line_is_done(r->line + 3, r->eol))
		return false;
	next_line(r);
	return true;
}

static bool read_document(struct reader *r)
{
	struct tree_growth *g = r->growth;
	const char         *from = r->line;

	if (!tree_growth_open_document(g) || !begin_document(r) || !read_lines(r) || (r->waiting && !add_nothing(r)))
		return false;
	if ((size_t)(r->line - from) > g->limits->bytes)
		return false;
	while (g->depth)
		tree_growth_close(g, 0);
	tree_growth_close_document(g);
	return true;
}

/* Line ends of other kinds: CR, NEL, LS and PS. */
static bool has_other_line_ends(const struct yaml_marks *marks)
{
	static const struct str others[] = { STR_INIT("\xc2\x85"), STR_INIT("\xe2\x80\xa8"), STR_INIT("\xe2\x80\xa9") };

	if (str_find(marks->text, '\r', 0) < marks->text.n)
		return true;
	for (size_t i = 0; !marks->ascii && i < sizeof(others) / sizeof(others[0]); i++)
		if (str_find_str(marks->text, others[i], 0) < marks->text.n)
			return true;
	return false;
}

size_t yaml_block_read(struct tree_growth *growth, const struct yaml_marks *marks)
{
	struct str    text = marks->text;
	struct reader r = { .growth = growth, .marks = marks, .end = text.p + text.n };

	if (text.n == 0 || has_other_line_ends(marks))
		return 0;
	take_line(&r, text.p);
	while (r.line < r.end) {
		const char       *from = r.line;
		struct arena_mark mark = arena_mark(growth->arena);

		r.waiting = NULL;
		if (!read_document(&r)) {
			tree_growth_drop_document(growth);
			arena_reset(growth->arena, mark);
			return (size_t)(from - text.p);
		}
	}
	return text.n;
}
