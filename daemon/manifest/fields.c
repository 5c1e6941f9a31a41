#include "manifest/fields.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "manifest/duration.h"

/* ---- lists of strings ---- */

bool strings_have(const struct strings *list, struct str text)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

static int compare_texts(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void strings_sort(struct strings *list)
{
	size_t n = 0;

	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), compare_texts);
	for (size_t i = 0; i < list->n; i++)
		if (n == 0 || !str_eq(list->items[i], list->items[n - 1]))
			list->items[n++] = list->items[i];
	list->n = n;
}

bool strings_include(const struct strings *list, const struct strings *these)
{
	size_t at = 0;

	if (these->n > list->n)
		return false;
	for (size_t i = 0; i < these->n; i++, at++) {
		while (at < list->n && str_cmp(list->items[at], these->items[i]) < 0)
			at++;
		if (at == list->n || !str_eq(list->items[at], these->items[i]))
			return false;
	}
	return true;
}

/* ---- names of types ---- */

struct str words_text(struct arena *arena, const char *const *words)
{
	struct buf b;

	buf_init(&b, arena, 4 * KIB);
	for (size_t i = 0; words[i]; i++)
		buf_fmt(&b, "%s%s", i ? ", " : "", words[i]);
	return buf_str(&b);
}

/* "a string", "a list of strings", "one of A, B": as messages say it. */
static struct str field_type_text(struct arena *arena, const struct field *f)
{
	switch (f->type) {
	case FIELD_STRING:
		return STR("a string");
	case FIELD_BOOL:
		return STR("true or false");
	case FIELD_INT:
		return STR("an integer");
	case FIELD_DURATION:
		return STR("a duration such as 500ms");
	case FIELD_ENUM:
	case FIELD_FIXED:
		return STR_CONCAT(arena, STR("one of "), words_text(arena, f->words));
	case FIELD_OBJECT:
	case FIELD_TREE:
		return STR("a map");
	case FIELD_STRING_MAP:
		return STR("a map of strings");
	case FIELD_STRINGS:
	case FIELD_WORDS:
		return STR("a list of strings");
	case FIELD_OBJECTS:
		return STR("a list of maps");
	}
	return STR("");
}

/* ---- decoding ---- */

/* Compares the first letters before calling strncmp: most names differ in them. */
static bool is_name(const char *name, struct str s)
{
	return s.n && name[0] == s.p[0] && strncmp(name, s.p, s.n) == 0 && name[s.n] == '\0';
}

struct decoder {
	struct arena *arena;
	struct diags *diags;
	bool          ok;
};

static bool decode_object(struct decoder *, const struct object *, const struct node *, void *ret);

static void *member(void *object, const struct field *f)
{
	return (char *)object + f->offset;
}

static struct diag *refuse(struct decoder *d, enum diag_code code, const struct node *n, const struct str *values,
                           size_t count)
{
	d->ok = false;
	return diag_at(d->diags, code, n, values, count);
}

/* Template tools often put quotes around everything. */
static bool is_right_without_quotes(const struct field *f, const struct node *n)
{
	struct str text = node_text(n);
	uint64_t   v;

	if (n->kind != NODE_STRING)
		return false;
	if (f->type == FIELD_BOOL)
		return str_is(text, "true") || str_is(text, "false");
	return f->type == FIELD_INT && (text.p[0] != '0' || text.n == 1) && str_to_uint(text, INT64_MAX, &v);
}

static void wrong_type(struct decoder *d, const struct field *f, const struct node *n)
{
	struct diag *diag =
		refuse(d, CO_WRONG_TYPE, n, ARGS(str_c(f->name), field_type_text(d->arena, f), node_kind_text(n)));

	if (is_right_without_quotes(f, n))
		diag_help(d->diags, diag, "write `{}` without quotes", ARGS(node_text(n)));
}

static void suggest(struct decoder *d, struct diag *diag, struct str given, const char *const *words)
{
	struct str candidates[32];
	size_t     n = 0, best;

	while (n < 32 && words[n]) {
		candidates[n] = str_c(words[n]);
		n++;
	}
	best = str_nearest(given, candidates, n);
	if (best < n)
		diag_help(d->diags, diag, "did you mean `{}`?", ARGS(candidates[best]));
}

