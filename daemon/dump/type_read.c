/* Of what type a cluster is, by whichever of its members tells: envoy/config/cluster/v3/cluster.proto,
 * envoy/extensions/clusters. */
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

/* The name of a cluster, or an object that has it (composite/v3). */
static struct str read_member_name(struct dump_reader *r)
{
	struct str name = STR_ABSENT;
	int        key;

	if (json_scan_kind(r->scan) != JSON_OBJECT)
		return take_text(r);
	if (json_scan_enter_object(r->scan))
		while (next_key(r, KEYS_CLUSTER_TYPE, &key))
			if (key == K_NAME)
				name = take_text(r);
	return name;
}

/* The clusters that it leads to. */
static void read_led(struct dump_reader *r, struct proxy_cluster *c)
{
	if (!json_scan_enter_array(r->scan))
		return;
	c->members = ARENA_ARRAY(r->scratch, KEPT_MEMBERS, struct str);
	c->n_members = c->n_more_members = 0;
	while (json_scan_next_item(r->scan)) {
		struct arena_mark mark = arena_mark(r->scratch);
		struct str        name = read_member_name(r);

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
		      { ".clusters.aggregate.v3.ClusterConfig", "envoy.clusters.aggregate" },
		      { ".clusters.composite.v3.ClusterConfig", "envoy.clusters.composite" } };
	struct str url = take_text(r);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_has_suffix(url, str_c(types[i].suffix))) {
			c->type_text = str_c(types[i].name);
			c->type = type_of(c->type_text);
			c->by_config = true;
		}
}

/* depth 0: cluster_type {name, typed_config}; 1: its configuration, and the older members that say the same. */
static void read_type(struct dump_reader *r, struct proxy_cluster *c, unsigned depth)
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
			read_type(r, c, depth + 1);
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
			read_led(r, c);
		}
	}
	if (single)
		c->type_text = STR("envoy.cluster.dns, one endpoint");
}

void type_read(struct dump_reader *r, struct proxy_cluster *c)
{
	c->has_type = true;
	c->type_text = take_text(r);
	c->type = type_of(c->type_text);
}

void cluster_type_read(struct dump_reader *r, struct proxy_cluster *c)
{
	c->has_type = true;
	read_type(r, c, 0);
}

void type_config_read(struct dump_reader *r, struct proxy_cluster *c)
{
	read_type(r, c, 1);
}
