#include "json/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/limits.h"

const struct tree_limits manifest_limits = { LIMIT_DOCUMENT_BYTES, LIMIT_NODES, LIMIT_SCALAR_BYTES, false };
const struct tree_limits live_object_limits = { LIMIT_INPUT_BYTES, LIMIT_LIVE_NODES, LIMIT_DOCUMENT_BYTES, true };

const struct node *node_get_str(const struct node *map, struct str key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *n = map->first; n; n = n->next)
		if (str_eq(node_key(n), key))
			return n;
	return NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
	return node_get_str(map, str_c(key));
}

struct str node_get_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_STRING ? node_text(n) : STR_ABSENT;
}

/* Is the key the field's name, or the same in camel case? */
static bool key_is_field(struct str key, const char *name)
{
	size_t k = 0;

	for (; *name; name++, k++) {
		bool large = *name == '_' && name[1];

		name += large;
		if (k >= key.n || key.p[k] != (large && ascii_is_lower(*name) ? *name - 'a' + 'A' : *name))
			return false;
	}
	return k == key.n;
}

const struct node *node_member(const struct node *map, const char *name)
{
	const struct node *n = node_get(map, name);

	if (n || !map || map->kind != NODE_MAP || !strchr(name, '_'))
		return n;
	NODE_EACH (entry, map)
		if (key_is_field(node_key(entry), name))
			return entry;
	return NULL;
}

bool node_is_one_of(const struct node *entry, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (str_is(node_key(entry), names[i]) || key_is_field(node_key(entry), names[i]))
			return true;
	return false;
}

const struct source *node_source(const struct node *n)
{
	while (n->parent)
		n = n->parent;
	return ((const struct document *)n)->source;
}

struct str node_written(const struct node *n)
{
	const struct source *source = node_source(n);

	return source ? str_slice(source->bytes, n->offset, n->offset + n->length) : STR("");
}

/* An absent value (`key:`) has no bytes of its own: its key stands for it. */
struct pos node_pos(const struct node *n)
{
	if (n->length == 0 && n->key_p)
		return node_key_pos(n);
	return (struct pos){ node_source(n), n->offset, n->length };
}

/* A key as it is written. A node holds only what it says; in quotes it is longer, by escapes too. */
static uint32_t written_key_length(const struct source *source, const struct node *n)
{
	struct str bytes = source ? source->bytes : STR_ABSENT;
	size_t     at = n->key_offset;
	char       quote = at < bytes.n ? bytes.p[at] : 0;

	if (quote != '"' && quote != '\'')
		return n->key_n ? n->key_n : 1;
	for (at++; at < bytes.n; at++) {
		bool escaped = quote == '"' ? bytes.p[at] == '\\'
		                            : bytes.p[at] == quote && at + 1 < bytes.n && bytes.p[at + 1] == quote;

		if (escaped)
			at++;
		else if (bytes.p[at] == quote)
			break;
	}
	return (uint32_t)((at < bytes.n ? at + 1 : bytes.n) - n->key_offset);
}

struct pos node_key_pos(const struct node *n)
{
	const struct source *source = node_source(n);

	if (!n->key_p)
		return (struct pos){ source, n->offset, n->length ? n->length : 1 };
	return (struct pos){ source, n->key_offset, written_key_length(source, n) };
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_alnum_or(s.p[i], "_-"))
			return false;
	}
	return s.n > 0;
}

static size_t index_in_parent(const struct node *n)
{
	size_t i = 0;

	for (const struct node *s = n->parent->first; s != n; s = s->next)
		i++;
	return i;
}

struct str node_path(struct arena *arena, const struct node *n)
{
	const struct node *chain[LIMIT_DEPTH + 2];
	size_t             depth = 0;
	struct buf         b;

	buf_init(&b, arena, 64 * KIB);
	for (; n->parent && depth < LIMIT_DEPTH + 2; n = n->parent)
		chain[depth++] = n;
	while (depth--) {
		n = chain[depth];
		if (!n->key_p)
			buf_fmt(&b, "[%zu]", index_in_parent(n));
		else if (is_word(node_key(n)))
			buf_fmt(&b, "%s%.*s", b.n ? "." : "", STR_ARG(node_key(n)));
		else
			buf_fmt(&b, "[\"%.*s\"]", STR_ARG(node_key(n)));
	}
	return buf_str(&b);
}

