/* proxy_state.h - the state of one proxy, from its dumps: the wanted clusters, their endpoints, plugins, and the node.
 *
 * A dump may have hundreds of megabytes. It is read once and never held in memory; only the clusters that a manifest
 * expects, a few similar names, and the plugins that the manifest installs are kept. A part is what one input says.
 * Parts with the same node id, user-given name or folder are joined to a proxy_state.
 *
 * Formats, recognized by their content and never by a file name: Envoy's /config_dump and `istioctl proxy-config all`,
 * the arrays of `proxy-config cluster|endpoint|eds|listener`, the objects of `ecds|bootstrap|secret`,
 * /clusters as JSON and text, istiod's /debug/config_dump, /stats as text, for Prometheus and as JSON, istiod's /debug/syncz and
 * `istioctl proxy-status`; gzip of each.
 * snake_case and camelCase are equal.
 */
#ifndef CALLOUT_DUMP_PROXY_STATE_H
#define CALLOUT_DUMP_PROXY_STATE_H

#include "base/diag.h"
#include "base/hash.h"
#include "dump/listener_filter.h"
#include "dump/proxy_cluster.h"
#include "json/json_input.h"

/* ---- what to look for ---- */

struct dump_want {
	struct str name; /* of the cluster */
	struct str host; /* the name's parts, where it is one of Istio's; host absent otherwise */
	struct str subset;
	unsigned   port;
	size_t     index;
};

struct dump_wants {
	struct arena     *arena;
	struct dump_want *clusters; /* distinct names */
	size_t            n_clusters, cap_clusters;
	struct hash       by_name;
	struct str       *plugins; /* "NAMESPACE.NAME", distinct */
	size_t            n_plugins, cap_plugins;
};

void   dump_wants_init(struct dump_wants *, struct arena *);
size_t dump_wants_cluster(struct dump_wants *, struct str name); /* its index */
size_t dump_wants_plugin(struct dump_wants *, struct str namespace, struct str name);

/* Connections to a cluster's hosts that were attempted since Envoy started, and how many of them failed. */
struct proxy_connects {
	uint64_t   n, n_failed;
	struct pos pos;
};

/* What statistics say of one cluster. */
struct proxy_counts {
	struct proxy_connects connects;
	bool                  has_hosts;    /* they say how many hosts there are */
	bool                  has_healthy;  /* and how many of these are healthy, */
	bool                  has_degraded; /* or degraded, which are not among them */
	uint64_t              n_hosts, n_healthy, n_degraded;
	uint64_t              n_excluded; /* of those that are neither, see host_level */
	struct pos            hosts_pos;
};

struct proxy_endpoints {
	struct pos         pos;
	size_t             n;
	size_t             n_healthy;
	struct host_levels levels;
	size_t             n_addresses;
	struct address    *addresses;
	double             dropped; /* per cent of the calls: drop_overloads */
	bool               mixed;   /* lists of several clusters go by this name, and differ */
	bool by_cluster; /* of /clusters: the name is the cluster's own, where assignments may go by that of a service */
	struct label_sets labels;
	struct label_sets subsets; /* filter_metadata["envoy.lb"] */
	/* Of /clusters alone. */
	struct proxy_connects connects;  /* at the list's name */
	size_t                n_untried; /* hosts that no connection was attempted to */
};

/* ---- names that are similar to a wanted one ---- */

enum near_kind {
	NEAR_PORT, /* the same host on another port */
	NEAR_SUBSET,
	NEAR_INBOUND_VIP, /* a waypoint's own service */
	NEAR_CASE,
	NEAR_DOT,
	NEAR_DOMAIN, /* the same first label: a short name, another namespace or domain */
	NEAR_EDITS,
};

struct near_name {
	enum near_kind kind;
	unsigned       distance; /* the nearest first */
	struct str     name;
	struct pos     pos;
	struct owner   owner; /* of NEAR_PORT and NEAR_SUBSET, as far as known */
};

enum { KEPT_NEAR = 5 };

/* ---- plugins ---- */

enum { KEPT_ENV = 64, KEPT_OTHERS = 16 };

enum plugin_carrier { PLUGIN_ECDS = 1, PLUGIN_LISTENER = 2 };

