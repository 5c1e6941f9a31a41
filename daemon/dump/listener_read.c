/* Listeners: the HTTP filters in them that ask for plugins or carry them inline, and the routes that switch them off. */
#include "dump/host.h"
#include "dump/named_filter.h"

/* A filter of a connection manager that is wanted; there are KEPT_PLUGINS at most. */
struct managed {
	struct managed      *next;
	struct proxy_plugin *plugin;
	bool                 enabled; /* where the routes say nothing */
};

/* A connection manager: its filters that are wanted, and the routes that switch them off. */
struct manager {
	struct managed        *filters;
	bool                   rds;         /* its routes come by RDS, or by scopes, */
	char                   routes[512]; /* under this name; "": under none, or a longer one */
	size_t                 n_routes;
	bool                   black_hole; /* it is a TCP proxy that leads nowhere */
	struct route_overrides overrides;
};

/* Those that are asked for by name have no type here; what ECDS gave counts more than what stands inline, and what is in use more than
 * what warms. */
static bool takes_the_place(const struct dump_reader *r, const struct named_filter *f)
{
	const struct proxy_plugin *p = f->plugin;

	if (p->seen & PLUGIN_ECDS)
		return false;
	return !p->seen || (!r->warming && !p->active) ||
	       (!(r->warming && p->active) && str_present(f->read.type) && !str_present(p->type));
}

static void read_http_filter(struct dump_reader *r, struct manager *m)
{
	struct named_filter f;
	struct managed      made;
	bool                matched;

	if (!named_filter_read(r, &f))
		return;
	matched = f.read.matched;
	if (takes_the_place(r, &f))
		named_filter_keep(r, &f);
	else if (!r->warming && str_present(f.read.type))
		named_filter_add(r, &f);
	else
		named_filter_forget(r, &f);
	f.plugin->seen |= PLUGIN_LISTENER;
	if (r->warming || matched)
		return;
	f.plugin->active = true;
	made = (struct managed){ .next = m->filters, .plugin = f.plugin, .enabled = !f.read.disabled };
	m->filters = arena_copy(r->scratch, &made, sizeof(made));
}

/* Rds, or ScopedRoutes, which has several names. */
static void read_rds(struct dump_reader *r, struct manager *m)
{
	char             buf[sizeof(m->routes)];
	struct json_text name;
	int              key;

	m->rds = true;
	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_LISTENER, &key))
		if (key == K_ROUTE_CONFIG_NAME && json_scan_string(r->scan, buf, sizeof(buf), &name) && !name.cut) {
			m->n_routes = name.text.n < sizeof(buf) ? name.text.n : 0;
			memcpy(m->routes, name.text.p, m->n_routes);
		}
}

/* The whole manager was read, in whatever order its members stand. */
static void end_filter(struct dump_reader *r, const struct manager *m, const struct managed *f)
{
	struct proxy_plugin *p = f->plugin;
	bool                 runs = f->enabled;

	if (m->rds) {
		rds_use_add(r, str_of(m->routes, m->n_routes), p, f->enabled);
		return;
	}
	p->by_rds = !route_overrides_tell(&m->overrides, p, &runs) || p->by_rds;
	p->enabled = p->enabled || runs;
}

/* HttpConnectionManager, or TcpProxy. */
static void read_manager(struct dump_reader *r, struct manager *m)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_LISTENER, &key))
		if (key == K_CLUSTER_ENTRY)
			m->black_hole = json_scan_string_is(r->scan, STR("BlackHoleCluster"));
		else if (key == K_ROUTE_CONFIG)
			route_config_read(r, &m->overrides);
		else if (key == K_RDS)
			read_rds(r, m);
		else if (key == K_HTTP_FILTERS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_http_filter(r, m);
	for (const struct managed *f = m->filters; f; f = f->next)
		end_filter(r, m, f);
}

/* istioctl goes by the names of filters, too (retrieveListenerType). */
static void read_network_filter(struct dump_reader *r)
{
	struct manager   m = { .filters = NULL };
	char             buf[64];
	struct json_text name = { 0 };
	bool             http = false, tcp = false;
	int              key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_LISTENER, &key))
		if (key == K_TYPED_CONFIG) {
			read_manager(r, &m);
		} else if (key == K_NAME && json_scan_string(r->scan, buf, sizeof(buf), &name)) {
			http = str_is(name.text, "envoy.filters.network.http_connection_manager");
			tcp = str_is(name.text, "envoy.filters.network.tcp_proxy");
		}
	r->listener.http = r->listener.http || http;
	r->listener.tcp = r->listener.tcp || (tcp && !m.black_hole);
}

static void read_network_filters(struct dump_reader *r)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		read_network_filter(r);
}

static void read_filter_chain(struct dump_reader *r)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_LISTENER, &key))
		if (key == K_FILTERS)
			read_network_filters(r);
}

static void read_address(struct dump_reader *r)
{
	struct arena_mark mark = arena_mark(r->scratch);
	struct address    a = { STR(""), 0, STR_ABSENT };

	host_address_read(r, &a);
	r->listener.port = a.port;
	r->listener.address_n = a.host.n < sizeof(r->listener.address) ? a.host.n : sizeof(r->listener.address);
	memcpy(r->listener.address, a.host.n ? a.host.p : "", r->listener.address_n);
	arena_reset(r->scratch, mark);
}

void listener_member(struct dump_reader *r, int key)
{
	if (key == K_ADDRESS)
		read_address(r);
	else if (key == K_DEFAULT_CHAIN)
		read_filter_chain(r);
	else if (key == K_FILTER_CHAINS && json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_filter_chain(r);
}

static void read_listener(struct dump_reader *r)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	r->listener = (struct listener_facts){ 0 };
	while (next_key(r, KEYS_LISTENER, &key))
		listener_member(r, key);
	listener_filter_add(&r->listener_filter, &r->listener);
}

/* Envoy names the plugin in the text ("Unable to create Wasm plugin NAME"). */
static void read_refusal(struct dump_reader *r)
{
	struct str details = STR_ABSENT;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ERROR_STATE, &key))
		if (key == K_DETAILS)
			details = take_text(r);
	for (size_t i = 0; str_present(details) && i < r->wants->n_plugins; i++) {
		struct proxy_plugin *p;

		if (!plugin_is_named(r->wants->plugins[i], details))
			continue;
		p = plugin_at(r, i);
		p->refused = true;
		p->refusal = details;
	}
}

static void read_state(struct dump_reader *r, bool warming)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	r->warming = warming;
	while (next_key(r, KEYS_LISTENER, &key))
		if (key == K_LISTENER)
			read_listener(r);
	r->warming = false;
}

static void listener_entry_read(struct dump_reader *r, bool dynamic)
{
	int key;

	r->part->kinds |= DUMP_LISTENERS;
	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_LISTENER, &key)) {
		if (key == K_LISTENER)
			read_listener(r);
		else if (dynamic && key == K_ERROR_STATE)
			read_refusal(r);
		else if (dynamic && (key == K_ACTIVE_STATE || key == K_WARMING_STATE))
			read_state(r, key == K_WARMING_STATE);
	}
}

/* Listeners are most of a dump, and of use only to find plugins. */
void listeners_read(struct dump_reader *r, bool dynamic)
{
	r->part->kinds |= DUMP_OTHER;
	if (r->wants->n_plugins == 0 || !json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		listener_entry_read(r, dynamic);
}
