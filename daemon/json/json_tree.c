#include "json/json_tree.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "json/json_reader.h"

/* Maps up to this size find duplicates by looking at each key; larger ones keep a hash. */
enum { SMALL_MAP = 16 };

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
		reader_stop_at_limit(r, CO_TOO_MANY_VALUES, r->at, r->limits->nodes);
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
		reader_stop_at_limit(r, CO_TOO_DEEP, r->at, LIMIT_DEPTH);
		return;
	}
	n->kind = (uint8_t)kind;
	n->style = STYLE_FLOW;
	r->at++;
	r->stack[r->depth++] = (struct level){ .node = n };
}

static bool begins_number(struct str s)
{
	return s.n && (ascii_is_digit(s.p[0]) || (s.p[0] == '-' && s.n > 1 && ascii_is_digit(s.p[1])));
}

/* A scalar whole; of a map or list the beginning: read_member goes on with it. */
static void read_value(struct reader *r, struct str key, size_t key_offset)
{
	struct node *n;
	struct str   text;
	char         c = reader_peek(r);

	n = new_node(r, key, key_offset);
	if (!n)
		return;
	if (c == '{') {
		open_collection(r, n, NODE_MAP);
	} else if (c == '[') {
		open_collection(r, n, NODE_LIST);
	} else if (c == '"') {
		if (reader_string(r, r->limits->scalar_bytes, &text))
			node_set_text(n, NODE_STRING, text);
		n->style = STYLE_QUOTED;
	} else if (begins_number(str_slice(r->text, r->at, r->text.n))) {
		reader_number(r, n);
	} else {
		reader_word(r, n);
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

	if (reader_peek(r) != '"') {
		reader_expected(r, level->tail ? STR("a key in double quotes") : STR("a key in double quotes or `}`"));
		return;
	}
	if (!reader_string(r, LIMIT_KEY_BYTES, &key))
		return;
	check_duplicate(r, level, key, offset);
	reader_skip_space(r);
	if (reader_peek(r) != ':') {
		reader_expected(r, STR("`:`"));
		return;
	}
	r->at++;
	reader_skip_space(r);
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

	reader_skip_space(r);
	if (reader_peek(r) == (is_map ? '}' : ']')) {
		close_collection(r, level);
		return;
	}
	if (level->tail) {
		if (reader_peek(r) != ',') {
			reader_expected(r, is_map ? STR("`,` or `}`") : STR("`,` or `]`"));
			return;
		}
		r->at++;
		reader_skip_space(r);
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
		reader_stop_at_limit(r, CO_STRING_TOO_LONG, r->doc_start, r->limits->bytes);
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
	if (!r->stopped && !document_is_too_long(r) && !r->doc->root.style && r->at < r->text.n &&
	    !json_is_space(reader_peek(r)))
		reader_expected(r, STR("white space"));
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
	if (!reader_check_characters(r))
		return NULL;
	reader_skip_space(r);
	for (size_t n = 0; !r->stopped && (n == 0 || r->at < r->text.n); n++) {
		if (n == LIMIT_DOCUMENTS) {
			r->failed = true;
			diag_add(diags, CO_TOO_MANY_INPUTS, pos_at(source, r->at, 1),
			         ARGS(str_from_uint(arena, LIMIT_DOCUMENTS), STR("documents")));
			break;
		}
		*last = read_document(r);
		last = &(*last)->next;
		reader_skip_space(r);
	}
	return r->failed ? NULL : first;
}

/* ---- JSON or YAML? ---- */

static size_t next_character(struct str s, size_t at)
{
	while (at < s.n && json_is_space(s.p[at]))
		at++;
	return at;
}

static bool begins_scalar(struct str s)
{
	size_t end = 0;

	if (str_has_prefix(s, STR("\"")) || begins_number(s))
		return true;
	while (end < s.n && json_is_word(s.p[end]))
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