/* Quotes alone help where any text goes; a word or a duration needs another value. */
static void bare_scalar(struct decoder *d, const struct field *f, const struct node *n)
{
	struct str   written = node_written(n);
	struct diag *diag = refuse(d, CO_BARE_SCALAR, n, ARGS(str_c(f->name), written, node_kind_text(n)));

	if (f->type == FIELD_DURATION)
		diag_help(d->diags, diag, "write a number with its unit, such as `500ms` or `1m30s`", NO_ARGS);
	else if (f->type == FIELD_ENUM || f->words)
		diag_help(d->diags, diag, "write one of {}", ARGS(words_text(d->arena, f->words)));
	else
		diag_help(d->diags, diag, "put it in quotes: `\"{}\"`", ARGS(written));
}

/* Decodes a string. For a bare number or boolean, the finding says to put it in quotes. */
static bool decode_text(struct decoder *d, const struct field *f, const struct node *n, struct str *ret)
{
	if (n->kind == NODE_STRING) {
		*ret = node_text(n);
		return true;
	}
	if (node_is_scalar(n) && n->length) {
		bare_scalar(d, f, n);
		return false;
	}
	wrong_type(d, f, n);
	return false;
}

static bool check_text(struct decoder *d, const struct field *f, const struct node *n, struct str s)
{
	if (s.n == 0 && f->min > 0) {
		refuse(d, CO_EMPTY_VALUE, n, ARGS(str_c(f->name)));
		return false;
	}
	if (f->max && s.n > (size_t)f->max) {
		refuse(d, CO_OUT_OF_RANGE, n,
		       ARGS(str_c(f->name), str_fmt(d->arena, "at most %lld bytes", (long long)f->max),
		            str_from_uint(d->arena, s.n)));
		return false;
	}
	if (text_format_is(f->format, s))
		return true;
	if (text_format_code(f->format) == CO_SHA256_INVALID)
		refuse(d, CO_SHA256_INVALID, n, ARGS(s));
	else
		refuse(d, text_format_code(f->format), n, ARGS(str_c(f->name), s, str_c(text_format_text(f->format))));
	return false;
}

static void decode_string(struct decoder *d, const struct field *f, const struct node *n, struct str *ret)
{
	struct str s;

	if (decode_text(d, f, n, &s) && check_text(d, f, n, s))
		*ret = s;
}

static void decode_bool(struct decoder *d, const struct field *f, const struct node *n, enum tri *ret)
{
	if (n->kind != NODE_BOOL)
		wrong_type(d, f, n);
	else
		*ret = str_is(node_text(n), "true") ? TRI_YES : TRI_NO;
}

static void decode_int(struct decoder *d, const struct field *f, const struct node *n, int64_t *ret)
{
	struct str text = node_text(n);
	bool       negative = text.n && text.p[0] == '-';
	uint64_t   v;

	if (n->kind != NODE_INT) {
		wrong_type(d, f, n);
		return;
	}
	if (!str_to_uint(negative ? str_slice(text, 1, text.n) : text, INT64_MAX, &v) ||
	    (negative ? -(int64_t)v : (int64_t)v) < f->min || (negative ? -(int64_t)v : (int64_t)v) > f->max) {
		refuse(d, CO_OUT_OF_RANGE, n,
		       ARGS(str_c(f->name), str_fmt(d->arena, "%lld to %lld", (long long)f->min, (long long)f->max),
		            text));
		return;
	}
	*ret = negative ? -(int64_t)v : (int64_t)v;
}

static void decode_duration(struct decoder *d, const struct field *f, const struct node *n, struct duration *ret)
{
	struct str s;
	int64_t    ms;

	if (!decode_text(d, f, n, &s))
		return;
	if (!duration_parse(s, &ms))
		refuse(d, CO_DURATION, n, ARGS(str_c(f->name), s));
	else if (ms > f->max)
		refuse(d, CO_OUT_OF_RANGE, n,
		       ARGS(str_c(f->name),
		            STR_CONCAT(d->arena, STR("at most "), duration_seconds_text(d->arena, f->max)), s));
	else
		*ret = (struct duration){ ms, s };
}

static bool word_in(const char *const *words, struct str s, unsigned *ret)
{
	for (unsigned i = 0; words[i]; i++)
		if (is_name(words[i], s)) {
			*ret = i + 1;
			return true;
		}
	return false;
}

