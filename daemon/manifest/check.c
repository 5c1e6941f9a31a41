#include "manifest/check.h"

static const struct node *place_of(const struct node *object, const char *field)
{
	const struct node *n = field ? node_get(object, field) : NULL;

	return n ? n : object;
}

struct diag *check_warn(struct check *c, enum diag_code code, const struct node *object, const char *field,
                        const struct str *values, size_t n)
{
	const struct node *at = place_of(object, field);

	/* A map that is only named, not written, is shown by its key. */
	if (at == object && at->kind == NODE_MAP && at->key_p)
		return diag_at_key(c->diags, code, at, values, n);
	return diag_at(c->diags, code, at, values, n);
}

struct diag *check_fail(struct check *c, enum diag_code code, const struct node *object, const char *field,
                        const struct str *values, size_t n)
{
	c->ok = false;
	return check_warn(c, code, object, field, values, n);
}
