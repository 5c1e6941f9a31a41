#include "manifest/strings.h"

#include "base/arena.h"

bool strings_have(const struct strings *list, struct str text)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

void strings_sort(struct strings *list)
{
	size_t n = 0;

	str_sort(list->items, list->n);
	for (size_t i = 0; i < list->n; i++)
		if (n == 0 || !str_eq(list->items[i], list->items[n - 1]))
			list->items[n++] = list->items[i];
	list->n = n;
}

struct strings strings_sorted(struct arena *arena, struct strings list)
{
	struct strings copy = { .items = ARENA_ARRAY(arena, list.n + 1, struct str) };

	for (size_t i = 0; i < list.n; i++)
		copy.items[copy.n++] = list.items[i];
	strings_sort(&copy);
	return copy;
}

bool strings_include(const struct strings *list, const struct strings *these)
{
	size_t at = 0;

	if (these->n > list->n)
		return false;
	for (size_t i = 0; i < these->n; i++, at++) {
		while (at < list->n && str_cmp(list->items[at], these->items[i]) < 0)
			at++;
		if (at == list->n || !str_eq(list->items[at], these->items[i]))
			return false;
	}
	return true;
}
