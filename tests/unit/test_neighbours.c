/* What manifests of one run do to each other: who quarrels with whom over a public host or the name of a cluster, and
 * whose ServiceEntry hides whose. */
#include "unit.h"

#include "manifest/manifest_check.h"
#include "plan/plan.h"

/* A document of this many lines; the last is its upstream's, which all findings are about. */
enum { LINES = 8, MOST = 4 };
static const char manifest_text[] = "---\n"
				    "apiVersion: callout.dev/v1alpha1\n"
				    "kind: FilterManifest\n"
				    "metadata: {name: m%zu, namespace: %s}\n"
				    "spec:\n"
				    "  target: {%s}\n"
				    "  upstreams:\n"
				    "  - {name: u, host: a.example.com, %s}\n";

#define SIDECAR(app) "selector: {matchLabels: {app: " app "}}"
#define GATEWAY(app) "proxy: gateway, " SIDECAR(app)
#define PUBLIC       "isolated: false, port: 8443, "
#define FILES        PUBLIC "tls: {}"
#define CREDENTIAL   PUBLIC "tls: {mode: MUTUAL, credentialName: c}"
#define ELSEWHERE    "isolated: false, port: 9443, tls: {mode: MUTUAL, credentialName: c}"
#define NAMED        "via: envoyFilter, clusterName: filter-x"
#define TO(names)    ", exportTo: [" names "]"

