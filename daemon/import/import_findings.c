#include "import/importing.h"

void import_lost(struct importer *im, const struct object_entry *e, const struct node *n, struct str what)
{
	diag_at(im->diags, CO_IMPORT_LOST, n, ARGS(e->key, what));
}

void import_skip(struct importer *im, const struct object_entry *e, const struct node *n, const char *why)
{
	diag_at(im->diags, CO_IMPORT_SKIPPED, n ? n : e->root, ARGS(e->key, str_c(why)));
}

void import_note(struct importer *im, const struct object_entry *e, const struct node *n, const char *what)
{
	diag_at(im->diags, CO_IMPORT_CHANGED, n ? n : e->root, ARGS(e->key, str_c(what)));
}

void import_only(struct importer *im, const struct object_entry *e, const struct node *map, const char *const *names)
{
	if (!map || map->kind != NODE_MAP)
		return;
	NODE_EACH (n, map) {
		if (n->kind != NODE_NULL && !node_is_one_of(n, names))
			diag_at_key(im->diags, CO_IMPORT_LOST, n, ARGS(e->key, node_key(n)));
	}
}
