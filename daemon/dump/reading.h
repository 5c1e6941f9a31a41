/* reading.h - what the files of this room share while one dump is read. */
#ifndef CALLOUT_DUMP_READING_H
#define CALLOUT_DUMP_READING_H

#include "base/arena.h"
#include "base/limits.h"
#include "dump/list_filter.h"
#include "dump/proxy_state.h"
#include "json/json_scan.h"

/* Tables of keys, see keys.c. */
enum key_table {
	KEYS_TOP,     /* of an object that is the whole dump, and of a section */
	KEYS_ELEMENT, /* of an element of an array that is the whole dump */
	KEYS_CLUSTER,
	KEYS_ENTRY, /* of a list of clusters in a section */
	KEYS_ERROR_STATE,
	KEYS_CLUSTER_TYPE,
	KEYS_BALANCING,
	KEYS_TLS,
	KEYS_SAN,
	KEYS_METADATA,
	KEYS_HTTP,
	KEYS_BREAKER,
	KEYS_ASSIGNMENT,
	KEYS_ENDPOINT,
	KEYS_STATUS,
	KEYS_HEALTH,
	KEYS_NODE,
	KEYS_PLUGIN,
	KEYS_WASM,
	KEYS_LISTENER,
	KEYS_SYNC,
	KEYS_STAT,
	KEYS_N
};

