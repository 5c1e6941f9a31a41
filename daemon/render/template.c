#include "render/template.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "manifest/placeholder.h"
#include "manifest/yaml_tree.h"
#include "render/yaml_writer.h"

/* ---- compiled form ---- */

enum part_kind {
	PART_MAP,
	PART_LIST,
	PART_SCALAR,   /* as it stands in the template */
	PART_VARIABLE, /* the value with its type */
	PART_TEXT,     /* pieces and values joined as text */
};

/* A variable, seen from where it is used: how many $each items outwards, and its number there. */
struct reference {
	unsigned               outwards;
	unsigned               number;
	const struct variable *variable;
};

struct piece {
	struct piece    *next;
	struct str       text; /* absent: a variable */
	struct reference reference;
};

struct part {
	struct part       *next;
	struct part       *first;
	struct str         key;
	enum part_kind     kind;
	bool               keep;     /* never left out */
	bool               repeated; /* for each element of the list that `reference` names */
	uint8_t            style;    /* of its nodes: what of its texts the writer need not look at again */
	const struct node *scalar;
	struct reference   reference;
	struct piece      *pieces;
};

struct templates {
	struct part *by_type[32]; /* as resource_types */
	size_t       bytes;
};

/* ---- compiling ---- */

struct scope {
	const struct scope       *outer;
	const struct record_type *type;
};

struct compiler {
	struct arena *arena;
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
			piece->text = s.text;
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

/* A long key is written in a form of its own. */
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
		part->key = node_key(child);
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
		part->scalar = n;
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

