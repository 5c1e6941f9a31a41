/* yaml_both.h - one text read as plain block YAML where it is that, and by libyaml's events alone: the same trees with the
 * same places, the same findings. */
#ifndef CALLOUT_TESTS_YAML_BOTH_H
#define CALLOUT_TESTS_YAML_BOTH_H

#include "base/arena.h"
#include "base/buf.h"
#include "manifest/yaml_block.h"
#include "manifest/yaml_events.h"
#include "manifest/yaml_tree.h"

struct yaml_both {
	struct str differs; /* how; absent: they are the same */
	bool       good;    /* read without an error */
	bool       plain;   /* … and without libyaml */
	size_t     documents;
	size_t     plain_documents;
};

static inline void print_node(struct buf *out, const struct node *n)
{
	buf_fmt(out, "kind %d style %d at %u+%u key at %u children %u key %s\"%.*s\" text \"%.*s\"\n", n->kind,
	        n->style, n->offset, n->length, n->key_offset, n->count, n->key_p ? "" : "absent ",
	        STR_ARG(node_key(n)), STR_ARG(node_text(n)));
}

static inline struct str print_trees(struct arena *arena, const struct document *doc)
{
	struct buf out;

	buf_init(&out, arena, 512 * MIB);
	for (; doc; doc = doc->next) {
		buf_lit(&out, "document\n");
		for (const struct node *n = &doc->root; n; n = node_after(n, &doc->root)) {
			print_node(&out, n);
			NODE_EACH (child, n)
				if (child->parent != n)
					buf_lit(&out, "another's child\n");
		}
	}
	return buf_str(&out);
}

static inline struct str print_findings(struct arena *arena, const struct diags *diags)
{
	struct buf out;

	buf_init(&out, arena, 16 * MIB);
	for (const struct diag *d = diags->first; d; d = d->next)
		buf_fmt(&out, "%d at %u+%u %.*s\n", (int)d->code, d->pos.offset, d->pos.length, STR_ARG(d->message));
	return buf_str(&out);
}

static inline size_t count_documents(const struct document *doc)
{
	size_t n = 0;

	for (; doc; doc = doc->next)
		n++;
	return n;
}

/* text stands at offset `at` of the whole, which is a source of its own for each, since a source counts its findings. */
static inline struct yaml_both yaml_read_both(struct arena *arena, struct str whole, size_t at, struct str text,
                                              const struct tree_limits *limits)
{
	const struct source *sources[] = {
		source_from_bytes(arena, STR("text"), whole),
		source_from_bytes(arena, STR("text"), whole),
	};
	struct yaml_both   ret = { .differs = STR_ABSENT };
	struct diags       one, other;
	struct document   *doc;
	struct yaml_marks  marks;
	struct tree_growth g;
	struct str         trees[2], findings[2];
	bool               ok[2];

	diags_init(&one, arena);
	diags_init(&other, arena);
	ok[0] = yaml_tree_read_part(arena, sources[0], at, text, limits, &doc, &one);
	trees[0] = print_trees(arena, doc);
	findings[0] = print_findings(arena, &one);
	tree_growth_begin(&g, arena, sources[1], limits);
	ok[1] = yaml_marks_begin(&marks, sources[1], at, text, &other) && yaml_events_read(&g, &marks, 0, &other);
	trees[1] = print_trees(arena, g.first);
	findings[1] = print_findings(arena, &other);
	if (ok[0] != ok[1] || !str_eq(trees[0], trees[1]) || !str_eq(findings[0], findings[1]))
		ret.differs = str_fmt(arena, "as plain YAML:\n%.*s%.*sby libyaml:\n%.*s%.*s", STR_ARG(trees[0]),
		                      STR_ARG(findings[0]), STR_ARG(trees[1]), STR_ARG(findings[1]));
	ret.good = ok[0];
	ret.documents = count_documents(doc);
	if (ok[1]) {
		tree_growth_begin(&g, arena, sources[1], limits);
		ret.plain = yaml_block_read(&g, &marks) == marks.text.n;
		ret.plain_documents = count_documents(g.first);
	}
	return ret;
}

#endif
