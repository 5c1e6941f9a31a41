/* live_services.h - the Kubernetes Services among the live objects, and what istiod makes of them. */
#ifndef CALLOUT_LIVE_LIVE_SERVICES_H
#define CALLOUT_LIVE_LIVE_SERVICES_H

#include "live/live_objects.h"

/* The Service that the upstream names. NULL: it is not among the objects. */
const struct node *live_service(const struct live_objects *, const struct service_ref *);
/* Its port with this number, preferably one that is not UDP; or NULL. */
const struct node *live_service_port(const struct node *service, int64_t number);
bool               live_service_port_is_udp(const struct node *port);
bool               live_service_is_external_name(const struct node *service);
/* Does the namespace see the Service? Says its annotation networking.istio.io/exportTo: names of namespaces, ".", "*"
 * or "~", joined by commas. */
enum exported { EXPORT_UNSAID, EXPORTED, EXPORTED_NOT };
enum exported live_service_exported(const struct node *service, struct str namespace);

/* Does the policy of a DestinationRule, or of a port or subset of it, have istiod make an HTTP/2 cluster of a port of whatever
 * protocol (shouldH2Upgrade in cluster_traffic_policy.go)? */
bool live_policy_upgrades(const struct node *policy);
/* Does the DestinationRule define a subset of this name? */
bool live_rule_has_subset(const struct node *rule, struct str subset);

/* Warns if istiod makes no cluster of the Service that an upstream calls, or none that a filter can call. */
void live_services_check(struct arena *, const struct live_objects *, const struct manifest *, const struct mesh *,
                         const struct expected_cluster *, struct diags *);

#endif
