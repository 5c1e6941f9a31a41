/* What is wrong with a cluster of ours that proxies take by another entry. */
#include "live/entry_choosing.h"
#include "names/hostname.h"

/* As istiod reads it (istio pkg/config/protocol/instance.go). */
bool entry_loss_is_http2(const struct node *port)
{
	const struct node *protocol = node_get(port, "protocol");
	struct str         p = protocol ? node_text(protocol) : STR("");

	return str_eq_nocase(p, STR("HTTP2")) || str_eq_nocase(p, STR("GRPC")) || str_eq_nocase(p, STR("GRPC-WEB"));
}

static bool carries_http2(const struct entry *e, unsigned number)
{
	NODE_EACH (port, entry_order_ports(e))
		if (entry_order_port(port) == number)
			return entry_loss_is_http2(port);
	return false;
}

bool entry_loss_speaks_http2(const struct upstream *u)
{
	return u->protocol == PROTOCOL_HTTP2 || u->protocol == PROTOCOL_GRPC;
}

const struct entry *entry_loss_of_addresses(const struct shared_place *at, enum entry_loss *ret)
{
	if (upstream_resolution(at->upstream) != RESOLUTION_DNS_ROUND_ROBIN)
		return NULL;
	*ret = at->older ? LOSS_ADDRESSES : LOSS_MIXED;
	return at->older ? at->older : at->adding;
}

const struct entry *entry_loss_where_hidden(const struct choosing *c, const struct shared_place *at,
                                            const struct entry *says, const struct entry *resolves,
                                            const struct entry *by, enum entry_loss *ret)
{
	const struct upstream *u = at->upstream;

	if (!says)
		*ret = LOSS_CLUSTER;
	else if (!str_eq(says->namespace, c->ours.namespace))
		*ret = LOSS_ADDRESSES;
	else if (resolves != &c->ours && !str_eq(entry_order_resolution(resolves->object),
	                                         field_word(resolution_words, upstream_resolution(u))))
		*ret = LOSS_RESOLUTION;
	else if (says != &c->ours && entry_loss_speaks_http2(u) != carries_http2(says, (unsigned)u->port))
		*ret = LOSS_PROTOCOL;
	else
		return entry_loss_of_addresses(at, ret);
	return by;
}

/* A cluster without DNS takes no names. */
bool entry_loss_takes_addresses(struct str resolution, const struct upstream *u)
{
	if (!str_is(resolution, "STATIC"))
		return !str_is(resolution, "NONE");
	for (size_t i = 0; i < u->endpoints.n; i++)
		if (ip_is(((const struct endpoint *)u->endpoints.items)[i].address))
			return true;
	return false;
}
