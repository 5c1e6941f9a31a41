/* live_egress.h - what the egress listeners of a Sidecar let in, each by itself: a listener keeps the services of its port alone. */
#ifndef CALLOUT_LIVE_LIVE_EGRESS_H
#define CALLOUT_LIVE_LIVE_EGRESS_H

#include "live/live_index.h"

/* One of a listener's hosts that has the host in question. */
struct live_import {
	struct str where; /* a namespace, "." for that of the proxies, "*" for any */
	bool       is_taken_out;
};

struct live_listener {
	unsigned            port; /* whose services it keeps; 0: all */
	bool                is_exact;
	bool                takes_out; /* does any of the imports? */
	struct live_import *imports;
	size_t              n;
};

/* What a Sidecar lets in of one host. */
struct live_egress {
	struct live_answer    is;
	struct live_listener *listeners; /* those that have the host, as they come */
	size_t                n;
};

/* So much is looked at for one host, since a Sidecar may be that of thousands of namespaces. */
enum { LISTENERS_LOOKED_AT = 64, IMPORTS_LOOKED_AT = 256 };

/* Never NULL. Without a Sidecar (NULL), or without egress listeners, all of any namespace is let in. */
struct live_egress *live_egress_read(struct arena *, const struct node *sidecar, struct str host);

/* Does the listener let proxies of one namespace have what is in another? takes_out, here and below: as FEATURE_HOSTS_TAKEN_OUT says. */
bool live_listener_lets_in(const struct live_listener *, struct str proxies, struct str namespace, bool takes_out);

/* The port of a listener of a Sidecar, as above. */
unsigned live_egress_port(const struct node *listener);
/* Does it let proxies of one namespace have this host of a service in another, on its port? All hosts of that namespace? */
bool live_egress_covers(const struct node *listener, struct str proxies, struct str namespace, struct str host,
                        bool takes_out);
bool live_egress_covers_all(const struct node *listener, struct str proxies, struct str namespace, bool takes_out);

#endif
