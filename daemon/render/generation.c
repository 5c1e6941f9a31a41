#include "render/generation.h"

#include "base/arena.h"
#include "live/live_check.h"
#include "manifest/manifest_check.h"

enum { FEW = 8 };

bool generation_judge(struct generation *g)
{
	for (size_t i = 0; i < g->inputs->n_manifests; i++)
		manifest_check(g->arena, g->inputs->manifests[i], g->mesh, g->diags);
	inputs_check(g->arena, g->inputs, g->diags);
	return g->diags->errors == 0 && neighbours_collect(g->arena, g->inputs, g->mesh, &g->neighbours, g->diags);
}

static const struct plan *plan_of(struct generation *g, size_t i, unsigned parts)
{
	return plan_build(g->scratch, g->inputs->manifests[i], g->mesh, &g->neighbours, parts, g->diags);
}

static bool is_wanted(const struct generation *g, size_t i)
{
	return !g->only || g->inputs->manifests[i] == g->only;
}

static void name_resources(const struct resource *list, size_t n, void (*named)(void *, const struct resource *),
                           void *ctx)
{
	for (size_t i = 0; named && i < n; i++)
		named(ctx, &list[i]);
}

static const char *why_nothing(const struct generation *g)
{
	size_t upstreams = 0;

	if (g->inputs->n_manifests == 0)
		return "the input holds no FilterManifest";
	if (g->only && g->inputs->n_manifests > 1)
		return "another manifest carries the objects of the hosts that they share";
	for (size_t i = 0; i < g->inputs->n_manifests; i++)
		upstreams += manifest_upstreams(g->inputs->manifests[i]);
	if (upstreams == 0)
		return "there is neither an upstream nor a filter";
	return "every upstream is an in-mesh service or an existing cluster, and there is no filter";
}

bool generation_check(struct generation *g, void (*named)(void *ctx, const struct resource *), void *ctx)
{
	struct arena_mark mark = arena_mark(g->scratch);
	size_t            n = 0;

	if (g->keep_plans && g->inputs->n_manifests <= FEW)
		g->plans = ARENA_ARRAY(g->arena, FEW, const struct plan *);
	for (size_t i = 0; i < g->inputs->n_manifests; i++) {
		const struct plan *plan = is_wanted(g, i) ? plan_of(g, i, PLAN_ALL) : NULL;

		if (plan && render_check(g->scratch, plan, g->templates, g->diags)) {
			n += plan->n_clusters + plan->n_filters;
			if (g->live)
				live_objects_check(g->scratch, g->live, plan, &g->neighbours, g->mesh, g->diags);
			name_resources(plan->clusters, plan->n_clusters, named, ctx);
			name_resources(plan->filters, plan->n_filters, named, ctx);
		}
		if (g->plans)
			g->plans[i] = plan;
		else
			arena_reset(g->scratch, mark);
	}
	if (g->diags->errors == 0 && n == 0)
		diag_add(g->diags, CO_NOTHING_TO_GENERATE, POS_NONE, ARGS(STR("generate"), str_c(why_nothing(g))));
	return g->diags->errors == 0;
}

void generation_note_nothing(struct generation *g, const char *verb, bool filters_too)
{
	const struct inputs *inputs = g->inputs;
	const char          *why = inputs->n_manifests == 0 ? "the input holds no FilterManifest"
	                           : filters_too            ? "there is neither an upstream nor a filter"
	                                                    : "there is no upstream";

	for (size_t i = 0; i < inputs->n_manifests; i++)
		if (is_wanted(g, i) &&
		    (manifest_upstreams(inputs->manifests[i]) || (filters_too && inputs->manifests[i]->spec->filter)))
			return;
	diag_add(g->diags, CO_NOTHING_TO_GENERATE, POS_NONE, ARGS(str_c(verb), str_c(why)));
}

bool generation_render(struct generation *g, const struct document_sink *sink)
{
	struct arena_mark mark = arena_mark(g->scratch);

	for (enum render_part part = RENDER_CLUSTERS; part <= RENDER_FILTERS; part++) {
		for (size_t i = 0; i < g->inputs->n_manifests; i++) {
			const struct plan *plan;

			if (!is_wanted(g, i))
				continue;
			plan = g->plans ? g->plans[i]
			                : plan_of(g, i, part == RENDER_CLUSTERS ? PLAN_CLUSTERS : PLAN_FILTERS);
			if (!plan || !render_plan(g->scratch, plan, part, g->templates, sink))
				return false;
			arena_reset(g->scratch, mark);
		}
	}
	return true;
}
