/* reading.h - what the files of this room share while one dump is read. */
#ifndef CALLOUT_DUMP_READING_H
#define CALLOUT_DUMP_READING_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "dump/keys.h"
#include "dump/list_filter.h"
#include "dump/listener_filter.h"
#include "dump/proxy_state.h"
#include "json/json_scan.h"

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
struct rds_routes; /* rds_read.c */

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
	struct listener_filter   listener_filter;
	struct listener_facts    listener; /* that is read */
	struct near_list        *near;     /* by want */
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
	bool                     is_sync;    /* an answer of istiod's to proxy-status, if perhaps of no proxy */
	struct str               message;    /* of a Status */
	unsigned                 pages;      /* whose keys were met, see section_read.c */
	const char              *aside;      /* what it is that lies beside dumps; NULL: it is no such thing */
	bool                     is_other;   /* it is something else than a dump, and a finding says what */
	bool                     warming;    /* the listener that is read is not in use yet */
	bool                     v2;
	struct pos               v2_pos;
	unsigned                 n_sync, n_plugins, n_rds;
	struct hash              rds; /* RouteConfigurations that are asked for, by name */
	struct rds_routes       *rds_first;
	unsigned                 titled;    /* of dump_kind: sections that are there, if only by their type */
	char                    *long_text; /* LIMIT_PLUGIN_BYTES */
};

/* How many of each are kept, so that no file can fill the memory; copies: of one cluster. */
enum { KEPT_COPIES = 16, KEPT_PLUGINS = 4096, KEPT_LABELS = 64, KEPT_SYNC = 50000, KEPT_RDS_USES = 20000 };

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

/* ---- the forms of a dump ---- */

/* An object, which comes next: the whole dump or one of its sections (section_read.c). */
void section_read(struct dump_reader *);
/* An array, which comes next and is the whole dump (element_read.c). */
void elements_read(struct dump_reader *);

/* ---- clusters ---- */

enum cluster_list { LIST_ACTIVE, LIST_WARMING, LIST_REFUSED };
/* The list of clusters of a section that comes next (cluster_read.c). */
void clusters_read(struct dump_reader *, enum cluster_list, bool dynamic);
/* The Cluster that comes next; nothing of it is kept when its name is not wanted. */
void cluster_read(struct dump_reader *, enum cluster_list);
/* A cluster's name was read: returns the want for it or, having recorded it if it is similar to a wanted one, NULL.
 * place: NULL if the scanner has just read the name. */
const struct dump_want *cluster_name_met(struct dump_reader *, struct str name, const struct json_place *);
/* The whole cluster was read: keeps a copy of it, unless one that was read before counts more. */
void cluster_keep(struct dump_reader *, const struct dump_want *, struct proxy_cluster *);

/* Sets the defaults of a cluster that is about to be read (cluster_member.c). */
void cluster_begin(struct proxy_cluster *);
/* Reads the value of one member of a Cluster message, by its key: it hands it to one of those that follow. */
void cluster_member(struct dump_reader *, struct proxy_cluster *, int key);

/* What makes its hosts known (type_read.c): `type`, `cluster_type`, and the configuration that stands beside them for
 * some types. */
void type_read(struct dump_reader *, struct proxy_cluster *);
void cluster_type_read(struct dump_reader *, struct proxy_cluster *);
void type_config_read(struct dump_reader *, struct proxy_cluster *);

/* How its hosts are spoken to (http_read.c): the extension, and the older members, which do not overrule it. */
void http_options_read(struct dump_reader *, struct proxy_cluster *);
void older_http2_read(struct dump_reader *, struct proxy_cluster *);
void older_protocol_read(struct dump_reader *, struct proxy_cluster *);
void older_upstream_http_read(struct dump_reader *, struct proxy_cluster *);
void upstream_config_read(struct dump_reader *, struct proxy_cluster *);

/* How a load balancer chooses, and what it is limited to (lb_read.c); older members as above. */
void lb_policy_read(struct dump_reader *, struct proxy_cluster *);
void older_lb_policy_read(struct dump_reader *, struct proxy_cluster *);
void older_ring_hash_read(struct dump_reader *, struct proxy_cluster *);
void common_lb_read(struct dump_reader *, struct proxy_cluster *);
void subsets_read(struct dump_reader *, struct proxy_cluster *);
void breakers_read(struct dump_reader *, struct proxy_cluster *);

