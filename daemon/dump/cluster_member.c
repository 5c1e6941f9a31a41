/* The members of the Cluster message (envoy/config/cluster/v3/cluster.proto), each by its key. */
#include "dump/reading.h"

struct type_name {
	const char       *text;
	enum cluster_type type;
};

static enum cluster_type type_of(struct str text)
{
	static const struct type_name names[] = {
		{ "STATIC", CLUSTER_STATIC },
		{ "STRICT_DNS", CLUSTER_STRICT_DNS },
		{ "LOGICAL_DNS", CLUSTER_LOGICAL_DNS },
		{ "EDS", CLUSTER_EDS },
		{ "ORIGINAL_DST", CLUSTER_ORIGINAL_DST },
		{ "envoy.cluster.static", CLUSTER_STATIC },
		{ "envoy.cluster.strict_dns", CLUSTER_STRICT_DNS },
		{ "envoy.cluster.logical_dns", CLUSTER_LOGICAL_DNS },
		{ "envoy.cluster.dns", CLUSTER_STRICT_DNS }, /* all_addresses_in_single_endpoint says otherwise */
		{ "envoy.cluster.eds", CLUSTER_EDS },
		{ "envoy.cluster.original_dst", CLUSTER_ORIGINAL_DST },
		{ "envoy.clusters.dynamic_forward_proxy", CLUSTER_FORWARD_PROXY },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(text, names[i].text))
			return names[i].type;
	return CLUSTER_OTHER_TYPE;
}

/* The clusters that an aggregate leads to. */
static void read_members(struct dump_reader *r, struct proxy_cluster *c)
{
	if (!json_scan_enter_array(r->scan))
		return;
	c->members = ARENA_ARRAY(r->scratch, KEPT_MEMBERS, struct str);
	c->n_members = c->n_more_members = 0;
	while (json_scan_next_item(r->scan)) {
		struct arena_mark mark = arena_mark(r->scratch);
		struct str        name = take_text(r);

		if (str_present(name) && c->n_members < KEPT_MEMBERS) {
			c->members[c->n_members++] = name;
		} else {
			c->n_more_members++;
			arena_reset(r->scratch, mark);
		}
	}
}

/* Envoy finds the extension by the type of its configuration, whatever its name (Config::Utility::getAndCheckFactory). */
static void read_type_of_config(struct dump_reader *r, struct proxy_cluster *c)
{
	static const struct {
		const char *suffix, *name;
	} types[] = { { ".clusters.dns.v3.DnsCluster", "envoy.cluster.dns" },
		      { ".clusters.dynamic_forward_proxy.v3.ClusterConfig", "envoy.clusters.dynamic_forward_proxy" },
		      { ".clusters.aggregate.v3.ClusterConfig", "envoy.clusters.aggregate" } };
	struct str url = take_text(r);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_has_suffix(url, str_c(types[i].suffix))) {
			c->type_text = str_c(types[i].name);
			c->type = type_of(c->type_text);
			c->by_config = true;
		}
}

/* cluster_type {name, typed_config}; eds_cluster_config and original_dst_lb_config share its table. */
static void members_of_type(struct dump_reader *r, struct proxy_cluster *c, unsigned depth)
{
	bool single = false;
	int  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_CLUSTER_TYPE, &key)) {
		if (key == K_NAME && depth == 0 && !c->by_config) {
			c->type_text = take_text(r);
			c->type = type_of(c->type_text);
		} else if (key == K_TYPED_CONFIG && depth == 0) {
			members_of_type(r, c, depth + 1);
		} else if (key == K_TYPE_URL) {
			read_type_of_config(r, c);
		} else if (key == K_SUB_CLUSTERS) {
			c->sub_clusters = true;
		} else if (key == K_ALL_ADDRESSES) {
			single = take_bool(r);
		} else if (key == K_SERVICE_NAME) {
			c->eds_service = take_text(r);
		} else if (key == K_USE_HEADER) {
			c->http_header = take_bool(r);
		} else if (key == K_HEADER_NAME) {
			c->header_name = take_text(r);
		} else if (key == K_MEMBERS) {
			read_members(r, c);
		}
	}
	if (single)
		c->type_text = STR("envoy.cluster.dns, one endpoint");
}

static void read_explicit(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key))
		if (key == K_EXPLICIT_1)
			c->http = HTTP_1;
		else if (key == K_EXPLICIT_2)
			c->http = HTTP_2;
		else if (key == K_EXPLICIT_3)
			c->http = HTTP_3;
}

static void read_upstream_http(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key))
		if (key == K_AUTO_SNI)
			c->auto_sni = take_bool(r) || c->auto_sni;
		else if (key == K_AUTO_SAN)
			c->auto_san = take_bool(r) || c->auto_san;
		else if (key == K_SNI_HEADER)
			c->sni_header = take_text(r);
}

static void read_http_options(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key)) {
		if (key == K_VALUE)
			read_http_options(r, c);
		else if (key == K_EXPLICIT)
			read_explicit(r, c);
		else if (key == K_DOWNSTREAM)
			c->http = HTTP_AS_DOWNSTREAM;
		else if (key == K_AUTO)
			c->http = HTTP_AUTO;
		else if (key == K_UPSTREAM_HTTP)
			read_upstream_http(r, c);
	}
}

static void read_protocol_options(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key))
		if (key == K_HTTP_PROTOCOL_OPTIONS) {
			c->typed_http = true;
			c->auto_sni = c->auto_san = false;
			c->sni_header = STR_ABSENT;
			read_http_options(r, c);
		}
}

