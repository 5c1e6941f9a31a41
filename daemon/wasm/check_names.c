/* Names in the data of a module, against those of its manifest. */
#include "wasm/checking.h"

static void add(struct checking *c, enum diag_code code, const struct found_name *n, struct str help)
{
	problem_add(c, (struct wasm_problem){
			       .code = code, AT_ITEM(n), .releases = ENVOY_ALL, .values = { n->text }, .help = help });
}

static struct str nearest_help(struct checking *c, struct str name)
{
	const struct names_sought *sought = c->m->names->sought;
	size_t                     nearest = str_nearest(name, sought->clusters, sought->n_clusters);

	if (sought->n_clusters == 1)
		nearest = 0;
	if (nearest >= sought->n_clusters)
		return STR("`callout clusters` prints the names of the manifest's clusters");
	return STR_CONCAT(c->arena, STR("the manifest's cluster is "), sought->clusters[nearest],
	                  STR("; better still, let the configuration bring it"));
}

static void check_name(struct checking *c, const struct found_name *n)
{
	switch (n->kind) {
	case NAME_OTHER:
		add(c, CO_WASM_NAME_OTHER, n, nearest_help(c, n->text));
		break;
	case NAME_FORMAT:
		add(c, CO_WASM_NAME_FORMAT, n, STR_ABSENT);
		break;
	case NAME_URL:
		add(c, CO_WASM_NAME_URL, n, STR_ABSENT);
		break;
	default: /* the manifest's own: as it should be */
		break;
	}
}

void check_names(struct checking *c)
{
	const struct found_names *names = c->m->names;

	if (!names)
		return;
	for (const struct found_name *n = names->first; n; n = n->next)
		check_name(c, n);
	if (c->verdict->calls_http && names->host_header && !names->authority_header)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_NAME_HOST, .releases = ENVOY_ALL });
}
