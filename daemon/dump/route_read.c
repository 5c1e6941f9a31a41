/* Routes, as far as they switch filters off or on: typed_per_filter_config of the clusters that a route chooses from by their weight, else
 * of the route, else of its virtual host, else of the whole (envoy/config/route/v3). */
#include "dump/named_filter.h"

static bool is_asked_for(const struct rds_use *use, const struct proxy_plugin *plugin)
{
	while (use && use->plugin != plugin)
		use = use->next;
	return use != NULL;
}

static struct route_override *override_of(struct dump_reader *r, struct route_overrides *o, struct str name)
{
	struct proxy_plugin *plugin = plugin_named(r, name);

	for (size_t i = 0; plugin && i < o->n; i++)
		if (o->items[i].plugin == plugin)
			return &o->items[i];
	if (!plugin || (o->uses && !is_asked_for(o->uses, plugin)))
		return NULL;
	if (o->n == KEPT_OVERRIDES) {
		o->more = true;
		return NULL;
	}
	o->items[o->n] = (struct route_override){ .plugin = plugin };
	return &o->items[o->n++];
}

/* What a route says of a filter. */
struct override_read {
	bool       disabled;
	struct str code; /* its own, in the place of the filter's; absent: none */
	bool       code_cut;
};

/* LuaPerRoute, or FilterConfig, which may hold one. */
static void read_override(struct dump_reader *r, struct override_read *o, bool wrapped)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_PLUGIN, &key))
		if (key == K_DISABLED)
			o->disabled = take_bool(r) || o->disabled;
		else if (key == K_SOURCE_CODE)
			o->code = code_source_read(r, &o->code_cut);
		else if (key == K_NAME) /* of code in Lua.source_codes, of which our own have none */
			o->code = STR("");
		else if (key == K_CONFIG && !wrapped)
			read_override(r, o, true);
}

/* Lua code that a route has counts beside that of the filter. */
static void keep_code(struct dump_reader *r, struct named_filter *f, const struct override_read *o)
{
	f->read.type = STR("type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua");
	f->read.code = o->code;
	f->read.code_cut = o->code_cut;
	f->read.of_route = true;
	named_filter_add(r, f);
}

/* Any configuration of a route but one that disables switches a filter on that is off by default. */
static enum route_switch read_switch(struct dump_reader *r, struct proxy_plugin *plugin, struct str name)
{
	struct named_filter  f = { .plugin = plugin, .mark = arena_mark(r->scratch), .n_plugins = r->n_plugins };
	struct override_read o = { .code = STR_ABSENT };

	f.read.name = str_copy(r->scratch, name);
	f.place = json_scan_place(r->scan);
	read_override(r, &o, false);
	if (!o.disabled && str_present(o.code) && !r->warming)
		keep_code(r, &f, &o);
	else
		named_filter_forget(r, &f);
	return o.disabled ? ROUTE_OFF : ROUTE_ON;
}

enum route_level { LEVEL_CLUSTER, LEVEL_ROUTE, LEVEL_HOST, LEVEL_ALL };

/* One of a route's clusters that switches the filter on makes it run; one that switches it off leaves the others. */
static void add_switch(struct route_override *item, enum route_level level, enum route_switch to)
{
	if (level == LEVEL_ALL)
		item->all = to;
	else if (level == LEVEL_HOST)
		item->host = to;
	else if (level == LEVEL_CLUSTER)
		item->runs = item->runs || to == ROUTE_ON;
	else if (to == ROUTE_OFF)
		item->n_off++;
	else
		item->n_on++;
}

/* {NAME: message} */
static void read_per_filter(struct dump_reader *r, struct route_overrides *o, enum route_level level)
{
	struct str key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (json_scan_next_key(r->scan, &key)) {
		struct route_override *item = override_of(r, o, key);

		if (item)
			add_switch(item, level, read_switch(r, item->plugin, key));
	}
}

static void read_cluster(struct dump_reader *r, struct route_overrides *o)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		if (key == K_PER_FILTER)
			read_per_filter(r, o, LEVEL_CLUSTER);
}

static void read_weighted_clusters(struct dump_reader *r, struct route_overrides *o)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		if (key == K_CLUSTERS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				read_cluster(r, o);
}

static void read_action(struct dump_reader *r, struct route_overrides *o)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		if (key == K_WEIGHTED_CLUSTERS)
			read_weighted_clusters(r, o);
}

static void read_route(struct dump_reader *r, struct route_overrides *o)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		if (key == K_PER_FILTER)
			read_per_filter(r, o, LEVEL_ROUTE);
		else if (key == K_ROUTE_ACTION)
			read_action(r, o);
}

static void end_host(struct route_overrides *o, size_t n_routes)
{
	o->n_routes += n_routes;
	for (size_t i = 0; i < o->n; i++) {
		struct route_override *item = &o->items[i];

		item->n_covered += item->host == ROUTE_OFF ? n_routes - item->n_on : item->n_off;
		item->runs = item->runs || item->n_on || (item->host == ROUTE_ON && item->n_off < n_routes);
		item->host = ROUTE_UNSAID;
		item->n_on = item->n_off = 0;
	}
}

/* A matcher's actions are routes, too. */
static void read_host(struct dump_reader *r, struct route_overrides *o)
{
	size_t n = 0;
	int    key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		if (key == K_PER_FILTER)
			read_per_filter(r, o, LEVEL_HOST);
		else if (key == K_MATCHER)
			o->partial = true;
		else if (key == K_HOST_ROUTES && json_scan_enter_array(r->scan))
			for (; json_scan_next_item(r->scan); n++)
				read_route(r, o);
	end_host(o, n);
}

void route_config_member(struct dump_reader *r, struct route_overrides *o, int key)
{
	if (key == K_PER_FILTER)
		read_per_filter(r, o, LEVEL_ALL);
	else if (key == K_VHDS)
		o->partial = true;
	else if (key == K_VIRTUAL_HOSTS && json_scan_enter_array(r->scan))
		while (json_scan_next_item(r->scan))
			read_host(r, o);
}

void route_config_read(struct dump_reader *r, struct route_overrides *o)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		route_config_member(r, o, key);
}

static bool item_runs(const struct route_override *item, size_t n_routes, bool runs)
{
	if (item->all != ROUTE_UNSAID)
		runs = item->all == ROUTE_ON;
	return item->runs || (runs && (item->n_covered < n_routes || n_routes == 0));
}

bool route_overrides_tell(const struct route_overrides *o, const struct proxy_plugin *plugin, bool *runs)
{
	bool   told = *runs;
	size_t i = 0;

	while (i < o->n && o->items[i].plugin != plugin)
		i++;
	if (i < o->n)
		told = item_runs(&o->items[i], o->n_routes, told);
	if (!told && (o->partial || (o->more && i == o->n)))
		return false;
	*runs = told;
	return true;
}