/* Extensions that make of a call a stream of bytes: envoy/extensions/upstreams/{tcp,http/tcp,http/udp}; all others speak HTTP. */
static void read_upstream_config(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_CLUSTER_TYPE, &key))
		if (key == K_TYPED_CONFIG) {
			read_upstream_config(r, c);
		} else if (key == K_TYPE_URL) {
			struct str url = take_text(r);

			c->no_http = str_has_suffix(url, STR(".TcpConnectionPoolProto")) ||
			             str_has_suffix(url, STR(".UdpConnectionPoolProto"));
		}
}

static void read_owner(struct dump_reader *r, struct proxy_cluster *c)
{
	struct owner o = { STR_ABSENT, STR_ABSENT };
	int          key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_METADATA, &key))
		if (key == K_NAMESPACE)
			o.namespace = take_text(r);
		else if (key == K_NAME)
			o.name = take_text(r);
	if (!c->owners)
		c->owners = ARENA_ARRAY(r->scratch, KEPT_OWNERS, struct owner);
	if (c->n_owners < KEPT_OWNERS)
		c->owners[c->n_owners++] = o;
}

static void read_istio_metadata(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_METADATA, &key)) {
		if (key == K_CONFIG)
			c->rule = take_text(r);
		else if (key == K_ALPN_OVERRIDE)
			c->alpn_override = json_scan_string_is(r->scan, STR("false"));
		else if (key == K_SERVICES && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_owner(r, c);
	}
}

static void read_metadata(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_METADATA, &key))
		if (key == K_FILTER_METADATA && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_METADATA, &key))
				if (key == K_ISTIO)
					read_istio_metadata(r, c);
}

static void read_lb_name(struct dump_reader *r, struct proxy_cluster *c)
{
	char             buf[32];
	struct json_text t;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return;
	if (str_is(t.text, "RING_HASH"))
		c->hashes = HASHES_RING;
	else if (str_is(t.text, "MAGLEV"))
		c->hashes = HASHES_MAGLEV;
}

static void read_type_url(struct dump_reader *r)
{
	char              buf[128];
	struct json_place place;
	struct json_text  t;

	if (json_scan_string(r->scan, buf, sizeof(buf), &t) && str_has_suffix(t.text, STR("envoy.api.v2.Cluster")) &&
	    !r->v2) {
		r->v2 = true;
		place = json_scan_place(r->scan);
		r->v2_pos = tell_place(r, &place, t.text.n + 2);
	}
}

static void read_v2(struct dump_reader *r)
{
	struct json_place place = json_scan_place(r->scan);

	if (!r->v2)
		r->v2_pos = tell_place(r, &place, 1);
	r->v2 = true;
}

/* The defaults of the Cluster message: type STATIC; healthy_panic_threshold of 50 per cent (CommonLbConfig). */
void cluster_begin(struct proxy_cluster *c)
{
	*c = (struct proxy_cluster){ .type = CLUSTER_STATIC, .type_text = STR("STATIC"), .panic = 50 };
}

void cluster_member(struct dump_reader *r, struct proxy_cluster *c, int key)
{
	switch (key) {
	case K_TYPE_URL:
		read_type_url(r);
		break;
	case K_TYPE:
		c->has_type = true;
		c->type_text = take_text(r);
		c->type = type_of(c->type_text);
		break;
	case K_CLUSTER_TYPE:
	case K_EDS_CONFIG:
	case K_ORIGINAL_DST:
		c->has_type = c->has_type || key == K_CLUSTER_TYPE;
		members_of_type(r, c, key == K_CLUSTER_TYPE ? 0 : 1);
		break;
	case K_LOAD_ASSIGNMENT:
		assignment_read(r, c);
		break;
	case K_TRANSPORT_SOCKET:
		transport_socket_read(r, c, &c->own);
		break;
	case K_TRANSPORT_SOCKET_MATCHES:
		transport_socket_matches_read(r, c);
		break;
	case K_SOCKET_MATCHER:
		c->by_matcher = true;
		break;
	case K_UPSTREAM_CONFIG:
		read_upstream_config(r, c);
		break;
	case K_PROTOCOL_OPTIONS:
		read_protocol_options(r, c);
		break;
	case K_HTTP2_OPTIONS:
		c->http = c->http == HTTP_UNSAID ? HTTP_2 : c->http;
		break;
	case K_PROTOCOL_SELECTION:
		if (!c->typed_http && json_scan_string_is(r->scan, STR("USE_DOWNSTREAM_PROTOCOL")))
			c->http = HTTP_AS_DOWNSTREAM;
		break;
	case K_UPSTREAM_HTTP:
		if (!c->typed_http)
			read_upstream_http(r, c);
		break;
	case K_CIRCUIT_BREAKERS:
		breakers_read(r, c);
		break;
	case K_METADATA:
		read_metadata(r, c);
		break;
	case K_WATCHED:
		c->watched = true;
		break;
	case K_COMMON_LB:
		common_lb_read(r, c);
		break;
	case K_SUBSETS:
		subsets_read(r, c);
		break;
	case K_LB_NAME:
		if (!c->typed_lb)
			read_lb_name(r, c);
		break;
	case K_RING_HASH:
		if (!c->typed_lb)
			ring_hash_read(r, c);
		break;
	case K_LB_POLICY:
		lb_policy_read(r, c);
		break;
	case K_V2:
		read_v2(r);
		break;
	default:
		break;
	}
}