enum dump_key {
	K_TYPE_URL, /* "@type" */
	K_NAME,
	K_VALUE,
	/* sections and wholes */
	K_CONFIGS,
	K_STATIC_CLUSTERS,
	K_ACTIVE_CLUSTERS,
	K_ACTIVE_CLUSTERS_CAMEL, /* within configs: istiod prints, not Envoy */
	K_WARMING_CLUSTERS,
	K_STATIC_ENDPOINTS,
	K_DYNAMIC_ENDPOINTS,
	K_STATIC_LISTENERS,
	K_DYNAMIC_LISTENERS,
	K_ECDS_FILTERS,
	K_BOOTSTRAP,
	K_SECRETS,
	K_WARMING_SECRETS,
	K_ROUTES,
	K_LAST_UPDATED,
	K_CLUSTER_STATUSES,
	K_STATS,
	K_ZTUNNEL,
	K_KUBERNETES,
	K_MESSAGE,
	K_CLUSTER_ENTRY,
	K_ENDPOINT_ENTRY,
	K_ECDS_ENTRY,
	K_LISTENER_ENTRY,
	/* clusters */
	K_TYPE,
	K_CLUSTER_TYPE,
	K_EDS_CONFIG,
	K_SERVICE_NAME,
	K_LOAD_ASSIGNMENT,
	K_UPSTREAM_CONFIG,
	K_TRANSPORT_SOCKET,
	K_TRANSPORT_SOCKET_MATCHES,
	K_SOCKET_MATCHER,
	K_PROTOCOL_OPTIONS,
	K_HTTP2_OPTIONS,
	K_CIRCUIT_BREAKERS,
	K_ORIGINAL_DST,
	K_METADATA,
	K_COMMON_LB,
	K_CONNECT_TIMEOUT,
	K_V2,
	K_ERROR_STATE,
	K_CLIENT_STATUS,
	K_DETAILS,
	K_FAILED_CONFIGURATION,
	K_TYPED_CONFIG,
	K_SUB_CLUSTERS,
	K_ALL_ADDRESSES,
	K_USE_HEADER,
	K_HEADER_NAME,
	K_MEMBERS,
	K_PANIC,
	K_LOCALITY_WEIGHTED,
	K_RING_SIZE,
	K_ZONE_AWARE,
	K_FAILS_IN_PANIC,
	K_LOCALITY,
	K_SUBSETS,
	K_FALLBACK,
	K_SELECTORS,
	K_DEFAULT_SUBSET,
	K_WEIGHT_AWARE,
	K_PANIC_MODE_ANY,
	K_LIST_AS_ANY,
	K_SUBSET_POLICY,
	K_LB_LABELS,
	K_LB_POLICY,
	K_LB_NAME,
	K_RING_HASH,
	K_POLICIES,
	K_POLICY,
	K_OVERPROVISIONING,
	K_BY_WEIGHT,
	K_DROPS,
	K_DROP_PERCENTAGE,
	K_NUMERATOR,
	K_DENOMINATOR,
	K_EXTENSION,
	K_THRESHOLDS,
	K_PRIORITY,
	K_MAX_POOLS,
	K_MAX_PENDING,
	K_MAX_REQUESTS,
	K_HTTP_PROTOCOL_OPTIONS,
	K_EXPLICIT,
	K_EXPLICIT_1,
	K_EXPLICIT_2,
	K_EXPLICIT_3,
	K_PROTOCOL_SELECTION,
	K_DOWNSTREAM,
	K_AUTO,
	K_UPSTREAM_HTTP,
	K_AUTO_SNI,
	K_AUTO_SAN,
	K_HOST_SNI,
	K_SAN_BY_SNI,
	K_FILTER_METADATA,
	K_ISTIO,
	K_CONFIG,
	K_SERVICES,
	K_NAMESPACE,
	K_ALPN_OVERRIDE,
	/* TLS */
	K_COMMON_TLS,
	K_ALPN,
	K_SNI,
	K_COMBINED,
	K_DEFAULT_CONTEXT,
	K_CONTEXT,
	K_CONTEXT_SDS,
	K_CERTIFICATE_SDS,
	K_CERTIFICATES,
	K_CERTIFICATE_CHAIN,
	K_TLS_MINIMUM,
	K_WATCHED,
	K_SNI_HEADER,
	K_SAN_LIST,
	K_TRUSTED_CA,
	K_SYSTEM_ROOTS,
	K_TRUST_CHAIN,
	K_EXPIRED,
	K_TLS_PARAMS,
	K_TLS_MAXIMUM,
	K_UPSTREAM_TLS,
	K_FILENAME,
	K_PINNED,
	K_VALIDATOR,
	K_EXACT,
	K_MATCHER,
	K_SAN_TYPE,
	K_PREFIX,
	K_SUFFIX,
	K_CONTAINS,
	K_SAFE_REGEX,
	K_REGEX,
	K_INNER_SOCKET,
	K_MATCH,
	/* endpoints */
	K_CLUSTER_NAME,
	K_ENDPOINTS,
	K_LB_ENDPOINTS,
	K_WEIGHT,
	K_ENDPOINT,
	K_HEALTH_STATUS,
	K_ADDRESS,
	K_SOCKET_ADDRESS,
	K_PORT,
	K_HOSTNAME,
	K_HOST_STATUSES,
	K_EDS_SERVICE_NAME,
	K_OBSERVABILITY_NAME,
	K_EDS_HEALTH,
	K_UNHEALTHY,
	K_DEGRADED,
	K_EXCLUDED,
	/* node */
	K_NODE,
	K_ID,
	K_VERSION,
	K_LABELS,
	K_ANNOTATIONS,
	K_REVISION,
	K_STATIC_RESOURCES,
	/* plugins and listeners */
	K_CONFIGURATION,
	K_ROOT_ID,
	K_DISABLED,
	K_VM_CONFIG,
	K_ENVIRONMENT,
	K_KEY_VALUES,
	K_HOST_KEYS,
	K_FAILURE_POLICY,
	K_FAIL_OPEN,
	K_SOURCE_CODE,
	K_INLINE,
	K_RULES,
	K_FILTER_CHAINS,
	K_DEFAULT_CHAIN,
	K_FILTERS,
	K_HTTP_FILTERS,
	K_ACTIVE_STATE,
	K_ROUTE_CONFIG,
	K_RDS,
	K_HOST_ROUTES,
	K_PER_FILTER,
	K_LISTENER,
	K_VIRTUAL_HOSTS,
	K_TRAFFIC_DIRECTION,
	/* istiod's syncz */
	K_PROXY,
	K_CLUSTER_SENT,
	K_CLUSTER_ACKED,
	K_RESOURCES,
	K_CDS,
	K_LAST_ERROR,
};

void keys_prepare(struct json_keys tables[KEYS_N]);

/* One of the nearest names so far to one want. */
struct near_kept {
	enum near_kind    kind;
	unsigned          distance;
	size_t            n; /* bytes of the name; 0: free */
	struct json_place place;
	char              name[LIMIT_NEAR_NAME_BYTES];
	/* The owner's namespace, then its name: a copy, since what was read of the cluster is gone when the name is
	 * reported. */
	char   owner[LIMIT_NEAR_OWNER_BYTES];
	size_t owner_namespace_n, owner_name_n;
};

struct near_list {
	struct near_kept *items; /* KEPT_NEAR, the nearest first; NULL before the first */
	size_t            n;
};

struct near_index; /* near_index.h */

struct dump_reader {
	struct arena            *arena;   /* of the reader itself */
	struct arena            *scratch; /* of one dump */
	const struct dump_wants *wants;
	struct json_scan        *scan;
	struct json_inflate     *inflate; /* for what is no JSON */
	struct json_keys         keys[KEYS_N];
	unsigned                 flags;
	uint64_t                 cap;   /* of bytes, inflated */
	uint64_t                 bytes; /* of the dump, that were looked at */

