/* An object: a dump of sections, or one section by itself. */
#include "dump/reading.h"

/* ---- clusters ---- */

static void read_static_clusters(struct dump_reader *r)
{
	clusters_read(r, LIST_ACTIVE, false);
}

static void read_active_clusters(struct dump_reader *r)
{
	clusters_read(r, LIST_ACTIVE, true);
}

static void read_active_clusters_of_istiod(struct dump_reader *r)
{
	r->part->camel = true;
	read_active_clusters(r);
}

static void read_warming_clusters(struct dump_reader *r)
{
	clusters_read(r, LIST_WARMING, true);
}

/* Entries that /config_dump?resource=… gives as sections of their own are one list. */
static void read_loose_cluster(struct dump_reader *r)
{
	if (r->clusters_section == 0)
		r->clusters_section = r->section;
	r->part->kinds |= DUMP_CLUSTERS;
	r->met = NULL;
	cluster_read(r, LIST_ACTIVE);
	if (r->met && r->clusters[r->met->index]) /* of too many copies none is kept */
		r->clusters[r->met->index]->loose = true;
}

/* ---- listeners, and all else ---- */

static void read_static_listeners(struct dump_reader *r)
{
	listeners_read(r, false);
}

static void read_dynamic_listeners(struct dump_reader *r)
{
	listeners_read(r, true);
}

static void note_date(struct dump_reader *r)
{
	r->dated = true;
}

static void note_other(struct dump_reader *r)
{
	r->part->kinds |= DUMP_OTHER;
}

/* What a section without entries is, only its type tells. */
static void read_section_type(struct dump_reader *r)
{
	char             buf[128];
	struct json_text t;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return;
	if (str_has_suffix(t.text, STR("admin.v3.ListenersConfigDump")))
		r->titled |= DUMP_LISTENERS;
	else if (str_has_suffix(t.text, STR("admin.v3.EcdsConfigDump")))
		r->titled |= DUMP_PLUGINS;
	if (str_has_suffix(t.text, STR("admin.v3.ClustersConfigDump")))
		r->part->kinds |= DUMP_CLUSTERS;
	else if (str_has_prefix(t.text, STR("type.googleapis.com/envoy.admin.")))
		r->part->kinds |= DUMP_OTHER;
}

/* ---- what is no dump ---- */

static void note_ztunnel(struct dump_reader *r)
{
	r->is_ztunnel = true;
}

static void read_kind(struct dump_reader *r)
{
	r->is_kubernetes = true;
	r->is_status = json_scan_string_is(r->scan, STR("Status")) || r->is_status;
}

/* istio pilot/pkg/xds/statusgen.go: TypeDebugSyncronization */
static void read_answer_type(struct dump_reader *r)
{
	r->is_sync = json_scan_string_is(r->scan, STR("istio.io/debug/syncz")) || r->is_sync;
}

static void read_message(struct dump_reader *r)
{
	r->message = take_text(r);
}

/* ---- the whole ---- */

static void read_configs(struct dump_reader *r)
{
	if (r->section) /* there are none within one of them */
		return;
	r->part->configs = true;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		r->section++;
		section_read(r);
	}
}

/* ---- other pages of Envoy's admin interface ---- */

/* envoy/admin/v3: certs, memory, server_info, listeners, mutex_stats, init_dump .proto; /runtime of source/server/admin/runtime_handler.cc.
 * By the keys that they have, all of which must be met. */
enum {
	PAGE_CERTS = 1,
	PAGE_MEMORY = 2,
	PAGE_SERVER = 4,
	PAGE_LISTENERS = 8,
	PAGE_CONTENTION = 16,
	PAGE_INIT = 32,
	PAGE_ENTRIES = 64,
	PAGE_LAYERS = 128
};

static const unsigned pages[K_N] = {
	[K_CERTS_PAGE] = PAGE_CERTS,        [K_HEAP_SIZE] = PAGE_MEMORY,
	[K_COMMAND_LINE] = PAGE_SERVER,     [K_LISTENER_STATUSES] = PAGE_LISTENERS,
	[K_CONTENTIONS] = PAGE_CONTENTION,  [K_UNREADY] = PAGE_INIT,
	[K_RUNTIME_ENTRIES] = PAGE_ENTRIES, [K_RUNTIME_LAYERS] = PAGE_LAYERS,
};

const char *page_met(const struct dump_reader *r)
{
	static const struct {
		unsigned    keys;
		const char *what;
	} all[] = {
		{ PAGE_CERTS, "Envoy's /certs" },
		{ PAGE_MEMORY, "Envoy's /memory" },
		{ PAGE_SERVER, "Envoy's /server_info" },
		{ PAGE_LISTENERS, "Envoy's /listeners" },
		{ PAGE_CONTENTION, "Envoy's /contention" },
		{ PAGE_INIT, "Envoy's /init_dump" },
		{ PAGE_ENTRIES | PAGE_LAYERS, "Envoy's /runtime" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if ((r->pages & all[i].keys) == all[i].keys)
			return all[i].what;
	return NULL;
}

/* ---- the whole, by its keys ---- */

static void (*const readers[K_N])(struct dump_reader *) = {
	[K_TYPE_URL] = read_section_type,
	[K_CONFIGS] = read_configs,
	[K_STATIC_CLUSTERS] = read_static_clusters,
	[K_ACTIVE_CLUSTERS] = read_active_clusters,
	[K_ACTIVE_CLUSTERS_CAMEL] = read_active_clusters_of_istiod,
	[K_WARMING_CLUSTERS] = read_warming_clusters,
	[K_CLUSTER_ENTRY] = read_loose_cluster,
	[K_STATIC_ENDPOINTS] = endpoint_configs_read,
	[K_DYNAMIC_ENDPOINTS] = endpoint_configs_read,
	[K_ENDPOINT_ENTRY] = note_other,
	[K_STATIC_LISTENERS] = read_static_listeners,
	[K_DYNAMIC_LISTENERS] = read_dynamic_listeners,
	[K_LISTENER_ENTRY] = note_other,
	[K_ECDS_FILTERS] = plugins_read,
	[K_ECDS_ENTRY] = plugin_entry_read,
	[K_BOOTSTRAP] = bootstrap_read,
	[K_CLUSTER_STATUSES] = cluster_statuses_read,
	[K_STATS] = stats_json_read,
	[K_CLIENT_CONFIGS] = client_configs_read,
	[K_ANSWER_TYPE] = read_answer_type,
	[K_WARMING_SECRETS] = warming_secrets_read,
	[K_SECRETS] = note_other,
	[K_ROUTES] = note_other,
	[K_DYNAMIC_ROUTES] = route_configs_read,
	[K_LAST_UPDATED] = note_date,
	[K_ZTUNNEL] = note_ztunnel,
	[K_KUBERNETES] = read_kind,
	[K_MESSAGE] = read_message,
};

void section_read(struct dump_reader *r)
{
	struct proxy_cluster *met;
	int                   key;

	r->dated = false;
	r->met = NULL;
	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TOP, &key)) {
		r->pages |= r->section ? 0 : pages[key];
		if (readers[key])
			readers[key](r);
	}
	met = r->met ? r->clusters[r->met->index] : NULL;
	if (met && met->loose) /* Envoy dates each entry, unless a mask leaves that out */
		met->masked = !r->dated || !met->has_type;
}
