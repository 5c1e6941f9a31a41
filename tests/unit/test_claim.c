/* What two manifests that share a public host must agree on: neighbours_collect finds a quarrel in the documents exactly
 * when the claims that the store keeps of them differ. */
#include "unit.h"

#include "manifest/manifest_check.h"
#include "plan/claim.h"

static const char manifest_text[] = "apiVersion: callout.dev/v1alpha1\n"
				    "kind: FilterManifest\n"
				    "metadata: {name: %s, namespace: shop}\n"
				    "spec:\n"
				    "  target: {selector: {matchLabels: {%s}}}\n"
				    "  upstreams:\n"
				    "  - {name: auth, host: auth.example.com, port: 8443, isolated: false, %s}\n";

static const struct mesh *read_pair(struct fixture *f, const char *labels[2], const char *settings[2],
                                    struct inputs *inputs)
{
	struct manifest_options options = { .default_namespace = STR("default") };
	const struct mesh      *mesh;

	*inputs = (struct inputs){ 0 };
	for (int i = 0; i < 2; i++) {
		struct str text = str_fmt(f->arena, manifest_text, i ? "b" : "a", labels[i], settings[i]);

		row_true(settings[i],
		         manifest_parse(f->arena, source_from_bytes(f->arena, STR("in.yaml"), text), &options, inputs,
		                        &f->diags),
		         "it is read");
	}
	mesh = mesh_choose(f->arena, inputs, STR_ABSENT, STR_ABSENT, &f->diags);
	for (int i = 0; i < 2; i++)
		row_true(settings[i], manifest_check(f->arena, inputs->manifests[i], mesh, &f->diags), "it is sound");
	return mesh;
}

/* The key of the claim on which the two differ; absent when they agree. */
static struct str find_difference(struct fixture *f, const struct inputs *inputs, const struct mesh *mesh)
{
	size_t        n[2];
	struct claim *claims[2];

	for (int i = 0; i < 2; i++)
		claims[i] = claims_collect(f->arena, inputs->manifests[i], mesh, &n[i]);
	assert_true(n[0] == 3 && n[1] == 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(str_eq(claims[0][i].key, claims[1][i].key));
		if (!str_eq(claims[0][i].agreement, claims[1][i].agreement))
			return claims[0][i].key;
	}
	return STR_ABSENT;
}

#define HOST "host/shop/auth.example.com"
#define PORT "port/shop/auth.example.com/8443"
#define RULE "rule/shop/auth.example.com"

