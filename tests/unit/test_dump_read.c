/* What is kept of a dump: facts by facts, in both spellings, whatever stands around them and however the bytes arrive. */
#include "unit.h"

#include "dump/proxy_state.h"
#include "pieces.h"

#define NAME "outbound|443||auth.example.com"

static struct proxy_part *read_text(struct fixture *f, struct str text)
{
	struct dump_wants *wants = ARENA_NEW(f->arena, struct dump_wants);
	struct json_input  input;

	dump_wants_init(wants, f->arena);
	dump_wants_cluster(wants, STR(NAME));
	dump_wants_plugin(wants, STR("shop"), STR("auth"));
	json_input_bytes(&input, text);
	return dump_read(dump_reader_new(f->arena, wants, false), f->arena, source_without_bytes(f->arena, STR("dump")),
	                 &input, &f->diags);
}

static struct proxy_cluster *cluster_with(struct fixture *f, const char *members)
{
	struct proxy_part *part =
		read_text(f, str_fmt(f->arena, "[{\"name\":\"" NAME "\",\"connectTimeout\":\"1s\",%s}]", members));

	row_findings(members, f, "");
	assert_non_null(part);
	row_true(members, part->clusters[0] != NULL, "the cluster is kept");
	return part->clusters[0];
}

/* ---- clusters ---- */

