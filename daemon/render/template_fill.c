/* A record's values, put where a compiled template wants them. */
#include <assert.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "render/template_parts.h"

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
