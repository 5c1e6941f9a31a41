/* Host names by Istio's ValidateFQDN, cluster names by its subset keys, bytes by protobuf's wire format, and names by
 * Kubernetes' validation. */
#include "unit.h"

#include "names/cluster_name.h"
#include "names/hostname.h"

#define L10        "abcdefghij"
#define L60        L10 L10 L10 L10 L10 L10
#define L63        L60 "abc"
#define H252       L63 "." L63 "." L63 "." L60
#define ROW_C(lit) lit, sizeof(lit) - 1

static const struct host_row {
	const char         *host;
	enum hostname_fault fault;
	const char         *culprit; /* NULL: the host */
} hosts[] = {
	{ "auth.example.com", HOSTNAME_OK, "com" },
	{ "Auth.Example.com.", HOSTNAME_OK, "com" },
	{ "localhost", HOSTNAME_OK, "localhost" },
	{ "1.2.3.com", HOSTNAME_OK, "com" },
	{ L63 ".com", HOSTNAME_OK, "com" },
	{ H252 "x", HOSTNAME_OK, L60 "x" },
	{ H252 "x.", HOSTNAME_OK, L60 "x" },
	{ "", HOSTNAME_EMPTY, NULL },
	{ H252 "xy", HOSTNAME_TOO_LONG, NULL },
	{ L63 "d.com", HOSTNAME_BAD_LABEL, L63 "d" },
	{ "a..com", HOSTNAME_BAD_LABEL, "" },
	{ "a.com..", HOSTNAME_BAD_LABEL, "" },
	{ ".", HOSTNAME_BAD_LABEL, "" },
	{ "-a.com", HOSTNAME_BAD_LABEL, "-a" },
	{ "a-.com", HOSTNAME_BAD_LABEL, "a-" },
	{ "a_b.com", HOSTNAME_BAD_LABEL, "a_b" },
	{ "a.123", HOSTNAME_NUMERIC_TLD, "123" },
	{ "10.0.0", HOSTNAME_NUMERIC_TLD, "0" },
	{ "*.example.com", HOSTNAME_WILDCARD, NULL },
	{ "10.0.0.1", HOSTNAME_IP, NULL },
	{ "::1", HOSTNAME_IP, NULL },
	{ "[::1]", HOSTNAME_IP, NULL },
	{ "https://a.com", HOSTNAME_URL, NULL },
	{ "a.com:443", HOSTNAME_URL, NULL },
	{ "me@a.com", HOSTNAME_URL, NULL },
	{ " a.com", HOSTNAME_URL, NULL },
	{ "b\xc3\xbc.de", HOSTNAME_IDN, NULL },
};

static void test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct str culprit;

		row_int(hosts[i].host, hostname_check(str_c(hosts[i].host), &culprit), hosts[i].fault);
		row_text(hosts[i].host, culprit, hosts[i].culprit ? hosts[i].culprit : hosts[i].host);
		row_int(hosts[i].host, hostname_check(str_c(hosts[i].host), NULL), hosts[i].fault);
		assert_non_null(hostname_fault_text(hosts[i].fault));
	}
}

static const struct pair_row {
	const char *a, *b;
	bool        want;
} domains[] = {
	{ "a.example.com", "example.com", true },   { "example.com", "example.com", true },
	{ "A.EXAMPLE.com.", "example.COM", true },  { "a.example.com", "example.com.", true },
	{ "aexample.com", "example.com", false },   { "com", "example.com", false },
	{ "a.example.com.org", "example.com", false }, { "a", "", false },
}, patterns[] = {
	{ "*.example.com", "a.b.example.com", true }, { "*.example.com", "example.com", false },
	{ "*.example.com.", "a.example.com.", true }, { "*.example.com", "aexample.com", false },
	{ "*", "a", true },                           { "a.com", "A.com.", true },
	{ "a.com", "b.a.com", false },                { "2001:DB8::1", "2001:db8:0::1", true },
	{ "*.1", "10.0.0.1", true },                  { "10.0.0.1", "::ffff:10.0.0.1", true },
}, addresses[] = {
	{ "2001:DB8:0:0::1", "2001:db8::1", true }, { "2001:db8::1", "2001:db8::2", false },
	{ "10.0.0.1", "10.0.0.1", true },           { "10.0.0.1", "10.0.0.2", false },
	{ "a.com", "a.com", false },                { "::a00:1", "10.0.0.1", false },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(domains); i++)
		row_int(domains[i].a, hostname_in_domain(str_c(domains[i].a), str_c(domains[i].b)), domains[i].want);
	for (size_t i = 0; i < COUNT(patterns); i++)
		row_int(patterns[i].b, hostname_matches(str_c(patterns[i].a), str_c(patterns[i].b)), patterns[i].want);
	for (size_t i = 0; i < COUNT(addresses); i++)
		row_int(addresses[i].a, ip_same(str_c(addresses[i].a), str_c(addresses[i].b)), addresses[i].want);
}

