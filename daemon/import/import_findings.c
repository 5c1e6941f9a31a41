#include "base/arena.h"
#include "import/importing.h"

/* Was the same told of the place before, for another port of the object? */
static bool is_told(struct importer *im, enum diag_code code, const struct node *n, struct str what)
{
	const struct {
		const struct node *n;
		uintptr_t          code;
	} place = { n, code };

	return !hash_add_string(&im->told, STR_CONCAT(im->arena, str_of((const char *)&place, sizeof(place)), what));
}

void import_lost(struct importer *im, const struct object_entry *e, const struct node *n, struct str what)
{
	if (!is_told(im, CO_IMPORT_LOST, n, what))
		diag_at(im->diags, CO_IMPORT_LOST, n, ARGS(e->key, what));
}

void import_skip(struct importer *im, const struct object_entry *e, const struct node *n, const char *why)
{
	const struct node *at = n ? n : e->root;

	if (!is_told(im, CO_IMPORT_SKIPPED, at, str_c(why)))
		diag_at(im->diags, CO_IMPORT_SKIPPED, at, ARGS(e->key, str_c(why)));
}

void import_skip_part(struct importer *im, const struct object_entry *e, const struct node *n, const char *what,
                      struct str name, const char *why)
{
	struct str part = str_present(name) ? STR_CONCAT(im->arena, str_c(what), STR(" "), name) : str_c(what);

	if (!is_told(im, CO_IMPORT_SKIPPED, n, str_c(why)))
		diag_at(im->diags, CO_IMPORT_SKIPPED, n,
		        ARGS(STR_CONCAT(im->arena, part, STR(" of "), e->key), str_c(why)));
}

void import_note(struct importer *im, const struct object_entry *e, const struct node *n, const char *what)
{
	const struct node *at = n ? n : e->root;

	if (!is_told(im, CO_IMPORT_CHANGED, at, str_c(what)))
		diag_at(im->diags, CO_IMPORT_CHANGED, at, ARGS(e->key, str_c(what)));
}

void import_only(struct importer *im, const struct object_entry *e, const struct node *map, const char *const *names)
{
	if (!map || map->kind != NODE_MAP)
		return;
	NODE_EACH (n, map) {
		if (n->kind != NODE_NULL && !node_is_one_of(n, names) &&
		    !is_told(im, CO_IMPORT_LOST, n, STR("as an entry")))
			diag_at_key(im->diags, CO_IMPORT_LOST, n, ARGS(e->key, node_key(n)));
	}
}
