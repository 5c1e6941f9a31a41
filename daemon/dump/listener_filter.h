/* listener_filter.h - which filters of istioctl can have left this list of listeners?
 *
 * --port, --address and --type leave listeners of one port, address or type (istioctl ListenerFilter.Verify), and the list does not tell
 * that they were given. But a whole list has several ports and types: every proxy of Istio listens for probes and for scrapes, by HTTP; a
 * sidecar has virtualOutbound, a waypoint connect_originate, which are none of HTTP. Only gateways may have nothing but HTTP. All of a
 * whole list may be at the wildcard address, and what is left there has all that is for every listener: virtualInbound of a sidecar, and
 * the servers of a gateway. Only a filter that `match` keeps to some listeners can be at other addresses alone.
 */
#ifndef CALLOUT_DUMP_LISTENER_FILTER_H
#define CALLOUT_DUMP_LISTENER_FILTER_H

#include "base/str.h"

enum { LEFT_BY_PORT = 1, LEFT_BY_ADDRESS = 2, LEFT_BY_WILDCARD = 4, LEFT_BY_TYPE = 8, LEFT_BY_TYPE_HTTP = 16 };

/* What istioctl's filters look at. */
struct listener_facts {
	char     address[64]; /* cut behind that */
	size_t   address_n;   /* 0: it has none, as an internal listener */
	unsigned port;        /* likewise */
	bool     http;        /* it has a connection manager, */
	bool     tcp;         /* or a TCP proxy, but for those to BlackHoleCluster */
};

struct listener_filter {
	bool                  any;
	struct listener_facts first;
	bool                  any_port, any_address, any_type; /* not left by such a filter */
};

/* All zero is a list without any, which every filter may have left. */
void     listener_filter_add(struct listener_filter *, const struct listener_facts *);
unsigned listener_filter_by(const struct listener_filter *);

#endif
