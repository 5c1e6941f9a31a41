/* explaining.h - why a cluster is missing: what the steps of the decision list share.
 *
 * The steps are listed in explain.c (explain_missing). Each looks at one cause, in the order that is explained there, and adds
 * the reasons for it or the evidence against it to the verdict. */
#ifndef CALLOUT_VERIFY_EXPLAINING_H
#define CALLOUT_VERIFY_EXPLAINING_H

#include "names/cluster_name.h"
#include "verify/judging.h"

struct explaining {
	struct judging            *j;
	const struct manifest     *manifest;
	const struct live_objects *live;       /* NULL: none were given */
	const struct proxy_node   *node;       /* NULL: unknown */
	struct str namespace;                  /* the proxy's, by explain_namespace */
	struct str          service_namespace; /* of the Service or ServiceEntry that gives the cluster */
	struct cluster_name name;              /* the cluster's, taken apart */
	const struct node  *mesh_config;       /* istiod's own, where it is among the live objects; NULL: unknown */
	const struct node  *entry;             /* the live ServiceEntry that should give the cluster */
	struct reason     **last_against;
	bool                proven; /* a certain reason was found, so reasons that are merely possible are left out */
};

#define X(x, ...) STR_CONCAT((x)->j->arena, __VA_ARGS__)

/* Adds a reason, unless it is merely possible and a certain one was found. */
void explain_say(struct explaining *, enum diag_code, bool certain, struct pos, struct str message, struct str remedy);

/* Adds the evidence that rules a reason out. */
void explain_against(struct explaining *, enum diag_code, struct pos, struct str message);

enum cluster_kind explain_kind(const struct explaining *);
/* Does istiod build the cluster from a service, be it a Service or a ServiceEntry? */
bool explain_from_service(const struct explaining *);
/* "sidecar", "router" or "waypoint": the node's, else the manifest's. */
struct str explain_proxy_type(const struct explaining *);
/* The proxy's namespace: the node's, else that of the manifest's waypoint, else the manifest's. */
struct str explain_namespace(const struct explaining *);
/* The proxy's labels as a map: the node's, else those that the manifest selects by; NULL: unknown. */
const struct node *explain_labels(struct explaining *);
/* Can a selector with these labels (NULL: it selects every workload) select the proxy? A label that is not known of the proxy
 * is taken to match. */
bool explain_selects(struct explaining *, const struct node *labels);

/* A live object as "NAMESPACE/NAME", and its place: that of its spec. */
struct str explain_object_text(const struct explaining *, const struct node *object);
struct pos explain_object_pos(const struct node *object);

/* Does an object without exportTo reach the proxy's namespace? The MeshConfig's defaultServiceExportTo decides; without it,
 * yes. */
bool explain_exports_by_default(const struct explaining *, const struct node *object);
/* Does the object's exportTo, or else the default, include the proxy's namespace? */
bool explain_exported(const struct explaining *, const struct node *object);

/* ---- explain_service.c ---- */
void explain_subset(struct explaining *); /* no DestinationRule that applies has the subset */
/* The Service is missing, has no such port, is UDP, an ExternalName or not exported. */
void explain_service(struct explaining *);
/* Says that the object has no port with the cluster's number, and points out when a targetPort has it, which is the usual
 * mistake: a cluster is named by the port. number: the name of that field in the object's ports; what: the object, for the
 * message. */
void explain_no_port(struct explaining *, enum diag_code, const struct node *object, const char *number,
                     struct str what);

/* ---- explain_objects.c ---- */
void explain_find_entry(struct explaining *); /* sets x->entry */
void explain_applied(struct explaining *);    /* the ServiceEntry is missing, or lacks the port */
void explain_export(struct explaining *);     /* it is not exported to the proxy's namespace */
void explain_owner(struct explaining *);      /* another object owns the host */
void explain_endpoints(struct explaining *);  /* it has no endpoint, so that its DNS cluster is dropped */

/* ---- explain_scope.c ---- */
void explain_sidecar(struct explaining *);   /* a Sidecar resource trims the host */
void explain_revision(struct explaining *);  /* the ServiceEntry is for another revision of istiod */
void explain_discovery(struct explaining *); /* the namespace does not match the discoverySelectors */

/* ---- explain_filters.c ---- */
void explain_filtered(struct explaining *); /* gateway or waypoint: nothing refers to the host */
void explain_envoy_filter(
	struct explaining *);              /* the EnvoyFilter that adds the cluster is missing or does not attach */
void explain_removed(struct explaining *); /* an EnvoyFilter removes it */
/* Why an EnvoyFilter does not attach to the proxy, to be put behind its name: " is in namespace …". Absent: it attaches, as far
 * as is known. */
struct str explain_unattached(struct explaining *, const struct node *filter);

#endif
