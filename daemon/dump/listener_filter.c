#include "dump/listener_filter.h"

static struct str address_of(const struct listener_facts *l)
{
	return str_of(l->address, l->address_n);
}

static bool is_wildcard(struct str address)
{
	return str_is(address, "0.0.0.0") || str_is(address, "::");
}

/* Without the flag, istioctl has 0 and "" for what it filters by; so nothing leaves listeners that have these. */
void listener_filter_add(struct listener_filter *f, const struct listener_facts *l)
{
	struct str address = address_of(l);

	if (!f->any)
		f->first = *l;
	f->any = true;
	f->any_port = f->any_port || !l->port || l->port != f->first.port;
	f->any_address = f->any_address || !address.n || !str_eq(address, address_of(&f->first));
	f->any_type = f->any_type || l->http != f->first.http || l->tcp != f->first.tcp;
}

unsigned listener_filter_by(const struct listener_filter *f)
{
	unsigned type = f->first.http && !f->first.tcp ? LEFT_BY_TYPE_HTTP : LEFT_BY_TYPE;
	unsigned address = is_wildcard(address_of(&f->first)) ? LEFT_BY_WILDCARD : LEFT_BY_ADDRESS;

	return (f->any_port ? 0U : LEFT_BY_PORT) | (f->any_address ? 0U : address) | (f->any_type ? 0U : type);
}