static bool decode_word(struct decoder *d, const struct field *f, const struct node *n, struct str s, unsigned *ret)
{
	unsigned ignored;

	if (word_in(f->words, s, ret))
		return true;
	for (const struct refusal *r = f->refusal; r && r->words; r++) {
		if (word_in(r->words, s, &ignored)) {
			struct diag *diag = refuse(d, r->code, n, ARGS(s));

			if (r->help)
				diag_help(d->diags, diag, "{}", ARGS(str_c(r->help)));
			return false;
		}
	}
	suggest(d, diag_at(d->diags, CO_UNKNOWN_VALUE, n, ARGS(str_c(f->name), s, words_text(d->arena, f->words))), s,
	        f->words);
	d->ok = false;
	return false;
}

/* Of a list or map. */
static bool check_count(struct decoder *d, const struct field *f, const struct node *n)
{
	if (n->count < (size_t)f->min) {
		refuse(d, CO_EMPTY_VALUE, n, ARGS(str_c(f->name)));
		return false;
	}
	if (f->max && n->count > (size_t)f->max) {
		refuse(d, CO_OUT_OF_RANGE, n,
		       ARGS(str_c(f->name), str_fmt(d->arena, "at most %lld items", (long long)f->max),
		            str_from_uint(d->arena, n->count)));
		return false;
	}
	return true;
}

static bool check_list(struct decoder *d, const struct field *f, const struct node *n)
{
	if (n->kind == NODE_LIST)
		return check_count(d, f, n);
	wrong_type(d, f, n);
	return false;
}

static void decode_strings(struct decoder *d, const struct field *f, const struct node *list, struct strings *ret)
{
	struct field item = *f;
	struct str   s;
	unsigned     ignored;

	if (!check_list(d, f, list))
		return;
	ret->node = list;
	ret->items = ARENA_ARRAY(d->arena, list->count, struct str);
	item.type = FIELD_STRING;
	item.min = 1;
	item.max = 0;
	NODE_EACH (n, list) {
		if (!decode_text(d, &item, n, &s) || !check_text(d, &item, n, s))
			continue;
		if (f->type == FIELD_WORDS && !decode_word(d, f, n, s, &ignored))
			continue;
		for (size_t i = 0; i < ret->n && !(f->flags & FIELD_REPEATS); i++)
			if (str_eq(ret->items[i], s)) {
				refuse(d, CO_DUPLICATE_NAME, n, ARGS(str_c(f->name), s));
				break;
			}
		ret->items[ret->n++] = s;
	}
}

static void decode_objects(struct decoder *d, const struct field *f, const struct node *list, struct objects *ret)
{
	char *item;

	if (!check_list(d, f, list))
		return;
	ret->node = list;
	ret->items = item = arena_array(d->arena, list->count, f->object->size);
	NODE_EACH (n, list) {
		if (n->kind != NODE_MAP) {
			refuse(d, CO_WRONG_TYPE, n, ARGS(str_c(f->name), STR("a list of maps"), node_kind_text(n)));
			continue;
		}
		decode_object(d, f->object, n, item);
		item += f->object->size;
		ret->n++;
	}
}

static void decode_string_map(struct decoder *d, const struct field *f, const struct node *map, const struct node **ret)
{
	struct field value = { .name = f->name, .type = FIELD_STRING };
	struct str   ignored;

	if (map->kind != NODE_MAP) {
		wrong_type(d, f, map);
		return;
	}
	if (!check_count(d, f, map))
		return;
	NODE_EACH (n, map) {
		value.name = str_copy(d->arena, node_key(n)).p;
		decode_text(d, &value, n, &ignored);
	}
	*ret = map;
}

static void decode_value(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	struct str s;

	switch (f->type) {
	case FIELD_STRING:
		decode_string(d, f, n, at);
		break;
	case FIELD_BOOL:
		decode_bool(d, f, n, at);
		break;
	case FIELD_INT:
		decode_int(d, f, n, at);
		break;
	case FIELD_DURATION:
		decode_duration(d, f, n, at);
		break;
	case FIELD_ENUM:
		if (decode_text(d, f, n, &s))
			decode_word(d, f, n, s, at);
		break;
	case FIELD_OBJECT:
		if (n->kind == NODE_MAP) {
			void *object = arena_alloc(d->arena, f->object->size);

			decode_object(d, f->object, n, object);
			*(void **)at = object;
		} else if (n->kind == NODE_NULL && str_is(str_c(f->name), "tls")) {
			diag_help(d->diags, refuse(d, CO_TLS_NULL, n, NO_ARGS),
			          "write `tls: {}`, or `tls: {mode: DISABLE}` if the port is plaintext",
			          ARGS(STR("{}")));
		} else {
			wrong_type(d, f, n);
		}
		break;
	case FIELD_OBJECTS:
		decode_objects(d, f, n, at);
		break;
	case FIELD_STRINGS:
	case FIELD_WORDS:
		decode_strings(d, f, n, at);
		break;
	case FIELD_STRING_MAP:
		decode_string_map(d, f, n, at);
		break;
	case FIELD_TREE:
		if (n->kind == NODE_MAP)
			*(const struct node **)at = n;
		else
			wrong_type(d, f, n);
		break;
	case FIELD_FIXED:
		break; /* judged before a document is decoded as its kind */
	}
}

