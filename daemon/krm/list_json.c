/* A ResourceList in JSON: brackets and strings tell where values end; each value by itself is then read by json_tree,
 * which judges it to the letter. */
#include "base/arena.h"
#include "json/json_tree.h"
#include "krm/list_reading.h"

/* Foreign objects may be as large as the list. */
static const struct tree_limits any_limits = { UINT32_MAX, UINT32_MAX, UINT32_MAX, false };

struct cursor {
	struct list_reading *list;
	struct str           text;
	size_t               at;
	bool                 ok;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->text.n && strchr(" \t\r\n", c->text.p[c->at]))
		c->at++;
}

static void expected(struct cursor *c, const char *what)
{
	if (c->ok)
		diag_add(c->list->diags, CO_JSON_SYNTAX, pos_at(c->list->list->source, c->at, 1),
		         ARGS(STR_CONCAT(c->list->arena, str_c(what), STR(" expected"))));
	c->ok = false;
}

static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->at >= c->text.n || c->text.p[c->at] != wanted)
		return false;
	c->at++;
	return true;
}

static void want(struct cursor *c, char wanted, const char *what)
{
	if (c->ok && !take(c, wanted))
		expected(c, what);
}

static void skip_string(struct cursor *c)
{
	size_t open = c->at++;

	while (c->at < c->text.n && c->text.p[c->at] != '"')
		c->at += c->text.p[c->at] == '\\' ? 2 : 1;
	if (c->at >= c->text.n) {
		c->at = open;
		expected(c, "the string's closing quote is");
		return;
	}
	c->at++;
}

/* To the end of the value that begins here, whatever is in it. */
static void skip_value(struct cursor *c)
{
	size_t open = c->at, depth = 0;

	while (c->ok && c->at < c->text.n) {
		char b = c->text.p[c->at];

		if (b == '"') {
			skip_string(c);
		} else if (b == '{' || b == '[') {
			depth++;
			c->at++;
		} else if ((b == '}' || b == ']') && depth) {
			depth--;
			c->at++;
		} else if (depth == 0 && strchr(",]} \t\r\n", b)) {
			return;
		} else {
			c->at++;
			continue;
		}
		if (depth == 0)
			return;
	}
	if (c->ok && (depth || c->at == open)) {
		c->at = open;
		expected(c, depth ? "the closing bracket of this value is" : "a value is");
	}
}

/* ---- judging values ---- */

static void note_tree(struct list_reading *r, struct list_item *item, const struct node *root)
{
	NODE_EACH (a, root) {
		if (node_is_scalar(a))
			list_item_note(r->arena, item, node_key(a), STR_ABSENT, STR_ABSENT, node_text(a));
		if (!str_is(node_key(a), "metadata"))
			continue;
		NODE_EACH (b, a) {
			if (node_is_scalar(b))
				list_item_note(r->arena, item, node_key(a), node_key(b), STR_ABSENT, node_text(b));
			NODE_EACH (leaf, b)
				if (leaf->key_p && node_is_scalar(leaf))
					list_item_note(r->arena, item, node_key(a), node_key(b), node_key(leaf),
					               node_text(leaf));
		}
	}
}

/* Reads the value [from, c->at) strictly; NULL after an error. It lives until the scratch arena is reset. */
static const struct node *judge_value(struct cursor *c, size_t from)
{
	const struct document *doc = NULL;

	if (c->ok)
		doc = json_tree_read_part(c->list->scratch, c->list->list->source, from, c->at, &any_limits,
		                          c->list->diags);
	if (!doc)
		c->ok = false;
	return doc ? &doc->root : NULL;
}

static void read_element(struct cursor *c, struct list_part *part)
{
	struct arena_mark  mark = arena_mark(c->list->scratch);
	struct list_item  *item;
	const struct node *root;
	size_t             from;

	skip_space(c);
	from = c->at;
	skip_value(c);
	root = judge_value(c, from);
	if (root && root->kind != NODE_MAP && part == &c->list->list->items)
		c->ok = list_refuse(c->list, from, 1,
		                    STR_CONCAT(c->list->arena, STR("items["), str_from_uint(c->list->arena, part->n),
		                               STR("] is not a map")));
	if (c->ok) {
		item = list_add_item(c->list->arena, part);
		item->start = item->cut_from = from;
		item->end = item->cut_to = c->at;
		note_tree(c->list, item, root);
	}
	arena_reset(c->list->scratch, mark);
}

