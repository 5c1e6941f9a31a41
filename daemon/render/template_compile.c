/* Templates are read once: every name is looked up and every mistake found before the first object is made. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "manifest/placeholder.h"
#include "manifest/yaml_tree.h"
#include "render/template_parts.h"
#include "render/yaml_writer.h"

struct scope {
	const struct scope       *outer;
	const struct record_type *type;
};

struct compiler {
	struct arena *arena;
	struct arena *scratch; /* of the documents that are read: NULL once they are let go */
	struct diags *diags;
	bool          ok;
};

static void fail(struct compiler *c, const struct node *n, struct str what)
{
	diag_at(c->diags, CO_TEMPLATE, n, ARGS(what));
	c->ok = false;
}

static bool find_variable(const struct scope *scope, struct str name, struct reference *ret)
{
	struct reference r = { 0 };

	for (; scope; scope = scope->outer, r.outwards++) {
		for (size_t i = 0; i < scope->type->n; i++) {
			if (!str_is(name, scope->type->variables[i].name))
				continue;
			r.number = (unsigned)i;
			r.variable = &scope->type->variables[i];
			*ret = r;
			return true;
		}
	}
	return false;
}

static void refuse_name(struct compiler *c, const struct node *n, const struct scope *scope, struct str name)
{
	struct str   candidates[64];
	size_t       count = 0, best;
	struct diag *d = diag_at(c->diags, CO_TEMPLATE, n,
	                         ARGS(STR_CONCAT(c->arena, STR("there is no value \""), name, STR("\" here"))));

	c->ok = false;
	for (; scope; scope = scope->outer)
		for (size_t i = 0; i < scope->type->n && count < 64; i++)
			candidates[count++] = str_c(scope->type->variables[i].name);
	best = str_nearest(name, candidates, count);
	if (best < count)
		diag_help(c->diags, d, "did you mean `${{}}`?", ARGS(candidates[best]));
}

static bool is_text(const struct variable *v)
{
	return v->type == VALUE_STRING || v->type == VALUE_INT || v->type == VALUE_BOOL;
}

static void compile_text(struct compiler *c, const struct node *n, const struct scope *scope, struct part *part)
{
	struct str     text = node_text(n);
	struct piece **last = &part->pieces;
	struct segment s;
	size_t         at = 0;

	part->kind = PART_TEXT;
	while (placeholder_next(text, &at, &s)) {
		struct piece *piece = ARENA_NEW(c->arena, struct piece);

		if (s.kind == SEGMENT_TEXT) {
			piece->text = str_copy(c->arena, s.text);
		} else if (s.kind == SEGMENT_UNCLOSED) {
			fail(c, n, STR("a placeholder begins and does not end"));
		} else if (!find_variable(scope, s.text, &piece->reference)) {
			refuse_name(c, n, scope, s.text);
		} else if (s.start == 0 && s.end == text.n) {
			part->kind = PART_VARIABLE;
			part->reference = piece->reference;
			if (piece->reference.variable->type == VALUE_RECORDS)
				fail(c, n, STR("a list of objects is repeated by $each, not written as a value"));
		} else if (!is_text(piece->reference.variable)) {
			fail(c, n, STR("only a text, a number or a boolean can stand inside a longer text"));
		}
		*last = piece;
		last = &piece->next;
	}
}

/* Can the key be written without quotes? A long one cannot: it needs a question mark before it. */
static bool is_bare(struct str s)
{
	return s.n * 4 <= LIMIT_KEY_BYTES && yaml_is_bare(s);
}

static struct part *compile_part(struct compiler *, const struct node *, const struct scope *);

static struct part *compile_children(struct compiler *c, const struct node *n, const struct scope *scope)
{
	struct part  *first = NULL;
	struct part **last = &first;

	NODE_EACH (child, n) {
		struct part *part;

		if (str_is(node_key(child), "$each"))
			continue;
		part = compile_part(c, child, scope);
		if (str_find_str(node_key(child), STR("${"), 0) < node_key(child).n)
			fail(c, child, STR("a key cannot hold a placeholder"));
		part->key = str_copy(c->arena, node_key(child));
		if (is_bare(part->key))
			part->style |= STYLE_BARE_KEY;
		*last = part;
		last = &part->next;
	}
	return first;
}

static struct part *compile_each(struct compiler *c, const struct node *n, const struct scope *scope)
{
	const struct node *each = node_get(n, "$each");
	struct part       *part = ARENA_NEW(c->arena, struct part);
	struct scope       inner = { scope, NULL };

	part->kind = PART_MAP;
	part->repeated = true;
	if (!n->parent || n->parent->kind != NODE_LIST) {
		fail(c, each, STR("$each repeats an item of a list"));
		return part;
	}
	if (each->kind != NODE_STRING || !find_variable(scope, node_text(each), &part->reference)) {
		refuse_name(c, each, scope, node_text(each));
		return part;
	}
	if (part->reference.variable->type != VALUE_RECORDS) {
		fail(c, each, STR("$each needs the name of a list of objects"));
		return part;
	}
	inner.type = part->reference.variable->record;
	part->first = compile_children(c, n, &inner);
	return part;
}

