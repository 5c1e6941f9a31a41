/* explaining.h - what the steps of the decision list share. */
#ifndef CALLOUT_VERIFY_EXPLAINING_H
#define CALLOUT_VERIFY_EXPLAINING_H

#include "names/cluster_name.h"
#include "verify/judging.h"

struct explaining {
	struct judging            *j;
	const struct manifest     *manifest;
	const struct live_objects *live; /* NULL: none were given */
	const struct proxy_node   *node; /* NULL: unknown */
	struct str namespace;            /* explain_namespace */
	struct str          service_namespace;
	struct cluster_name name;
	const struct node  *mesh_config; /* istiod's own, where it is among the live objects; NULL: unknown */
	const struct node  *entry;       /* the live ServiceEntry that should give the cluster */
	struct reason     **last_against;
	bool                proven; /* a certain reason was found: what is merely possible is left out */
};

#define X(x, ...) STR_CONCAT((x)->j->arena, __VA_ARGS__)

/* Adds a reason, unless it is merely possible and a certain one was found. */
void explain_say(struct explaining *, enum diag_code, bool certain, struct pos, struct str message, struct str remedy);

/* What a reason is ruled out by. */
void explain_against(struct explaining *, enum diag_code, struct pos, struct str message);

enum cluster_kind explain_kind(const struct explaining *);
bool explain_from_service(const struct explaining *); /* istiod makes it of a service, whoever brought that */
/* "sidecar", "router" or "waypoint": the node's, else the manifest's. */
struct str explain_proxy_type(const struct explaining *);
/* Of the proxy: the node's, else where the manifest's waypoint stands, else the manifest's. */
struct str explain_namespace(const struct explaining *);
/* The labels of the proxy, as a map; NULL: unknown. */
const struct node *explain_labels(struct explaining *);
/* May a selector's labels (NULL: of any) select the proxy? Of one whose labels were not seen, those are known that the
 * manifest selects by. */
bool explain_selects(struct explaining *, const struct node *labels);

/* Of a live object: "NAMESPACE/NAME", and where it is. */
struct str explain_object_text(const struct explaining *, const struct node *object);
struct pos explain_object_pos(const struct node *object);

/* Does what says nothing of it reach the proxy's namespace? defaultServiceExportTo of the MeshConfig says it, else it does. */
bool explain_exports_by_default(const struct explaining *, const struct node *object);
/* Does the object's exportTo, or what stands for it, reach the proxy's namespace? */
bool explain_exported(const struct explaining *, const struct node *object);

/* explain_service.c */
void explain_subset(struct explaining *);  /* (c) */
void explain_service(struct explaining *); /* (b, m) */
/* The object has no port of the cluster's number, which `number` names in its ports. The targetPort in the place of the port is
 * the usual slip: a cluster is named by the latter. what: the object, for the message. */
void explain_no_port(struct explaining *, enum diag_code, const struct node *object, const char *number,
                     struct str what);

/* explain_objects.c */
void explain_find_entry(struct explaining *);
void explain_applied(struct explaining *);   /* is the ServiceEntry there, and with that port? */
void explain_export(struct explaining *);    /* (d) */
void explain_owner(struct explaining *);     /* (g) */
void explain_endpoints(struct explaining *); /* (h) */

/* explain_scope.c */
void explain_sidecar(struct explaining *);  /* (e, f) */
void explain_revision(struct explaining *); /* (n) */
void explain_discovery(struct explaining *);

/* explain_filters.c */
void explain_filtered(struct explaining *);     /* (i, j): proxies that get only what is referred to */
void explain_envoy_filter(struct explaining *); /* clusters that an EnvoyFilter adds */
void explain_removed(struct explaining *);      /* (o) */
/* Why an EnvoyFilter does not attach to the proxy; absent: it does, as far as is known. */
struct str explain_unattached(struct explaining *, const struct node *filter);

#endif
