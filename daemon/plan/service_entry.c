/* ServiceEntry: the host as a service of its own, or under its public name. */
#include "base/arena.h"
#include "names/hostname.h"
#include "plan/planner.h"

static struct str port_name(struct planner *p, const struct upstream *u, int64_t number)
{
	static const struct str prefixes[] = { [PROTOCOL_HTTP] = STR_INIT("http-"),
		                               [PROTOCOL_HTTP2] = STR_INIT("http2-"),
		                               [PROTOCOL_GRPC] = STR_INIT("grpc-") };

	return STR_CONCAT(p->arena, prefixes[u->protocol], str_from_int(p->arena, number));
}

static const struct record *port_record(struct planner *p, const struct upstream *u, int64_t number)
{
	struct record *r = record_new(p->arena, &port_type);

	set_int(r, PORT_NUMBER, number);
	set_string(r, PORT_NAME, port_name(p, u, number));
	set_string(r, PORT_PROTOCOL, field_word(protocol_words, u->protocol));
	if (upstream_dialled_port(u) != number)
		set_int(r, PORT_TARGET_PORT, upstream_dialled_port(u));
	return r;
}

static const struct record *endpoint_record(struct planner *p, struct str address, const struct pair *ports, size_t n)
{
	struct record *r = record_new(p->arena, &endpoint_type);

	set_string(r, ENDPOINT_ADDRESS, address);
	set_pairs(r, ENDPOINT_PORTS, ports, n);
	return r;
}

/* An isolated service host does not resolve: its endpoint is the real host, or the addresses given. */
static void set_isolated_endpoints(struct planner *p, struct record *r, const struct upstream *u, int64_t number)
{
	const struct record **list = ARENA_ARRAY(p->arena, u->endpoints.n + 1, const struct record *);

	for (size_t i = 0; i < u->endpoints.n; i++) {
		const struct endpoint *e = (const struct endpoint *)u->endpoints.items + i;
		struct pair           *port = NULL;

		if (e->port != upstream_dialled_port(u)) {
			port = ARENA_NEW(p->arena, struct pair);
			*port = (struct pair){ port_name(p, u, number), str_from_int(p->arena, e->port), true };
		}
		list[i] = endpoint_record(p, e->address, port, port != NULL);
	}
	if (u->endpoints.n == 0)
		list[0] = endpoint_record(p, hostname_without_dot(u->host), NULL, 0);
	set_records(r, SE_ENDPOINTS, list, u->endpoints.n ? u->endpoints.n : 1);
}

static void set_common(struct planner *p, struct record *r, const struct upstream *u, struct str host)
{
	struct strings exported = export_to_of(p, u);

	set_string(r, SE_API_VERSION, api_version_networking(p));
	set_string(r, SE_HOST, host);
	set_strings(r, SE_EXPORT_TO, exported.items, exported.n);
	set_string(r, SE_LOCATION, field_word(location_words, u->location ? u->location : LOCATION_EXTERNAL));
	set_string(r, SE_RESOLUTION, field_word(resolution_words, upstream_resolution(u)));
	if (upstream_resolution(u) == RESOLUTION_DNS_ROUND_ROBIN)
		planner_lacks(p, FEATURE_DNS_ROUND_ROBIN, CO_VERSION_FIELD, u->node, "resolution");
}

static struct resource resource_of(const struct record *r, struct str namespace, struct str name,
                                   const struct node *node)
{
	return (struct resource){ "ServiceEntry", namespace, name, r, node };
}

struct resource service_entry_plan(struct planner *p, const struct upstream *u, const struct expected_cluster *e)
{
	/* Neither waypoints nor the applications' DNS have anything to do with a host that only filters call. */
	static const struct pair aside[] = {
		{ STR_INIT("istio.io/use-waypoint"), STR_INIT("none"), false },
		{ STR_INIT("networking.istio.io/enable-autoallocate-ip"), STR_INIT("false"), false },
	};
	struct record        *r = record_new(p->arena, &service_entry_type);
	struct object_meta    meta = object_meta(p, u->name, aside, 2, NULL, 0);
	int64_t               number = p->mesh->spec->isolated_port;
	const struct record **ports = ARENA_NEW(p->arena, const struct record *);

	set_string(r, SE_NAME, meta.name);
	set_string(r, SE_NAMESPACE, meta.namespace);
	set_pairs(r, SE_LABELS, meta.labels, meta.n_labels);
	set_pairs(r, SE_ANNOTATIONS, meta.annotations, meta.n_annotations);
	set_common(p, r, u, e->service_host);
	ports[0] = port_record(p, u, number);
	set_records(r, SE_PORTS, ports, 1);
	set_isolated_endpoints(p, r, u, number);
	return resource_of(r, meta.namespace, meta.name, u->node);
}

/* ---- public names ---- */

static size_t count_ports(const struct shared_host *shared)
{
	size_t n = 0;

	for (const struct shared_port *s = shared->ports; s; s = s->next)
		n++;
	return n;
}

/* All ports have the same endpoints (otherwise the manifests quarrel); an endpoint whose port differs names it for each
 * port. */
static void set_shared_endpoints(struct planner *p, struct record *r, const struct shared_host *shared)
{
	const struct upstream *u = shared->owner_upstream;
	const struct record  **list = ARENA_ARRAY(p->arena, u->endpoints.n + 1, const struct record *);

	for (size_t i = 0; i < u->endpoints.n; i++) {
		const struct endpoint *e = (const struct endpoint *)u->endpoints.items + i;
		struct pair           *ports = ARENA_ARRAY(p->arena, count_ports(shared), struct pair);
		size_t                 n = 0;

		for (const struct shared_port *s = shared->ports; s; s = s->next) {
			const struct endpoint *own = (const struct endpoint *)s->upstream->endpoints.items + i;

			if (own->port != upstream_dialled_port(s->upstream))
				ports[n++] = (struct pair){ port_name(p, s->upstream, s->upstream->port),
					                    str_from_int(p->arena, own->port), true };
		}
		list[i] = endpoint_record(p, e->address, ports, n);
	}
	set_records(r, SE_ENDPOINTS, list, u->endpoints.n);
}

struct resource shared_service_entry_plan(struct planner *p, const struct shared_host *shared)
{
	const struct upstream *u = shared->owner_upstream;
	struct record         *r = record_new(p->arena, &service_entry_type);
	const struct record  **ports = ARENA_ARRAY(p->arena, count_ports(shared), const struct record *);
	struct str             name = STR_CONCAT(p->arena, p->manifest->metadata->name, STR("."), u->name);
	struct pair           *owners = ARENA_NEW(p->arena, struct pair);
	size_t                 n = 0;

	*owners = (struct pair){ STR("callout.dev/manifests"), shared_owners_text(p->arena, shared), false };
	set_string(r, SE_NAME, name);
	set_string(r, SE_NAMESPACE, p->manifest->metadata->namespace);
	set_pairs(r, SE_ANNOTATIONS, owners, 1); /* and no label: unequal ones stop Istio's merge with others */
	set_common(p, r, u, u->host);
	for (const struct shared_port *s = shared->ports; s; s = s->next)
		ports[n++] = port_record(p, s->upstream, s->upstream->port);
	set_records(r, SE_PORTS, ports, n);
	set_shared_endpoints(p, r, shared);
	return resource_of(r, p->manifest->metadata->namespace, name, u->node);
}
