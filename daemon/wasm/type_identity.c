#include "wasm/type_identity.h"

#include "base/arena.h"
#include "base/limits.h"
#include "wasm/wasm_module.h"

/* Each group once: its bytes, and the first of its types. */
struct group {
	struct str text;
	uint32_t   first;
};

/* In front of an index: it counts from the group's own first type. */
enum { IN_GROUP = 0x80, IDENTITY = 0x81 };

static struct str group_key(const void *item)
{
	return ((const struct group *)item)->text;
}

void type_identities_init(struct type_identities *t, struct arena *arena)
{
	*t = (struct type_identities){ .arena = arena };
	hash_init(&t->groups, arena, group_key);
	buf_init(&t->text, arena, LIMIT_MODULE_BYTES * 4); /* no more bytes than four times what was read */
}

static void add_u32(struct buf *b, uint32_t n)
{
	buf_add(b, str_of((const char *)&n, sizeof(n)));
}

static void add_index(struct buf *b, const struct wasm_module *m, uint32_t first, uint32_t index)
{
	bool in_group = index >= first;

	buf_char(b, (char)(in_group ? IN_GROUP : IDENTITY));
	add_u32(b, in_group ? index - first : wasm_type_at(m, index)->identity);
}

/* A value of one byte is that byte. */
static void add_value(struct buf *b, const struct wasm_module *m, uint32_t first, value_type v)
{
	if (!(v & VALUE_INDEXED) && !(v & VALUE_NOT_NULL) && !(v & VALUE_MUTABLE)) {
		buf_char(b, (char)v);
		return;
	}
	buf_char(b, (char)(0x80 | (v & VALUE_NOT_NULL ? 1 : 0) | (v & VALUE_MUTABLE ? 2 : 0)));
	if (v & VALUE_INDEXED)
		add_index(b, m, first, v & ~(VALUE_INDEXED | VALUE_NOT_NULL | VALUE_MUTABLE));
	else
		buf_char(b, (char)v);
}

static void add_type(struct buf *b, const struct wasm_module *m, uint32_t first, const struct wasm_type *type)
{
	uint32_t n = (uint32_t)type->n_params + type->n_results;

	buf_char(b, (char)(type->form | (type->open ? 0x10 : 0) | (type->super == NO_SUPERTYPE ? 0 : 0x20)));
	if (type->super != NO_SUPERTYPE)
		add_index(b, m, first, type->super);
	add_u32(b, (uint32_t)type->n_params << 16 | (type->form == TYPE_FUNCTION ? type->n_results : type->n_fields));
	for (uint32_t i = 0; i < n; i++)
		add_value(b, m, first, wasm_type_value(type, i));
	for (uint32_t i = 0; i < type->n_fields; i++)
		add_value(b, m, first, type->exact[i]);
}

static void add_group(struct type_identities *t, uint32_t first)
{
	struct group *group = ARENA_NEW(t->arena, struct group);

	*group = (struct group){ .text = str_copy(t->arena, buf_str(&t->text)), .first = first };
	hash_add(&t->groups, group);
}

void type_identities_add(struct type_identities *t, struct wasm_module *m, uint32_t first)
{
	struct wasm_type   *types = m->types.items;
	const struct group *same;

	buf_clear(&t->text);
	for (uint32_t i = first; i < m->types.n; i++)
		add_type(&t->text, m, first, &types[i]);
	same = hash_get(&t->groups, buf_str(&t->text));
	if (!same)
		add_group(t, first);
	for (uint32_t i = first; i < m->types.n; i++)
		types[i].identity = same ? types[same->first + (i - first)].identity : i;
}
