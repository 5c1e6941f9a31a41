/* Plugins: ECDS resources, and the HTTP filters of listeners that ask for them or carry them inline. */
#include "dump/reading.h"

/* ---- the filter's configuration ---- */

static void read_code(struct dump_reader *r, struct proxy_plugin *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_INLINE)
			p->code = take_long_text(r, &p->code_cut);
}

/* What a filter's message says, whose type stands beside it. */
static void read_message(struct dump_reader *r, struct proxy_plugin *p, bool *has_rules, bool in_struct)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key)) {
		if (key == K_TYPE_URL) /* of two, the one that a TypedStruct names comes last */
			p->type = take_text(r);
		else if (key == K_CONFIG)
			plugin_config_read(r, p);
		else if (key == K_RULES)
			*has_rules = true;
		else if (key == K_SOURCE_CODE)
			read_code(r, p);
		else if (key == K_INLINE)
			p->code = take_long_text(r, &p->code_cut);
		else if (key == K_VALUE && !in_struct)
			read_message(r, p, has_rules, true);
	}
}

static void read_typed_config(struct dump_reader *r, struct proxy_plugin *p)
{
	bool has_rules = false;

	read_message(r, p, &has_rules, false);
	p->wasm = str_has_suffix(p->type, STR(".wasm.v3.Wasm"));
	p->rbac = str_has_suffix(p->type, STR(".rbac.v3.RBAC"));
	p->rbac_allows = p->rbac && !has_rules; /* istio-agent: no rules lets pass, empty rules refuse */
}

/* ---- filters that have a name ---- */

/* {name, typed_config}: a TypedExtensionConfig of ECDS, or an HTTP filter of a listener. */
struct named_filter {
	struct proxy_plugin *plugin; /* that it is */
	struct proxy_plugin  read;
	struct json_place    place; /* of the name */
	bool                 disabled;
};

/* False: nobody wants it, and nothing of it was kept. */
static bool read_named(struct dump_reader *r, struct named_filter *f)
{
	struct arena_mark mark = arena_mark(r->scratch);
	int               key;

	*f = (struct named_filter){ 0 };
	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_PLUGIN, &key)) {
		if (key == K_TYPED_CONFIG) {
			read_typed_config(r, &f->read);
		} else if (key == K_DISABLED) {
			f->disabled = take_bool(r);
		} else if (key == K_NAME) {
			f->read.name = take_text(r);
			f->place = json_scan_place(r->scan);
			f->plugin = plugin_of(r, f->read.name);
			if (!f->plugin) {
				json_scan_leave(r->scan);
				break;
			}
		}
	}
	if (!f->plugin)
		arena_reset(r->scratch, mark);
	return f->plugin != NULL;
}

/* What was read takes the place of what was known, but for how it fared. */
static void replace(struct dump_reader *r, struct named_filter *f)
{
	struct proxy_plugin *p = f->plugin;

	f->read.pos = tell_place(r, &f->place, f->read.name.n + 2);
	f->read.seen = p->seen;
	f->read.enabled = p->enabled;
	f->read.by_rds = p->by_rds;
	f->read.refused = p->refused;
	f->read.refusal = p->refusal;
	*p = f->read;
}

/* ---- ECDS ---- */

/* The last resource of a name counts. */
static struct proxy_plugin *read_extension(struct dump_reader *r)
{
	struct named_filter f;

	if (!read_named(r, &f))
		return NULL;
	replace(r, &f);
	f.plugin->seen |= PLUGIN_ECDS;
	return f.plugin;
}

void plugin_entry_read(struct dump_reader *r)
{
	r->part->kinds |= DUMP_PLUGINS;
	read_extension(r);
}

/* {details, failed_configuration}: what it is a refusal of, the entry says, or else the configuration that failed. */
static struct proxy_plugin *read_error_state(struct dump_reader *r, struct proxy_plugin *p, struct str *details)
{
	int key;

	*details = STR("it does not say why");
	if (!json_scan_enter_object(r->scan))
		return p;
	while (next_key(r, KEYS_ERROR_STATE, &key)) {
		struct named_filter f;

		if (key == K_DETAILS)
			*details = take_text(r);
		else if (key == K_FAILED_CONFIGURATION && read_named(r, &f) && !p)
			p = f.plugin;
	}
	return p;
}

/* {ecds_filter, error_state} */
static void read_entry(struct dump_reader *r)
{
	struct str           details = STR_ABSENT;
	struct proxy_plugin *p = NULL;
	int                  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_PLUGIN, &key))
		if (key == K_ECDS_ENTRY)
			p = read_extension(r);
		else if (key == K_ERROR_STATE)
			p = read_error_state(r, p, &details);
		else if (key == K_CLIENT_STATUS && json_scan_string_is(r->scan, STR("NACKED")) && !details.n)
			details = STR("it does not say why");
	if (p && str_present(details)) {
		p->refused = true;
		p->refusal = details;
	}
}

void plugins_read(struct dump_reader *r)
{
	r->part->kinds |= DUMP_PLUGINS;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		read_entry(r);
}

/* ---- listeners ---- */

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

/* Those that are asked for by name have no type here; what ECDS gave counts more than what stands inline. */
static void read_http_filter(struct dump_reader *r, struct manager *m)
{
	struct named_filter f;

	if (!read_named(r, &f))
		return;
	if (!(f.plugin->seen & PLUGIN_ECDS) && (str_present(f.read.type) || !f.plugin->seen))
		replace(r, &f);
	f.plugin->seen |= PLUGIN_LISTENER;
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

		if (str_find_str(details, r->wants->plugins[i], 0) == details.n)
			continue;
		p = plugin_at(r, i);
		p->refused = true;
		p->refusal = details;
	}
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
		else if (dynamic && key == K_ACTIVE_STATE && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_LISTENER, &key))
				if (key == K_LISTENER)
					read_listener(r);
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