static void test_addresses(void **state)
{
	struct str v4;

	assert_true(ip_is_v4(STR("1.2.3.4")) && !ip_is_v4(STR("1.2.3")) && !ip_is_v4(STR("01.2.3.4")));
	assert_true(ip_is_v6(STR("::")) && !ip_is_v6(STR("1.2.3.4")) && !ip_is_v6(STR("::g")));
	assert_false(ip_is_v4(STR("1.2.3.4\0")) || ip_is_v6(STR("::1\0")));
	assert_false(ip_is(STR("")) || ip_is(STR("1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111")));
	assert_true(ip_is_mapped(arena_of(state), STR("::FFFF:a00:1"), &v4));
	row_text("mapped", v4, "10.0.0.1");
	assert_false(ip_is_mapped(arena_of(state), STR("10.0.0.1"), &v4));
	assert_false(ip_is_mapped(arena_of(state), STR("::a00:1"), &v4));
}

/* ---- names of Kubernetes ---- */

static const struct kube_row {
	const char *text;
	bool        label, subdomain, key, value;
} kube[] = {
	{ "a", true, true, true, true },          { "a-1", true, true, true, true },
	{ "a.b", false, true, true, true },       { "A", false, false, true, true },
	{ "a_B.c", false, false, true, true },    { "", false, false, false, true },
	{ "-a", false, false, false, false },     { "a-", false, false, false, false },
	{ "a/b", false, false, true, false },     { "a.b/c_D", false, false, true, false },
	{ "A/b", false, false, false, false },    { "a/", false, false, false, false },
	{ "/a", false, false, false, false },     { "a/b/c", false, false, false, false },
	{ L63, true, true, true, true },          { L63 "d", false, true, false, false },
	{ L63 "d.e", false, true, false, false }, { L63 "d/e", false, false, true, false },
	{ H252 "x", false, true, false, false },  { H252 "xy", false, false, false, false },
};

static void test_kube(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kube); i++) {
		struct str s = str_c(kube[i].text);

		row_int(kube[i].text, dns_label_is(s), kube[i].label);
		row_int(kube[i].text, dns_subdomain_is(s), kube[i].subdomain);
		row_int(kube[i].text, label_key_is(s), kube[i].key);
		row_int(kube[i].text, label_value_is(s), kube[i].value);
	}
}

/* ---- clusters ---- */

static const struct cluster_row {
	const char *name;
	const char *direction, *subset, *host; /* NULL: absent */
	unsigned    port;
	bool        is_istio;
} clusters[] = {
	{ "outbound|443|v1|a.com", "outbound", "v1", "a.com", 443, true },
	{ "outbound|443||a.com", "outbound", "", "a.com", 443, true },
	{ "outbound_.443_.v1_.a.com", "outbound", "v1", "a.com", 443, true },
	{ "inbound|8080||", "inbound", "", "", 8080, true },
	{ "inbound_.8080_._.a", "inbound", "", "a", 8080, true },
	{ "inbound-vip|80|http|a", "inbound-vip", "http", "a", 80, true },
	{ "outbound|x||a", "outbound", "", "a", 0, true },
	{ "outbound|443", "outbound", NULL, NULL, 443, true },
	{ "outbound|443||a|b", "outbound", "", NULL, 443, true },
	{ "outbound", "outbound", NULL, NULL, 0, false },
	{ "filter.shop.auth", "filter.shop.auth", NULL, NULL, 0, false },
};

static void test_clusters(void **state)
{
	for (size_t i = 0; i < COUNT(clusters); i++) {
		const struct cluster_row *row = &clusters[i];
		struct cluster_name       c = cluster_name_parse(str_c(row->name));

		row_text(row->name, c.direction, row->direction);
		row_text(row->name, c.subset, row->subset);
		row_text(row->name, c.host, row->host);
		row_int(row->name, c.port, row->port);
		row_int(row->name, cluster_name_is_istio(str_c(row->name)), row->is_istio);
	}
	row_text("made", cluster_name_outbound(arena_of(state), 443, STR("v1"), STR("a.com")), "outbound|443|v1|a.com");
	row_text("made", cluster_name_outbound(arena_of(state), 80, STR_ABSENT, STR("a.com")), "outbound|80||a.com");
}

static void test_builtin(void **state)
{
	(void)state;
	assert_true(cluster_name_is_builtin(STR("PassthroughCluster")) &&
	            cluster_name_comes_by_cds(STR("PassthroughCluster")));
	assert_true(cluster_name_is_builtin(STR("xds-grpc")) && !cluster_name_comes_by_cds(STR("xds-grpc")));
	assert_true(cluster_name_is_ours(STR("filter.shop.auth-check.auth")));
	assert_false(cluster_name_is_ours(STR("filter.shop.auth")) || cluster_name_is_ours(STR("filter.a.b.c.d")) ||
	             cluster_name_is_ours(STR("filter.a..c")) || cluster_name_is_ours(STR("filter.a.b.")) ||
	             cluster_name_is_ours(STR("filter.a.b.c|")) || cluster_name_is_ours(STR("filter.")));
	assert_false(cluster_name_is_builtin(STR("outbound|80||a")) || cluster_name_comes_by_cds(STR("")));
}

