/* Listeners: the HTTP filters in them that ask for plugins or carry them inline, and the routes that switch them off. */
#include "dump/named_filter.h"

/* A connection manager: its filters that are wanted, and the routes that switch them off. */
struct manager {
	struct {
		struct proxy_plugin *plugin;
		bool                 enabled;
	} filters[KEPT_OVERRIDES];
	size_t                 n;
	bool                   rds; /* its routes come by RDS, or by scopes */
	struct route_overrides overrides;
};

/* What is read of a filter takes the place of what was: those that are asked for by name have no type here; what ECDS gave counts more than
 * what stands inline, and what is in use more than what warms. */
static bool is_better(const struct dump_reader *r, const struct named_filter *f)
{
	const struct proxy_plugin *p = f->plugin;

	return !(p->seen & PLUGIN_ECDS) && !(r->warming && p->active) && (str_present(f->read.type) || !p->seen);
}

static void read_http_filter(struct dump_reader *r, struct manager *m)
{
	struct named_filter f;

	if (!named_filter_read(r, &f))
		return;
	if (is_better(r, &f))
		named_filter_keep(r, &f);
	f.plugin->seen |= PLUGIN_LISTENER;
	if (r->warming)
		return;
	f.plugin->active = true;
	if (m->n == KEPT_OVERRIDES) {
		f.plugin->enabled = f.plugin->enabled || !f.disabled;
		f.plugin->by_rds = f.plugin->by_rds || m->rds;
		return;
	}
	m->filters[m->n].plugin = f.plugin;
	m->filters[m->n++].enabled = !f.disabled;
}

static void read_manager(struct dump_reader *r)
{
	struct manager m = { .n = 0 };
	int            key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_LISTENER, &key))
		if (key == K_ROUTE_CONFIG)
			route_config_read(r, &m.overrides);
		else if (key == K_RDS)
			m.rds = true;
		else if (key == K_HTTP_FILTERS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_http_filter(r, &m);
	for (size_t i = 0; i < m.n; i++) {
		struct proxy_plugin *p = m.filters[i].plugin;

		p->enabled = p->enabled || route_overrides_run(&m.overrides, p, m.filters[i].enabled);
		p->by_rds = p->by_rds || m.rds;
	}
}

static void read_network_filters(struct dump_reader *r)
{
	int key;

	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		if (!json_scan_enter_object(r->scan))
			continue;
		while (next_key(r, KEYS_LISTENER, &key))
			if (key == K_TYPED_CONFIG)
				read_manager(r);
	}
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

void listener_member(struct dump_reader *r, int key)
{
	if (key == K_DEFAULT_CHAIN)
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
	while (next_key(r, KEYS_LISTENER, &key))
		listener_member(r, key);
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
