/* The members of the Cluster message (envoy/config/cluster/v3/cluster.proto), each by its key. */
#include "dump/reading.h"

/* ---- signs of Envoy's second API ---- */

static void read_type_url(struct dump_reader *r, struct proxy_cluster *c)
{
	char              buf[128];
	struct json_place place;
	struct json_text  t;

	(void)c;
	if (json_scan_string(r->scan, buf, sizeof(buf), &t) && str_has_suffix(t.text, STR("envoy.api.v2.Cluster")) &&
	    !r->v2) {
		r->v2 = true;
		place = json_scan_place(r->scan);
		r->v2_pos = tell_place(r, &place, t.text.n + 2);
	}
}

static void read_v2(struct dump_reader *r, struct proxy_cluster *c)
{
	struct json_place place = json_scan_place(r->scan);

	(void)c;
	if (!r->v2)
		r->v2_pos = tell_place(r, &place, 1);
	r->v2 = true;
}

/* ---- members that are told in a line ---- */

static void read_own_socket(struct dump_reader *r, struct proxy_cluster *c)
{
	transport_socket_read(r, c, &c->own);
}

static void note_matcher(struct dump_reader *r, struct proxy_cluster *c)
{
	(void)r;
	c->by_matcher = true;
}

static void note_watched(struct dump_reader *r, struct proxy_cluster *c)
{
	(void)r;
	c->watched = true;
}

/* ---- all of them ---- */

/* The defaults of the Cluster message: type STATIC; healthy_panic_threshold of 50 per cent (CommonLbConfig). */
void cluster_begin(struct proxy_cluster *c)
{
	*c = (struct proxy_cluster){ .type = CLUSTER_STATIC, .type_text = STR("STATIC"), .panic = 50 };
}

void cluster_member(struct dump_reader *r, struct proxy_cluster *c, int key)
{
	/* Of others it is of use only that they are there: they tell what an element of an array is. */
	static void (*const readers[K_N])(struct dump_reader *, struct proxy_cluster *) = {
		[K_TYPE_URL] = read_type_url,
		[K_TYPE] = type_read,
		[K_CLUSTER_TYPE] = cluster_type_read,
		[K_EDS_CONFIG] = type_config_read,
		[K_ORIGINAL_DST] = type_config_read,
		[K_LOAD_ASSIGNMENT] = assignment_read,
		[K_TRANSPORT_SOCKET] = read_own_socket,
		[K_TRANSPORT_SOCKET_MATCHES] = transport_socket_matches_read,
		[K_SOCKET_MATCHER] = note_matcher,
		[K_UPSTREAM_CONFIG] = upstream_config_read,
		[K_PROTOCOL_OPTIONS] = http_options_read,
		[K_HTTP2_OPTIONS] = older_http2_read,
		[K_PROTOCOL_SELECTION] = older_protocol_read,
		[K_UPSTREAM_HTTP] = older_upstream_http_read,
		[K_CIRCUIT_BREAKERS] = breakers_read,
		[K_METADATA] = metadata_read,
		[K_WATCHED] = note_watched,
		[K_COMMON_LB] = common_lb_read,
		[K_SUBSETS] = subsets_read,
		[K_LB_POLICY] = lb_policy_read,
		[K_LB_NAME] = older_lb_policy_read,
		[K_RING_HASH] = older_ring_hash_read,
		[K_V2] = read_v2,
	};

	if (readers[key])
		readers[key](r, c);
}
