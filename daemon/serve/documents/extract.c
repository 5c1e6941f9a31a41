#include "serve/documents/extract.h"

#include "base/arena.h"
#include "plan/claim.h"

static void add_host(struct extract *e, struct arena *arena, const struct expected_cluster *c)
{
	const struct upstream *u = c->upstream;
	struct str             host = str_present(u->host) ? u->host : str_present(c->host) ? c->host : STR("");

	if (host.n == 0)
		return;
	e->hosts[e->n_hosts++] = (struct store_host){
		.upstream = str_copy(arena, u->name),
		.host = str_lower(arena, host),
		.port = (uint16_t)(c->port == INT_ABSENT ? 0 : c->port),
		.shared = upstream_is_host(u) && u->isolated == TRI_NO,
		.cluster = str_copy(arena, c->name),
	};
}

struct extract extract_build(struct documents *d, const struct manifest *m)
{
	struct generation  *g = &d->generation;
	struct arena_mark   mark = arena_mark(g->scratch);
	size_t              n;
	const struct claim *claims = claims_collect(d->arena, m, d->mesh, &n);
	const struct plan  *plan = plan_build(g->scratch, m, d->mesh, &g->neighbours, PLAN_ALL, &d->diags);
	struct extract      e = { .n_claims = n };

	e.claims = ARENA_ARRAY(d->arena, n + 1, struct store_claim);
	for (size_t i = 0; i < n; i++)
		e.claims[i] = (struct store_claim){ claims[i].key, claims[i].agreement };
	e.hosts = ARENA_ARRAY(d->arena, manifest_upstreams(m) + 1, struct store_host);
	for (size_t i = 0; plan && i < plan->n_expected; i++)
		add_host(&e, d->arena, &plan->expected[i]);
	arena_reset(g->scratch, mark);
	return e;
}