struct proxy_plugin {
	unsigned        seen; /* of plugin_carrier */
	bool            wasm; /* the filter is a Wasm filter */
	bool            rbac; /* istio-agent replaced it by an RBAC filter that refuses (or allows) everything */
	bool            rbac_allows;
	struct pos      pos;
	struct str      name; /* of the resource, as written */
	struct str      type; /* of the filter's configuration */
	bool            has_configuration;
	struct str      configuration; /* its text */
	bool            configuration_cut;
	struct str      root_id;
	struct str      failure_policy; /* of a Wasm filter, as written; absent when nothing is said, which closes */
	struct setting *env;            /* a value that is absent: the host's */
	size_t          n_env;          /* KEPT_ENV at most; with more they are not compared */
	bool            active;         /* a listener that is in use has it, */
	bool            enabled;        /* and neither it nor all of its routes disable it */
	bool            matched;        /* a listener in use has it where a matcher decides whether it runs */
	bool            by_rds; /* a listener that has it has routes that the dump does not show: they may enable it */
	struct str      code;   /* of a Lua filter that carries its own; absent otherwise */
	bool            code_cut;
	bool            refused; /* error_state, its own or that of a listener that carries it */
	struct str      refusal;
	uint64_t        config_fail; /* by statistics */
	struct pos      stats_pos;
	/* Listeners that are in use may carry filters of one name that are not the same: each other one, by its configuration and place
	 * alone, KEPT_OTHERS at most in one dump. */
	struct proxy_plugin *other;
	bool                 of_route; /* a route carries it in the place of the filter's own */
	bool                 disabled; /* each listener that carries this one has it disabled */
};

/* ---- one input ---- */

enum dump_kind {
	DUMP_CLUSTERS = 1,
	DUMP_ENDPOINTS = 2,
	DUMP_LISTENERS = 4,
	DUMP_PLUGINS = 8, /* ECDS */
	DUMP_NODE = 16,
	DUMP_STATS = 32,
	DUMP_SYNC = 64,
	DUMP_OTHER = 128, /* routes, secrets: known, and of no use here */
};

struct proxy_node {
	struct str id; /* absent: the dump names no node */
	struct pos pos;
	struct str type; /* sidecar, router, waypoint */
	struct str pod;  /* "POD.NAMESPACE" */
	struct str namespace;
	struct str            version;  /* ISTIO_VERSION */
	struct str            revision; /* istio.io/rev: of the istiod that injected it; absent: not shown */
	const struct setting *labels;
	size_t                n_labels;
	bool                  has_labels;
	bool                  labels_cut; /* it has more */
};

/* What istiod says of one type of resources: has the proxy taken what was sent last? */
struct sync_state {
	bool       acked;
	struct str error; /* Envoy's text of the last refusal; absent: there was none since the last that it took */
};

static inline bool sync_state_is_well(const struct sync_state *s)
{
	return s->acked && !str_present(s->error);
}

struct proxy_sync {
	struct proxy_sync *next;
	struct str         proxy; /* "POD.NAMESPACE" */
	struct sync_state  clusters, plugins;
	struct pos         pos;
};

struct proxy_part {
	struct proxy_part   *next;
	const struct source *source;
	struct str           given_name; /* NAME=FILE; absent otherwise */
	struct str           folder;     /* absent outside of one */
	unsigned             kinds;      /* of dump_kind */
	bool                 configs;    /* a config_dump: shows warming clusters */
	bool                 camel;
	bool                 whole;           /* what is not in the list of clusters is not in the proxy */
	bool                 maybe_filtered;  /* it is not whole for a filter of istioctl's may have left it */
	bool                 has_cds_builtin; /* a built-in cluster that comes by CDS is in the list of clusters */
	size_t               n_static;        /* clusters that the list shows as static */
	size_t   n_bootstrap;       /* clusters that the bootstrap has: with fewer static ones, a name_regex filtered */
	bool     endpoints_builtin; /* xds-grpc, or a built-in cluster that comes by CDS, is in the list of endpoints */
	size_t   n_endpoint_lists;  /* of how many clusters it has endpoints */
	bool     has_dynamic;       /* a cluster that came by CDS is in the list */
	bool     extensions_whole;  /* no name_regex can have left its extensions */
	unsigned listeners_left_by; /* which filters may have left the list of listeners (listener_filter.h); 0: none */
	size_t   n_clusters, n_outbound;
	struct proxy_node        node;
	struct proxy_cluster   **clusters;  /* by want; NULL: not there */
	struct proxy_endpoints **endpoints; /* by want; NULL: not there */
	struct proxy_counts     *counts;    /* by want; NULL: there are none */
	struct near_name       **near;      /* by want: KEPT_NEAR many, the unused ones without name */
	struct proxy_plugin    **plugins;   /* by want */
	uint64_t                 cds_rejected, warming;
	bool                     has_cds_stats;
	struct pos               stats_pos;
	struct proxy_sync       *sync;
	struct str              *waiting; /* names of secrets that have not come; KEPT_SECRETS at most */
	size_t                   n_waiting;
};

