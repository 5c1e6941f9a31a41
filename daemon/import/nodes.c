/* Building trees, and looking into them. */
#include "base/arena.h"
#include "base/ascii.h"
#include "import/importing.h"

struct node *map_new(struct arena *arena)
{
	struct document *doc = document_new(arena, NULL);

	doc->root.kind = NODE_MAP;
	return &doc->root;
}

static struct node *append(struct arena *arena, struct node *parent, struct str key, enum node_kind kind)
{
	struct node *tail = parent->first, *n;

	while (tail && tail->next)
		tail = tail->next;
	n = node_append(arena, parent, &tail, key);
	n->kind = (uint8_t)kind;
	return n;
}

struct node *put(struct arena *arena, struct node *map, const char *key, enum node_kind kind)
{
	return append(arena, map, str_c(key), kind);
}

void put_text(struct arena *arena, struct node *map, const char *key, struct str text)
{
	if (str_present(text))
		node_set_text(put(arena, map, key, NODE_STRING), NODE_STRING, text);
}

void put_int(struct arena *arena, struct node *map, const char *key, int64_t value)
{
	if (value != INT64_MIN)
		node_set_text(put(arena, map, key, NODE_INT), NODE_INT, str_from_int(arena, value));
}

struct node *put_item(struct arena *arena, struct node *list, enum node_kind kind)
{
	return append(arena, list, STR_ABSENT, kind);
}

/* Depth is what the reader let pass. */
static void copy_into(struct arena *arena, const struct node *from, struct node *to)
{
	struct node *tail = NULL;

	node_set_text(to, (enum node_kind)from->kind, node_text(from));
	NODE_EACH (child, from)
		copy_into(arena, child, node_append(arena, to, &tail, node_key(child)));
}

struct node *put_copy(struct arena *arena, struct node *map, const char *key, const struct node *value)
{
	struct node *n;

	if (!value || value->kind == NODE_NULL)
		return NULL;
	n = put(arena, map, key, NODE_NULL);
	copy_into(arena, value, n);
	return n;
}

const struct node *node_at(const struct node *n, const char *const *path)
{
	for (; n && *path; path++)
		n = n->kind == NODE_LIST ? n->first : node_member(n, *path);
	return n;
}

const struct node *typed_config(const struct node *of)
{
	const struct node *config = node_member(of, "typed_config");

	if (!config)
		config = node_get(of, "config"); /* as Envoy's API v2 had it */
	return node_member(config, "type_url") && node_get(config, "value") ? node_get(config, "value") : config;
}

struct str config_type(const struct node *of)
{
	const struct node *config = node_member(of, "typed_config");
	struct str         inner = text_at(config, "type_url");

	return str_present(inner) ? inner : text_at(config, "@type");
}

struct str text_at(const struct node *map, const char *key)
{
	const struct node *n = node_member(map, key);

	return n && node_is_scalar(n) && n->kind != NODE_NULL ? node_text(n) : STR_ABSENT;
}

int64_t int_at(const struct node *map, const char *key)
{
	struct str text = text_at(map, key);
	uint64_t   value;
	bool       negative = str_has_prefix(text, STR("-"));

	if (!str_present(text) || !str_to_uint(str_slice(text, negative, text.n), INT64_MAX, &value))
		return INT64_MIN;
	return negative ? -(int64_t)value : (int64_t)value;
}

struct str label_from(struct arena *arena, struct str text)
{
	enum { LABEL_MAX = 63 };
	char  *out = arena_alloc(arena, LABEL_MAX + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < LABEL_MAX; i++) {
		char c = ascii_lower(text.p[i]);

		if (ascii_is_alnum(c))
			out[n++] = c;
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n && out[n - 1] == '-')
		n--;
	return n ? str_of(out, n) : STR("imported");
}