/* What istiod says of it (metadata_read.c). */
void metadata_read(struct dump_reader *, struct proxy_cluster *);

/* Its transport sockets (tls_read.c). */
void transport_socket_read(struct dump_reader *, struct proxy_cluster *, struct tls_facts *);
void transport_socket_matches_read(struct dump_reader *, struct proxy_cluster *);
/* Metadata of endpoints comes next: the labels by which an endpoint's socket is chosen, and those by which it belongs to a
 * subset (or NULL). */
void endpoint_labels_read(struct dump_reader *, struct label_set *sockets, struct label_set *subsets);

/* ---- endpoints ---- */

/* A ClusterLoadAssignment: of a cluster itself, and by its members (assignment_read.c). */
void assignment_read(struct dump_reader *, struct proxy_cluster *);
void assignment_member(struct dump_reader *, struct proxy_endpoints *, int key);
/* The list of HostStatus of one cluster (host_status_read.c). */
void host_statuses_read(struct dump_reader *, struct proxy_endpoints *);

/* The lists of a section (endpoint_read.c). */
void endpoint_configs_read(struct dump_reader *);
void cluster_statuses_read(struct dump_reader *);
/* The want for which EDS uses this service name, or NULL. */
const struct dump_want *want_by_service(struct dump_reader *, struct str name);
/* The same, having counted the list whose name was read. */
const struct dump_want *endpoints_met(struct dump_reader *, struct str name);
/* Keeps a copy of them, unless a longer list was. */
void endpoints_keep(struct dump_reader *, const struct dump_want *, const struct proxy_endpoints *);
/* Before a list of them: forgets those of an earlier section. */
void endpoints_new_section(struct dump_reader *);

/* ---- plugins, listeners, secrets ---- */

/* Secrets that have not come (secret_read.c). */
void warming_secrets_read(struct dump_reader *);

/* Which of the wanted plugins a name means (plugin_name.c). */
struct proxy_plugin *plugin_at(struct dump_reader *, size_t i); /* the i-th that is wanted */
/* The plugin that a resource or filter of this name is; NULL: none that is wanted. */
struct proxy_plugin *plugin_of(struct dump_reader *, struct str name);
/* The same without counting it among the KEPT_PLUGINS that are read, for routes, which only refer to it. */
struct proxy_plugin *plugin_named(struct dump_reader *, struct str name);
/* The same by what Prometheus' form of statistics makes of the name; NULL also where it is that of several. */
struct proxy_plugin *plugin_of_metric(struct dump_reader *, struct str name);

/* PluginConfig, which comes next, or what wraps it (plugin_config_read.c). */
void plugin_config_read(struct dump_reader *, struct proxy_plugin *);
/* EcdsConfigDump: its list, and one entry of it (plugin_read.c). */
void plugins_read(struct dump_reader *);
void plugin_entry_read(struct dump_reader *);
/* A list of listeners of a section, and one member of a Listener, by its key (listener_read.c). */
void listeners_read(struct dump_reader *, bool dynamic);
void listener_member(struct dump_reader *, int key);

/* Routes that disable or enable wanted plugins (route_read.c). */
enum { KEPT_OVERRIDES = 8 };
enum route_switch { ROUTE_UNSAID, ROUTE_OFF, ROUTE_ON };
struct route_override {
	struct proxy_plugin *plugin;
	enum route_switch    all;       /* of the whole */
	size_t               n_covered; /* routes for which it is off */
	bool                 runs;      /* there is a route for which it is on */
	/* of the virtual host that is read */
	enum route_switch host;
	size_t            n_off, n_on;
};
/* How one connection manager that asks for routes by RDS has a plugin. */
struct rds_use {
	struct rds_use      *next;
	struct proxy_plugin *plugin;
	bool                 enabled; /* where its routes say nothing */
	bool                 seen;    /* they were read, */
	bool                 runs;    /* and this is what they say, */
	bool                 unsure;  /* unless they do not say, or others of their name say otherwise */
};
struct route_overrides {
	const struct rds_use *uses; /* only their plugins count; NULL: all that are wanted */
	struct route_override items[KEPT_OVERRIDES];
	size_t                n, n_routes;
	bool                  more;    /* there are plugins without an item */
	bool                  partial; /* there are routes that were not read */
};
/* The RouteConfiguration that comes next. */
void route_config_read(struct dump_reader *, struct route_overrides *);
/* One member of it, by its key. */
void route_config_member(struct dump_reader *, struct route_overrides *, int key);
/* Does the plugin run for any of the routes? *runs: it does where they say nothing. False: routes that were not read may run it. */
bool route_overrides_tell(const struct route_overrides *, const struct proxy_plugin *, bool *runs);

