#include "dump/foreign.h"

const struct look *foreign_look(const struct look *looks, size_t n, struct str text)
{
	for (size_t i = 0; i < n; i++)
		if (str_has_prefix(text, str_c(looks[i].prefix)))
			return &looks[i];
	return NULL;
}

void foreign_tell(struct dump_reader *r, enum diag_code code, struct str what, const char *help)
{
	struct diag *d;

	r->is_other = true;
	source_tell_place(r->source, 0, 1, 1);
	d = diag_add(r->diags, code, pos_at(r->source, 0, 0), ARGS(what));
	if (help)
		diag_help(r->diags, d, help, NO_ARGS);
}

void foreign_aside(struct dump_reader *r, enum diag_code code, const char *what, const char *help)
{
	r->aside = what;
	foreign_tell(r, code, str_c(what), help);
}
