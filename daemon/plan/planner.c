#include "plan/planner.h"

struct diag *planner_fail(struct planner *p, enum diag_code code, const struct node *object, const char *field,
                          const struct str *values, size_t n)
{
	const struct node *at = field ? node_get(object, field) : NULL;

	p->ok = false;
	if (at)
		return diag_at(p->diags, code, at, values, n);
	return diag_at_key(p->diags, code, object, values, n);
}

bool planner_lacks(struct planner *p, enum feature f, enum diag_code code, const struct node *object, const char *field)
{
	const struct feature_row *row = &feature_table[f];
	struct diag              *d;

	if (planner_knows(p, f))
		return false;
	d = planner_fail(p, code, object, field,
	                 ARGS(str_c(row->name), version_range_text(p->arena, feature_lacking(f, p->mesh->versions))));
	diag_help(p->diags, d,
	          "Istio has it from {} on: where nothing older runs, say so with the Mesh's istioVersions or "
	          "--istio-version",
	          ARGS(str_fmt(p->arena, "1.%d", row->since)));
	return true;
}