/* Routes that come by RDS (rds_read.c). Before a dump: none is asked for. */
void rds_begin(struct dump_reader *);
/* A connection manager in use has the plugin, and asks for its routes by this name; "": by none. Whether the plugin is enabled there is
 * known at the end. */
void rds_use_add(struct dump_reader *, struct str name, struct proxy_plugin *, bool enabled);
/* A list of RouteConfigurations of a section. */
void route_configs_read(struct dump_reader *);
/* Behind the dump: what was asked for and is not in it may enable what the managers disable. */
void rds_end(struct dump_reader *);

/* ---- the proxy, and what istiod and statistics say of it ---- */

/* The Bootstrap: its node, and how many clusters it has (node_read.c). */
void bootstrap_read(struct dump_reader *);
/* What istiod says of one proxy (sync_read.c): an element of /debug/syncz or a ClientConfig, by its members. */
struct sync_type_read {
	struct str sent, acked, error;
	bool       behind; /* it is said in so many words that the proxy has not taken what was sent */
};
struct sync_read {
	struct str            proxy;
	struct sync_type_read clusters, plugins;
	struct json_place     place;
};
void sync_member(struct dump_reader *, struct sync_read *, int key);
/* Keeps it if the proxy has not taken all that was sent; false: nothing of it was. */
bool sync_keep(struct dump_reader *, const struct sync_read *);
/* The list of ClientConfigs in an answer of CSDS, or in what carries it. */
void client_configs_read(struct dump_reader *);

/* The list of /stats?format=json (stats_read.c). */
void stats_json_read(struct dump_reader *);
/* One statistic, by Envoy's own name of it. */
void stat_met(struct dump_reader *, struct str name, uint64_t value, const struct json_place *);
/* Answers that are text; false: a finding was added. Statistics, the same for Prometheus (metrics_read.c), and /clusters
 * (clusters_text_read.c). */
struct peek;
bool stats_text_read(struct dump_reader *, struct peek *);
bool metrics_read(struct dump_reader *, struct peek *);
bool clusters_text_read(struct dump_reader *, struct peek *);

/* ---- inputs that are something else (foreign.c) ---- */

/* Does this beginning look like statistics as text, like those for Prometheus, or like /clusters as text? */
bool head_is_stats(struct str head);
bool head_is_metrics(struct str head);
bool head_is_clusters(struct str head);
/* Is it nothing but brackets, as filters that match nothing print? */
bool is_hollow(struct str head);
/* Envoy's page whose keys were met; NULL: none. */
const char *page_met(const struct dump_reader *);
/* Adds the finding that says what these bytes are instead of JSON. False: they may be JSON, and nothing was added. */
bool foreign_add(struct dump_reader *, struct str head);
/* Adds the finding for what the scanner refused. */
void scan_fault_add(struct dump_reader *, const struct json_error *);

/* ---- the end (keep.c) ---- */

/* What was read, copied from the scratch arena to `keep`. */
struct proxy_part *part_keep(struct dump_reader *, struct arena *keep);

/* ---- names (near.c) ---- */

/* A cluster that is not wanted was read: records its name if it is similar to a wanted one. place: as above. */
void near_met(struct dump_reader *, struct str name, const struct json_place *);
/* Before a dump, or a section that replaces an earlier one: forgets all names, and counts every want as missing. */
void near_reset(struct dump_reader *);
/* The nearest to a want, sorted; how many. */
size_t near_best(struct dump_reader *, size_t want, struct near_kept *best[KEPT_NEAR]);
/* Notes whose service the cluster of a recorded name is of. */
void near_owner(struct dump_reader *, struct str name, struct owner);
/* Would near_owner be heard for this name? Asked before a cluster is read for it. */
bool near_wants_owner(const struct dump_reader *, struct str name);

#endif
