#include "manifest/field_help.h"

#include "base/arena.h"
#include "base/limits.h"

/* ---- keys ---- */

/* What WasmPlugins, EnvoyFilters and Envoy call it. */
static const struct {
	const char *word, *object, *instead;
} other_names[] = {
	{ "pluginConfig", "filter", "config" },
	{ "configuration", "filter", "config" },
	{ "order", "filter", "priority" },
	{ "root_id", "wasm", "pluginName" },
	{ "image", "wasm", "url" },
	{ "inlineCode", "lua", "inline" },
	{ "pluginConfig", "wasm", "filter.config" },
	{ "vmConfig", "wasm", "env" },
	{ "vmConfig", "filter", "wasm.env" },
	{ "workloadSelector", "target", "selector" },
	{ "workloadSelector", "spec", "target.selector" },
	{ "labels", "selector", "matchLabels" },
	{ "address", "upstream", "host" },
	{ "hostname", "upstream", "host" },
	{ "url", "upstream", "host" },
	{ "sans", "tls", "subjectAltNames" },
	{ "subject_alt_names", "tls", "subjectAltNames" },
};

static const char *other_name(const struct object *object, struct str word)
{
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
		if (str_is(word, other_names[i].word) && str_is(str_c(object->name), other_names[i].object))
			return other_names[i].instead;
	return NULL;
}

/* Where beneath the object there is a field of this name: "filter.wasm"; absent: nowhere. The tables are no deeper than
 * this recursion. */
static struct str place_beneath(struct arena *arena, const struct object *object, struct str name)
{
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *f = &object->fields[i];
		struct str          place;

		if (!f->object)
			continue;
		if (object_field(f->object, name))
			return str_c(f->name);
		place = place_beneath(arena, f->object, name);
		if (str_present(place))
			return STR_CONCAT(arena, str_c(f->name), STR("."), place);
	}
	return STR_ABSENT;
}

/* The key of a map, or of the list that it is an item of. */
static struct str key_of(const struct node *map)
{
	if (map->key_p || !map->parent)
		return node_key(map);
	return node_key(map->parent);
}

/* `selector: {app: web}`: the one field of the object is itself a map of what was written. */
static bool wants_one_map(const struct object *object, const struct node *entry)
{
	return object->n_fields == 1 && object->fields[0].type == FIELD_STRING_MAP && entry->kind == NODE_STRING;
}

void help_with_key(struct diags *diags, struct diag *diag, const struct object *object, const struct object *outer,
                   const struct node *entry)
{
	struct str  key = node_key(entry), nearest = object_nearest_field(object, key), place;
	const char *other = other_name(object, key);

	if (other) {
		diag_help(diags, diag, "did you mean `{}`?", ARGS(str_c(other)));
	} else if (wants_one_map(object, entry)) {
		diag_help(diags, diag, "write `{}: {{}: {}}`",
		          ARGS(str_c(object->fields[0].name), key, node_text(entry)));
	} else if (outer && object_field(outer, key)) {
		diag_help(diags, diag, "`{}` stands beside `{}`, not in it", ARGS(key, key_of(entry->parent)));
	} else if (str_present(nearest)) {
		diag_help(diags, diag, "did you mean `{}`?", ARGS(nearest));
	} else {
		place = place_beneath(diags->arena, object, key);
		if (str_present(place))
			diag_help(diags, diag, "`{}` belongs beneath `{}`", ARGS(key, place));
	}
}

/* ---- values ---- */

enum { SHOWN_BYTES = 60 };

static bool may_be_of(const struct field *f, struct str text)
{
	return f->type == FIELD_STRING || (f->words && field_word_number(f->words, text));
}

void help_with_map(struct diags *diags, struct diag *diag, const struct field *f, const struct node *value)
{
	const struct field *first = f->object && f->object->n_fields ? &f->object->fields[0] : NULL;
	struct str          text = node_text(value);

	if (value->kind == NODE_BOOL && str_is(str_c(f->name), "tls")) {
		diag_help(diags, diag, "write `tls: {}`",
		          ARGS(str_is(text, "true") ? STR("{}") : STR("{mode: DISABLE}")));
	} else if (first && value->kind == NODE_STRING && may_be_of(first, text)) {
		bool shown = text.n <= SHOWN_BYTES && str_find(text, '\n', 0) == text.n;

		diag_help(diags, diag, "write `{}: {{}: {}}`",
		          ARGS(str_c(f->name), str_c(first->name), shown ? text : STR("…")));
	}
}

void help_with_list(struct diags *diags, struct diag *diag, const struct field *f, const struct node *value)
{
	const struct node *first = value->kind == NODE_MAP ? value->first : NULL;

	if (!first)
		return;
	if (object_field(f->object, node_key(first)))
		diag_help(diags, diag, "it is a list: write `- {}: …`", ARGS(node_key(first)));
	else if (object_field(f->object, STR("name")))
		diag_help(diags, diag, "it is a list: write `- name: {}`", ARGS(node_key(first)));
}
