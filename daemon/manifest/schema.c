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

/* ---- explanations ---- */

const char *field_type_name(const struct field *f)
{
	static const char *const names[] = {
		[FIELD_STRING] = "string",        [FIELD_BOOL] = "boolean",
		[FIELD_INT] = "integer",          [FIELD_DURATION] = "duration",
		[FIELD_ENUM] = "string",          [FIELD_OBJECT] = "map",
		[FIELD_OBJECTS] = "[]map",        [FIELD_STRINGS] = "[]string",
		[FIELD_WORDS] = "[]string",       [FIELD_STRING_MAP] = "map[string]string",
		[FIELD_TREE] = "map (free-form)", [FIELD_FIXED] = "string",
	};

	return names[f->type];
}

/* The text in lines of at most 76 columns, each behind a margin. */
static void wrap(struct buf *b, struct str text, unsigned margin)
{
	size_t column = 0;

	for (size_t at = 0; at < text.n;) {
		size_t end = str_find(text, ' ', at);

		if (column && column + 1 + (end - at) > 76) {
			buf_char(b, '\n');
			column = 0;
		}
		if (column == 0) {
			buf_fill(b, ' ', margin);
			column = margin;
		} else {
			buf_char(b, ' ');
			column++;
		}
		buf_add(b, str_slice(text, at, end));
		column += end - at;
		at = end + 1;
	}
	buf_char(b, '\n');
}

size_t field_facts(struct arena *arena, const struct field *f, struct str ret[FIELD_FACTS])
{
	size_t n = 0;

	if (f->type == FIELD_INT)
		ret[n++] = str_fmt(arena, "from %lld to %lld", (long long)f->min, (long long)f->max);
	if (f->type == FIELD_ENUM || f->type == FIELD_WORDS || f->type == FIELD_FIXED)
		ret[n++] = STR_CONCAT(arena, STR("one of: "), words_text(arena, f->words));
	if ((f->type == FIELD_STRING || f->type == FIELD_STRINGS) && f->format != TEXT_ANY)
		ret[n++] = STR_CONCAT(arena, STR("form: "), str_c(text_format_text(f->format)));
	if (f->type == FIELD_STRING && f->max)
		ret[n++] = str_fmt(arena, "at most %lld bytes", (long long)f->max);
	if (f->type == FIELD_OBJECTS || f->type == FIELD_STRINGS)
		ret[n++] = str_fmt(arena, "at most %lld items", (long long)f->max);
	if (f->default_text)
		ret[n++] = str_fmt(arena, "default: %s", f->default_text[0] ? f->default_text : "\"\"");
	if (f->example)
		ret[n++] = str_fmt(arena, "example: %s", f->example);
	return n;
}

static void print_facts(struct buf *b, const struct field *f)
{
	struct str facts[FIELD_FACTS];
	size_t     n = field_facts(b->arena, f, facts);

	for (size_t i = 0; i < n; i++)
		wrap(b, facts[i], 2);
}

static void print_fields(struct buf *b, const struct object *o)
{
	buf_lit(b, "\nFIELDS:\n");
	for (size_t i = 0; i < o->n_fields; i++) {
		const struct field *f = &o->fields[i];

		buf_fmt(b, "  %s\t<%s>%s\n", f->name, field_type_name(f),
		        f->flags & FIELD_REQUIRED ? " -required-" : "");
		wrap(b, str_c(f->doc), 6);
	}
	if (!o->one_of)
		return;
	buf_fmt(b, "\n  %s of: ", o->one_required ? "exactly one" : "at most one");
	buf_add(b, words_text(b->arena, o->one_of));
	buf_char(b, '\n');
}

static const struct object *kind_of(struct str *path)
{
	struct str head, rest = str_cut(*path, '.', &head);

	for (size_t i = 0; i < n_schema_kinds; i++) {
		if (!str_eq_nocase(head, str_c(schema_kinds[i]->name)))
			continue;
		*path = rest.p ? rest : STR("");
		return schema_kinds[i];
	}
	return schema_kinds[0];
}

bool schema_explain(struct buf *b, struct str path, struct str *ret_nearest)
{
	struct str           rest = path, segment;
	const struct object *kind = kind_of(&rest), *object = kind;
	const struct field  *field = NULL;

	while (rest.p && rest.n) {
		struct str prefix = str_slice(path, 0, (size_t)(rest.p - path.p));

		rest = str_cut(rest, '.', &segment);
		segment = str_slice(segment, 0, str_find(segment, '[', 0));
		field = object ? object_field(object, segment) : NULL;
		if (!field) {
			*ret_nearest = object ? object_nearest_field(object, segment) : STR_ABSENT;
			if (str_present(*ret_nearest))
				*ret_nearest = STR_CONCAT(b->arena, prefix, *ret_nearest);
			return false;
		}
		object = field->object;
	}
	buf_fmt(b, "KIND:     %s\nVERSION:  " CALLOUT_API_VERSION "\n", kind->name);
	if (field)
		buf_fmt(b, "FIELD:    %.*s <%s>%s\n", STR_ARG(path), field_type_name(field),
		        field->flags & FIELD_REQUIRED ? " -required-" : "");
	buf_lit(b, "\nDESCRIPTION:\n");
	wrap(b, str_c(field ? field->doc : kind->doc), 2);
	if (field)
		print_facts(b, field);
	if (object)
		print_fields(b, object);
	return true;
}

static struct str find_at(struct arena *arena, const struct object *o, struct str prefix, struct str name,
                          unsigned depth)
{
	struct str found = STR_ABSENT;

	for (size_t i = 0; i < o->n_fields && !str_present(found); i++) {
		const struct field *f = &o->fields[i];
		struct str          path = STR_CONCAT(arena, prefix, str_c(f->name));

		if (depth == 0 && str_eq(name, str_c(f->name)))
			found = path;
		else if (depth && f->object)
			found = find_at(arena, f->object, STR_CONCAT(arena, path, STR(".")), name, depth - 1);
	}
	return found;
}

struct str schema_find(struct arena *arena, struct str name)
{
	enum { DEEPEST = 8 };
	struct str found = STR_ABSENT;

	for (unsigned depth = 0; depth < DEEPEST; depth++)
		for (size_t i = 0; i < n_schema_kinds && !str_present(found); i++)
			found = find_at(arena, schema_kinds[i],
			                i ? STR_CONCAT(arena, str_lower(arena, str_c(schema_kinds[i]->name)), STR("."))
			                  : STR(""),
			                name, depth);
	return found;
}
