/* Plugins: ECDS resources, and the HTTP filters of listeners that ask for them or carry them inline. */
#include "dump/reading.h"

/* ---- whose is it ---- */

/* istio.md 5.6: five forms by version; and callout.<ns>.<name> of our own EnvoyFilters. */
static struct str bare_name(struct str name)
{
	static const struct str prefixes[] = {
		STR_INIT("extensions.istio.io/trafficextension/"),
		STR_INIT("extensions.istio.io/wasmplugin/"),
		STR_INIT("extenstions.istio.io/wasmplugin/"),
		STR_INIT("callout."),
	};
	static const struct str suffix = STR_INIT("~istio-translated-wasmplugin");

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_has_prefix(name, prefixes[i])) {
			name = str_slice(name, prefixes[i].n, name.n);
			break;
		}
	return str_has_suffix(name, suffix) ? str_slice(name, 0, name.n - suffix.n) : name;
}

struct proxy_plugin *plugin_of(struct dump_reader *r, struct str name)
{
	struct str bare = bare_name(name);

	for (size_t i = 0; i < r->wants->n_plugins; i++) {
		if (!str_eq(r->wants->plugins[i], bare) || ++r->n_plugins > KEPT_PLUGINS)
			continue;
		if (!r->plugins[i])
			r->plugins[i] = ARENA_NEW(r->scratch, struct proxy_plugin);
		return r->plugins[i];
	}
	return NULL;
}

/* ---- the filter's configuration ---- */

/* PluginConfig.configuration: an Any; istiod packs a StringValue. */
static void read_configuration(struct dump_reader *r, struct proxy_plugin *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_VALUE) {
			p->configuration = take_long_text(r, &p->configuration_cut);
			p->has_configuration = str_present(p->configuration);
		}
}

static void read_wasm_config(struct dump_reader *r, struct proxy_plugin *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_CONFIGURATION)
			read_configuration(r, p);
		else if (key == K_ROOT_ID)
			p->root_id = take_text(r);
}

static void read_typed_config(struct dump_reader *r, struct proxy_plugin *p)
{
	bool has_rules = false;
	int  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key)) {
		if (key == K_TYPE_URL)
			p->type = take_text(r);
		else if (key == K_CONFIG)
			read_wasm_config(r, p);
		else if (key == K_RULES)
			has_rules = true;
	}
	p->wasm = str_has_suffix(p->type, STR(".wasm.v3.Wasm"));
	p->rbac = str_has_suffix(p->type, STR(".rbac.v3.RBAC"));
	p->rbac_allows = p->rbac && !has_rules; /* istio-agent: no rules lets pass, empty rules refuse */
}

/* ---- ECDS ---- */

/* TypedExtensionConfig {name, typed_config}. The last resource of a name counts. */
static void read_extension(struct dump_reader *r)
{
	struct arena_mark   mark = arena_mark(r->scratch);
	struct proxy_plugin read = { 0 }, *p = NULL;
	struct json_place   place = { .offset = 0 };
	int                 key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_PLUGIN, &key)) {
		if (key == K_TYPED_CONFIG) {
			read_typed_config(r, &read);
		} else if (key == K_NAME) {
			read.name = take_text(r);
			place = json_scan_place(r->scan);
			p = plugin_of(r, read.name);
			if (!p) {
				json_scan_leave(r->scan);
				break;
			}
		}
	}
	if (!p) {
		arena_reset(r->scratch, mark);
		return;
	}
	read.pos = tell_place(r, &place, read.name.n + 2);
	read.seen = p->seen | PLUGIN_ECDS;
	read.refused = p->refused;
	read.refusal = p->refusal;
	*p = read;
}

void plugin_entry_read(struct dump_reader *r)
{
	r->part->kinds |= DUMP_PLUGINS;
	read_extension(r);
}

void plugins_read(struct dump_reader *r)
{
	int key;

	r->part->kinds |= DUMP_PLUGINS;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		if (json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_PLUGIN, &key))
				if (key == K_ECDS_ENTRY)
					read_extension(r);
}

/* ---- listeners ---- */

static void read_http_filter(struct dump_reader *r)
{
	struct arena_mark   mark = arena_mark(r->scratch);
	struct proxy_plugin read = { 0 }, *p = NULL;
	struct json_place   place;
	int                 key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_PLUGIN, &key)) {
		if (key == K_TYPED_CONFIG) {
			read_typed_config(r, &read);
		} else if (key == K_NAME) {
			read.name = take_text(r);
			place = json_scan_place(r->scan);
			p = plugin_of(r, read.name);
			if (!p) {
				json_scan_leave(r->scan);
				break;
			}
			if (!p->seen)
				p->pos = tell_place(r, &place, read.name.n + 2);
		}
	}
	if (!p) {
		arena_reset(r->scratch, mark);
		return;
	}
	if (str_present(read.type) && !(p->seen & PLUGIN_ECDS)) { /* carried inline */
		read.seen = p->seen;
		read.pos = p->pos;
		read.refused = p->refused;
		read.refusal = p->refusal;
		*p = read;
	} else if (!p->seen) {
		p->name = read.name;
	}
	p->seen |= PLUGIN_LISTENER;
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
			if (key == K_TYPED_CONFIG && json_scan_enter_object(r->scan))
				while (next_key(r, KEYS_LISTENER, &key))
					if (key == K_HTTP_FILTERS && json_scan_enter_array(r->scan))
						while (json_scan_next_item(r->scan))
							read_http_filter(r);
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
		p = plugin_of(r, r->wants->plugins[i]);
		p->refused = true;
		p->refusal = details;
	}
}

void listener_entry_read(struct dump_reader *r, bool dynamic)
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
