#include "names/cluster_name.h"

#include "base/arena.h"
#include "names/hostname.h"

struct str cluster_name_outbound(struct arena *arena, unsigned port, struct str subset, struct str host)
{
	return STR_CONCAT(arena, STR("outbound|"), str_from_uint(arena, port), STR("|"), subset, STR("|"), host);
}

/* Splits at the separator; absent when it is not there. */
static struct str cut(struct str s, struct str separator, struct str *head)
{
	size_t at = s.p ? str_find_str(s, separator, 0) : 0;

	if (!s.p) {
		*head = STR_ABSENT;
		return STR_ABSENT;
	}
	*head = str_slice(s, 0, at);
	return at == s.n ? STR_ABSENT : str_slice(s, at + separator.n, s.n);
}

struct cluster_name cluster_name_parse(struct str s)
{
	bool                srv = str_has_prefix(s, STR("outbound_")) || str_has_prefix(s, STR("inbound_"));
	struct str          separator = srv ? STR("_.") : STR("|");
	struct cluster_name name = { 0 };
	struct str          port, rest;
	uint64_t            number;

	rest = cut(s, separator, &name.direction);
	rest = cut(rest, separator, &port);
	rest = cut(rest, separator, &name.subset);
	if (port.p && str_to_uint(port, UINT32_MAX, &number))
		name.port = (unsigned)number;
	if (rest.p && str_find_str(rest, separator, 0) == rest.n)
		name.host = rest;
	return name;
}

bool cluster_name_is_istio(struct str s)
{
	static const struct str prefixes[] = {
		STR_INIT("outbound|"),  STR_INIT("inbound|"),  STR_INIT("inbound-vip|"),
		STR_INIT("outbound_."), STR_INIT("inbound_."), STR_INIT("inbound-vip_."),
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_has_prefix(s, prefixes[i]))
			return true;
	return false;
}

static bool is_one_of(struct str s, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(s, names[i]))
			return true;
	return false;
}

/* Together these are all that Istio's source and bootstrap have, 1.11 to 1.32. */
bool cluster_name_comes_by_cds(struct str s)
{
	static const char *const names[] = {
		"BlackHoleCluster",
		"PassthroughCluster",
		"InboundPassthroughCluster",
		"InboundPassthroughClusterIpv4",
		"InboundPassthroughClusterIpv6",
		"AllowAnyDynamicDNSCluster",
		"main_internal",
		"encap",
		"connect_originate",
		"inner_connect_originate",
		"outer_connect_originate",
		"forward_inner_connect",
	};

	return is_one_of(s, names, sizeof(names) / sizeof(names[0]));
}

bool cluster_name_is_ours(struct str name)
{
	struct str rest, label;
	unsigned   labels = 0;

	if (!str_has_prefix(name, STR(CLUSTER_OF_OURS)))
		return false;
	for (rest = str_slice(name, sizeof(CLUSTER_OF_OURS) - 1, name.n); str_present(rest); labels++) {
		rest = str_cut(rest, '.', &label);
		if (!dns_label_is(label))
			return false;
	}
	return labels == 3;
}

bool cluster_name_is_builtin(struct str s)
{
	static const char *const names[] = {
		"prometheus_stats",
		"agent",
		"sds-grpc",
		"xds-grpc",
		"sds-files-grpc",
		"sds-external",
		"zipkin",
		"lightstep",
		"datadog_agent",
		"envoy_metrics_service",
		"envoy_accesslog_service",
		"local_cluster",
	};

	return cluster_name_comes_by_cds(s) || is_one_of(s, names, sizeof(names) / sizeof(names[0]));
}

static bool read_varint(struct str s, size_t *at, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		unsigned char byte;

		if (*at >= s.n)
			return false;
		byte = (unsigned char)s.p[(*at)++];
		if (shift < 64)
			v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

enum { GROUP_DEPTH = 100 }; /* protobuf's own recursion limit */

/* The wire format's grammar: tags of any number, nested groups that must close. */
bool cluster_name_is_protobuf(struct str s)
{
	uint64_t open[GROUP_DEPTH], tag, length;
	size_t   depth = 0, at = 0;

	while (at < s.n) {
		if (!read_varint(s, &at, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
			return false;
		switch (tag & 7) {
		case 0:
			if (!read_varint(s, &at, &length))
				return false;
			break;
		case 1:
			at += 8;
			break;
		case 2:
			if (!read_varint(s, &at, &length) || length > s.n)
				return false;
			at += length;
			break;
		case 3:
			if (depth == GROUP_DEPTH)
				return false;
			open[depth++] = tag >> 3;
			break;
		case 4:
			if (depth == 0 || open[--depth] != tag >> 3)
				return false;
			break;
		case 5:
			at += 4;
			break;
		default:
			return false;
		}
		if (at > s.n)
			return false;
	}
	return depth == 0;
}