	/* of the dump being read */
	struct diags          *diags;
	struct source         *source;
	struct proxy_part     *part;
	struct proxy_cluster **clusters;
	unsigned              *times; /* a cluster was seen, by want */
	size_t n_missing; /* wants whose cluster was not met yet: only for these are near names looked for */
	struct proxy_endpoints **endpoints;
	struct proxy_plugin    **plugins;
	struct proxy_counts     *counts;      /* by want; NULL before the first */
	struct list_filter       list_filter; /* of an array of clusters */
	struct near_list        *near;        /* by want */
	struct near_index       *near_index;
	const struct dump_want  *met;              /* the wanted cluster that was read last in an entry */
	bool                     dated;            /* the section says when it was updated */
	size_t                   section;          /* of configs, from 1 */
	size_t                   clusters_section; /* whose clusters are kept */
	size_t                   endpoints_section;
	bool                     is_ztunnel;
	bool                     is_kubernetes;
	bool                     is_status;  /* what the API server says in the place of an object */
	bool                     is_several; /* an array of dumps */
	struct str               message;    /* of a Status */
	bool                     v2;
	struct pos               v2_pos;
	unsigned                 n_sync, n_plugins;
	unsigned                 titled;    /* of dump_kind: sections that are there, if only by their type */
	char                    *long_text; /* LIMIT_PLUGIN_BYTES */
};

/* As dump_reader_new, in blocks of so many bytes (0: the measured best): tests cut at every byte. */
struct dump_reader *dump_reader_in_blocks(struct arena *, const struct dump_wants *, bool strict, size_t block_bytes);

/* How many of each are kept, so that no file can fill the memory; copies: of one cluster. */
enum { KEPT_COPIES = 16, KEPT_PLUGINS = 4096, KEPT_LABELS = 64, KEPT_SYNC = 50000 };

/* ---- small readings (walk.c) ---- */

/* Moves to the next wanted member of the object entered last: while (next_key(r, KEYS_X, &key)). */
static inline bool next_key(struct dump_reader *r, enum key_table table, int *key)
{
	return json_scan_next_wanted(r->scan, &r->keys[table], key);
}

/* Copies a string to the scratch arena, cut at LIMIT_DUMP_TEXT_BYTES; absent if the value is not a string. */
struct str take_text(struct dump_reader *);
/* The same up to LIMIT_PLUGIN_BYTES. */
struct str take_long_text(struct dump_reader *, bool *cut);
bool       take_bool(struct dump_reader *);
/* The scalar members of the object that comes next, at most `max`; *cut: it has more. NULL: the value is not an
 * object. */
struct setting *settings_read(struct dump_reader *, size_t max, size_t *n, bool *cut);
/* Registers a place in the source, and returns it for findings. */
struct pos tell_place(struct dump_reader *, const struct json_place *, size_t length);

/* ---- the kinds of things (a file each) ---- */

/* Sets the defaults of a cluster that is about to be read. */
void cluster_begin(struct proxy_cluster *);
/* Reads the value of one member of a Cluster message. */
void cluster_member(struct dump_reader *, struct proxy_cluster *, int key);
enum cluster_list { LIST_ACTIVE, LIST_WARMING, LIST_REFUSED };
/* The Cluster that comes next; nothing of it is kept when its name is not wanted. */
void cluster_read(struct dump_reader *, enum cluster_list);
/* The list of clusters of a section that comes next. */
void clusters_read(struct dump_reader *, enum cluster_list, bool dynamic);
/* A cluster's name was read: returns the want for it or, having recorded it if it is similar to a wanted one, NULL.
 * place: NULL if the scanner has just read the name. */
const struct dump_want *cluster_name_met(struct dump_reader *, struct str name, const struct json_place *);
void                    cluster_keep(struct dump_reader *, const struct dump_want *, struct proxy_cluster *);
/* The want for which EDS uses this service name, or NULL. */
const struct dump_want *want_by_service(struct dump_reader *, struct str name);
const struct dump_want *endpoints_met(struct dump_reader *, struct str name);

/* How a load balancer chooses, and what it is limited to (lb_read.c). */
void breakers_read(struct dump_reader *, struct proxy_cluster *);
void common_lb_read(struct dump_reader *, struct proxy_cluster *);
void subsets_read(struct dump_reader *, struct proxy_cluster *);
void lb_policy_read(struct dump_reader *, struct proxy_cluster *);
void ring_hash_read(struct dump_reader *, struct proxy_cluster *);

