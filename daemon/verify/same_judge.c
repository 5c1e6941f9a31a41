/* Is it the cluster that the manifest means: its type, its addresses, its version of HTTP? */
#include "names/hostname.h"
#include "verify/judging.h"

/* ---- addresses ---- */

static bool is_at(const struct address *a, struct str host, int64_t port)
{
	return a->port == port &&
	       (hostname_same(a->host, host) || (ip_is_v6(a->host) && ip_is_v6(host) && ip_same(a->host, host)));
}

static bool dials(const struct address *list, size_t n, struct str host, int64_t port)
{
	for (size_t i = 0; i < n; i++)
		if (is_at(&list[i], host, port))
			return true;
	return false;
}

static bool wants_address(const struct judging *j, const struct address *a)
{
	const struct objects *endpoints = &j->upstream->endpoints;

	if (endpoints->n == 0)
		return is_at(a, j->expected->host, j->expected->port);
	for (size_t i = 0; i < endpoints->n; i++) {
		const struct endpoint *e = (const struct endpoint *)endpoints->items + i;

		if (is_at(a, e->address, e->port == INT_ABSENT ? j->expected->port : e->port))
			return true;
	}
	return false;
}

/* Whose object istiod made the cluster of, where that is another namespace's. */
static struct str by_owner(const struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	const struct owner         *o = c->n_owners ? &c->owners[0] : NULL;

	if (!o || !str_present(o->namespace) || str_eq(o->namespace, j->item->manifest->metadata->namespace))
		return STR("");
	return TEXT(j, STR("; its host belongs to "), o->namespace, STR("/"), o->name);
}

static bool differs(struct judging *j, struct pos pos, struct str message)
{
	reason_add(j, CO_ADDRESS_DIFFERS, true, pos, TEXT(j, message, by_owner(j)));
	return true;
}

static bool lacks_address(struct judging *j, struct pos pos, const struct address *list, size_t n)
{
	const struct objects *endpoints = &j->upstream->endpoints;

	if (endpoints->n == 0)
		return !dials(list, n, j->expected->host, j->expected->port) &&
		       differs(j, pos,
		               TEXT(j, STR("it does not dial "),
		                    hostname_with_port(j->arena, j->expected->host, j->expected->port)));
	for (size_t i = 0; i < endpoints->n; i++) {
		const struct endpoint *e = (const struct endpoint *)endpoints->items + i;
		int64_t                port = e->port == INT_ABSENT ? j->expected->port : e->port;

		if (!dials(list, n, e->address, port))
			return differs(j, pos,
			               TEXT(j, STR("it does not dial "),
			                    hostname_with_port(j->arena, e->address, port)));
	}
	return false;
}

/* Of more addresses than were kept only those are compared. */
static bool other_addresses(struct judging *j, struct pos pos, const struct address *list, size_t n)
{
	if (n == 0 || !str_present(j->expected->host))
		return false;
	for (size_t i = 0; i < n && i < KEPT_ADDRESSES; i++)
		if (!wants_address(j, &list[i]))
			return differs(j, pos,
			               TEXT(j, STR("it dials "),
			                    hostname_with_port(j->arena, list[i].host, list[i].port),
			                    STR(", which the manifest does not name")));
	if (n <= KEPT_ADDRESSES)
		return lacks_address(j, pos, list, n);
	judge_in_part(j, pos,
	              str_fmt(j->arena, "it dials %zu addresses, of which the first %d were compared", n,
	                      (int)KEPT_ADDRESSES));
	return false;
}

static bool judge_addresses(struct judging *j)
{
	const struct proxy_cluster   *c = j->cluster;
	const struct proxy_endpoints *e = j->endpoints;

	if (j->expected->kind != CLUSTER_SERVICE_ENTRY && j->expected->kind != CLUSTER_ENVOY_FILTER)
		return false;
	if (!cluster_is_dns(c) && c->type != CLUSTER_STATIC)
		return c->type == CLUSTER_EDS && e && other_addresses(j, e->pos, e->addresses, e->n_addresses);
	if (c->n_addresses < c->n_endpoints)
		return differs(j, c->pos,
		               STR("it dials what is no address: a pipe, or a listener of the proxy itself"));
	return other_addresses(j, c->pos, c->addresses, c->n_addresses);
}

