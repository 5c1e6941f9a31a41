/* same_tree.h - are two documents the same, wherever they stand in their sources? */
#ifndef CALLOUT_TESTS_SAME_TREE_H
#define CALLOUT_TESTS_SAME_TREE_H

#include "json/tree.h"

/* Kinds, texts and keys, in order. */
static inline bool same_tree(const struct node *a, const struct node *b)
{
	const struct node *x, *y;

	if (a->kind != b->kind || a->count != b->count || !str_eq(node_key(a), node_key(b)))
		return false;
	if (node_is_scalar(a))
		return str_eq(node_text(a), node_text(b));
	for (x = a->first, y = b->first; x && y; x = x->next, y = y->next)
		if (!same_tree(x, y))
			return false;
	return !x && !y;
}

#endif