/* A copy of a constant scalar that lives as long as the template: its kind and its text, since only these are
 * written. */
static const struct node *kept(struct compiler *c, const struct node *n)
{
	struct node *copy = ARENA_NEW(c->arena, struct node);

	node_set_text(copy, (enum node_kind)n->kind, str_copy(c->arena, node_text(n)));
	return copy;
}

static struct part *compile_part(struct compiler *c, const struct node *n, const struct scope *scope)
{
	struct part *part;

	if (n->kind == NODE_MAP && node_get(n, "$each"))
		return compile_each(c, n, scope);
	part = ARENA_NEW(c->arena, struct part);
	if (n->kind == NODE_STRING && str_find_str(node_text(n), STR("${"), 0) < n->text_n) {
		compile_text(c, n, scope, part);
	} else if (node_is_scalar(n)) {
		part->kind = PART_SCALAR;
		part->scalar = kept(c, n);
		if (n->kind == NODE_STRING && is_bare(node_text(n)))
			part->style |= STYLE_BARE_TEXT;
	} else {
		part->kind = n->kind == NODE_MAP ? PART_MAP : PART_LIST;
		part->keep = n->count == 0;
		part->first = compile_children(c, n, scope);
	}
	return part;
}

static struct part *compile(struct compiler *c, const struct source *source, const struct record_type *type)
{
	struct scope     scope = { NULL, type };
	struct document *doc = NULL;
	struct part     *part;

	if (!yaml_tree_read(c->scratch, source, &doc, c->diags)) {
		c->ok = false;
		return NULL;
	}
	if (!doc || doc->next || doc->root.kind != NODE_MAP) {
		diag_add(c->diags, CO_TEMPLATE, pos_at(source, 0, 1),
		         ARGS(STR("a template is one document with a map")));
		c->ok = false;
		return NULL;
	}
	part = compile_part(c, &doc->root, &scope);
	for (struct part *child = part->first; child; child = child->next)
		child->keep = child->keep || str_is(child->key, "spec");
	return part;
}

/* ---- loading ---- */

static const struct source *embedded_source(struct arena *arena, struct str name)
{
	for (size_t i = 0; i < n_embedded_templates; i++)
		if (str_is(name, embedded_templates[i].name))
			return source_from_bytes(arena, STR_CONCAT(arena, STR("templates/"), name, STR(".yaml")),
			                         str_of(embedded_templates[i].text, embedded_templates[i].n));
	return NULL;
}

struct str template_path(struct arena *arena, struct str dir, struct str name)
{
	return path_join(arena, dir, STR_CONCAT(arena, name, STR(".yaml")));
}

/* The file in the directory, else the embedded one; NULL after an error. */
static const struct source *template_source(struct arena *arena, struct str dir, struct str name, struct diags *diags)
{
	struct str path;

	if (str_present(dir)) {
		path = template_path(arena, dir, name);
		if (access(path.p, F_OK) == 0 || errno != ENOENT)
			return source_read(arena, path, LIMIT_DOCUMENT_BYTES, diags);
	}
	return embedded_source(arena, name);
}

static void release_scratch(void *compiler)
{
	struct compiler *c = compiler;

	arena_free(c->scratch);
	c->scratch = NULL;
}

static bool check_directory(struct arena *arena, struct str dir, struct diags *diags)
{
	const char *path = str_copy(arena, dir).p;
	struct stat st;
	int         error = 0;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) /* beneath a file there would seem to be no template */
		error = ENOTDIR;
	else if (access(path, R_OK | X_OK) != 0)
		error = errno;
	if (error)
		diag_add(diags, CO_CANNOT_READ, POS_NONE, ARGS(dir, str_copy(arena, str_c(strerror(error)))));
	return error == 0;
}

const struct templates *templates_load(struct arena *arena, struct str dir, struct diags *diags)
{
	struct templates *t = ARENA_NEW(arena, struct templates);
	struct compiler  *c = ARENA_NEW(arena, struct compiler);

	if (str_present(dir) && !check_directory(arena, dir, diags))
		return NULL;
	*c = (struct compiler){ arena, arena_new(LIMIT_MEMORY_BYTES), diags, true };
	arena_defer(arena, release_scratch, c);
	if (!c->scratch)
		arena_exhausted(arena);
	arena_share_run(c->scratch, arena);
	for (size_t i = 0; i < n_resource_types; i++) {
		const struct source *source = template_source(arena, dir, str_c(resource_types[i]->name), diags);

		if (!source)
			return NULL;
		t->by_type[i] = compile(c, source, resource_types[i]);
		t->bytes += source->bytes.n;
	}
	if (!c->ok)
		return NULL; /* findings may point into what was read */
	/* Templates stay for as long as a daemon runs, and what is read is three times as much as what is kept of it. */
	release_scratch(c);
	return t;
}

size_t templates_bytes(const struct templates *t)
{
	return t->bytes;
}
