/* Clusters: every one is met, few are read. The name mostly comes first, and a cluster that nobody wants is left right
 * behind it. istioctl writes transportSocketMatches before the name, and jq -S sorts, so all may come before it. */
#include "dump/reading.h"
#include "names/cluster_name.h"

/* ---- parts of a cluster ---- */

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

/* ---- which are kept ---- */

/* istioctl's filters take any part of a name, be it a letter, so that "zipkin" leaves a built-in cluster, too. A list is not one of
 * theirs that has xds-grpc, as each bootstrap does, and for each of its letters a name without it. */
static unsigned letters_lacked(struct str name)
{
	unsigned ret = 0;

	for (unsigned i = 0; i < sizeof(XDS_LETTERS) - 1; i++)
		ret |= name.n && memchr(name.p, XDS_LETTERS[i], name.n) ? 0 : 1U << i;
	return ret;
}

static void count_name(struct dump_reader *r, struct str name)
{
	struct proxy_part *part = r->part;

	part->n_clusters++;
	if (part->lacked != XDS_LETTERS_ALL)
		part->lacked |= letters_lacked(name);
	if (str_has_prefix(name, STR("outbound|"))) {
		part->n_outbound++;
		return;
	}
	part->has_xds = part->has_xds || str_is(name, "xds-grpc");
	part->has_cds_builtin = part->has_cds_builtin || cluster_name_comes_by_cds(name);
}

const struct dump_want *cluster_name_met(struct dump_reader *r, struct str name, const struct json_place *place)
{
	const struct dump_want *want = hash_get(&r->wants->by_name, name);

	count_name(r, name);
	if (!want)
		near_met(r, name, place);
	return want;
}

/* An active one is what workers call, whatever else warms beside it; of equals the last one counts. */
void cluster_keep(struct dump_reader *r, const struct dump_want *want, struct proxy_cluster *c)
{
	struct proxy_cluster *old = r->clusters[want->index];

	if (r->times[want->index]++ >= KEPT_COPIES)
		return;
	if (old && old->active && !c->active) {
		old->warming = old->warming || c->warming;
		if (c->refused && !old->refused) {
			old->refused = true;
			old->refusal = c->refusal;
		}
		return;
	}
	if (old && c->active)
		c->warming = c->warming || old->warming;
	c->name = want->name;
	r->n_missing -= !old;
	r->clusters[want->index] = arena_copy(r->scratch, c, sizeof(*c));
}

/* istioctl takes the last section of a kind, and so does this. */
static void clusters_new_section(struct dump_reader *r)
{
	size_t n = r->wants->n_clusters;

	if (r->clusters_section == r->section)
		return;
	if (r->clusters_section) {
		memset(r->clusters, 0, n * sizeof(*r->clusters));
		memset(r->times, 0, n * sizeof(*r->times));
		r->met = NULL;
		near_reset(r);
		r->part->n_clusters = r->part->n_outbound = r->part->n_static = 0;
		r->part->lacked = 0;
		r->part->has_xds = r->part->has_cds_builtin = false;
	}
	r->clusters_section = r->section;
}

/* ---- one cluster ---- */

/* Reads a name into buf; its place is asked for only where someone wants it. */
static const struct dump_want *read_name(struct dump_reader *r, struct proxy_cluster *c, char *buf, size_t cap,
                                         struct str *name)
{
	struct json_place       place;
	const struct dump_want *want;
	struct json_text        t;

	if (!json_scan_string(r->scan, buf, cap, &t) || t.cut)
		return NULL;
	*name = t.text;
	want = hash_get(&r->wants->by_name, t.text);
	if (want || near_wants_owner(r, t.text)) {
		if (t.text.p != buf)
			memcpy(buf, t.text.p, t.text.n);
		*name = str_of(buf, t.text.n);
	}
	cluster_name_met(r, *name, NULL);
	if (want) {
		place = json_scan_place(r->scan);
		c->pos = tell_place(r, &place, name->n + 2);
	}
	return want;
}

/* The common case, a cluster that nobody wants, is told by looking ahead for its name and passed without reading its
 * members. The first ones are read whole: they tell of what version of Envoy's API the dump is. */
static bool pass_unwanted(struct dump_reader *r)
{
	enum { READ_WHOLE = 4 };
	char       buf[LIMIT_CLUSTER_NAME_BYTES];
	struct str name;

	if (r->part->n_clusters < READ_WHOLE || !json_scan_peek_string(r->scan, STR("name"), &name) ||
	    name.n > sizeof(buf) || hash_get(&r->wants->by_name, name) || near_wants_owner(r, name))
		return false;
	memcpy(buf, name.p, name.n);
	json_scan_skip_peeked(r->scan);
	count_name(r, str_of(buf, name.n));
	near_met(r, str_of(buf, name.n), NULL);
	return true;
}

void cluster_read(struct dump_reader *r, enum cluster_list list)
{
	char                    buf[LIMIT_CLUSTER_NAME_BYTES];
	struct arena_mark       mark = arena_mark(r->scratch);
	const struct dump_want *want = NULL;
	struct str              name = STR_ABSENT;
	bool                    sibling = false;
	struct proxy_cluster    c;
	int                     key;

	if (pass_unwanted(r) || !json_scan_enter_object(r->scan))
		return;
	cluster_begin(&c);
	while (next_key(r, KEYS_CLUSTER, &key)) {
		if (key != K_NAME) {
			cluster_member(r, &c, key);
			continue;
		}
		want = read_name(r, &c, buf, sizeof(buf), &name);
		sibling = !want && name.p == buf;
		if (!want && !sibling) {
			json_scan_leave(r->scan);
			break;
		}
	}
	c.active = list == LIST_ACTIVE;
	c.warming = list == LIST_WARMING;
	if (want) {
		r->met = want;
		cluster_keep(r, want, &c);
		return;
	}
	if (sibling && c.n_owners)
		near_owner(r, name, c.owners[0]);
	arena_reset(r->scratch, mark);
}

/* ---- lists of clusters ---- */

static struct str read_error_state(struct dump_reader *r)
{
	struct str details = STR_ABSENT;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return details;
	while (next_key(r, KEYS_ERROR_STATE, &key))
		if (key == K_DETAILS)
			details = take_text(r);
		else if (key == K_FAILED_CONFIGURATION)
			cluster_read(r, LIST_REFUSED);
	return details;
}

/* {version_info, cluster, last_updated, error_state, client_status} */
static void read_entry(struct dump_reader *r, enum cluster_list list)
{
	struct str            details = STR_ABSENT;
	bool                  refused = false;
	struct proxy_cluster *c;
	int                   key;

	if (!json_scan_enter_object(r->scan))
		return;
	r->met = NULL;
	while (next_key(r, KEYS_ENTRY, &key)) {
		if (key == K_CLUSTER_ENTRY) {
			cluster_read(r, list);
		} else if (key == K_ERROR_STATE) {
			details = read_error_state(r);
			refused = true;
		} else if (key == K_CLIENT_STATUS) {
			refused = json_scan_string_is(r->scan, STR("NACKED")) || refused;
		}
	}
	c = r->met ? r->clusters[r->met->index] : NULL;
	if (c && refused) {
		c->refused = true;
		c->refusal = str_present(details) ? details : c->refusal;
	}
}

void clusters_read(struct dump_reader *r, enum cluster_list list, bool dynamic)
{
	clusters_new_section(r);
	r->part->kinds |= DUMP_CLUSTERS;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		r->part->has_dynamic = r->part->has_dynamic || dynamic;
		r->part->n_static += !dynamic;
		read_entry(r, list);
	}
}
