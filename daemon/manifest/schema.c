/* The field tables as JSON Schema, and as what kustomize asks for. */
#include "manifest/schema.h"

#include "base/arena.h"
#include "json/json_write.h"
#include "manifest/manifest.h"

const struct object *const schema_kinds[] = { &filter_manifest_object, &mesh_object };
const size_t               n_schema_kinds = sizeof(schema_kinds) / sizeof(schema_kinds[0]);

static const char duration_pattern[] = "^(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h))+$";

/* ---- JSON Schema ---- */

static void write_object(struct json_writer *, const struct object *);

static void member(struct json_writer *w, const char *key, const char *value)
{
	json_member_string(w, key, str_c(value));
}

static void write_words(struct json_writer *w, const char *const *words)
{
	json_key(w, STR("enum"));
	json_open(w, '[');
	for (size_t i = 0; words[i]; i++)
		json_string(w, str_c(words[i]));
	json_close(w, ']');
}

static void write_text(struct json_writer *w, const struct field *f)
{
	member(w, "type", "string");
	if (f->min > 0)
		json_member_int(w, "minLength", f->min);
	if (f->max > 0 && f->type == FIELD_STRING)
		json_member_int(w, "maxLength", f->max);
	if (text_format_pattern(f->format))
		member(w, "pattern", text_format_pattern(f->format));
}

static void write_items(struct json_writer *w, const struct field *f)
{
	struct field item = *f;

	member(w, "type", "array");
	if (f->min > 0)
		json_member_int(w, "minItems", f->min);
	json_member_int(w, "maxItems", f->max);
	if (f->type != FIELD_OBJECTS && !(f->flags & FIELD_REPEATS)) {
		json_key(w, STR("uniqueItems"));
		json_bool(w, true);
	}
	json_key(w, STR("items"));
	if (f->type == FIELD_OBJECTS) {
		json_open(w, '{');
		write_object(w, f->object);
		json_close(w, '}');
		return;
	}
	item.min = 1;
	json_open(w, '{');
	if (f->type == FIELD_WORDS)
		write_words(w, f->words);
	else
		write_text(w, &item);
	json_close(w, '}');
}

static void write_string_map(struct json_writer *w, const struct field *f)
{
	member(w, "type", "object");
	if (f->min > 0)
		json_member_int(w, "minProperties", f->min);
	if (f->max > 0)
		json_member_int(w, "maxProperties", f->max);
	json_key(w, STR("additionalProperties"));
	json_open(w, '{');
	member(w, "type", "string");
	json_close(w, '}');
}

static void write_type(struct json_writer *w, const struct field *f)
{
	switch (f->type) {
	case FIELD_STRING:
		write_text(w, f);
		break;
	case FIELD_BOOL:
		member(w, "type", "boolean");
		break;
	case FIELD_INT:
		member(w, "type", "integer");
		json_member_int(w, "minimum", f->min);
		json_member_int(w, "maximum", f->max);
		break;
	case FIELD_DURATION:
		member(w, "type", "string");
		member(w, "pattern", duration_pattern);
		break;
	case FIELD_ENUM:
		write_words(w, f->words);
		break;
	case FIELD_FIXED:
		member(w, "const", f->words[0]);
		break;
	case FIELD_OBJECT:
		write_object(w, f->object);
		break;
	case FIELD_OBJECTS:
	case FIELD_STRINGS:
	case FIELD_WORDS:
		write_items(w, f);
		break;
	case FIELD_STRING_MAP:
		write_string_map(w, f);
		break;
	case FIELD_TREE:
		member(w, "type", "object");
		break;
	}
}

static void write_default(struct json_writer *w, const struct field *f)
{
	if (!f->default_text)
		return;
	json_key(w, STR("default"));
	if (f->type == FIELD_BOOL || f->type == FIELD_INT || f->default_text[0] == '[')
		json_plain(w, str_c(f->default_text));
	else
		json_string(w, str_c(f->default_text));
}

static void write_required(struct json_writer *w, const struct object *o)
{
	bool any = false;

	for (size_t i = 0; i < o->n_fields; i++) {
		if (!(o->fields[i].flags & FIELD_REQUIRED))
			continue;
		if (!any) {
			json_key(w, STR("required"));
			json_open(w, '[');
		}
		any = true;
		json_string(w, str_c(o->fields[i].name));
	}
	if (any)
		json_close(w, ']');
}