static const struct row {
	const char *a, *b;
	const char *key; /* on which they differ; NULL: they agree */
} rows[] = {
	{ "protocol: HTTP", "protocol: HTTP", NULL },
	{ "protocol: HTTP", "protocol: HTTP2", PORT },
	{ "timeout: 1s", "timeout: 2s", NULL }, /* the filter's own */
	{ "targetPort: 8443", "path: /", NULL },
	{ "targetPort: 8444", "path: /", PORT },
	{ "connectTimeout: 1s", "connectTimeout: 1000ms", NULL },
	{ "connectTimeout: 1s", "connectTimeout: 2s", PORT },
	/* the whole ServiceEntry */
	{ "resolution: DNS", "path: /", NULL },
	{ "resolution: DNS", "resolution: DNS_ROUND_ROBIN", HOST },
	{ "location: MESH_EXTERNAL", "path: /", NULL },
	{ "location: MESH_INTERNAL", "path: /", HOST },
	{ "exportTo: ['.']", "path: /", NULL },
	{ "exportTo: ['*']", "path: /", HOST },
	{ "exportTo: [a, b]", "exportTo: [b, a]", NULL },
	{ "exportTo: [a, b]", "exportTo: [a, c]", HOST },
	{ "endpoints: [{address: 10.0.0.1}]", "endpoints: [{address: 10.0.0.1, port: 8443}]", NULL },
	{ "endpoints: [{address: 10.0.0.1}]", "endpoints: [{address: 10.0.0.2}]", HOST },
	{ "endpoints: [{address: 10.0.0.1}]", "endpoints: [{address: 10.0.0.1}, {address: 10.0.0.2}]", HOST },
	{ "endpoints: [{address: 10.0.0.1}]", "endpoints: [{address: 10.0.0.1, port: 9}]", PORT },
	/* TLS */
	{ "tls: {mode: DISABLE}", "path: /", NULL },
	{ "tls: {mode: DISABLE}", "tls: {}", PORT },
	{ "tls: {mode: SIMPLE, sni: auth.example.com, subjectAltNames: [auth.example.com]}", "tls: {}", NULL },
	{ "tls: {sni: a.example.com}", "tls: {}", PORT },
	{ "tls: {subjectAltNames: [a.com, b.com]}", "tls: {subjectAltNames: [b.com, a.com]}", NULL },
	{ "tls: {subjectAltNames: [a.com, b.com]}", "tls: {subjectAltNames: [a.com, c.com]}", PORT },
	{ "tls: {caCertificates: system}", "tls: {}", NULL },
	{ "tls: {caCertificates: /etc/a.pem}", "tls: {}", PORT },
	{ "tls: {insecureSkipVerify: false}", "tls: {}", NULL },
	{ "tls: {insecureSkipVerify: true}", "tls: {}", PORT },
	{ "tls: {mode: MUTUAL, clientCertificate: /a, privateKey: /k}",
	  "tls: {mode: MUTUAL, clientCertificate: /b, privateKey: /k}", PORT },
	{ "tls: {mode: MUTUAL, clientCertificate: /a, privateKey: /k}",
	  "tls: {mode: MUTUAL, clientCertificate: /a, privateKey: /l}", PORT },
	{ "tls: {mode: MUTUAL, credentialName: a}", "tls: {mode: MUTUAL, credentialName: a}", NULL },
	{ "tls: {mode: MUTUAL, credentialName: a}", "tls: {mode: MUTUAL, credentialName: b}", PORT },
	/* limits */
	{ "connectionPool: {maxConnections: 1}", "path: /", PORT },
	{ "connectionPool: {maxConnections: 1}", "connectionPool: {maxConnections: 1}", NULL },
	{ "connectionPool: {maxConnections: 1}", "connectionPool: {maxConnections: 2}", PORT },
	{ "connectionPool: {maxPendingRequests: 1}", "connectionPool: {maxPendingRequests: 2}", PORT },
	{ "connectionPool: {maxRequests: 1}", "connectionPool: {maxRequests: 2}", PORT },
	{ "connectionPool: {maxRetries: 1}", "connectionPool: {maxRetries: 2}", PORT },
	{ "outlierDetection: {interval: 1s}", "path: /", PORT },
	{ "outlierDetection: {interval: 1s}", "outlierDetection: {interval: 1000ms}", NULL },
	{ "outlierDetection: {interval: 1s}", "outlierDetection: {interval: 2s}", PORT },
	{ "outlierDetection: {consecutive5xxErrors: 1}", "outlierDetection: {consecutive5xxErrors: 2}", PORT },
	{ "outlierDetection: {baseEjectionTime: 1s}", "outlierDetection: {baseEjectionTime: 2s}", PORT },
	{ "outlierDetection: {maxEjectionPercent: 1}", "outlierDetection: {maxEjectionPercent: 2}", PORT },
};

static void judge(struct fixture *f, const char *labels[2], const char *a, const char *b, const char *key)
{
	for (int turn = 0; turn < 2; turn++) {
		const char        *settings[2] = { turn ? b : a, turn ? a : b };
		struct inputs      inputs;
		struct neighbours  neighbours;
		const struct mesh *mesh = read_pair(f, labels, settings, &inputs);
		struct str         row = str_fmt(f->arena, "%s | %s", settings[0], settings[1]);

		row_text(row.p, find_difference(f, &inputs, mesh), key);
		row_true(row.p, neighbours_collect(f->arena, &inputs, mesh, &neighbours, &f->diags) == !key,
		         "neighbours_collect says what the claims say");
		diags_init(&f->diags, f->arena);
	}
}

static void test_settings(void **state)
{
	const char *labels[2] = { "app: web", "app: web" };

	for (size_t i = 0; i < COUNT(rows); i++)
		judge(*state, labels, rows[i].a, rows[i].b, rows[i].key);
}

/* A rule with a credential selects workloads, so all who share it must select the same. */
static void test_selection(void **state)
{
	static const char credential[] = "tls: {mode: MUTUAL, credentialName: a}", files[] = "tls: {sni: a.com}";
	const char       *equal[2] = { "app: web, tier: a", "tier: a, app: web" };
	const char       *unequal[2] = { "app: web", "app: api" }, *fewer[2] = { "app: web", "app: web, tier: a" };

	judge(*state, equal, credential, credential, NULL);
	judge(*state, unequal, credential, credential, RULE);
	judge(*state, fewer, credential, credential, RULE);
	judge(*state, unequal, files, files, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_settings),
		UNIT_TEST(test_selection),
	};

	return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
