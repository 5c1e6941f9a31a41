#include "cli/verifying.h"

#include "base/arena.h"

bool verifying_plan(struct verifying *v)
{
	struct run *run = v->run;

	dump_wants_init(&v->wants, run->arena);
	v->items = ARENA_ARRAY(run->arena, run->inputs.n_manifests + 1, struct verify_item);
	for (size_t i = 0; i < run->inputs.n_manifests; i++) {
		const struct plan *plan = plan_build(run->arena, run->inputs.manifests[i], run->mesh, &run->neighbours,
		                                     PLAN_ALL, &run->diags);

		if (plan)
			v->items[v->n_items++] = verify_item_new(run->arena, plan, &v->wants);
	}
	return run->diags.errors == 0;
}

void verifying_prepare_reader(struct verifying *v)
{
	v->reader = dump_reader_new(v->run->arena, &v->wants, v->run->arguments->options[OPTION_STRICT].n > 0);
}

void verifying_judge(struct verifying *v, struct arena *arena, struct proxy_part *parts)
{
	struct run *run = v->run;

	v->proxies = proxy_states_join(arena, &v->wants, parts);
	v->result = ARENA_NEW(arena, struct verification);
	verification_init(v->result, arena, run->mesh, &run->live, run->arguments->options[OPTION_OBJECTS].n > 0,
	                  run->arguments->options[OPTION_ONLY_MATCHING].n > 0);
	for (size_t p = 0; p < v->proxies.n; p++)
		for (size_t i = 0; i < v->n_items; i++)
			verify_plan(v->result, &v->items[i], &v->proxies.items[p]);
}

void verifying_add_findings(struct verifying *v)
{
	if (v->proxies.n == 0) { /* istiod's list of proxies alone */
		diag_add(&v->run->diags, CO_DUMP_FOREIGN, POS_NONE,
		         ARGS(STR("istiod's list of proxies alone, which goes with their dumps")));
		return;
	}
	v->run->verification = v->result;
	verification_findings(v->result, v->items, v->n_items, &v->proxies, &v->run->diags);
}