/* Does it say what istiod would send (its /debug/config_dump), rather than what the proxy has? */
static inline bool part_is_intention(const struct proxy_part *p)
{
	return p->kinds & DUMP_CLUSTERS && p->configs && p->camel;
}

struct dump_reader;

/* A reader for any number of inputs, one after the other; its buffers are reused. It lives in the arena and is used by
 * one thread. The wants must be complete before the first input. strict: check JSON's grammar even in values that are
 * skipped. */
struct dump_reader *dump_reader_new(struct arena *, const struct dump_wants *, bool strict);

/* The same, reading so many bytes at once (0: what is best for files; at least 64): a body, where each read costs TCP's work, and
 * tests, which cut at every byte. */
struct dump_reader *dump_reader_in_blocks(struct arena *, const struct dump_wants *, bool strict, size_t block_bytes);

/* Reads one dump to its end. What is kept is copied to the arena `keep`. source names the dump in findings; the places
 * of what is kept are registered in it. NULL: a finding of CO04xx (or CO0101) was added. */
struct proxy_part *dump_read(struct dump_reader *, struct arena *keep, struct source *, const struct json_input *,
                             struct diags *);

/* Dumps of more bytes than these, inflated, are refused from now on (CO_DUMP_TOO_LARGE). To begin with they are
 * LIMIT_DUMP_BYTES, and never more; statistics as text have a limit of their own too. */
void dump_reader_cap(struct dump_reader *, uint64_t bytes);
/* So many bytes of the last dump were looked at, inflated, whatever came of it. */
uint64_t dump_reader_bytes(const struct dump_reader *);
/* What the last input is, if it was refused and yet has its place beside dumps in a directory: another page of Envoy's admin interface, a
 * log, objects of Kubernetes, as they are in the archive of `istioctl bug-report`. NULL: it is no such thing. The text lives for ever. */
const char *dump_reader_aside(const struct dump_reader *);
/* Was the last input refused for being something else than a dump, and not for being a damaged one? */
bool dump_reader_is_other(const struct dump_reader *);

/* Does the text, which is Envoy's or istio-agent's, name this plugin, be it with a prefix? plugin: of dump_wants. */
bool plugin_is_named(struct str plugin, struct str text);

/* ---- one proxy ---- */

struct proxy_state {
	const struct dump_wants       *wants;
	struct str                     name; /* "web-7d9c.shop", or what the user called it */
	const struct proxy_part      **parts;
	size_t                         n_parts;
	unsigned                       kinds;
	const struct proxy_node       *node;       /* NULL: unknown */
	const struct proxy_node       *other_node; /* one that goes by the same name; NULL: there is none */
	const struct proxy_cluster   **clusters;
	const struct proxy_endpoints **endpoints;
	const struct proxy_plugin    **plugins;
	struct proxy_counts           *counts; /* of statistics */
	const struct proxy_part *list; /* the part whose list of clusters shows what is absent; NULL: there is none */
	/* What istiod would send, if there are lists of the proxy itself as well; it says nothing about what the proxy
	 * has. */
	const struct proxy_part *intention; /* NULL: there is none, or it is all that there is */
	/* Two parts that disagree, and the cluster on which they do; NULL: all agree. */
	const struct proxy_part *told, *denied;
	struct str               quarrel;
	const struct proxy_part *stats; /* with statistics of CDS */
	const struct proxy_sync *sync;
};

struct proxy_states {
	struct proxy_state *items;
	size_t              n;
};

/* Adds to the wants what was not wanted so far: the members of wanted aggregate clusters, and the names that endpoints of EDS clusters go
 * by. True: there are some, so all inputs must be read again with a new reader; what was read before no longer fits these wants. */
bool dump_wants_members(struct dump_wants *, const struct proxy_part *first);

/* Joins the parts; the order of the result is that of the parts. */
struct proxy_states proxy_states_join(struct arena *, const struct dump_wants *, struct proxy_part *first);

#endif