struct str node_kind_text(const struct node *n)
{
	static const struct str names[] = {
		[NODE_NULL] = STR_INIT("null"),       [NODE_BOOL] = STR_INIT("a boolean"),
		[NODE_INT] = STR_INIT("a number"),    [NODE_FLOAT] = STR_INIT("a number"),
		[NODE_STRING] = STR_INIT("a string"), [NODE_MAP] = STR_INIT("a map"),
		[NODE_LIST] = STR_INIT("a list"),
	};

	return names[n->kind];
}

struct diag *diag_at(struct diags *ds, enum diag_code code, const struct node *n, const struct str *values,
                     size_t count)
{
	struct diag *d = diag_add(ds, code, node_pos(n), values, count);

	if (str_present(d->message))
		diag_set_path(d, node_path(ds->arena, n));
	return d;
}

struct diag *diag_at_key(struct diags *ds, enum diag_code code, const struct node *n, const struct str *values,
                         size_t count)
{
	struct diag *d = diag_add(ds, code, node_key_pos(n), values, count);

	if (str_present(d->message))
		diag_set_path(d, node_path(ds->arena, n));
	return d;
}

struct document *document_new(struct arena *arena, const struct source *source)
{
	struct document *doc = ARENA_NEW(arena, struct document);

	doc->source = source;
	return doc;
}

struct node *node_append(struct arena *arena, struct node *parent, struct node **tail, struct str key)
{
	struct node *n = ARENA_NEW(arena, struct node);

	n->parent = parent;
	n->key_p = key.p;
	n->key_n = (uint16_t)key.n;
	if (*tail)
		(*tail)->next = n;
	else
		parent->first = n;
	*tail = n;
	parent->count++;
	return n;
}

void node_set_text(struct node *n, enum node_kind kind, struct str text)
{
	n->kind = (uint8_t)kind;
	n->text_p = text.p ? text.p : "";
	n->text_n = (uint32_t)text.n;
}

struct document *tree_copy(struct arena *arena, const struct node *root)
{
	struct document   *doc = document_new(arena, NULL);
	struct node       *to = &doc->root;
	const struct node *from = root;

	for (;;) {
		struct node *tail = NULL;

		node_set_text(to, (enum node_kind)from->kind, node_text(from));
		to->style = from->style;
		if (from->first) {
			from = from->first;
			to = node_append(arena, to, &tail, node_key(from));
			continue;
		}
		while (from != root && !from->next) {
			from = from->parent;
			to = to->parent;
		}
		if (from == root)
			return doc;
		from = from->next;
		tail = to;
		to = node_append(arena, to->parent, &tail, node_key(from));
	}
}

struct node *node_entry(struct arena *arena, struct node *map, struct str key)
{
	struct node **at = &map->first, *n;

	for (n = map->first; n; n = n->next)
		if (str_eq(node_key(n), key))
			return n;
	while (*at && str_cmp(node_key(*at), key) < 0)
		at = &(*at)->next;
	n = ARENA_NEW(arena, struct node);
	n->parent = map;
	n->key_p = key.p;
	n->key_n = (uint16_t)key.n;
	n->next = *at;
	*at = n;
	map->count++;
	return n;
}

struct str node_hash_key(const void *node)
{
	return node_key(node);
}

static int compare_keys(const void *x, const void *y)
{
	return str_cmp(node_key(*(const struct node *const *)x), node_key(*(const struct node *const *)y));
}

const struct node **node_sorted(struct arena *arena, const struct node *map)
{
	const struct node **sorted = ARENA_ARRAY(arena, map->count + 1, const struct node *);
	size_t              n = 0;

	NODE_EACH (child, map)
		sorted[n++] = child;
	qsort(sorted, n, sizeof(*sorted), compare_keys);
	return sorted;
}
