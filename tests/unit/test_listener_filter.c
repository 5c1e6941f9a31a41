/* Which lists of listeners a filter of istioctl can have left. */
#include "unit.h"

#include "dump/listener_filter.h"

#define LISTENER(at, on, ...)                                                                                          \
	{                                                                                                              \
		at, sizeof(at) - 1, on, __VA_ARGS__                                                                    \
	}
#define PROBES     LISTENER("0.0.0.0", 15021, true, false)
#define SCRAPES    LISTENER("0.0.0.0", 15090, true, false)
#define OUTBOUND   LISTENER("0.0.0.0", 15001, false, true)
#define INBOUND    LISTENER("0.0.0.0", 15006, true, true)
#define BLACK_HOLE LISTENER("0.0.0.0", 15001, false, false)
#define INTERNAL   LISTENER("", 0, true, true)
#define API        LISTENER("10.96.0.1", 443, false, true)
#define BOOKS      LISTENER("10.96.0.9", 80, true, false)
#define SECURE     LISTENER("0.0.0.0", 8443, true, false)

static const struct row {
	const char           *what;
	struct listener_facts listeners[6];
	unsigned              by;
} rows[] = {
	{ "nothing", { LISTENER("", 0, false, false) }, LEFT_BY_PORT | LEFT_BY_ADDRESS | LEFT_BY_TYPE },
	{ "of a sidecar", { PROBES, SCRAPES, OUTBOUND, INBOUND, API }, 0 },
	{ "of a sidecar without services", { PROBES, SCRAPES, OUTBOUND, INBOUND }, LEFT_BY_WILDCARD },
	{ "of a sidecar that lets nothing out", { INBOUND, BLACK_HOLE }, LEFT_BY_WILDCARD },
	{ "of a waypoint", { PROBES, INTERNAL }, 0 },
	{ "of a gateway", { PROBES, SCRAPES, SECURE }, LEFT_BY_WILDCARD | LEFT_BY_TYPE_HTTP },
	{ "--port", { API, LISTENER("10.96.0.7", 443, true, false) }, LEFT_BY_PORT },
	{ "--port, one of all", { INBOUND }, LEFT_BY_PORT | LEFT_BY_WILDCARD | LEFT_BY_TYPE },
	{ "--address", { API, LISTENER("10.96.0.1", 80, true, false) }, LEFT_BY_ADDRESS },
	{ "--type http", { PROBES, SCRAPES, BOOKS }, LEFT_BY_TYPE_HTTP },
	{ "--type tcp", { OUTBOUND, API }, LEFT_BY_TYPE },
	{ "--type unknown", { BLACK_HOLE, LISTENER("0.0.0.0", 9, false, false) }, LEFT_BY_WILDCARD | LEFT_BY_TYPE },
	{ "--type http+tcp", { INBOUND, LISTENER("0.0.0.0", 80, true, true) }, LEFT_BY_WILDCARD | LEFT_BY_TYPE },
	{ "an internal one alone", { INTERNAL }, LEFT_BY_TYPE },
	{ "--address of another wildcard",
	  { LISTENER("::", 1, true, true), LISTENER("::", 2, false, true) },
	  LEFT_BY_WILDCARD },
};

static bool is_given(const struct listener_facts *l)
{
	return l->port || l->http || l->tcp;
}

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct listener_filter f = { 0 }, back = { 0 };
		size_t                 n = 0;

		for (; n < 6 && is_given(&rows[i].listeners[n]); n++)
			listener_filter_add(&f, &rows[i].listeners[n]);
		while (n-- > 0)
			listener_filter_add(&back, &rows[i].listeners[n]);
		row_int(rows[i].what, listener_filter_by(&f), rows[i].by);
		row_int(rows[i].what, listener_filter_by(&back), rows[i].by);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests_name("listener_filter", tests, NULL, NULL);
}
