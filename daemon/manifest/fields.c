#include "manifest/fields.h"

#include "base/arena.h"
#include "manifest/decoding.h"
#include "manifest/field_help.h"

static void decode_fields(struct decoder *, const struct object *, const struct node *, void *ret);

static void decode_object(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	void *object;

	if (n->kind == NODE_NULL && f->null_refusal) {
		diag_help_text(d->diags, decode_refuse(d, f->null_refusal->code, n, NO_ARGS),
		               str_c(f->null_refusal->help));
	} else if (n->kind != NODE_MAP) {
		decode_wrong_type(d, f, n);
	} else {
		object = arena_alloc(d->arena, f->object->size);
		decode_fields(d, f->object, n, object);
		*(void **)at = object;
	}
}

static void decode_objects(struct decoder *d, const struct field *f, const struct node *list, void *at)
{
	struct objects *ret = at;
	char           *item;

	if (!decode_is_list(d, f, list))
		return;
	ret->node = list;
	ret->items = item = arena_array(d->arena, list->count, f->object->size);
	NODE_EACH (n, list) {
		if (n->kind != NODE_MAP) {
			decode_wrong_type(d, f, n);
			continue;
		}
		decode_fields(d, f->object, n, item);
		item += f->object->size;
		ret->n++;
	}
}

/* By enum field_type. FIELD_FIXED has none: it is judged before a document is decoded as its kind. */
static void (*const decoders[])(struct decoder *, const struct field *, const struct node *, void *at) = {
	[FIELD_STRING] = decode_string,         [FIELD_BOOL] = decode_bool,       [FIELD_INT] = decode_int,
	[FIELD_DURATION] = decode_duration,     [FIELD_ENUM] = decode_enum,       [FIELD_OBJECT] = decode_object,
	[FIELD_OBJECTS] = decode_objects,       [FIELD_STRINGS] = decode_strings, [FIELD_WORDS] = decode_strings,
	[FIELD_STRING_MAP] = decode_string_map, [FIELD_TREE] = decode_tree,
};

/* What the member holds unless the document says otherwise. */
static void set_default(struct decoder *d, const struct field *f, const struct node *parent, void *at)
{
	static const struct node empty = { .kind = NODE_MAP };
	void                    *object;

	if (f->type == FIELD_INT)
		*(int64_t *)at = INT_ABSENT;
	if (f->type == FIELD_OBJECT && (f->flags & FIELD_ALWAYS)) {
		object = arena_alloc(d->arena, f->object->size);
		decode_fields(d, f->object, &empty, object);
		*(const struct node **)object = parent; /* findings about it are placed at its parent */
		*(void **)at = object;
	}
	if (f->flags & FIELD_DEFAULTED)
		decode_default(f, at);
}

/* Finds the entry of each field of the object, so that neither are searched again. False: the map has other keys,
 * too. */
static bool find_entries(const struct object *object, const struct node *map,
                         const struct node *entries[OBJECT_FIELDS_MAX])
{
	bool known = true;

	for (size_t i = 0; i < object->n_fields; i++)
		entries[i] = NULL;
	NODE_EACH (n, map) {
		const struct field *f = object_field(object, node_key(n));

		if (!f)
			known = false;
		else if (!entries[f - object->fields])
			entries[f - object->fields] = n;
	}
	return known;
}

static void refuse_unknown_keys(struct decoder *d, const struct object *object, const struct object *outer,
                                const struct node *map)
{
	NODE_EACH (n, map) {
		if (object_field(object, node_key(n)))
			continue;
		help_with_key(d->diags,
		              diag_at_key(d->diags, CO_UNKNOWN_FIELD, n, ARGS(node_key(n), str_c(object->name))),
		              object, outer, n);
		d->ok = false;
	}
}

static void check_one_of(struct decoder *d, const struct object *object, const struct node *map)
{
	const struct node *first = NULL;
	bool               several = false;

	if (!object->one_of)
		return;
	for (size_t i = 0; object->one_of[i]; i++) {
		const struct node *n = node_get(map, object->one_of[i]);

		if (n && first)
			several = true;
		if (n && (!first || n->key_offset > first->key_offset))
			first = n; /* the later one is the one too many */
	}
	if (several || (!first && object->one_required && map->parent))
		diag_at_key(d->diags, CO_ONE_OF, several ? first : map,
		            ARGS(str_c(object->name), words_text(d->arena, object->one_of))),
			d->ok = false;
}

static void decode_fields(struct decoder *d, const struct object *object, const struct node *map, void *ret)
{
	const struct node   *entries[OBJECT_FIELDS_MAX];
	bool                 known = find_entries(object, map, entries);
	const struct object *outer = d->object;

	d->object = object;
	*(const struct node **)ret = map;
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *f = &object->fields[i];
		void               *at = (char *)ret + f->offset;

		if (f->type == FIELD_FIXED)
			continue;
		if (!entries[i] && (f->flags & FIELD_REQUIRED)) {
			diag_at_key(d->diags, CO_FIELD_MISSING, map,
			            ARGS(STR_CONCAT(d->arena, str_c(object->name), STR("."), str_c(f->name))));
			d->ok = false;
		}
		set_default(d, f, map, at);
		if (entries[i])
			decoders[f->type](d, f, entries[i], at);
	}
	if (!known)
		refuse_unknown_keys(d, object, outer, map);
	check_one_of(d, object, map);
	d->object = outer;
}

bool fields_decode(struct arena *arena, const struct object *object, const struct node *map, void *ret,
                   struct diags *diags)
{
	struct decoder d = { arena, diags, true, NULL };

	decode_fields(&d, object, map, ret);
	return d.ok;
}
