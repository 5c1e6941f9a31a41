/* building.h - one upstream while it is built, from a ServiceEntry or from a cluster of an EnvoyFilter. */
#ifndef CALLOUT_IMPORT_BUILDING_H
#define CALLOUT_IMPORT_BUILDING_H

#include "import/importing.h"

struct building {
	struct importer           *im;
	const struct object_entry *origin; /* the object that findings are about */
	const struct node         *at;     /* the place in it */
	struct node               *node;   /* the upstream */
	struct str                 host;
	int64_t                    port;
	bool                       tls;
	const struct node         *names; /* subjectAltNames of the ServiceEntry, or NULL */
};

/* Does the list hold exactly this one name? */
bool same_names(const struct node *list, struct str only);

/* Copies each from[pairs[i][0]] that is there to the upstream's NAME.pairs[i][1]; pairs end with NULL. */
void copy_fields(struct building *, const char *name, const struct node *from, const char *const (*pairs)[2]);

/* Writes an empty outlierDetection if the object has one with none of a manifest's settings: it is on, with its
 * defaults. */
void build_detection(struct building *, const struct node *detection);

/* Writes the resolution unless a manifest without it would have the same. implied_static: STATIC is what it would
 * have. */
void build_resolution(struct building *, struct str resolution, bool implied_static);

/* HOST, or HOST:PORT where the port is not the scheme's default. */
struct str authority_of(struct arena *arena, struct str host, int64_t port, bool tls);

/* ---- cluster_tls.c ---- */

/* Is the transport of an EnvoyFilter's cluster TLS, or plain? A cluster may be neither, of a socket that nobody here knows. */
bool cluster_is_tls(const struct node *cluster);
bool cluster_is_plain(const struct node *cluster);
/* Its UpstreamTlsContext, or NULL: TLS without settings, or none. */
const struct node *cluster_tls(const struct node *cluster);
void               build_cluster_tls(struct building *, const struct node *cluster);

/* ---- cluster_losses.c ---- */

/* Adds a finding for each part of a cluster, and of its addresses, that a manifest cannot say. */
void import_cluster_losses(struct building *, const struct node *cluster);
/* The circuit breakers of the default priority, or NULL. Those of other priorities are reported as lost. */
const struct node *import_thresholds(struct building *, const struct node *cluster);

/* ---- rules.c: what DestinationRules say ---- */

/* The rule that counts for a host and port of the ServiceEntry in clients of its namespace, or NULL; one that selects workloads
 * only if all filters that call the cluster select those, or there is neither such a filter nor a rule for all. The rule is marked as matched. */
const struct object_entry *rule_of(struct importer *, const struct object_entry *service, struct str host,
                                   int64_t port);
/* The rule's policy for the port, or NULL. */
const struct node *policy_of(const struct object_entry *rule, int64_t port);
/* Does istiod take the names of the ServiceEntry, since this TLS has none of its own (cluster_traffic_policy.go)? */
bool tls_takes_names(const struct node *tls);
void build_tls(struct building *, const struct object_entry *rule, const struct node *tls);
void build_limits(struct building *, const struct object_entry *rule, const struct node *policy);

#endif