static void set_default(struct decoder *d, const struct field *f, const struct node *parent, void *at)
{
	struct str text;

	if (f->type == FIELD_INT)
		*(int64_t *)at = INT_ABSENT;
	if (f->type == FIELD_OBJECT && (f->flags & FIELD_ALWAYS)) {
		static const struct node empty = { .kind = NODE_MAP };
		void                    *object = arena_alloc(d->arena, f->object->size);

		decode_object(d, f->object, &empty, object);
		*(const struct node **)object = parent; /* what is said of it is said at its parent */
		*(void **)at = object;
	}
	if (!(f->flags & FIELD_DEFAULTED))
		return;
	text = str_c(f->default_text);
	switch (f->type) {
	case FIELD_STRING:
		*(struct str *)at = text;
		break;
	case FIELD_BOOL:
		*(enum tri *)at = str_is(text, "true") ? TRI_YES : TRI_NO;
		break;
	case FIELD_ENUM:
		word_in(f->words, text, at);
		break;
	case FIELD_DURATION:
		duration_parse(text, &((struct duration *)at)->ms);
		((struct duration *)at)->text = text;
		break;
	case FIELD_INT: {
		uint64_t v;

		if (str_to_uint(text, INT64_MAX, &v))
			*(int64_t *)at = (int64_t)v;
		break;
	}
	default:
		break;
	}
}

const struct field *object_field(const struct object *object, struct str name)
{
	for (size_t i = 0; i < object->n_fields; i++)
		if (is_name(object->fields[i].name, name))
			return &object->fields[i];
	return NULL;
}

/* The entry of each field, so that neither fields nor entries are searched again. False: there are others. */
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

struct str object_nearest_field(const struct object *object, struct str name)
{
	struct str names[OBJECT_FIELDS_MAX] = { { 0 } };
	size_t     n = 0, best;

	for (; n < object->n_fields && n < OBJECT_FIELDS_MAX; n++)
		names[n] = str_c(object->fields[n].name);
	best = str_nearest(name, names, n);
	return best < n ? names[best] : STR_ABSENT;
}

static void refuse_unknown_keys(struct decoder *d, const struct object *object, const struct node *map)
{
	NODE_EACH (n, map) {
		struct str   nearest;
		struct diag *diag;

		if (object_field(object, node_key(n)))
			continue;
		diag = diag_at_key(d->diags, CO_UNKNOWN_FIELD, n, ARGS(node_key(n), str_c(object->name)));
		nearest = object_nearest_field(object, node_key(n));
		if (str_present(nearest))
			diag_help(d->diags, diag, "did you mean `{}`?", ARGS(nearest));
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

static bool decode_object(struct decoder *d, const struct object *object, const struct node *map, void *ret)
{
	const struct node *entries[OBJECT_FIELDS_MAX];
	bool               known = find_entries(object, map, entries);

	*(const struct node **)ret = map;
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *f = &object->fields[i];
		const struct node  *n = entries[i];

		if (f->type == FIELD_FIXED)
			continue;
		if (!n && (f->flags & FIELD_REQUIRED)) {
			diag_at_key(d->diags, CO_FIELD_MISSING, map,
			            ARGS(STR_CONCAT(d->arena, str_c(object->name), STR("."), str_c(f->name))));
			d->ok = false;
		}
		set_default(d, f, map, member(ret, f));
		if (n)
			decode_value(d, f, n, member(ret, f));
	}
	if (!known)
		refuse_unknown_keys(d, object, map);
	check_one_of(d, object, map);
	return d->ok;
}

bool fields_decode(struct arena *arena, const struct object *object, const struct node *map, void *ret,
                   struct diags *diags)
{
	struct decoder d = { arena, diags, true };

	return decode_object(&d, object, map, ret);
}