static const struct row {
	const char *name;
	struct {
		const char *namespace, *target, *upstream;
	} manifests[MOST];    /* in the order of their names; those without a namespace are not there */
	const char *findings; /* "CODE 3~1": at the third, with the first as related */
} rows[] = {
	/* a DestinationRule that selects workloads serves those alone */
	{ "one selector",
	  { { "a", SIDECAR("web"), CREDENTIAL },
	    { "a", SIDECAR("web"), CREDENTIAL },
	    { "a", SIDECAR("web"), CREDENTIAL } },
	  "" },
	{ "files for any", { { "a", SIDECAR("web"), FILES }, { "a", SIDECAR("api"), FILES } }, "" },
	{ "two selectors",
	  { { "a", SIDECAR("web"), CREDENTIAL }, { "a", SIDECAR("api"), CREDENTIAL } },
	  "QUARREL 2~1" },
	{ "two kinds of proxy",
	  { { "a", SIDECAR("web"), CREDENTIAL }, { "a", GATEWAY("web"), CREDENTIAL } },
	  "QUARREL 2~1" },
	{ "gateways need no selector",
	  { { "a", GATEWAY("web"), CREDENTIAL }, { "a", GATEWAY("api"), CREDENTIAL } },
	  "" },
	{ "the third has another",
	  { { "a", SIDECAR("web"), CREDENTIAL },
	    { "a", SIDECAR("web"), CREDENTIAL },
	    { "a", SIDECAR("api"), CREDENTIAL } },
	  "QUARREL 3~1" },
	{ "the second has another",
	  { { "a", SIDECAR("web"), CREDENTIAL },
	    { "a", SIDECAR("api"), CREDENTIAL },
	    { "a", SIDECAR("web"), CREDENTIAL } },
	  "QUARREL 2~1" },
	{ "the last selects, and the second is another",
	  { { "a", SIDECAR("web"), FILES }, { "a", SIDECAR("api"), FILES }, { "a", SIDECAR("web"), ELSEWHERE } },
	  "QUARREL 3~2" },
	{ "the last selects, and two are others: the first of them is named",
	  { { "a", SIDECAR("web"), FILES },
	    { "a", SIDECAR("api"), FILES },
	    { "a", SIDECAR("db"), FILES },
	    { "a", SIDECAR("web"), ELSEWHERE } },
	  "QUARREL 4~2" },
	{ "the last selects, and the first is another",
	  { { "a", SIDECAR("api"), FILES }, { "a", SIDECAR("web"), FILES }, { "a", SIDECAR("web"), ELSEWHERE } },
	  "QUARREL 3~1" },
	{ "the first selects, and the last is another",
	  { { "a", SIDECAR("web"), ELSEWHERE }, { "a", SIDECAR("web"), FILES }, { "a", SIDECAR("api"), FILES } },
	  "QUARREL 3~1" },
	{ "the second selects, and the last is another",
	  { { "a", SIDECAR("web"), FILES }, { "a", SIDECAR("web"), ELSEWHERE }, { "a", SIDECAR("api"), FILES } },
	  "QUARREL 3~2" },
	{ "other namespaces have their own",
	  { { "a", SIDECAR("web"), CREDENTIAL }, { "b", SIDECAR("api"), CREDENTIAL } },
	  "" },

	/* the name of a cluster, where one proxy can have both */
	{ "one name", { { "a", SIDECAR("web"), NAMED }, { "a", SIDECAR("web"), NAMED } }, "CLUSTER_NAME_TWICE 2~1" },
	{ "each is told of one other",
	  { { "a", SIDECAR("web"), NAMED }, { "a", SIDECAR("web"), NAMED }, { "a", SIDECAR("web"), NAMED } },
	  "CLUSTER_NAME_TWICE 2~1, CLUSTER_NAME_TWICE 3~1" },
	{ "of selectors that exclude each other",
	  { { "a", SIDECAR("web"), NAMED }, { "a", SIDECAR("api"), NAMED } },
	  "" },
	{ "of two kinds of proxy", { { "a", SIDECAR("web"), NAMED }, { "a", GATEWAY("web"), NAMED } }, "" },
	{ "in two namespaces", { { "a", SIDECAR("web"), NAMED }, { "b", SIDECAR("web"), NAMED } }, "" },
	{ "the first runs everywhere",
	  { { "istio-system", SIDECAR("web"), NAMED }, { "shop", SIDECAR("web"), NAMED } },
	  "CLUSTER_NAME_TWICE 2~1" },
	{ "the second runs everywhere",
	  { { "a", SIDECAR("web"), NAMED }, { "istio-system", SIDECAR("web"), NAMED } },
	  "CLUSTER_NAME_TWICE 2~1" },
	{ "another namespace's is in between",
	  { { "a", SIDECAR("web"), NAMED }, { "a", GATEWAY("web"), NAMED }, { "a", SIDECAR("web"), NAMED } },
	  "CLUSTER_NAME_TWICE 3~1" },
	{ "two others' are in between",
	  { { "a", GATEWAY("x"), NAMED },
	    { "a", SIDECAR("web"), NAMED },
	    { "a", GATEWAY("z"), NAMED },
	    { "a", SIDECAR("web"), NAMED } },
	  "CLUSTER_NAME_TWICE 4~2" },

	/* an entry of another namespace, from which a gateway may take the host */
	{ "a sidecar takes its own",
	  { { "a", SIDECAR("x"), FILES TO("b") }, { "b", SIDECAR("x"), FILES TO("'*'") } },
	  "" },
	{ "the same cluster", { { "a", SIDECAR("x"), FILES TO("b") }, { "b", GATEWAY("x"), FILES TO("'*'") } }, "" },
	{ "exported to the gateway's namespace, another port",
	  { { "a", SIDECAR("x"), "isolated: false, tls: {}" TO("b") }, { "b", GATEWAY("x"), FILES TO("'*'") } },
	  "SHARED_HIDDEN 2~1" },
	{ "exported to the gateway's namespace, another resolution",
	  { { "a", SIDECAR("x"), FILES TO("b") ", resolution: DNS_ROUND_ROBIN" },
	    { "b", GATEWAY("x"), FILES TO("'*'") } },
	  "SHARED_HIDDEN 2~1" },
	{ "exported to a third namespace",
	  { { "a", SIDECAR("x"), "isolated: false, tls: {}" TO("c") }, { "b", GATEWAY("x"), FILES TO("'*'") } },
	  "" },
	{ "kept to its own namespace",
	  { { "a", SIDECAR("x"), "isolated: false, tls: {}" }, { "b", GATEWAY("x"), FILES TO("'*'") } },
	  "" },
	{ "exported to all, and the gateway's to few",
	  { { "a", SIDECAR("x"), "isolated: false, tls: {}" TO("'*'") }, { "b", GATEWAY("x"), FILES } },
	  "" },
	{ "both exported to all",
	  { { "a", SIDECAR("x"), "isolated: false, tls: {}" TO("'*'") }, { "b", GATEWAY("x"), FILES TO("'*'") } },
	  "SHARED_HIDDEN 2~1" },
	{ "behind one that is kept to its own namespace",
	  { { "a", SIDECAR("x"), "isolated: false, tls: {}" },
	    { "b", SIDECAR("x"), "isolated: false, tls: {}" TO("'*'") },
	    { "c", GATEWAY("x"), FILES TO("'*'") } },
	  "SHARED_HIDDEN 3~2" },
	{ "both of gateways",
	  { { "a", GATEWAY("x"), "isolated: false, tls: {}" TO("'*'") }, { "b", GATEWAY("x"), FILES TO("'*'") } },
	  "SHARED_HIDDEN 1~2, SHARED_HIDDEN 2~1" },
	{ "a filter of all namespaces meets each one's own",
	  { { "istio-system", SIDECAR("x"), FILES }, { "shop", SIDECAR("x"), "isolated: false, tls: {}" } },
	  "SHARED_HIDDEN 1~2" },
	{ "which has it written",
	  { { "istio-system", SIDECAR("x"), FILES }, { "shop", SIDECAR("x"), "isolated: false, tls: {}" TO("'.'") } },
	  "SHARED_HIDDEN 1~2" },
	{ "or that is exported by name to a third, which sees the other for all",
	  { { "istio-system", SIDECAR("x"), FILES }, { "shop", SIDECAR("x"), "isolated: false, tls: {}" TO("c") } },
	  "SHARED_HIDDEN 1~2" },
};