void transport_socket_read(struct dump_reader *, struct proxy_cluster *, struct tls_facts *);
void transport_socket_matches_read(struct dump_reader *, struct proxy_cluster *);
/* Metadata comes next: the labels by which an endpoint's socket is chosen, and those by which it belongs to a subset (or NULL). */
void endpoint_labels_read(struct dump_reader *, struct label_set *sockets, struct label_set *subsets);

/* Secrets that have not come. */
void warming_secrets_read(struct dump_reader *);

void assignment_read(struct dump_reader *, struct proxy_cluster *); /* of a cluster itself */
void assignment_member(struct dump_reader *, struct proxy_endpoints *, int key);
void endpoint_configs_read(struct dump_reader *);
void cluster_statuses_read(struct dump_reader *);
void host_statuses_read(struct dump_reader *, struct proxy_endpoints *);
void endpoints_keep(struct dump_reader *, const struct dump_want *, const struct proxy_endpoints *);
void endpoints_new_section(struct dump_reader *);

/* Which of the wanted plugins a name means (plugin_name.c). */
struct proxy_plugin *plugin_at(struct dump_reader *, size_t i); /* the i-th that is wanted */
/* The plugin that a resource or filter of this name is; NULL: none that is wanted. */
struct proxy_plugin *plugin_of(struct dump_reader *, struct str name);
/* The same without counting it among the KEPT_PLUGINS that are read, for routes, which only refer to it. */
struct proxy_plugin *plugin_named(struct dump_reader *, struct str name);

/* PluginConfig (plugin_config_read.c). */
void plugin_config_read(struct dump_reader *, struct proxy_plugin *);
void plugins_read(struct dump_reader *);
void plugin_entry_read(struct dump_reader *);
void listeners_read(struct dump_reader *, bool dynamic);
void listener_member(struct dump_reader *, int key);

/* Routes that disable or enable wanted plugins (route_read.c). */
enum { KEPT_OVERRIDES = 8 };
enum route_switch { ROUTE_UNSAID, ROUTE_OFF, ROUTE_ON };
struct route_override {
	const struct proxy_plugin *plugin;
	enum route_switch          all;       /* of the whole */
	size_t                     n_covered; /* routes for which it is off */
	bool                       runs;      /* there is a route for which it is on */
	/* of the virtual host that is read */
	enum route_switch host;
	size_t            n_off, n_on;
};
struct route_overrides {
	struct route_override items[KEPT_OVERRIDES];
	size_t                n, n_routes;
};
/* The RouteConfiguration that comes next. */
void route_config_read(struct dump_reader *, struct route_overrides *);
/* Does the plugin run for any of the routes? runs: it does where they say nothing. */
bool route_overrides_run(const struct route_overrides *, const struct proxy_plugin *, bool runs);

void bootstrap_read(struct dump_reader *);
/* One element of /debug/syncz. */
struct sync_read {
	struct str        proxy, sent, acked, error;
	struct json_place place;
};
void sync_member(struct dump_reader *, struct sync_read *, int key);
void sync_keep(struct dump_reader *, const struct sync_read *);

void stats_json_read(struct dump_reader *);
/* Statistics as text; false: a finding was added. */
struct peek;
bool stats_text_read(struct dump_reader *, struct peek *);

/* ---- inputs that are something else (foreign.c) ---- */

/* Does this beginning look like statistics as text? */
bool head_is_stats(struct str head);
/* Is it nothing but brackets, as filters that match nothing print? */
bool is_hollow(struct str head);
/* Adds the finding that says what these bytes are instead of JSON. False: they may be JSON, and nothing was added. */
bool foreign_add(struct dump_reader *, struct str head);
/* Adds the finding for what the scanner refused. */
void scan_fault_add(struct dump_reader *, const struct json_error *);

/* ---- the end (keep.c) ---- */

struct proxy_part *part_keep(struct dump_reader *, struct arena *keep);

/* ---- names (near.c) ---- */

/* A cluster that is not wanted was read: records its name if it is similar to a wanted one. place: as above. */
void near_met(struct dump_reader *, struct str name, const struct json_place *);
/* Before a dump, or a section that replaces an earlier one: forgets all names, and counts every want as missing. */
void near_reset(struct dump_reader *);
/* The nearest to a want, sorted; how many. */
size_t near_best(struct dump_reader *, size_t want, struct near_kept *best[KEPT_NEAR]);
void   near_owner(struct dump_reader *, struct str name, struct owner);
bool   near_wants_owner(const struct dump_reader *, struct str name);

#endif
