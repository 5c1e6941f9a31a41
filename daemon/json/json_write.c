#include "json/json_write.h"

#include "base/utf8.h"
#include "json/tree.h"

/* ---- strings ---- */

/* Bytes that may need escaping: quotes, backslashes, control characters, and all that are not ASCII. */
static bool is_special(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f;
}

static void write_unicode_escape(struct buf *out, uint32_t cp)
{
	char escape[6] = "\\u";

	for (unsigned i = 0; i < 4; i++)
		escape[5 - i] = "0123456789abcdef"[cp >> 4 * i & 15];
	buf_add(out, str_of(escape, sizeof(escape)));
}

static void write_ascii_escape(struct buf *out, unsigned char c)
{
	static const char written[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	const char       *m = c ? strchr(meant, c) : NULL;

	if (m)
		buf_add(out, str_of((const char[]){ '\\', written[m - meant] }, 2));
	else
		write_unicode_escape(out, c);
}

/* Writes the special character at `at`; its length. */
static size_t write_special(struct buf *out, struct str s, size_t at)
{
	uint32_t cp;
	size_t   n = utf8_decode(s, at, &cp);

	if (n == 0) {
		buf_lit(out, "\xef\xbf\xbd");
		return 1;
	}
	if (cp < 0x7f)
		write_ascii_escape(out, (unsigned char)cp);
	else if (cp < 0xa0 || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff)
		write_unicode_escape(out, cp);
	else
		buf_add(out, str_slice(s, at, at + n));
	return n;
}

void json_write_string(struct buf *out, struct str s)
{
	buf_char(out, '"');
	for (size_t at = 0; at < s.n;) {
		size_t start = at;

		while (at < s.n && !is_special((unsigned char)s.p[at]))
			at++;
		buf_add(out, str_slice(s, start, at));
		if (at < s.n)
			at += write_special(out, s, at);
	}
	buf_char(out, '"');
}

/* ---- the writer ---- */

void json_writer_init(struct json_writer *w, struct buf *out, unsigned indent)
{
	*w = (struct json_writer){ .out = out, .indent = indent };
}

static void break_line(struct json_writer *w)
{
	if (w->indent == 0)
		return;
	buf_char(w->out, '\n');
	buf_fill(w->out, ' ', (size_t)w->indent * w->depth);
}

/* Writes what comes before a key, or before a value without one: a comma, a line break, indentation. */
static void begin_member(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->has_members[w->depth])
		buf_char(w->out, ',');
	if (w->depth)
		break_line(w);
	w->has_members[w->depth] = true;
}

void json_open(struct json_writer *w, char bracket)
{
	begin_member(w);
	buf_char(w->out, bracket);
	if (w->depth == JSON_WRITER_DEPTH) {
		w->out->overflow = true;
		return;
	}
	w->has_members[++w->depth] = false;
}

void json_close(struct json_writer *w, char bracket)
{
	bool has_members = w->has_members[w->depth];

	if (w->depth)
		w->depth--;
	if (has_members)
		break_line(w);
	buf_char(w->out, bracket);
}

void json_key(struct json_writer *w, struct str key)
{
	begin_member(w);
	json_write_string(w->out, key);
	buf_char(w->out, ':');
	if (w->indent)
		buf_char(w->out, ' ');
	w->after_key = true;
}

void json_string(struct json_writer *w, struct str s)
{
	begin_member(w);
	json_write_string(w->out, s);
}

void json_plain(struct json_writer *w, struct str text)
{
	begin_member(w);
	buf_add(w->out, text);
}

void json_int(struct json_writer *w, int64_t v)
{
	begin_member(w);
	if (v < 0)
		buf_char(w->out, '-');
	buf_uint(w->out, v < 0 ? ~(uint64_t)v + 1 : (uint64_t)v);
}

void json_bool(struct json_writer *w, bool v)
{
	json_plain(w, v ? STR("true") : STR("false"));
}

void json_member_string(struct json_writer *w, const char *key, struct str s)
{
	json_key(w, str_c(key));
	json_string(w, s);
}

void json_member_or_null(struct json_writer *w, const char *key, struct str s)
{
	json_key(w, str_c(key));
	if (str_present(s))
		json_string(w, s);
	else
		json_plain(w, STR("null"));
}

void json_member_int(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, str_c(key));
	json_int(w, v);
}

/* ---- trees ---- */

static void open_node(struct json_writer *w, const struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case NODE_MAP:
		json_open(w, '{');
		break;
	case NODE_LIST:
		json_open(w, '[');
		break;
	case NODE_STRING:
		json_string(w, node_text(n));
		break;
	case NODE_NULL:
		json_plain(w, STR("null"));
		break;
	case NODE_FLOAT:
		json_plain(w, n->style & STYLE_NOT_JSON ? STR("null") : node_text(n));
		break;
	case NODE_BOOL:
	case NODE_INT:
		json_plain(w, node_text(n));
		break;
	}
}

static void close_node(struct json_writer *w, const struct node *n)
{
	if (!node_is_scalar(n))
		json_close(w, n->kind == NODE_MAP ? '}' : ']');
}

/* Down by the first child, along the siblings, and up by the parent: no stack that a deep tree could exhaust. */
void json_node(struct json_writer *w, const struct node *root)
{
	const struct node *n = root;

	for (;;) {
		if (n != root && n->key_p)
			json_key(w, node_key(n));
		open_node(w, n);
		if (n->first && !node_is_scalar(n)) {
			n = n->first;
			continue;
		}
		close_node(w, n);
		while (n != root && !n->next) {
			n = n->parent;
			close_node(w, n);
		}
		if (n == root)
			return;
		n = n->next;
	}
}

void json_write(struct buf *out, const struct node *root, unsigned indent)
{
	struct json_writer w;

	json_writer_init(&w, out, indent);
	json_node(&w, root);
}
