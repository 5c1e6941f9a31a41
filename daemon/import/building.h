/* building.h - one upstream while it is made, from a ServiceEntry or from a cluster of an EnvoyFilter. */
#ifndef CALLOUT_IMPORT_BUILDING_H
#define CALLOUT_IMPORT_BUILDING_H

#include "import/importing.h"

struct building {
	struct importer           *im;
	const struct object_entry *origin; /* the object that findings are about */
	const struct node         *at;     /* and the place in it */
	struct node               *node;
	struct str                 host;
	int64_t                    port;
	bool                       tls;
};

/* Is the list this one name? */
bool same_names(const struct node *list, struct str only);

/* Copies from[pairs[i][0]] to the upstream's NAME.pairs[i][1], as far as it is there; pairs end with NULL. */
void copy_fields(struct building *, const char *name, const struct node *from, const char *const (*pairs)[2]);

/* An empty outlierDetection, where there is one that says nothing of what a manifest has: it is on by its defaults. */
void build_detection(struct building *, const struct node *detection);

/* Unless it follows from the rest. */
void build_resolution(struct building *, struct str resolution, bool implied_static);

struct str authority_of(struct arena *arena, struct str host, int64_t port, bool tls);

/* ---- cluster_losses.c ---- */

/* Tells what is not carried: of a cluster's parts, and of its addresses' sockets. */
void import_cluster_losses(struct building *, const struct node *cluster);
/* The circuit breakers of ordinary calls; NULL. Those of others are lost. */
const struct node *import_thresholds(struct building *, const struct node *cluster);

/* ---- rules.c: what DestinationRules say ---- */

/* The rule of the host for clients in the namespace: by its name, or by the longest *.suffix; NULL. It is marked as matched. */
const struct object_entry *rule_of(struct importer *, struct str namespace, struct str host);
/* Its policy for the port; NULL. */
const struct node *policy_of(const struct object_entry *rule, int64_t port);
void               build_tls(struct building *, const struct object_entry *rule, const struct node *tls);
void               build_limits(struct building *, const struct object_entry *rule, const struct node *policy);

#endif
