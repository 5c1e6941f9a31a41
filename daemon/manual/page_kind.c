/* filter-manifest(5), callout-mesh(5): every field of a kind. */
#include "base/arena.h"
#include "manifest/schema.h"
#include "manual/pages.h"

enum { DEPTH = 16 };

static const char *const see_also[] = { "callout 1", "callout-explain 1", "callout-schema 1", "callout-findings 7",
	                                NULL };

static bool is_list(const struct field *f)
{
	return f->type == FIELD_OBJECTS;
}

static struct str path_of(struct arena *arena, struct str prefix, const struct field *f)
{
	return STR_CONCAT(arena, prefix, prefix.n ? STR(".") : STR(""), str_c(f->name),
	                  is_list(f) ? STR("[]") : STR(""));
}

/* "default: HTTP" becomes "Default: HTTP." */
static void add_fact(struct buf *b, struct str fact)
{
	const char capital = (char)(fact.p[0] - 'a' + 'A');

	mdoc_text(b, STR_CONCAT(b->arena, str_of(&capital, 1), str_slice(fact, 1, fact.n), STR(".")));
}

static void add_field(struct buf *b, struct str prefix, const struct field *f)
{
	struct str facts[FIELD_FACTS];
	size_t     n = field_facts(b->arena, f, facts);

	buf_fmt(b, ".It Cm \\&%s No \\&(%s%s)\n", f->name, field_type_name(f),
	        f->flags & FIELD_REQUIRED ? ", required" : "");
	mdoc_sentence(b, str_c(f->doc));
	for (size_t i = 0; i < n; i++)
		add_fact(b, facts[i]);
	if (f->object) {
		buf_lit(b, "See\n");
		mdoc_macro(b, "Sx", path_of(b->arena, prefix, f));
		buf_lit(b, "below.\n");
	}
}

static void add_rule(struct buf *b, const struct object *o)
{
	if (!o->one_of)
		return;
	mdoc_text(b, STR_CONCAT(b->arena,
	                        o->one_required ? STR("Exactly one of these is given: ")
	                                        : STR("At most one of these is given: "),
	                        words_text(b->arena, o->one_of), STR(".")));
}

static void add_object(struct buf *b, struct str path, const struct object *o, unsigned depth)
{
	if (path.n) {
		mdoc_subsection(b, path);
		mdoc_sentence(b, str_c(o->doc));
	}
	add_rule(b, o);
	buf_lit(b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < o->n_fields; i++)
		add_field(b, path, &o->fields[i]);
	buf_lit(b, ".El\n");
	for (size_t i = 0; i < o->n_fields && depth < DEPTH; i++)
		if (o->fields[i].object)
			add_object(b, path_of(b->arena, path, &o->fields[i]), o->fields[i].object, depth + 1);
}

static void add_common(struct buf *b)
{
	mdoc_text(
		b,
		STR("A document is written in YAML or JSON, and a file may hold several. Scalars mean what `kubectl` makes of them: "
	            "a text field given a bare `1.30`, `on` or `0123` is an error that says to quote it. Unknown keys, keys given "
	            "twice, anchors, aliases, merge keys and tags are errors.\n\n"
	            "A duration is written as Go writes it, `1.5s`, `250ms` or `1h2m`, and is at least 1ms.\n\n"
	            "At the top of a document stand:"));
}

static void add_placeholders(struct buf *b)
{
	mdoc_section(b, "PLACEHOLDERS");
	mdoc_text(
		b,
		STR("In `spec.filter.config`, at any depth but not in keys, and in Lua code these are replaced: "
	            "`${upstreams.NAME.FIELD}`, where the field is cluster, authority, host, port, path, timeout, timeoutMs or tls; "
	            "`${metadata.name}` and `${metadata.namespace}`.\n\n"
	            "A scalar that is exactly one placeholder keeps the type of the value, quoted or not: "
	            "`${upstreams.auth.timeoutMs}` becomes a number. `${upstreams.auth.port:string}` gives text. "
	            "`$${` writes `${`. Inside of `{...}` or `[...]` a placeholder must be quoted."));
}

void page_kind(struct buf *b, struct str title, const struct object *kind, struct str example, const char *date)
{
	mdoc_page(b, title, 5, date);
	mdoc_section(b, "NAME");
	mdoc_macro(b, "Nm", title);
	buf_fmt(b, ".Nd the %s document of Callout\n", kind->name);
	mdoc_section(b, "DESCRIPTION");
	mdoc_sentence(b, str_c(kind->doc));
	buf_lit(b, ".Pp\n");
	add_common(b);
	add_object(b, STR(""), kind, 0);
	if (kind == schema_kinds[0])
		add_placeholders(b);
	mdoc_section(b, "EXAMPLES");
	mdoc_literal(b, example);
	page_see_also(b, see_also);
}
