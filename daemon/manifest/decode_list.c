/* Values that hold others: lists of strings, maps of strings, free-form trees. Lists of objects are read where objects
 * are (fields.c). */
#include "base/arena.h"
#include "manifest/decoding.h"

/* Has the list or map as many entries as the field allows? */
static bool check_count(struct decoder *d, const struct field *f, const struct node *n)
{
	if (n->count < (size_t)f->min) {
		decode_refuse(d, CO_EMPTY_VALUE, n, ARGS(str_c(f->name)));
		return false;
	}
	if (f->max && n->count > (size_t)f->max) {
		decode_refuse(d, CO_OUT_OF_RANGE, n,
		              ARGS(str_c(f->name), str_fmt(d->arena, "at most %lld items", (long long)f->max),
		                   str_from_uint(d->arena, n->count)));
		return false;
	}
	return true;
}

bool decode_is_list(struct decoder *d, const struct field *f, const struct node *n)
{
	if (n->kind == NODE_LIST)
		return check_count(d, f, n);
	decode_wrong_type(d, f, n);
	return false;
}

/* The field as a single item of its list sees it: any text of its format but the empty one. */
static struct field item_of(const struct field *f)
{
	struct field item = *f;

	item.type = FIELD_STRING;
	item.min = 1;
	item.max = 0;
	return item;
}

void decode_strings(struct decoder *d, const struct field *f, const struct node *list, void *at)
{
	struct strings *ret = at;
	struct field    item = item_of(f);
	struct str      s;

	if (!decode_is_list(d, f, list))
		return;
	ret->node = list;
	ret->items = ARENA_ARRAY(d->arena, list->count, struct str);
	NODE_EACH (n, list) {
		if (!decode_checked_text(d, &item, n, &s) || (f->type == FIELD_WORDS && !decode_word(d, f, n, s)))
			continue;
		if (!(f->flags & FIELD_REPEATS) && strings_have(ret, s))
			decode_refuse(d, CO_DUPLICATE_NAME, n, ARGS(str_c(f->name), s));
		ret->items[ret->n++] = s;
	}
}

void decode_string_map(struct decoder *d, const struct field *f, const struct node *map, void *at)
{
	struct field value = { .type = FIELD_STRING };
	struct str   ignored;

	if (map->kind != NODE_MAP) {
		decode_wrong_type(d, f, map);
		return;
	}
	if (!check_count(d, f, map))
		return;
	NODE_EACH (n, map) {
		value.name = str_copy(d->arena, node_key(n)).p; /* findings name the entry, not the map */
		decode_text(d, &value, n, &ignored);
	}
	*(const struct node **)at = map;
}

void decode_tree(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	if (n->kind == NODE_MAP)
		*(const struct node **)at = n;
	else
		decode_wrong_type(d, f, n);
}