static void read_list(struct cursor *c, struct list_part *part, const char *name)
{
	size_t from = c->at;

	part->form = LIST_EMPTY;
	part->from = from;
	if (take(c, '[')) {
		for (bool first = true; c->ok && !take(c, ']'); first = false) {
			if (!first)
				want(c, ',', "`,` or `]` is");
			if (c->ok)
				read_element(c, part);
		}
		if (part->n)
			part->form = LIST_FLOW;
	} else {
		skip_value(c);
		if (c->ok && !str_is(str_slice(c->text, from, c->at), "null"))
			c->ok = list_refuse(c->list, from, 1,
			                    STR_CONCAT(c->list->arena, str_c(name), STR(" is not a list")));
	}
	part->to = c->at;
}

static void read_config(struct cursor *c)
{
	struct arena_mark     mark = arena_mark(c->list->scratch);
	struct resource_list *list = c->list->list;
	size_t                from = c->at;
	const struct node    *root;

	skip_value(c);
	root = judge_value(c, from);
	if (root && root->kind == NODE_MAP) {
		list->has_config = true;
		list->config.start = from;
		list->config.end = list->config.cut_to = c->at;
		note_tree(c->list, &list->config, root);
	} else if (root && root->kind != NODE_NULL) {
		c->ok = list_refuse(c->list, from, 1, STR("functionConfig is not a map"));
	}
	arena_reset(c->list->scratch, mark);
}

static void read_other(struct cursor *c, enum list_field field)
{
	struct arena_mark  mark = arena_mark(c->list->scratch);
	size_t             from = c->at;
	const struct node *root;

	skip_value(c);
	root = judge_value(c, from);
	if (root && root->kind == NODE_STRING && field == KEY_API_VERSION)
		c->list->list->api_version = str_copy(c->list->arena, node_text(root));
	if (root && root->kind == NODE_STRING && field == KEY_KIND)
		c->list->kind = str_copy(c->list->arena, node_text(root));
	arena_reset(c->list->scratch, mark);
}

static void read_member(struct cursor *c)
{
	size_t          from, to;
	struct str      key;
	enum list_field field;

	skip_space(c);
	from = c->at;
	if (c->at >= c->text.n || c->text.p[c->at] != '"') {
		expected(c, "a key in double quotes is");
		return;
	}
	skip_string(c);
	to = c->at;
	judge_value(c, from);
	want(c, ':', "`:` is");
	if (!c->ok)
		return;
	key = str_slice(c->text, from + 1, to - 1);
	field = list_field_of(key);
	c->ok = list_field_seen(c->list, field, key, from, to - from);
	skip_space(c);
	if (!c->ok)
		return;
	if (field == KEY_ITEMS)
		read_list(c, &c->list->list->items, "items");
	else if (field == KEY_RESULTS)
		read_list(c, &c->list->list->results, "results");
	else if (field == KEY_CONFIG)
		read_config(c);
	else
		read_other(c, field);
}

bool list_read_json(struct list_reading *list)
{
	struct cursor c = { list, list->list->source->bytes, 0, true };

	if (str_has_prefix(c.text, STR("\xef\xbb\xbf")))
		c.at = 3;
	want(&c, '{', "`{` is");
	for (bool first = true; c.ok && !take(&c, '}'); first = false) {
		if (!first)
			want(&c, ',', "`,` or `}` is");
		if (c.ok)
			read_member(&c);
	}
	list->list->end = c.at ? c.at - 1 : 0;
	skip_space(&c);
	if (c.ok && c.at < c.text.n)
		return list_refuse(list, c.at, 1, STR("something follows it"));
	return c.ok;
}
