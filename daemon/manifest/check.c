#include "manifest/check.h"

#include "names/hostname.h"

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

bool check_label_key(struct check *c, const struct node *n, const char *what)
{
	if (label_key_is(node_key(n)))
		return true;
	diag_help(
		c->diags, diag_at_key(c->diags, CO_LABEL_INVALID, n, ARGS(str_c(what), STR("key"), node_key(n))),
		"a key is a name of at most 63 letters, digits, `-`, `_` and `.`, behind a DNS prefix and `/` if need be",
		NO_ARGS);
	return c->ok = false;
}

void check_label_value(struct check *c, const struct node *n, const char *what)
{
	if (n->kind != NODE_STRING || label_value_is(node_text(n)))
		return;
	diag_help(
		c->diags, diag_at(c->diags, CO_LABEL_INVALID, n, ARGS(str_c(what), STR("value"), node_text(n))),
		"a value has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
		NO_ARGS);
	c->ok = false;
}