	if (!yaml_tree_read(c->arena, source, &doc, c->diags)) {
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

/* The directory's file, the embedded one, or NULL after an error. */
static const struct source *template_source(struct arena *arena, struct str dir, struct str name, struct diags *diags)
{
	struct str path;

	if (str_present(dir)) {
		path = path_join(arena, dir, STR_CONCAT(arena, name, STR(".yaml")));
		if (access(path.p, F_OK) == 0 || errno != ENOENT)
			return source_read(arena, path, LIMIT_DOCUMENT_BYTES, diags);
	}
	return embedded_source(arena, name);
}

const struct templates *templates_load(struct arena *arena, struct str dir, struct diags *diags)
{
	struct templates *t = ARENA_NEW(arena, struct templates);
	struct compiler   c = { arena, diags, true };

	if (str_present(dir) && access(str_copy(arena, dir).p, R_OK | X_OK) != 0) {
		diag_add(diags, CO_CANNOT_READ, POS_NONE, ARGS(dir, str_copy(arena, str_c(strerror(errno)))));
		return NULL;
	}
	for (size_t i = 0; i < n_resource_types; i++) {
		const struct source *source = template_source(arena, dir, str_c(resource_types[i]->name), diags);

		if (!source)
			return NULL;
		t->by_type[i] = compile(&c, source, resource_types[i]);
		t->bytes += source->bytes.n;
	}
	return c.ok ? t : NULL;
}

size_t templates_bytes(const struct templates *t)
{
	return t->bytes;
}

/* ---- filling ---- */

/* The records that names are looked up in, innermost first. */
struct frame {
	const struct frame  *outer;
	const struct record *record;
};

struct filler {
	struct arena           *arena;
	const struct templates *templates;
};

static struct node *fill_part(struct filler *, const struct part *, const struct frame *);

static const struct value *value_of(const struct reference *r, const struct frame *frame)
{
	for (unsigned i = 0; i < r->outwards && frame; i++)
		frame = frame->outer;
	assert(frame); /* the compiler counted the frames */
	return &frame->record->values[r->number];
}

static struct node *new_node(struct filler *f, enum node_kind kind)
{
	struct node *n = ARENA_NEW(f->arena, struct node);

	n->kind = (uint8_t)kind;
	return n;
}

static void link_child(struct node *parent, struct node **tail, struct node *child, struct str key)
{
	child->parent = parent;
	child->key_p = key.p;
	child->key_n = (uint16_t)key.n;
	if (*tail)
		(*tail)->next = child;
	else
		parent->first = child;
	*tail = child;
	parent->count++;
}

static void link_part(struct node *parent, struct node **tail, struct node *child, const struct part *part)
{
	child->style |= part->style;
	link_child(parent, tail, child, part->key);
}

static struct node *text_node(struct filler *f, enum node_kind kind, struct str text)
{
	struct node *n = new_node(f, kind);

	node_set_text(n, kind, text);
	return n;
}

/* Depth is bounded by the reader of the tree (LIMIT_DEPTH). */
static struct node *copy_tree(struct filler *f, const struct node *from)
{
	struct node *to = new_node(f, (enum node_kind)from->kind), *tail = NULL;

	if (node_is_scalar(from))
		node_set_text(to, (enum node_kind)from->kind, node_text(from));
	NODE_EACH (child, from)
		link_child(to, &tail, copy_tree(f, child), node_key(child));
	return to;
}

static struct node *fill_pairs(struct filler *f, const struct value *v)
{
	struct node *map = new_node(f, NODE_MAP), *tail = NULL;

	for (size_t i = 0; i < v->n; i++) {
		const struct pair *p = &v->as.pairs[i];

		link_child(map, &tail, text_node(f, p->is_int ? NODE_INT : NODE_STRING, p->text), p->key);
	}
	return map;
}

static struct node *fill_strings(struct filler *f, const struct value *v)
{
	struct node *list = new_node(f, NODE_LIST), *tail = NULL;

	for (size_t i = 0; i < v->n; i++)
		link_child(list, &tail, text_node(f, NODE_STRING, v->as.strings[i]), STR_ABSENT);
	return list;
}

static struct node *fill_record(struct filler *f, const struct record *record)
{
	struct frame frame = { NULL, record };

	for (size_t i = 0; i < n_resource_types; i++)
		if (resource_types[i] == record->type)
			return fill_part(f, f->templates->by_type[i], &frame);
	return NULL;
}

static struct node *fill_value(struct filler *f, const struct value *v)
{
	switch (v->type) {
	case VALUE_STRING:
		return text_node(f, NODE_STRING, str_of(v->as.text, v->n));
	case VALUE_INT:
		return text_node(f, NODE_INT, str_from_int(f->arena, v->as.integer));
	case VALUE_BOOL:
		return text_node(f, NODE_BOOL, v->as.boolean ? STR("true") : STR("false"));
	case VALUE_STRINGS:
		return fill_strings(f, v);
	case VALUE_PAIRS:
		return fill_pairs(f, v);
	case VALUE_TREE:
		/* Linked into the document as it is; a template that uses it again gets a copy. */
		return v->as.tree->parent ? copy_tree(f, v->as.tree) : v->as.tree;
	case VALUE_RECORD:
		return fill_record(f, v->as.record);
	case VALUE_ABSENT:
	case VALUE_RECORDS:
		break;
	}
	return NULL;
}

static struct node *fill_text(struct filler *f, const struct part *part, const struct frame *frame)
{
	struct buf b;

	buf_init(&b, f->arena, LIMIT_OBJECT_BYTES);
	for (const struct piece *p = part->pieces; p; p = p->next) {
		const struct value *v;
		const struct node  *n;

		if (str_present(p->text)) {
			buf_add(&b, p->text);
			continue;
		}
		v = value_of(&p->reference, frame);
		n = fill_value(f, v);
		if (!n)
			return NULL;
		buf_add(&b, node_text(n));
	}
	return text_node(f, NODE_STRING, buf_str(&b));
}

static void fill_each(struct filler *f, const struct part *part, const struct frame *frame, struct node *list,
                      struct node **tail)
{
	const struct value *v = value_of(&part->reference, frame);

	for (size_t i = 0; v->type == VALUE_RECORDS && i < v->n; i++) {
		struct frame inner = { frame, v->as.records[i] };
		struct node *item = new_node(f, NODE_MAP), *item_tail = NULL;

		for (const struct part *child = part->first; child; child = child->next) {
			struct node *n = fill_part(f, child, &inner);

			if (n)
				link_part(item, &item_tail, n, child);
		}
		if (item->count)
			link_child(list, tail, item, STR_ABSENT);
	}
}

static struct node *fill_collection(struct filler *f, const struct part *part, const struct frame *frame)
{
	struct node *n = new_node(f, part->kind == PART_MAP ? NODE_MAP : NODE_LIST), *tail = NULL;

	for (const struct part *child = part->first; child; child = child->next) {
		struct node *value;

		if (child->repeated) {
			fill_each(f, child, frame, n, &tail);
			continue;
		}
		value = fill_part(f, child, frame);
		if (value)
			link_part(n, &tail, value, child);
	}
	return n->count || part->keep ? n : NULL;
}

static struct node *fill_part(struct filler *f, const struct part *part, const struct frame *frame)
{
	switch (part->kind) {
	case PART_SCALAR:
		return text_node(f, (enum node_kind)part->scalar->kind, node_text(part->scalar));
	case PART_VARIABLE:
		return fill_value(f, value_of(&part->reference, frame));
	case PART_TEXT:
		return fill_text(f, part, frame);
	case PART_MAP:
	case PART_LIST:
		break;
	}
	return fill_collection(f, part, frame);
}

struct document *template_fill(struct arena *arena, const struct templates *templates, const struct record *record)
{
	struct filler    f = { arena, templates };
	struct document *doc = document_new(arena, NULL);
	struct node     *root = fill_record(&f, record);

	doc->root.kind = NODE_MAP;
	if (!root)
		return doc;
	doc->root = *root;
	for (struct node *child = doc->root.first; child; child = child->next)
		child->parent = &doc->root;
	return doc;
}