static void test_types(void **state)
{
	static const struct {
		const char       *members;
		enum cluster_type type;
	} rows[] = {
		{ "\"connectTimeout\":\"1s\"", CLUSTER_STATIC },
		{ "\"type\":\"STRICT_DNS\"", CLUSTER_STRICT_DNS },
		{ "\"type\":\"LOGICAL_DNS\"", CLUSTER_LOGICAL_DNS },
		{ "\"type\":\"EDS\"", CLUSTER_EDS },
		{ "\"type\":\"ORIGINAL_DST\"", CLUSTER_ORIGINAL_DST },
		{ "\"type\":\"SOMETHING\"", CLUSTER_OTHER_TYPE },
		{ "\"cluster_type\":{\"name\":\"envoy.cluster.dns\"}", CLUSTER_STRICT_DNS },
		{ "\"clusterType\":{\"name\":\"envoy.clusters.dynamic_forward_proxy\"}", CLUSTER_FORWARD_PROXY },
		{ "\"clusterType\":{\"typedConfig\":{\"name\":\"x\"},\"name\":\"envoy.clusters.redis\"}",
		  CLUSTER_OTHER_TYPE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		row_int(rows[i].members, cluster_with(*state, rows[i].members)->type, rows[i].type);
}

#define BREAKER(limits) "\"circuitBreakers\":{\"thresholds\":[{" limits "}]}"

static void test_flags(void **state)
{
	static const struct {
		const char *members;
		bool        header, sub_clusters, zero, no_panic, auto_sni;
	} rows[] = {
		{ "\"type\":\"EDS\"", false, false, false, false, false },
		{ "\"original_dst_lb_config\":{\"use_http_header\":true}", true, false, false, false, false },
		{ "\"originalDstLbConfig\":{\"useHttpHeader\":false}", false, false, false, false, false },
		{ "\"clusterType\":{\"name\":\"x\",\"typedConfig\":{\"subClustersConfig\":{}}}", false, true, false,
		  false, false },
		{ BREAKER("\"maxRequests\":0"), false, false, true, false, false },
		{ BREAKER("\"maxPendingRequests\":0,\"maxConnections\":7"), false, false, true, false, false },
		{ BREAKER("\"maxConnections\":0,\"maxRetries\":0"), false, false, false, false, false },
		{ BREAKER("\"maxConnectionPools\":0"), false, false, true, false, false },
		{ BREAKER("},{\"maxRequests\":0"), false, false, false, false, false },
		{ BREAKER("\"priority\":\"HIGH\",\"maxRequests\":0"), false, false, false, false, false },
		{ BREAKER("\"maxRequests\":0,\"priority\":\"HIGH\""), false, false, false, false, false },
		{ "\"commonLbConfig\":{\"healthyPanicThreshold\":{}}", false, false, false, true, false },
		{ "\"common_lb_config\":{\"healthy_panic_threshold\":{\"value\":0}}", false, false, false, true,
		  false },
		{ "\"common_lb_config\":{\"healthy_panic_threshold\":{\"value\":50}}", false, false, false, false,
		  false },
		{ "\"commonLbConfig\":{}", false, false, false, false, false },
		{ "\"typedExtensionProtocolOptions\":{\"envoy.extensions.upstreams.http.v3.HttpProtocolOptions\":{"
		  "\"upstreamHttpProtocolOptions\":{\"autoSni\":true}}}",
		  false, false, false, false, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct proxy_cluster *c = cluster_with(*state, rows[i].members);

		row_true(rows[i].members, c->http_header == rows[i].header, "use_http_header");
		row_true(rows[i].members, c->sub_clusters == rows[i].sub_clusters, "sub_clusters");
		row_true(rows[i].members, c->zero_requests == rows[i].zero, "circuit breaker");
		row_true(rows[i].members, (c->panic <= 0) == rows[i].no_panic, "panic threshold");
		row_true(rows[i].members, c->auto_sni == rows[i].auto_sni, "auto_sni");
	}
}

#define OPTIONS(members)                                                                                               \
	"\"typed_extension_protocol_options\":{\"other\":{\"explicit_http_config\":{\"http2_protocol_options\":{}}},"  \
	"\"envoy.extensions.upstreams.http.v3.HttpProtocolOptions\":{" members "}}"

static void test_http(void **state)
{
	static const struct {
		const char       *members;
		enum http_version http;
	} rows[] = {
		{ "\"type\":\"EDS\"", HTTP_UNSAID },
		{ OPTIONS("\"explicit_http_config\":{\"http2_protocol_options\":{}}"), HTTP_2 },
		{ OPTIONS("\"explicitHttpConfig\":{\"httpProtocolOptions\":{}}"), HTTP_1 },
		{ OPTIONS("\"use_downstream_protocol_config\":{}"), HTTP_AS_DOWNSTREAM },
		{ OPTIONS("\"autoConfig\":{}"), HTTP_AUTO },
		{ OPTIONS("\"common_http_protocol_options\":{}"), HTTP_UNSAID },
		{ "\"http2_protocol_options\":{}", HTTP_2 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		row_int(rows[i].members, cluster_with(*state, rows[i].members)->http, rows[i].http);
}

#define SOCKET(context)                                                                                                \
	"\"transport_socket\":{\"name\":\"envoy.transport_sockets.tls\",\"typed_config\":{\"@type\":"                  \
	"\"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\"," context "}}"

static void test_tls(void **state)
{
	static const struct {
		const char *members, *sni, *ca, *name;
		bool        tls, verifies;
	} rows[] = {
		{ "\"type\":\"EDS\"", NULL, NULL, NULL, false, false },
		{ "\"transport_socket\":{\"name\":\"envoy.transport_sockets.raw_buffer\"}", NULL, NULL, NULL, false,
		  false },
		{ SOCKET("\"sni\":\"a.b\""), "a.b", NULL, NULL, true, false },
		{ SOCKET("\"common_tls_context\":{\"validation_context\":{}}"), NULL, NULL, NULL, true, false },
		{ SOCKET("\"common_tls_context\":{\"validation_context\":{\"trusted_ca\":{\"filename\":\"/ca\"},"
		         "\"match_typed_subject_alt_names\":[{\"san_type\":\"DNS\",\"matcher\":{\"exact\":\"n\"}}]}}"),
		  NULL, "/ca", "n", true, true },
		{ SOCKET("\"commonTlsContext\":{\"combinedValidationContext\":{\"defaultValidationContext\":{"
		         "\"matchSubjectAltNames\":[{\"exact\":\"n\"}]},\"validationContextSdsSecretConfig\":{\"name\":"
		         "\"file-root:system\"}}}"),
		  NULL, "file-root:system", "n", true, true },
		{ "\"transportSocketMatches\":[{\"name\":\"hbone\",\"match\":{\"tunnel\":\"http\"},\"transportSocket\":"
		  "{"
		  "\"name\":\"envoy.transport_sockets.internal_upstream\"}},{\"name\":\"user\",\"match\":{},"
		  "\"transportSocket\":{\"name\":\"envoy.transport_sockets.tls\",\"typedConfig\":{\"sni\":\"u\"}}}]",
		  "u", NULL, NULL, true, false },
		{ "\"transportSocketMatches\":[{\"name\":\"tlsMode-istio\",\"transportSocket\":{\"name\":"
		  "\"envoy.transport_sockets.tls\"}},{\"name\":\"tlsMode-disabled\"}]",
		  NULL, NULL, NULL, false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tls_facts *t = &cluster_with(*state, rows[i].members)->tls;

		row_true(rows[i].members, t->tls == rows[i].tls, "tls");
		row_true(rows[i].members, t->verifies == rows[i].verifies, "verifies");
		row_text(rows[i].members, t->sni, rows[i].sni);
		row_text(rows[i].members, t->ca, rows[i].ca);
		row_int(rows[i].members, (int64_t)t->n_names, rows[i].name != NULL);
		if (rows[i].name)
			row_text(rows[i].members, t->names[0], rows[i].name);
	}
}

/* ---- names that are near ---- */

static void test_near(void **state)
{
	static const struct {
		const char    *name;
		enum near_kind kind;
	} rows[] = {
		{ "outbound|80||auth.example.com", NEAR_PORT },
		{ "outbound|443|v2|auth.example.com", NEAR_SUBSET },
		{ "inbound-vip|443|http|auth.example.com", NEAR_INBOUND_VIP },
		{ "outbound|443||Auth.Example.com", NEAR_CASE },
		{ "outbound|443||auth.example.com.", NEAR_DOT },
		{ "outbound|443||auht.example.com", NEAR_EDITS },
		{ "outbound|443||auth.example.org", NEAR_EDITS },
		{ "outbound|443||auth.shop.svc.cluster.local", NEAR_DOMAIN },
	};
	static const char *const far[] = {
		"outbound|443||mail.example.net",   "inbound|443||", "xds-grpc", "outbound|443||",
		"outbound|443||a|auth.example.com",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proxy_part *part =
			read_text(f, str_fmt(f->arena, "[{\"type\":\"EDS\",\"name\":\"%s\"}]", rows[i].name));

		assert_non_null(part);
		row_true(rows[i].name, part->near[0] != NULL, "it is near");
		row_text(rows[i].name, part->near[0][0].name, rows[i].name);
		row_int(rows[i].name, part->near[0][0].kind, rows[i].kind);
		row_int(rows[i].name, part->near[0][0].pos.offset, 22);
	}
	for (size_t i = 0; i < COUNT(far); i++) {
		struct proxy_part *part =
			read_text(f, str_fmt(f->arena, "[{\"type\":\"EDS\",\"name\":\"%s\"}]", far[i]));

		row_true(far[i], part && !part->near[0], "it is not near");
	}
}

/* ---- however they arrive ---- */

static const char whole[] =
	"{\"configs\":[{\"@type\":\"type.googleapis.com/"
	"envoy.admin.v3.BootstrapConfigDump\",\"bootstrap\":{\"node\":{\"id\":"
	"\"sidecar~10.0.0.1~web.shop~shop.svc.cluster.local\",\"metadata\":{\"ISTIO_VERSION\":\"1.31.0\",\"NAMESPACE\":"
	"\"shop\","
	"\"LABELS\":{\"app\":\"web\"}}}}},{\"@type\":\"type.googleapis.com/envoy.admin.v3.ClustersConfigDump\","
	"\"static_clusters\":[{\"cluster\":{\"name\":\"xds-grpc\"}}],\"dynamic_active_clusters\":[{\"cluster\":{"
	"\"name\":\"" NAME
	"\",\"type\":\"EDS\"}}]},{\"dynamic_endpoint_configs\":[{\"endpoint_config\":{\"cluster_name\":\"" NAME
	"\",\"endpoints\":[{\"lb_endpoints\":[{\"endpoint\":{\"address\":{\"socket_address\":{\"address\":\"10.0.0.5\","
	"\"port_value\":443}}}},{\"health_status\":\"UNHEALTHY\"}]}]}}]},{\"ecds_filters\":[{\"ecds_filter\":{\"name\":"
	"\"extensions.istio.io/wasmplugin/shop.auth\",\"typed_config\":{\"@type\":"
	"\"type.googleapis.com/"
	"envoy.extensions.filters.http.wasm.v3.Wasm\",\"config\":{\"root_id\":\"r\",\"configuration\":{"
	"\"value\":\"{}\"}}}}}]}]}";

static void check_whole(const char *row, const struct proxy_part *part)
{
	row_true(row, part != NULL, "it is read");
	row_int(row, part->kinds & (DUMP_CLUSTERS | DUMP_ENDPOINTS | DUMP_PLUGINS | DUMP_NODE),
	        DUMP_CLUSTERS | DUMP_ENDPOINTS | DUMP_PLUGINS | DUMP_NODE);
	row_text(row, part->node.pod, "web.shop");
	row_text(row, part->node.type, "sidecar");
	row_text(row, part->node.version, "1.31.0");
	row_int(row, (int64_t)part->node.n_labels, 1);
	row_true(row, part->n_clusters == 2 && part->clusters[0] && part->clusters[0]->active, "the cluster is active");
	row_int(row, (int64_t)part->endpoints[0]->n, 2);
	row_int(row, (int64_t)part->endpoints[0]->n_healthy, 1);
	row_int(row, part->endpoints[0]->addresses[0].port, 443);
	row_true(row, part->plugins[0] && part->plugins[0]->wasm, "the plugin is a Wasm filter");
	row_text(row, part->plugins[0]->root_id, "r");
	row_text(row, part->plugins[0]->configuration, "{}");
}

static void test_pieces(void **state)
{
	struct fixture     *f = *state;
	struct dump_wants   wants;
	struct dump_reader *reader;

	check_whole("at once", read_text(f, STR(whole)));
	dump_wants_init(&wants, f->arena);
	dump_wants_cluster(&wants, STR(NAME));
	dump_wants_plugin(&wants, STR("shop"), STR("auth"));
	reader = dump_reader_new(f->arena, &wants, true);
	for (size_t most = 1; most < 700; most += most < 40 ? 1 : 97) {
		struct pieces     pieces = { STR(whole), 0, most };
		struct json_input input;

		json_input_callback(&input, pieces_read, &pieces);
		check_whole(str_fmt(f->arena, "in pieces of %zu", most).p,
		            dump_read(reader, f->arena, source_without_bytes(f->arena, STR("dump")), &input,
		                      &f->diags));
	}
	row_findings("pieces", f, "");
}

/* Cut anywhere it is refused, with one finding. */
static void test_cut(void **state)
{
	struct fixture     *f = *state;
	struct dump_wants   wants;
	struct dump_reader *reader;

	dump_wants_init(&wants, f->arena);
	dump_wants_cluster(&wants, STR(NAME));
	reader = dump_reader_new(f->arena, &wants, false);
	for (size_t n = 0; n + 1 < sizeof(whole) - 1; n++) {
		struct json_input input;

		json_input_bytes(&input, str_of(whole, n));
		row_true(str_fmt(f->arena, "%zu bytes", n).p,
		         !dump_read(reader, f->arena, source_without_bytes(f->arena, STR("dump")), &input, &f->diags) &&
		                 f->diags.errors == 1 && f->diags.n == 1,
		         "it is refused once");
		diags_init(&f->diags, f->arena);
	}
}

/* Copies of one cluster do not fill the memory. */
static void test_copies(void **state)
{
	struct fixture *f = *state;
	struct buf      b;
	size_t          before;

	buf_init(&b, f->arena, 64 * MIB);
	buf_char(&b, '[');
	for (unsigned i = 0; i < 20000; i++)
		buf_fmt(&b, "%s{\"name\":\"" NAME "\",\"type\":\"EDS\",\"edsClusterConfig\":{\"serviceName\":\"s%u\"}}",
		        i ? "," : "", i);
	buf_char(&b, ']');
	before = arena_bytes(f->arena);
	assert_non_null(read_text(f, buf_str(&b)));
	row_true("copies", arena_bytes(f->arena) - before < 8 * MIB, "memory stays small");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_types), UNIT_TEST(test_flags),  UNIT_TEST(test_http), UNIT_TEST(test_tls),
		UNIT_TEST(test_near),  UNIT_TEST(test_pieces), UNIT_TEST(test_cut),  UNIT_TEST(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
