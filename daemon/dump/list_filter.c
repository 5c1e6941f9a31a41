#include "dump/list_filter.h"

#include <ctype.h>

#include "names/cluster_name.h"

void list_filter_begin(struct list_filter *f)
{
	*f = (struct list_filter){ 0 };
}

/* From the first name on, of which each byte is taken once. */
static void keep_those_in(struct list_filter *f, struct str name)
{
	struct str from = f->any ? str_of(f->shared, f->n_shared) : name;
	size_t     n = 0;

	for (size_t i = 0; i < from.n && name.n; i++)
		if (memchr(name.p, from.p[i], name.n) && !memchr(f->shared, from.p[i], n))
			f->shared[n++] = from.p[i];
	f->n_shared = n;
	f->any = true;
}

static bool has_capital_letter(struct str name)
{
	size_t i = 0;

	while (i < name.n && !isupper((unsigned char)name.p[i]))
		i++;
	return i < name.n;
}

void list_filter_add(struct list_filter *f, struct str name)
{
	bool comes_by_cds, capital;

	if (f->has_capital && f->has_other) /* no other name changes the answers */
		return;
	comes_by_cds = cluster_name_comes_by_cds(name);
	capital = comes_by_cds && isupper((unsigned char)name.p[0]);
	keep_those_in(f, name);
	f->has_builtin = f->has_builtin || comes_by_cds || str_is(name, "xds-grpc");
	f->has_capital = f->has_capital || capital;
	f->has_other = f->has_other || !has_capital_letter(name);
}

bool list_filter_may_be(const struct list_filter *f)
{
	return f->has_builtin && !list_filter_is_none(f);
}

bool list_filter_is_none(const struct list_filter *f)
{
	return (f->has_capital && f->has_other) || (f->has_builtin && f->n_shared == 0);
}
