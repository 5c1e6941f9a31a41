#include "names/labels.h"

#include "json/tree.h"

enum { LABELS_COMPARED = 64 }; /* in any order; more than any workload has are compared in the same order only */

static bool is_same_label(const struct node *a, const struct node *b)
{
	return b && str_eq(node_key(a), node_key(b)) && str_eq(node_text(a), node_text(b));
}

bool labels_within(const struct node *labels, const struct node *of)
{
	const struct node *next = of ? of->first : NULL;
	bool               any_order = !labels || labels->count <= LABELS_COMPARED;

	NODE_EACH (label, labels) {
		const struct node *n = any_order ? node_get_str(of, node_key(label)) : next;

		while (!any_order && n && !is_same_label(label, n))
			n = n->next;
		if (!is_same_label(label, n))
			return false;
		next = n->next;
	}
	return true;
}

bool labels_exclude(const struct node *a, const struct node *b)
{
	unsigned compared = 0;

	NODE_EACH (label, a) {
		const struct node *other = compared++ < LABELS_COMPARED ? node_get_str(b, node_key(label)) : NULL;

		if (other && !str_eq(node_text(label), node_text(other)))
			return true;
	}
	return false;
}

bool labels_equal(const struct node *a, const struct node *b)
{
	const struct node *x, *y;

	if (!a || !b || a->count != b->count)
		return (!a || a->count == 0) && (!b || b->count == 0);
	x = a->first;
	y = b->first;
	while (x && is_same_label(x, y)) {
		x = x->next;
		y = y->next;
	}
	if (a->count > LABELS_COMPARED)
		return !x;
	for (; x; x = x->next) {
		if (!is_same_label(x, node_get_str(b, node_key(x))))
			return false;
	}
	return true;
}

static bool is_gateway_name(struct str name)
{
	return str_has_prefix(name, STR("ingress")) || str_has_prefix(name, STR("egress")) ||
	       str_find_str(name, STR("gateway"), 0) < name.n;
}

/* A chart's release istio-ingress gives `app: istio-ingress` and `istio: ingress`; istioctl gives `istio: ingressgateway`. */
static bool is_of_gateway(struct str key, struct str value)
{
	static const struct str release = STR_INIT("istio-");

	if (str_is(key, "istio"))
		return is_gateway_name(value);
	if (str_is(key, "app"))
		return str_has_prefix(value, release) && is_gateway_name(str_slice(value, release.n, value.n));
	return str_is(key, LABEL_GATEWAY) || str_is(key, "istio.io/gateway-name");
}

const struct node *labels_of_gateway(const struct node *labels)
{
	NODE_EACH (label, labels)
		if (is_of_gateway(node_key(label), node_text(label)))
			return label;
	return NULL;
}
