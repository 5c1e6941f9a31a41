/* Live objects by host: whatever form of the name they bear, each once, in the order in which they were read. */
#include "unit.h"

#include "live/live_index.h"

static const char objects[] = "apiVersion: networking.istio.io/v1\n"
			      "kind: ServiceEntry\n"
			      "metadata: {name: one, namespace: shop}\n"
			      "spec: {hosts: [a.example.com, b.example.com, a.example.com]}\n"
			      "---\n"
			      "apiVersion: networking.istio.io/v1\n"
			      "kind: ServiceEntry\n"
			      "metadata: {name: two, namespace: other}\n"
			      "spec: {hosts: [a.example.com]}\n"
			      "---\n"
			      "apiVersion: networking.istio.io/v1\n"
			      "kind: DestinationRule\n"
			      "metadata: {name: short, namespace: shop}\n"
			      "spec: {host: pay}\n"
			      "---\n"
			      "apiVersion: networking.istio.io/v1\n"
			      "kind: DestinationRule\n"
			      "metadata: {name: none, namespace: shop}\n"
			      "spec: {}\n"
			      "---\n"
			      "apiVersion: networking.istio.io/v1\n"
			      "kind: VirtualService\n"
			      "metadata: {name: routes, namespace: shop}\n"
			      "spec:\n"
			      "  http:\n"
			      "  - {route: [{destination: {host: pay}}], mirror: {host: a.example.com}, mirrors: "
			      "[{destination: {host: b.example.com}}]}\n"
			      "  tcp: [{route: [{destination: {host: pay.shop.svc.cluster.local}}, {weight: 1}]}]\n"
			      "  tls: [{route: [{destination: {}}]}]\n";

static struct live_objects *indexed(void **state)
{
	struct arena        *arena = arena_of(state);
	struct live_objects *live = ARENA_NEW(arena, struct live_objects);
	struct diags         diags;

	diags_init(&diags, arena);
	assert_true(live_objects_read(arena, source_from_bytes(arena, STR("objects"), str_c(objects)), live, &diags));
	live_objects_index(arena, live, STR("cluster.local"));
	return live;
}

static void named(const struct live_refs *refs, const char *const *names, size_t n)
{
	assert_int_equal(refs->n, n);
	for (size_t i = 0; i < n; i++)
		assert_true(str_is(live_object_name(refs->items[i]), names[i]));
}

#define NAMED(refs, ...)                                                                                               \
	named(&(refs), (const char *const[]){ __VA_ARGS__ },                                                           \
	      sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void test_entries(void **state)
{
	const struct live_objects *live = indexed(state);

	NAMED(live_host(live, STR("a.example.com"))->entries, "one", "two");
	NAMED(live_host(live, STR("b.example.com"))->entries, "one");
}

static void test_short_names(void **state)
{
	const struct live_objects *live = indexed(state);

	NAMED(live_host(live, STR("pay.shop.svc.cluster.local"))->rules, "short");
	NAMED(live_host(live, STR("pay.shop.svc.cluster.local"))->routes, "routes");
	NAMED(live_host(live, STR("pay"))->routes, "routes");
	assert_int_equal(live_host(live, STR("pay.other.svc.cluster.local"))->rules.n, 0);
}

static void test_mirrors(void **state)
{
	const struct live_objects *live = indexed(state);

	NAMED(live_host(live, STR("a.example.com"))->routes, "routes");
	NAMED(live_host(live, STR("b.example.com"))->routes, "routes");
}

static void test_nothing(void **state)
{
	const struct live_objects none = { 0 };

	assert_int_equal(live_host(indexed(state), STR("c.example.com"))->entries.n, 0);
	assert_int_equal(live_host(&none, STR("a.example.com"))->entries.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_entries),
		UNIT_TEST(test_short_names),
		UNIT_TEST(test_mirrors),
		UNIT_TEST(test_nothing),
	};

	return cmocka_run_group_tests_name("live_index", tests, NULL, NULL);
}
