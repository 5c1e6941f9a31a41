/* Hosts: where they are and how they are. */
#include "dump/host.h"

static void read_socket_address(struct dump_reader *r, struct address *a)
{
	uint64_t port = 0;
	int      key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ENDPOINT, &key))
		if (key == K_ADDRESS)
			a->host = take_text(r);
		else if (key == K_PORT && json_scan_uint(r->scan, 65535, &port))
			a->port = (unsigned)port;
}

void host_address_read(struct dump_reader *r, struct address *a)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ENDPOINT, &key))
		if (key == K_SOCKET_ADDRESS)
			read_socket_address(r, a);
}

enum host_health host_health_read(struct dump_reader *r)
{
	static const struct {
		const char      *name;
		enum host_health health;
	} statuses[] = { { "UNHEALTHY", HOST_UNHEALTHY },
		         { "TIMEOUT", HOST_UNHEALTHY },
		         { "DRAINING", HOST_EXCLUDED },
		         { "DEGRADED", HOST_DEGRADED } };
	char             buf[32];
	struct json_text t;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return HOST_HEALTHY;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (str_is(t.text, statuses[i].name))
			return statuses[i].health;
	return HOST_HEALTHY;
}

struct host_level *host_level_at(struct host_levels *l, uint64_t priority)
{
	l->cut = l->cut || priority >= KEPT_LEVELS;
	return &l->items[priority < KEPT_LEVELS ? (size_t)priority : KEPT_LEVELS - 1];
}

bool addresses_same(const struct address *a, size_t n, const struct address *b, size_t other_n)
{
	if (n != other_n)
		return false;
	for (size_t i = 0; i < n && i < KEPT_ADDRESSES; i++)
		if (a[i].port != b[i].port || !str_eq(a[i].host, b[i].host))
			return false;
	return true;
}

static void count_host(struct host_level *l, enum host_health health)
{
	l->n += health != HOST_EXCLUDED;
	l->n_excluded += health == HOST_EXCLUDED;
	l->n_healthy += health == HOST_HEALTHY;
	l->n_degraded += health == HOST_DEGRADED;
}

static bool keep_address(struct dump_reader *r, struct proxy_endpoints *e, const struct address *a)
{
	if (!str_present(a->host))
		return false;
	if (!e->addresses)
		e->addresses = ARENA_ARRAY(r->scratch, KEPT_ADDRESSES, struct address);
	if (e->n_addresses < KEPT_ADDRESSES)
		e->addresses[e->n_addresses] = *a;
	return e->n_addresses++ < KEPT_ADDRESSES;
}

bool host_keep(struct dump_reader *r, struct proxy_endpoints *e, struct host_level *level, const struct address *a,
               enum host_health health)
{
	e->n++;
	e->n_healthy += health == HOST_HEALTHY || health == HOST_DEGRADED; /* what can be called */
	count_host(level, health);
	return keep_address(r, e, a);
}
