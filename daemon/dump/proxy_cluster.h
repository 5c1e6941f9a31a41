/* proxy_cluster.h - a cluster as a dump shows it: what it is, whom it dials, and how the connection is protected.
 *
 * Strings live in the arena that the dump was read for; lists are capped (KEPT_…), and say so where more were left out.
 */
#ifndef CALLOUT_DUMP_PROXY_CLUSTER_H
#define CALLOUT_DUMP_PROXY_CLUSTER_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"

enum cluster_type {
	CLUSTER_STATIC, /* also when no type is written: the default of the message */
	CLUSTER_STRICT_DNS,
	CLUSTER_LOGICAL_DNS,
	CLUSTER_EDS,
	CLUSTER_ORIGINAL_DST,
	CLUSTER_FORWARD_PROXY, /* envoy.clusters.dynamic_forward_proxy */
	CLUSTER_OTHER_TYPE,
};

enum http_version { HTTP_UNSAID, HTTP_1, HTTP_2, HTTP_3, HTTP_AS_DOWNSTREAM, HTTP_AUTO };

/* What a load balancer with subsets does with a call that asks for none, as a filter's. */
enum subset_fallback { SUBSETS_NONE, SUBSETS_REFUSE, SUBSETS_DEFAULT, SUBSETS_ANY };

enum hash_table { HASHES_NONE, HASHES_RING, HASHES_MAGLEV };

enum tls_version { TLS_UNSAID, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

/* How the connection is protected, as far as it was read. */
struct tls_facts {
	bool             tls;
	bool             typed;     /* by the type of its configuration, not by its name */
	bool             verifies;  /* there is a certificate authority to check against */
	bool             untrusted; /* any certificate is accepted, whatever the authority: trust_chain_verification */
	bool             expired;   /* expired certificates are accepted as well */
	bool             offers_h2; /* by ALPN */
	bool             only_h1;   /* of the versions of HTTP, ALPN offers http/1.1 and not h2 */
	struct str       sni;
	bool             host_sni;   /* auto_host_sni: the name of the host that is called goes before it */
	bool             san_by_sni; /* auto_sni_san_validation: what is sent is the only name that is accepted */
	struct str      *names;      /* exact names that are accepted, KEPT_NAMES at most */
	size_t           n_names, cap_names;
	bool             names_cut; /* there are more */
	struct str       pattern;   /* a name that is not exact, as "suffix .example.com"; absent when there is none */
	bool             any_name;  /* the pattern matches every name */
	struct str       odd_name;  /* a name of a kind that no manifest asks for, as "EMAIL a@b" */
	struct str       special; /* what the peer is checked by, if not by a certificate authority; absent otherwise */
	bool             proxy_protocol;  /* the connection begins with a header of the PROXY protocol */
	struct str       ca;              /* file, or name of the secret; absent when none */
	struct str       certificate;     /* the client's, likewise */
	enum tls_version lowest, highest; /* TLS_UNSAID: 1.2, which is what Envoy's clients offer */
};

struct address {
	struct str host;
	unsigned   port;
	struct str name; /* of the endpoint itself, beside its address (hostname); absent: it has none */
};

struct owner {
	struct str namespace;
	struct str name;
};

/* A label, or a variable of an environment. */
struct setting {
	struct str key;
	struct str value;
	bool       bare; /* written without quotes: a number or a boolean, which is not the text of the same letters */
};

/* Have both a value, and the same? */
static inline bool setting_equals(const struct setting *a, const struct setting *b)
{
	return str_present(a->value) && str_present(b->value) && a->bare == b->bare && str_eq(a->value, b->value);
}

/* The first of this key, or NULL. */
static inline const struct setting *setting_find(const struct setting *settings, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(settings[i].key, key))
			return &settings[i];
	return NULL;
}

/* Addresses and names as many as a manifest may list. */
enum { KEPT_ADDRESSES = LIMIT_LIST_ITEMS, KEPT_NAMES = LIMIT_LIST_ITEMS, KEPT_OWNERS = 4, KEPT_MEMBERS = 16 };

enum { KEPT_MATCHES = 8, KEPT_MATCH_LABELS = 4, KEPT_LABEL_SETS = 8, KEPT_SECRETS = 64, KEPT_LEVELS = 8 };

/* The labels by which an endpoint's socket is chosen: filter_metadata["envoy.transport_socket_match"],
 * KEPT_MATCH_LABELS at most. */
struct label_set {
	struct setting *items;
	size_t          n;
	bool            cut; /* it has more */
};

/* The different label sets of a cluster's endpoints, KEPT_LABEL_SETS at most. None: no endpoint was seen. */
struct label_sets {
	struct label_set *items;
	size_t            n;
	bool              cut; /* there are more, or one has more labels */
};

/* The hosts of one priority. */
struct host_level {
	size_t n; /* those that Envoy reckons with when it asks how many are healthy */
	size_t n_excluded;
	size_t n_healthy, n_degraded;
	size_t n_weighted, n_weighted_healthy; /* in localities that have a weight */
	bool   weighted;                       /* there are such localities, be they empty */
};

