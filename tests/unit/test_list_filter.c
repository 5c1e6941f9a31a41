/* Which lists of clusters a filter of istioctl can have left. */
#include "unit.h"

#include "dump/list_filter.h"

#define OURS   "outbound|47080||auth.auth-check.shop.callout.internal"
#define OTHERS "outbound|80||books.shop.svc.cluster.local"

static const struct row {
	const char *what;
	const char *names[8];
	bool        none, may_be;
} rows[] = {
	{ "nothing", { NULL }, false, false },
	{ "the calls of hosts alone", { OURS, OTHERS }, false, false },
	{ "of a sidecar",
	  { "agent", "prometheus_stats", "sds-grpc", "xds-grpc", "BlackHoleCluster", OTHERS },
	  true,
	  false },
	{ "of a sidecar that was sent nothing", { "agent", "prometheus_stats", "sds-grpc", "xds-grpc" }, true, false },
	{ "of a waypoint", { "agent", "xds-grpc", "main_internal", "encap", OTHERS }, true, false },
	{ "a name in capitals, and one that has letters of it", { OTHERS, "BlackHoleCluster" }, true, false },
	{ "--fqdn BlackHoleCluster", { "BlackHoleCluster" }, false, true },
	{ "--fqdn Passthrough", { "InboundPassthroughCluster", "PassthroughCluster" }, false, true },
	{ "capitals that are not Istio's", { "Legacy", OTHERS }, false, false },
	{ "--fqdn internal, of a waypoint", { "main_internal", OURS }, false, true },
	{ "--fqdn s", { "sds-grpc", "xds-grpc", "prometheus_stats", OTHERS }, false, true },
	{ "--fqdn xds-grpc", { "xds-grpc" }, false, true },
	{ "a name that is empty", { "xds-grpc", "" }, true, false },
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct list_filter f;

		list_filter_begin(&f);
		for (size_t n = 0; rows[i].names[n]; n++)
			list_filter_add(&f, str_c(rows[i].names[n]));
		row_int(rows[i].what, list_filter_is_none(&f), rows[i].none);
		row_int(rows[i].what, list_filter_may_be(&f), rows[i].may_be);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests_name("list_filter", tests, NULL, NULL);
}
