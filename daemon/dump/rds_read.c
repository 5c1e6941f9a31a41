/* Routes that come by RDS: which connection managers with wanted plugins ask for them by name, and whether they run these. Envoy prints
 * listeners before routes, for its config tracker goes by the alphabet (source/server/config_tracker_impl.h); the other way round they are
 * as unseen as those of another dump. */
#include "base/hash.h"
#include "dump/reading.h"

/* A RouteConfiguration that was asked for. */
struct rds_routes {
	struct rds_routes *next;
	struct str         name;
	struct rds_use    *uses;
};

static struct str name_of(const void *routes)
{
	return ((const struct rds_routes *)routes)->name;
}

void rds_begin(struct dump_reader *r)
{
	r->rds_first = NULL;
	r->n_rds = 0;
	hash_init(&r->rds, r->scratch, name_of);
}

static struct rds_routes *routes_named(struct dump_reader *r, struct str name)
{
	struct rds_routes *routes = hash_get(&r->rds, name);

	if (routes)
		return routes;
	routes = ARENA_NEW(r->scratch, struct rds_routes);
	*routes = (struct rds_routes){ .next = r->rds_first, .name = str_copy(r->scratch, name) };
	hash_add(&r->rds, routes);
	r->rds_first = routes;
	return routes;
}

static void end_use(const struct rds_use *use)
{
	struct proxy_plugin *p = use->plugin;
	bool                 known = use->seen && !use->unsure;

	p->enabled = p->enabled || (known ? use->runs : use->enabled);
	p->by_rds = p->by_rds || !known;
}

/* Many managers may ask for the same routes: each plugin is there twice at most. */
static bool has_use(const struct rds_routes *routes, const struct rds_use *made)
{
	for (const struct rds_use *use = routes->uses; use; use = use->next)
		if (use->plugin == made->plugin && use->enabled == made->enabled)
			return true;
	return false;
}

void rds_use_add(struct dump_reader *r, struct str name, struct proxy_plugin *plugin, bool enabled)
{
	struct rds_use     made = { .plugin = plugin, .enabled = enabled };
	struct rds_routes *routes;

	if (!name.n || r->n_rds == KEPT_RDS_USES) {
		end_use(&made);
		return;
	}
	routes = routes_named(r, name);
	if (has_use(routes, &made))
		return;
	made.next = routes->uses;
	routes->uses = arena_copy(r->scratch, &made, sizeof(made));
	r->n_rds++;
}

/* Those of several config sources may have one name, and a manager has one of them, or another. */
static void add_seen(struct rds_use *use, const struct route_overrides *o)
{
	bool runs = use->enabled;

	use->unsure = !route_overrides_tell(o, use->plugin, &runs) || use->unsure || (use->seen && use->runs != runs);
	use->runs = runs;
	use->seen = true;
}

/* Its name comes first, as Envoy writes it; what comes before is not read. */
static void read_configuration(struct dump_reader *r)
{
	char                   buf[LIMIT_DUMP_TEXT_BYTES];
	struct json_text       name;
	struct route_overrides o = { .n = 0 };
	struct rds_routes     *routes = NULL;
	int                    key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ROUTE, &key))
		if (key == K_NAME && json_scan_string(r->scan, buf, sizeof(buf), &name)) {
			routes = hash_get(&r->rds, name.text);
			o.uses = routes ? routes->uses : NULL;
		} else if (routes) {
			route_config_member(r, &o, key);
		} else {
			o.partial = true;
		}
	for (struct rds_use *use = routes ? routes->uses : NULL; use; use = use->next)
		add_seen(use, &o);
}

void route_configs_read(struct dump_reader *r)
{
	int key;

	r->part->kinds |= DUMP_OTHER;
	if (!r->n_rds || !json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		if (!json_scan_enter_object(r->scan))
			continue;
		while (next_key(r, KEYS_LISTENER, &key))
			if (key == K_ROUTE_CONFIG)
				read_configuration(r);
	}
}

void rds_end(struct dump_reader *r)
{
	for (const struct rds_routes *routes = r->rds_first; routes; routes = routes->next)
		for (const struct rds_use *use = routes->uses; use; use = use->next)
			end_use(use);
}