/* Hosts by priority; those of KEPT_LEVELS and more count with the last one. */
struct host_levels {
	struct host_level items[KEPT_LEVELS];
	uint64_t          factor;        /* overprovisioning_factor, in per cent; 0: not said */
	bool              by_weight;     /* weighted_priority_health: hosts count by their weights */
	bool              cut;           /* there are priorities of KEPT_LEVELS and more */
	bool              coarse;        /* hosts that are excluded are shown as unhealthy */
	bool              weights_shown; /* the list tells the weights of localities */
};

/* One of transport_socket_matches: the endpoints that have all of its labels get its socket. */
struct socket_match {
	struct label_set labels;
	struct tls_facts tls;
};

struct proxy_cluster {
	struct str        name;
	struct pos        pos;     /* of the name in the dump */
	bool              active;  /* Envoy's workers use it */
	bool              warming; /* it waits for names, endpoints or secrets */
	bool              refused; /* error_state */
	struct str        refusal; /* Envoy's text; absent when there is none */
	enum cluster_type type;
	struct str        type_text;    /* as written */
	bool              has_type;     /* it is written */
	bool              by_config;    /* the type is known by that of its configuration */
	bool              http_header;  /* ORIGINAL_DST: use_http_header */
	struct str        header_name;  /* and its name; absent: x-envoy-original-dst-host */
	bool              sub_clusters; /* forward proxy: sub_clusters_config */
	struct str       *members;      /* that it leads to, KEPT_MEMBERS at most */
	size_t            n_members;
	size_t            n_more_members; /* those that are not kept */
	enum http_version http;
	size_t n_http_filters;  /* of its own, which calls go through: without the codec and those that are disabled */
	struct str http_filter; /* the name of the first of them */
	bool       no_http;     /* upstream_config: a call's bytes go out as they are, */
	bool       udp;         /* by UDP */
	bool       auto_sni;    /* the authority of the call is sent, or */
	struct str sni_header;  /* what this header of the call says (override_auto_sni_header); absent: no other */
	bool       typed_http;  /* HttpProtocolOptions are given, so the cluster's older fields for them do not count */
	bool       auto_san;    /* the authority of the call is the name to check */
	bool       masked;      /* loose, and a mask left out when it was updated, and perhaps more */
	bool       loose;       /* an entry of /config_dump?resource=…, which does not say whether it is active */
	bool       zero_requests; /* a circuit breaker that lets nothing pass */
	struct str zero_field;
	uint64_t   max_pools; /* max_connection_pools; 0: not limited, or by zero_field */
	double     panic;     /* healthy_panic_threshold: if a smaller percentage is healthy, all hosts are tried … */
	bool       fails_in_panic; /* … or none, by fail_traffic_on_panic */
	bool       typed_lb; /* load_balancing_policy is given, so the cluster's older fields for it do not count */
	enum subset_fallback subsets;
	struct label_set     default_subset;
	bool                 panics_beyond; /* panic_mode_any: where the default subset is empty, any host is called */
	bool                 weight_blind;  /* subsets do not know the weights of localities */
	bool                 lists_of_labels; /* list_as_any: lists among labels are not compared */
	enum hash_table      hashes;          /* where its hosts stand in one */
	bool                 by_locality;     /* hosts are taken by the weights of their localities */
	bool                 no_ring;         /* minimum_ring_size is 0 */
	bool       watched; /* its hosts may become unhealthy whatever was sent: health_checks, outlier_detection */
	struct str eds_service;
	size_t     n_endpoints; /* of load_assignment */
	size_t     n_healthy;   /* of these, as far as it says */
	struct host_levels   levels;
	size_t               n_addresses; /* those of them that are sockets, also what is not kept */
	struct address      *addresses;
	double               dropped; /* per cent of the calls: drop_overloads of load_assignment */
	struct tls_facts     tls;     /* that endpoints outside of the mesh get: the first of these */
	struct tls_facts    *sockets; /* where they get different ones: all of them */
	size_t               n_sockets;
	struct tls_facts     own; /* what the sockets are chosen of: transport_socket, and */
	struct socket_match *matches;
	size_t               n_matches;
	bool                 matches_cut;  /* there are more, or one asks for more labels */
	bool                 by_matcher;   /* transport_socket_matcher chooses among them, not their labels */
	struct label_sets    labels;       /* of the endpoints of load_assignment */
	struct label_sets    host_subsets; /* likewise, filter_metadata["envoy.lb"] */
	bool                 mesh_tls;     /* endpoints in the mesh get mutual TLS of their own */
	struct socket_match *mesh;         /* what these get: of it only the secrets count; NULL: they get none */
	bool                 istio_tls;    /* ISTIO_MUTUAL: the workload's own certificate */
	struct str           rule;         /* "/apis/…/destination-rule/NAME": metadata.istio.config */
	bool                 alpn_override;
	struct owner        *owners; /* metadata.istio.services */
	size_t               n_owners;
};

/* Do lists of endpoints have it by another name than its own (eds_cluster_config.service_name)? */
static inline bool cluster_has_other_service(const struct proxy_cluster *c)
{
	return c->type == CLUSTER_EDS && str_present(c->eds_service) && !str_eq(c->eds_service, c->name);
}

/* Does an endpoint with these labels get this socket, unless an earlier one fits? */
bool socket_match_fits(const struct label_set *, const struct socket_match *);

/* Sets tls and sockets of the cluster to what the labels of its endpoints select. */
void cluster_choose_sockets(struct arena *, struct proxy_cluster *, const struct label_sets *);

#endif
