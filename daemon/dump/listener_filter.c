#include "dump/listener_filter.h"

enum { TYPE_HTTP = 1, TYPE_TCP = 2 };

static bool is_wildcard(struct str address)
{
	return str_is(address, "0.0.0.0") || str_is(address, "::");
}

static void keep_first(struct listener_filter *f, const struct listener_facts *l, unsigned type)
{
	f->any = true;
	f->port = l->port;
	f->type = type;
	f->address_n = l->address.n < sizeof(f->address) ? l->address.n : sizeof(f->address);
	memcpy(f->address, l->address.n ? l->address.p : "", f->address_n);
}

/* Without the flag, istioctl has 0 and "" for what it filters by; so nothing leaves listeners that have these. */
void listener_filter_add(struct listener_filter *f, const struct listener_facts *l)
{
	unsigned type = (l->http ? TYPE_HTTP : 0U) | (l->tcp ? TYPE_TCP : 0U);

	if (!f->any)
		keep_first(f, l, type);
	f->any_port = f->any_port || !l->port || l->port != f->port;
	f->any_address = f->any_address || !l->address.n || is_wildcard(l->address) ||
	                 !str_eq(str_slice(l->address, 0, sizeof(f->address)), str_of(f->address, f->address_n));
	f->any_type = f->any_type || type != f->type;
}

unsigned listener_filter_by(const struct listener_filter *f)
{
	unsigned type = f->any && f->type == TYPE_HTTP ? LEFT_BY_TYPE_HTTP : LEFT_BY_TYPE;

	return (f->any_port ? 0U : LEFT_BY_PORT) | (f->any_address ? 0U : LEFT_BY_ADDRESS) | (f->any_type ? 0U : type);
}
