/* Who sees the objects that are generated for a host: the filter's own proxies must see them, and others may. */
#include "base/arena.h"
#include "manifest/check.h"
#include "names/hostname.h"

static bool check_export_to(struct check *c, const struct upstream *u)
{
	const struct strings *list = &u->export_to;
	const struct node    *n = list->node ? list->node->first : NULL;
	bool                  ok = true;

	for (size_t i = 0; n && i < list->n; i++, n = n->next) {
		struct str  value = list->items[i];
		const char *fault = NULL;

		if (str_is(value, "~"))
			fault = "\"~\" hides the object from every proxy";
		else if (str_is(value, "*") && list->n > 1)
			fault = "\"*\" stands alone";
		else if (!str_is(value, ".") && !str_is(value, "*") && !dns_label_is(value))
			fault = "only \".\", \"*\" and names of namespaces are allowed";
		else if (str_eq(value, c->manifest->metadata->namespace) && list->n > 1)
			for (size_t k = 0; k < list->n && !fault; k++)
				if (str_is(list->items[k], "."))
					fault = "\".\" and the manifest's own namespace are the same";
		if (fault) {
			diag_at(c->diags, CO_EXPORT_TO, n, ARGS(str_c(fault)));
			c->ok = ok = false;
		}
	}
	return ok;
}

static bool exports_to(const struct check *c, const struct strings *list, struct str namespace)
{
	bool is_own = str_eq(namespace, c->manifest->metadata->namespace);

	for (size_t i = 0; i < list->n; i++)
		if (str_is(list->items[i], "*") || str_eq(list->items[i], namespace) ||
		    (is_own && str_is(list->items[i], ".")))
			return true;
	return false;
}

/* Do the proxies that run the filter see what is exported? */
static void check_exported(struct check *c, const struct upstream *u)
{
	struct str namespace = manifest_proxies_namespace(c->manifest);

	if (!u->export_to.node || upstream_via(u, c->manifest, c->mesh) == VIA_ENVOY_FILTER)
		return;
	if (!exports_to(c, &u->export_to, namespace))
		check_warn(c, CO_EXPORT_TO_MISSES, u->node, "exportTo",
		           ARGS(STR_CONCAT(c->arena, STR("namespace "), namespace)));
	else if (manifest_is_everywhere(c->manifest, c->mesh) && !str_is(u->export_to.items[0], "*"))
		check_warn(c, CO_EXPORT_TO_MISSES, u->node, "exportTo", ARGS(STR("other namespaces")));
}

/* There it comes before all others; elsewhere an entry of that namespace, or an older one, may come first. */
static bool seen_at_home_only(const struct check *c, const struct strings *to)
{
	return to->n == 1 && !str_is(to->items[0], "*") && exports_to(c, to, c->manifest->metadata->namespace);
}

/* "every namespace", "namespace shop", "namespaces bank, shop and 2 others" */
static struct str seers_text(struct check *c, const struct strings *to)
{
	enum { TOLD = 3 };
	struct str text = to->n > 1 ? STR("namespaces ") : STR("namespace ");

	if (str_is(to->items[0], "*"))
		return STR("every namespace");
	for (size_t i = 0; i < to->n && i < TOLD; i++) {
		struct str one = str_is(to->items[i], ".") ? c->manifest->metadata->namespace : to->items[i];

		text = STR_CONCAT(c->arena, text, i ? STR(", ") : STR(""), one);
	}
	return to->n <= TOLD ? text
	                     : STR_CONCAT(c->arena, text, STR(" and "), str_from_uint(c->arena, to->n - TOLD),
	                                  STR(" others"));
}

static void check_openings(struct check *c, const struct upstream *u)
{
	struct strings to = upstream_export_to(c->arena, u, c->manifest, c->mesh);
	struct str     who, host;

	if (upstream_via(u, c->manifest, c->mesh) == VIA_ENVOY_FILTER || !str_present(u->name) ||
	    !str_present(c->manifest->metadata->name))
		return;
	who = seers_text(c, &to);
	host = u->isolated == TRI_NO ? u->host : upstream_isolated_host(c->arena, u, c->manifest, c->mesh);
	if (c->mesh->spec->outbound_traffic_policy == TRAFFIC_REGISTRY_ONLY)
		check_warn(c, CO_ISOLATED_OPENS, u->node, "host", ARGS(who, u->host));
	if (u->tls->mode == TLS_MUTUAL)
		check_warn(c, CO_ISOLATED_CLIENT_CERTIFICATE, u->tls->node, "mode", ARGS(who, host));
	if (u->isolated == TRI_NO)
		check_warn(c, CO_SHARED_HIDES, u->node, "isolated",
		           ARGS(u->host, seen_at_home_only(c, &to) ? STR("hides") : STR("can hide"), who));
}

void check_exposure(struct check *c, const struct upstream *u)
{
	if (!check_export_to(c, u))
		return;
	check_exported(c, u);
	check_openings(c, u);
}
