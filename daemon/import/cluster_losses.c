/* What of a cluster that an EnvoyFilter adds, or of its parts, a manifest does not say. */
#include "import/building.h"

#define HTTP_OPTIONS "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

enum { PATH_MAX_STEPS = 5, NAMES_MAX = 7 };

/* A part of the cluster, and its fields that are carried or that say nothing of their own. */
struct part {
	const char *path[PATH_MAX_STEPS];
	const char *names[NAMES_MAX];
};

static const struct part parts[] = {
	{ { "common_lb_config" }, { "healthy_panic_threshold" } },
	{ { "load_assignment" }, { "cluster_name", "endpoints" } },
	{ { "circuit_breakers" }, { "thresholds" } },
	{ { "outlier_detection" },
	  { "consecutive_5xx", "interval", "base_ejection_time", "max_ejection_percent", "enforcing_success_rate",
	    "enforcing_consecutive_5xx" } },
	{ { "http2_protocol_options" }, { NULL } },
	{ { "typed_extension_protocol_options" }, { HTTP_OPTIONS } },
	{ { "typed_extension_protocol_options", HTTP_OPTIONS }, { "@type", "explicit_http_config" } },
	{ { "typed_extension_protocol_options", HTTP_OPTIONS, "explicit_http_config" },
	  { "http_protocol_options", "http2_protocol_options" } },
	{ { "typed_extension_protocol_options", HTTP_OPTIONS, "explicit_http_config", "http_protocol_options" },
	  { NULL } },
	{ { "typed_extension_protocol_options", HTTP_OPTIONS, "explicit_http_config", "http2_protocol_options" },
	  { NULL } },
};

const struct node *import_thresholds(struct building *b, const struct node *value)
{
	static const char *const path[] = { "circuit_breakers", "thresholds", NULL };
	static const char *const names[] = { "priority",     "max_connections", "max_pending_requests",
		                             "max_requests", "max_retries",     NULL };
	const struct node       *found = NULL;

	NODE_EACH (one, node_at(value, path)) {
		struct str priority = text_at(one, "priority");

		if (!found && (!str_present(priority) || str_is(priority, "DEFAULT"))) {
			import_only(b->im, b->origin, one, names);
			found = one;
		} else {
			import_lost(b->im, b->origin, one, STR("circuit breakers of another priority"));
		}
	}
	return found;
}

/* Ours is 0, beside outlier detection. */
static void tell_panic_threshold(struct building *b, const struct node *value)
{
	static const char *const path[] = { "common_lb_config", "healthy_panic_threshold", NULL };
	const struct node       *threshold = node_at(value, path);
	int64_t                  percent = int_at(threshold, "value");

	if (threshold && (!node_member(value, "outlier_detection") || (percent != 0 && percent != INT64_MIN)))
		import_lost(b->im, b->origin, threshold, STR("healthy_panic_threshold"));
}

static bool looks_up(const struct node *value)
{
	struct str type = text_at(value, "type");

	return str_present(type) && !str_eq_nocase(type, STR("STATIC"));
}

static bool says_each_limit(const struct node *thresholds)
{
	static const char *const limits[] = { "max_connections", "max_pending_requests", "max_requests",
		                              "max_retries" };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (int_at(thresholds, limits[i]) == INT64_MIN)
			return false;
	return true;
}

/* Envoy's defaults and istiod's differ: 1024 connections and requests each and 3 retries, or no limit; addresses of both
 * families (AUTO), or of the mesh's. */
static void tell_defaults(struct building *b, const struct node *value)
{
	const struct node *family = node_member(value, "dns_lookup_family"), *thresholds = import_thresholds(b, value);
	bool               open_limits = !thresholds, open_family = looks_up(value) && !family;

	if (family && !str_is(node_text(family), "V4_ONLY") && !str_present(b->origin->manifest))
		import_note(b->im, b->origin, family, "dns_lookup_family will be that of the mesh's ipFamilies");
	if (thresholds && !says_each_limit(thresholds))
		import_note(b->im, b->origin, thresholds,
		            "left open: the limits that are not said here, in Envoy 1024, and 3 retries, in what is "
		            "generated none");
	if (open_limits && open_family)
		import_note(b->im, b->origin, value,
		            "left open: limits and IP families, in Envoy 1024 and both, in what is generated none and "
		            "the mesh's");
	else if (open_limits)
		import_note(b->im, b->origin, value, "left open: limits, in Envoy 1024, in what is generated none");
	else if (open_family)
		import_note(b->im, b->origin, value,
		            "left open: IP families, in Envoy both, in what is generated the mesh's");
}

static void tell_tls(struct building *b, const struct node *value)
{
	static const char *const names[] = { "tls_minimum_protocol_version", "tls_maximum_protocol_version", NULL };
	const struct node       *common = node_member(cluster_tls(value), "common_tls_context");
	const struct node *params = node_member(common, "tls_params"), *alpn = node_member(common, "alpn_protocols");
	const struct node *lowest = node_member(params, "tls_minimum_protocol_version");

	import_only(b->im, b->origin, params, names);
	if (lowest && str_is(node_text(lowest), "TLSv1_3"))
		import_lost(b->im, b->origin, lowest, STR("tls_minimum_protocol_version TLSv1_3"));
	if (alpn && alpn->count > 1)
		import_lost(b->im, b->origin, alpn, STR("a choice of alpn_protocols"));
}

void import_cluster_losses(struct building *b, const struct node *value)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		import_only(b->im, b->origin, node_at(value, parts[i].path), parts[i].names);
	tell_panic_threshold(b, value);
	tell_defaults(b, value);
	tell_tls(b, value);
}
