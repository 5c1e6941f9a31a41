#include "cli/demand.h"

#include "base/arena.h"

static struct wasm_wants wants_of(const struct manifest *m)
{
	struct wasm_wants wants = { 0 };

	for (size_t i = 0; i < manifest_upstreams(m); i++) {
		bool grpc = manifest_upstream(m, i)->protocol == PROTOCOL_GRPC;

		wants.grpc = wants.grpc || grpc;
		wants.http = wants.http || !grpc;
	}
	return wants;
}

static struct names_sought sought_of(struct arena *arena, const struct plan *plan)
{
	struct str         *clusters = ARENA_ARRAY(arena, plan->n_expected, struct str);
	struct str         *hosts = ARENA_ARRAY(arena, plan->n_expected, struct str);
	struct names_sought sought = { clusters, plan->n_expected, hosts, 0 };

	for (size_t i = 0; i < plan->n_expected; i++) {
		clusters[i] = plan->expected[i].name;
		if (str_present(plan->expected[i].upstream->host))
			hosts[sought.n_hosts++] = plan->expected[i].upstream->host;
	}
	return sought;
}

struct demand demand_of(struct run *run, const struct manifest *m, unsigned parts, struct diags *diags)
{
	struct demand d = { .manifest = m };

	if (!m)
		return d;
	d.wants = wants_of(m);
	if (run->sound)
		d.plan = plan_build(run->scratch, m, run->mesh, &run->neighbours, parts, diags);
	if (d.plan)
		d.sought = sought_of(run->scratch, d.plan);
	return d;
}

const struct wasm_module *demand_read(struct arena *arena, const struct demand *d, struct wasm_options options,
                                      struct wasm_box *box)
{
	if (d->plan)
		options.names = name_search_new(arena, &d->sought);
	return wasm_box_read(arena, box, &options);
}
