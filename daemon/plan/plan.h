/* plan.h - what is generated for one manifest: a pure function from documents to resources and expected clusters.
 *
 * The plan decides everything; templates only give shape. It opens no file and knows no clock, so the same
 * documents give the same plan, whatever the order of the input.
 */
#ifndef CALLOUT_PLAN_PLAN_H
#define CALLOUT_PLAN_PLAN_H

#include "base/hash.h"
#include "manifest/duration.h"
#include "manifest/manifest.h"
#include "plan/resource.h"

/* ---- what manifests of one run must know of each other ---- */

/* One port of a public host, and every upstream that uses it. */
struct shared_port {
	struct shared_port    *next;
	const struct upstream *upstream; /* the first owner's: settings of all are equal */
	const struct manifest *manifest;
};

/* A public host in one namespace: one ServiceEntry and one DestinationRule for all its owners. */
struct shared_host {
	struct str             key; /* namespace/host */
	struct str             host;
	struct shared_port    *ports; /* ascending */
	size_t                 n_ports;
	const struct manifest *owner; /* whose plan carries the objects: the first by namespace and name */
	const struct upstream *owner_upstream;
	struct strings         export_to; /* upstream_export_to of this one */
	struct str            *owners;    /* "NS/NAME", sorted */
	size_t                 n_owners;
	size_t                 cap_owners;
	struct hash            owned_by; /* the same, to look one up */
	struct shared_host    *next;     /* the same host in another namespace */
	/* The upstream whose credentialName requires a rule that selects workloads; NULL: none. All owners then have
	 * one target. */
	const struct upstream *selecting;
	const struct manifest *selecting_manifest;
	const struct manifest *elsewhere; /* an owner whose target differs from the first owner's; NULL: none */
	const struct upstream *elsewhere_upstream;
};

struct neighbours {
	struct hash shared; /* of struct shared_host */
	struct hash hosts;  /* the first struct shared_host of each host */
};

/* The shared host of an upstream with isolated: false; NULL for any other upstream. */
const struct shared_host *neighbours_shared(struct arena *, const struct neighbours *, const struct manifest *,
                                            const struct upstream *);

/* Sorts inputs->manifests by namespace and name, unites the owners of each public host, and finds settings on which
 * they disagree. False: errors were added. Only for manifests that manifest_check found sound. */
bool neighbours_collect(struct arena *, struct inputs *, const struct mesh *, struct neighbours *ret, struct diags *);

/* ---- one manifest ---- */

struct resource {
	const char *kind; /* ServiceEntry … */
	struct str namespace;
	struct str           name;
	const struct record *record;
	const struct node   *node; /* the part of the manifest that it is made for; NULL: none */
};

enum cluster_kind { CLUSTER_SERVICE_ENTRY, CLUSTER_ENVOY_FILTER, CLUSTER_SERVICE, CLUSTER_EXISTING };

/* A cluster that the filter will call, as the proxy should have it. */
struct expected_cluster {
	const struct upstream *upstream;
	enum cluster_kind      kind;
	struct str             name;
	struct str             type;         /* Envoy's: STRICT_DNS …; absent when unknown */
	struct str             service_host; /* of the ServiceEntry or Service; absent for the other kinds */
	struct str             host;         /* the one that is dialled; absent when unknown */
	int64_t                port;         /* the one that is dialled */
	struct str             authority;    /* absent when the author must know it */
	struct str             sni;          /* absent without TLS */
	struct strings         subject_alt_names;
	bool                   http2;
};

struct plan {
	const struct manifest   *manifest;
	struct resource         *clusters; /* applied first */
	size_t                   n_clusters;
	struct resource         *filters;
	size_t                   n_filters;
	struct expected_cluster *expected; /* by upstream name */
	size_t                   n_expected;
};

extern const char *const cluster_kind_words[];
/* The path of the trust store in the proxy's image: that of Debian and Ubuntu, and of the distroless image too. */
extern const struct str proxy_trust_store;

/* Which resources to plan; expected clusters are always planned. Only a plan of PLAN_ALL proves that a manifest is
 * sound. */
enum { PLAN_CLUSTERS = 1, PLAN_FILTERS = 2, PLAN_ALL = PLAN_CLUSTERS | PLAN_FILTERS };

/* The plan of one manifest that manifest_check found sound. parts: of the above. NULL: errors were added. */
const struct plan *plan_build(struct arena *, const struct manifest *, const struct mesh *, const struct neighbours *,
                              unsigned parts, struct diags *);

#endif
