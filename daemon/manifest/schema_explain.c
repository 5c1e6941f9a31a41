/* The field tables, explained to people. */
#include "base/arena.h"
#include "manifest/manifest.h"
#include "manifest/schema.h"

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
	if (f->type == FIELD_OBJECTS || f->type == FIELD_STRINGS || (f->type == FIELD_STRING_MAP && f->max))
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
