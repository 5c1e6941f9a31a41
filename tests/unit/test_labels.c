/* Labels of Kubernetes objects: a selector takes what has all of its labels (metav1.LabelSelector, matchLabels). */
#include "unit.h"

#include "json/json_tree.h"
#include "names/labels.h"

/* NULL: there are none. */
static const struct node *read_labels(struct fixture *f, const char *json)
{
	const struct document *d;

	if (!json)
		return NULL;
	d = json_tree_read(f->arena, source_from_bytes(f->arena, STR("labels"), str_c(json)), &f->diags);
	assert_non_null(d);
	return &d->root;
}

static void test_pairs(void **state)
{
	static const struct {
		const char *a, *b;
		bool        within, exclude, equal; /* a within b; the others whichever way round */
	} rows[] = {
		{ NULL, NULL, true, false, true },
		{ NULL, "{}", true, false, true },
		{ NULL, "{\"app\": \"web\"}", true, false, false },
		{ "{\"app\": \"web\"}", NULL, false, false, false },
		{ "{\"app\": \"web\"}", "{\"app\": \"web\"}", true, false, true },
		{ "{\"app\": \"web\"}", "{\"app\": \"api\"}", false, true, false },
		{ "{\"app\": \"web\"}", "{\"tier\": \"web\"}", false, false, false },
		{ "{\"app\": \"web\"}", "{\"tier\": \"x\", \"app\": \"web\"}", true, false, false },
		{ "{\"tier\": \"x\", \"app\": \"web\"}", "{\"app\": \"web\", \"tier\": \"x\"}", true, false, true },
		{ "{\"tier\": \"x\", \"app\": \"web\"}", "{\"app\": \"web\", \"tier\": \"y\"}", false, true, false },
		{ "{\"app\": \"\"}", "{\"app\": \"web\"}", false, true, false },
		{ "{\"app\": \"\"}", "{}", false, false, false },
		{ "{\"App\": \"web\"}", "{\"app\": \"web\"}", false, false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct node *a = read_labels(f, rows[i].a), *b = read_labels(f, rows[i].b);
		char               row[32];

		snprintf(row, sizeof(row), "row %zu", i);
		row_int(row, labels_within(a, b), rows[i].within);
		row_int(row, labels_exclude(a, b), rows[i].exclude);
		row_int(row, labels_exclude(b, a), rows[i].exclude);
		row_int(row, labels_equal(a, b), rows[i].equal);
		row_int(row, labels_equal(b, a), rows[i].equal);
	}
}

/* "k0": "v" to "kN": "v", the last of them first where it is turned. */
static const struct node *many_labels(struct fixture *f, unsigned n, bool turned)
{
	struct buf b;

	buf_init(&b, f->arena, MIB);
	if (turned)
		buf_fmt(&b, "{\"k%u\": \"v\"", n - 1);
	for (unsigned i = 0; i < n - turned; i++)
		buf_fmt(&b, "%s\"k%u\": \"v\"", i || turned ? "," : "{", i);
	buf_char(&b, '}');
	buf_char(&b, '\0');
	return read_labels(f, buf_str(&b).p);
}

/* So many as no workload has count in their order alone: nothing that a stranger writes takes quadratic time. */
static void test_many(void **state)
{
	struct fixture *f = *state;

	assert_true(labels_equal(many_labels(f, 64, false), many_labels(f, 64, true)));
	assert_true(labels_within(many_labels(f, 64, true), many_labels(f, 50000, false)));
	assert_true(labels_equal(many_labels(f, 50000, false), many_labels(f, 50000, false)));
	assert_true(labels_within(many_labels(f, 50000, false), many_labels(f, 50001, false)));
	assert_false(labels_within(many_labels(f, 50001, false), many_labels(f, 50000, false)));
	assert_false(labels_equal(many_labels(f, 50000, false), many_labels(f, 50000, true)));
	assert_false(labels_within(many_labels(f, 50000, true), many_labels(f, 50000, false)));
}

/* Istio's charts and istioctl, and the Gateway API, give these to gateways. */
static void test_gateways(void **state)
{
	static const struct {
		const char *labels, *found; /* key of the label; NULL: none */
	} rows[] = {
		{ "{\"istio\": \"ingressgateway\"}", "istio" },
		{ "{\"istio\": \"egressgateway\", \"app\": \"x\"}", "istio" },
		{ "{\"app\": \"istio-ingress\"}", "app" },
		{ "{\"app\": \"istio-ingressgateway\"}", "app" },
		{ "{\"gateway.networking.k8s.io/gateway-name\": \"shop\"}", "gateway.networking.k8s.io/gateway-name" },
		{ "{\"app\": \"web\"}", NULL },
		{ "{\"app\": \"ingress\"}", NULL },
		{ "{\"app\": \"istio-proxy\"}", NULL },
		{ "{\"istio\": \"pilot\"}", NULL },
		{ "{}", NULL },
		{ NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct node *found = labels_of_gateway(read_labels(*state, rows[i].labels));

		row_text(rows[i].labels ? rows[i].labels : "none", found ? node_key(found) : STR_ABSENT, rows[i].found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_pairs), UNIT_TEST(test_many), UNIT_TEST(test_gateways) };

	return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
