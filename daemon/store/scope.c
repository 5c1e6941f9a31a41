#include "store/scope.h"

#include "base/arena.h"

bool scope_shows(const struct store_scope *scope, struct str namespace)
{
	for (size_t i = 0; i < scope->n_namespaces; i++)
		if (str_eq(scope->namespaces[i], namespace))
			return true;
	return scope->n_namespaces == 0;
}

const struct str *scope_sorted(struct arena *arena, const struct store_scope *scope)
{
	struct str *sorted = ARENA_ARRAY(arena, scope->n_namespaces + 1, struct str);

	if (scope->n_namespaces == 0)
		return sorted;
	memcpy(sorted, scope->namespaces, scope->n_namespaces * sizeof(*sorted));
	str_sort(sorted, scope->n_namespaces);
	return sorted;
}
