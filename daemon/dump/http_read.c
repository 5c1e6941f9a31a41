/* How a cluster's hosts are spoken to: envoy/extensions/upstreams/http/v3, and the older members of Cluster itself, which
 * count only where that is not given. */
#include "dump/reading.h"

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

/* The codec ends each list of them, and hands the call on; the others may change it, hold it or answer it themselves. */
static void read_http_filter(struct dump_reader *r, struct proxy_cluster *c)
{
	struct arena_mark mark = arena_mark(r->scratch);
	struct str        name = STR("");
	bool              acts = true;
	int               key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key))
		if (key == K_NAME)
			name = take_text(r);
		else if (key == K_DISABLED)
			acts = !take_bool(r) && acts;
		else if (key == K_TYPED_CONFIG && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_HTTP, &key))
				if (key == K_TYPE_URL)
					acts = !str_has_suffix(take_text(r), STR(".UpstreamCodec")) && acts;
	if (acts && c->n_http_filters++ == 0)
		c->http_filter = name;
	else
		arena_reset(r->scratch, mark);
}

static void read_options(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key)) {
		if (key == K_VALUE)
			read_options(r, c);
		else if (key == K_EXPLICIT)
			read_explicit(r, c);
		else if (key == K_DOWNSTREAM)
			c->http = HTTP_AS_DOWNSTREAM;
		else if (key == K_AUTO)
			c->http = HTTP_AUTO;
		else if (key == K_UPSTREAM_HTTP)
			read_upstream_http(r, c);
		else if (key == K_HTTP_FILTERS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_http_filter(r, c);
	}
}

/* typed_extension_protocol_options: what the cluster's older members say of HTTP counts no more. */
void http_options_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_HTTP, &key))
		if (key == K_HTTP_PROTOCOL_OPTIONS) {
			c->typed_http = true;
			c->auto_sni = c->auto_san = false;
			c->sni_header = STR_ABSENT;
			c->n_http_filters = 0;
			read_options(r, c);
		}
}

void older_upstream_http_read(struct dump_reader *r, struct proxy_cluster *c)
{
	if (!c->typed_http)
		read_upstream_http(r, c);
}

void older_http2_read(struct dump_reader *r, struct proxy_cluster *c)
{
	(void)r;
	c->http = c->http == HTTP_UNSAID ? HTTP_2 : c->http;
}

void older_protocol_read(struct dump_reader *r, struct proxy_cluster *c)
{
	if (!c->typed_http && json_scan_string_is(r->scan, STR("USE_DOWNSTREAM_PROTOCOL")))
		c->http = HTTP_AS_DOWNSTREAM;
}

/* Extensions that make of a call a stream of bytes: envoy/extensions/upstreams/{tcp,http/tcp,http/udp}; all others speak HTTP. */
void upstream_config_read(struct dump_reader *r, struct proxy_cluster *c)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_CLUSTER_TYPE, &key))
		if (key == K_TYPED_CONFIG) {
			upstream_config_read(r, c);
		} else if (key == K_TYPE_URL) {
			struct str url = take_text(r);

			c->udp = str_has_suffix(url, STR(".UdpConnectionPoolProto"));
			c->no_http = c->udp || str_has_suffix(url, STR(".TcpConnectionPoolProto"));
		}
}
