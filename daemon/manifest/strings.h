/* strings.h - a list of strings that a document holds, such as exportTo or subjectAltNames. */
#ifndef CALLOUT_MANIFEST_STRINGS_H
#define CALLOUT_MANIFEST_STRINGS_H

#include "json/tree.h"

struct arena;

struct strings {
	const struct node *node; /* the list in the document; NULL: absent */
	struct str        *items;
	size_t             n;
};

/* Does the list hold this text? Looks at each item: for short lists. */
bool strings_have(const struct strings *, struct str);

/* Sorts the items in place and drops repeated ones, for lists of any length: O(n log n). */
void strings_sort(struct strings *);

/* A sorted copy of the list, which stays as it is. */
struct strings strings_sorted(struct arena *, struct strings);

/* Does the list hold all of `these`? Both must have been sorted with strings_sort; linear time. */
bool strings_include(const struct strings *, const struct strings *these);

#endif