static void write_requires(struct json_writer *w, const char *const *names, size_t n)
{
	json_open(w, '{');
	json_key(w, STR("required"));
	json_open(w, '[');
	for (size_t i = 0; i < n; i++)
		json_string(w, str_c(names[i]));
	json_close(w, ']');
	json_close(w, '}');
}

/* Exactly one of them, or not two at a time (the tables have only pairs of that sort). */
static void write_one_of(struct json_writer *w, const struct object *o)
{
	if (!o->one_of)
		return;
	if (!o->one_required) {
		json_key(w, STR("not"));
		write_requires(w, o->one_of, 2);
		return;
	}
	json_key(w, STR("oneOf"));
	json_open(w, '[');
	for (size_t i = 0; o->one_of[i]; i++)
		write_requires(w, &o->one_of[i], 1);
	json_close(w, ']');
}

static void write_object(struct json_writer *w, const struct object *o)
{
	member(w, "type", "object");
	write_required(w, o);
	write_one_of(w, o);
	json_key(w, STR("additionalProperties"));
	json_bool(w, false);
	json_key(w, STR("properties"));
	json_open(w, '{');
	for (size_t i = 0; i < o->n_fields; i++) {
		const struct field *f = &o->fields[i];

		json_key(w, str_c(f->name));
		json_open(w, '{');
		member(w, "description", f->doc);
		write_type(w, f);
		write_default(w, f);
		json_close(w, '}');
	}
	json_close(w, '}');
}

void schema_write(struct buf *b, const struct object *kind)
{
	struct json_writer w;

	json_writer_init(&w, b, 2);
	json_open(&w, '{');
	member(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_member_string(&w, "$id",
	                   STR_CONCAT(b->arena, STR("https://callout.dev/v1alpha1/"), str_c(kind->name),
	                              STR(".schema.json")));
	member(&w, "title", kind->name);
	member(&w, "description", kind->doc);
	write_object(&w, kind);
	json_close(&w, '}');
	buf_char(b, '\n');
}

/* ---- kustomize ---- */

static void write_structure(struct json_writer *, const struct object *);

static void write_merged_list(struct json_writer *w, const struct field *f)
{
	member(w, "type", "array");
	json_key(w, STR("items"));
	json_open(w, '{');
	write_structure(w, f->object);
	json_close(w, '}');
	if (!f->merge_key)
		return;
	member(w, "x-kubernetes-patch-merge-key", f->merge_key);
	member(w, "x-kubernetes-patch-strategy", "merge");
}

static void write_field_structure(struct json_writer *w, const struct field *f)
{
	if (f->type == FIELD_OBJECT) {
		write_structure(w, f->object);
	} else if (f->type == FIELD_OBJECTS) {
		write_merged_list(w, f);
	} else if (f->type == FIELD_STRINGS || f->type == FIELD_WORDS) {
		member(w, "type", "array");
		json_key(w, STR("items"));
		json_open(w, '{');
		member(w, "type", "string");
		json_close(w, '}');
	} else {
		bool map = f->type == FIELD_STRING_MAP || f->type == FIELD_TREE;

		member(w, "type",
		       map                     ? "object"
		       : f->type == FIELD_INT  ? "integer"
		       : f->type == FIELD_BOOL ? "boolean"
		                               : "string");
	}
}

static void write_structure(struct json_writer *w, const struct object *o)
{
	member(w, "type", "object");
	json_key(w, STR("properties"));
	json_open(w, '{');
	for (size_t i = 0; i < o->n_fields; i++) {
		json_key(w, str_c(o->fields[i].name));
		json_open(w, '{');
		write_field_structure(w, &o->fields[i]);
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void write_definition(struct json_writer *w, const struct object *kind)
{
	json_key(w, STR_CONCAT(w->out->arena, STR("dev.callout.v1alpha1."), str_c(kind->name)));
	json_open(w, '{');
	write_structure(w, kind);
	json_key(w, STR("x-kubernetes-group-version-kind"));
	json_open(w, '[');
	json_open(w, '{');
	member(w, "group", "callout.dev");
	member(w, "version", "v1alpha1");
	member(w, "kind", kind->name);
	json_close(w, '}');
	json_close(w, ']');
	json_close(w, '}');
}

void schema_write_kustomize(struct buf *b)
{
	struct json_writer w;

	json_writer_init(&w, b, 2);
	json_open(&w, '{');
	json_key(&w, STR("definitions"));
	json_open(&w, '{');
	for (size_t i = 0; i < n_schema_kinds; i++)
		write_definition(&w, schema_kinds[i]);
	json_close(&w, '}');
	json_close(&w, '}');
	buf_char(b, '\n');
}