/* ---- type ---- */

static bool judge_type(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	bool                        wants_dns = str_has_suffix(j->expected->type, STR("_DNS"));

	if (j->expected->kind != CLUSTER_SERVICE_ENTRY && j->expected->kind != CLUSTER_ENVOY_FILTER)
		return false;
	if (!wants_dns || cluster_is_dns(c))
		return false;
	reason_add(j, CO_TYPE_DIFFERS, true, c->pos,
	           TEXT(j, STR("it is of type "), c->type_text, STR(", not "), j->expected->type, by_owner(j)));
	return true;
}

/* ---- HTTP ---- */

static bool says_http(struct judging *j, struct str what)
{
	struct str name = j->cluster->name;

	reason_add(j, CO_HTTP_DIFFERS, true, j->cluster->pos,
	           TEXT(j, str_eq(name, j->expected->name) ? STR("it") : TEXT(j, STR("its cluster "), name),
	                STR(" speaks "), what));
	return true;
}

/* What one socket offers the server. */
static bool judge_alpn(struct judging *j)
{
	enum http_version has = j->cluster->http;

	if (j->cluster->tls.only_h1 && has == HTTP_2)
		return says_http(j, STR("HTTP/2, and offers the server http/1.1 alone (alpn_protocols)"));
	if (j->cluster->tls.offers_h2 && has != HTTP_2 && has != HTTP_3 &&
	    has != HTTP_AUTO) /* servers that know h2 take it */
		return says_http(j, STR("HTTP/1.1, and offers the server h2 (alpn_protocols)"));
	return false;
}

static bool judge_http(struct judging *j)
{
	static const char *const words[] = {
		"HTTP/1.1", "HTTP/1.1", "HTTP/2", "HTTP/3", "the downstream's version", "what ALPN says"
	};
	enum http_version has = j->cluster->http;
	bool              two = has == HTTP_2;

	if (j->cluster->udp) /* measured: 1.36.4 and 1.40.0 */
		return says_http(
			j, STR("no HTTP: its upstream_config makes a session of UDP of a call, and Envoy does not "
		               "survive that"));
	if (j->cluster->no_http)
		return says_http(j, STR("no HTTP: its upstream_config makes of a call a stream of bytes"));
	if (j->expected->kind == CLUSTER_EXISTING)
		return j->upstream->protocol == PROTOCOL_GRPC && (has == HTTP_UNSAID || has == HTTP_1) &&
		       says_http(j, STR("HTTP/1.1, and gRPC needs HTTP/2"));
	if (judge_each_socket(j, judge_alpn))
		return true;
	if (has == HTTP_AUTO || (has != HTTP_3 && two == j->expected->http2))
		return false;
	if (has == HTTP_AS_DOWNSTREAM && !j->expected->http2)
		return false;
	return says_http(j, TEXT(j, str_c(words[has]), STR(", and the manifest's protocol needs "),
	                         j->expected->http2 ? STR("HTTP/2") : STR("HTTP/1.1")));
}

/* An aggregate speaks as the cluster that takes the call, whatever it says of itself. */
static bool judge_protocol(struct judging *j)
{
	const struct proxy_cluster *whole = j->cluster;
	bool                        bad;

	if (!cluster_is_aggregate(whole))
		return judge_http(j);
	j->cluster = aggregate_called(j);
	bad = j->cluster && judge_http(j);
	j->cluster = whole;
	return bad;
}

bool judge_same(struct judging *j)
{
	bool bad = judge_type(j);

	bad = (!bad && judge_addresses(j)) || bad;
	bad = judge_protocol(j) || bad;
	return judge_each_socket(j, judge_tls_same) || bad;
}