static const struct mesh *read_row(struct fixture *f, const struct row *row, struct inputs *inputs)
{
	struct manifest_options options = { .default_namespace = STR("default") };
	const struct mesh      *mesh;
	struct buf              b;

	buf_init(&b, f->arena, MIB);
	for (size_t i = 0; i < MOST && row->manifests[i].namespace; i++)
		buf_fmt(&b, manifest_text, i + 1, row->manifests[i].namespace, row->manifests[i].target,
		        row->manifests[i].upstream);
	*inputs = (struct inputs){ 0 };
	row_true(row->name,
	         manifest_parse(f->arena, source_from_bytes(f->arena, STR("in.yaml"), buf_str(&b)), &options, inputs,
	                        &f->diags),
	         "it is read");
	mesh = mesh_choose(f->arena, inputs, STR_ABSENT, STR_ABSENT, &f->diags);
	for (size_t i = 0; i < inputs->n_manifests; i++)
		row_true(row->name, manifest_check(f->arena, inputs->manifests[i], mesh, &f->diags), "it is sound");
	diags_init(&f->diags, f->arena); /* their warnings are others' to test */
	return mesh;
}

static unsigned manifest_at(struct pos pos)
{
	return (unsigned)(source_place(pos.source, pos.offset).line + LINES - 1) / LINES;
}

/* "QUARREL 2~1, …", by place. */
static struct str who_and_whom(struct fixture *f)
{
	const struct diag **sorted = diags_sorted(&f->diags, f->arena);
	struct buf          b;

	buf_init(&b, f->arena, MIB);
	for (size_t i = 0; i < f->diags.n; i++)
		buf_fmt(&b, "%s%s %u~%u", i ? ", " : "", diag_info_of(sorted[i]->code)->name,
		        manifest_at(sorted[i]->pos), manifest_at(sorted[i]->related->pos));
	return buf_str(&b);
}

static void each_row(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct neighbours  neighbours;
		struct inputs      inputs;
		const struct mesh *mesh = read_row(f, &rows[i], &inputs);
		bool               ok = neighbours_collect(f->arena, &inputs, mesh, &neighbours, &f->diags);

		row_text(rows[i].name, who_and_whom(f), rows[i].findings);
		row_true(rows[i].name, ok == (f->diags.errors == 0), "false exactly where there is an error");
		diags_init(&f->diags, f->arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(each_row) };

	return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