/* https://protobuf.dev/programming-guides/encoding/: a tag is a field's number * 8 + its wire type. */
static const struct wire_row {
	const char *what;
	const char *bytes;
	size_t      n;
	bool        is_message;
} wire[] = {
	{ "nothing", ROW_C(""), true },
	{ "varint", ROW_C("\x08\x01"), true },
	{ "varint of two bytes", ROW_C("\x08\x80\x01"), true },
	{ "varint of ten bytes", ROW_C("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true },
	{ "varint of eleven bytes", ROW_C("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), false },
	{ "varint cut", ROW_C("\x08\x80"), false },
	{ "tag alone", ROW_C("\x08"), false },
	{ "field 0", ROW_C("\x02\x00"), false },
	{ "tag above 32 bits", ROW_C("\x88\x80\x80\x80\x10\x01"), false },
	{ "eight bytes",
	  ROW_C("\x09"
	        "12345678"),
	  true },
	{ "seven of eight",
	  ROW_C("\x09"
	        "1234567"),
	  false },
	{ "four bytes",
	  ROW_C("\x0d"
	        "1234"),
	  true },
	{ "three of four",
	  ROW_C("\x0d"
	        "123"),
	  false },
	{ "text",
	  ROW_C("\x0a\x03"
	        "abc"),
	  true },
	{ "text cut",
	  ROW_C("\x0a\x03"
	        "ab"),
	  false },
	{ "text of a length that wraps", ROW_C("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), false },
	{ "group", ROW_C("\x0b\x08\x01\x0c"), true },
	{ "group in a group", ROW_C("\x0b\x13\x14\x0c"), true },
	{ "group left open", ROW_C("\x0b\x08\x01"), false },
	{ "group closed as another", ROW_C("\x0b\x14"), false },
	{ "end without a group", ROW_C("\x0c"), false },
	{ "wire type 6", ROW_C("\x0e"), false },
	{ "wire type 7", ROW_C("\x0f"), false },
	{ "two fields, the second cut", ROW_C("\x08\x01\x08"), false },
	/* names that look harmless: p is a varint's tag, b a group's */
	{ "pa", ROW_C("pa"), true },
	{ "auth", ROW_C("auth"), false },
	{ "filter.shop.auth.jwt", ROW_C("filter.shop.auth.jwt"), false },
	{ "outbound|443||a.com", ROW_C("outbound|443||a.com"), false },
};

static void test_wire(void **state)
{
	char deep[202];

	(void)state;
	for (size_t i = 0; i < COUNT(wire); i++)
		row_int(wire[i].what, cluster_name_is_protobuf(str_of(wire[i].bytes, wire[i].n)), wire[i].is_message);
	for (size_t groups = 100; groups <= 101; groups++) { /* protobuf's own limit is 100 */
		memset(deep, 0x0b, groups);
		memset(deep + groups, 0x0c, groups);
		assert_int_equal(cluster_name_is_protobuf(str_of(deep, 2 * groups)), groups == 100);
	}
}

static const struct {
	const char *text;
	const char *host; /* NULL: it is none */
	unsigned    port;
} host_ports[] = {
	{ "10.0.0.5:80", "10.0.0.5", 80 },
	{ "[2001:db8::1]:443", "2001:db8::1", 443 },
	{ "::1:80", "::1", 80 },
	{ "a.example.com:65535", "a.example.com", 65535 },
	{ "[]:80", "[]", 80 },
	{ "10.0.0.5:0", "10.0.0.5", 0 },
	{ "10.0.0.5:65536", NULL, 0 },
	{ "10.0.0.5:", NULL, 0 },
	{ "10.0.0.5:8o", NULL, 0 },
	{ ":80", NULL, 0 },
	{ "10.0.0.5", NULL, 0 },
	{ "", NULL, 0 },
};

static void test_host_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(host_ports); i++) {
		struct str host;
		unsigned   port;
		bool       is_one = host_port_split(str_c(host_ports[i].text), &host, &port);

		row_int(host_ports[i].text, is_one, host_ports[i].host != NULL);
		if (!is_one)
			continue;
		row_text(host_ports[i].text, host, host_ports[i].host);
		row_int(host_ports[i].text, port, host_ports[i].port);
	}
}

static void test_ends(void **state)
{
	(void)state;
	row_text("blanks", str_trimmed(STR(" \t a b\t ")), "a b");
	assert_int_equal(str_trimmed(STR(" \t")).n, 0);
	assert_int_equal(str_find_last(STR("a/b/c"), '/'), 3);
	assert_int_equal(str_find_last(STR("/a"), '/'), 0);
	assert_int_equal(str_find_last(STR("abc"), '/'), 3);
	assert_int_equal(str_find_last(STR_ABSENT, '/'), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_hosts), UNIT_TEST(test_pairs),      UNIT_TEST(test_addresses),
		UNIT_TEST(test_kube),  UNIT_TEST(test_clusters),   UNIT_TEST(test_builtin),
		UNIT_TEST(test_wire),  UNIT_TEST(test_host_ports), UNIT_TEST(test_ends),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
