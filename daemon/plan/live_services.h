/* live_services.h - Kubernetes' Services among the live objects, and what istiod makes of them. */
#ifndef CALLOUT_PLAN_LIVE_SERVICES_H
#define CALLOUT_PLAN_LIVE_SERVICES_H

#include "plan/live_objects.h"

/* NULL: it is not among the objects. */
const struct node *live_service(const struct live_objects *, const struct service_ref *);
/* Its port of this number, rather one that is not UDP; NULL. */
const struct node *live_service_port(const struct node *service, int64_t number);
bool               live_service_port_is_udp(const struct node *port);
bool               live_service_is_external_name(const struct node *service);
/* networking.istio.io/exportTo, names of namespaces, ".", "*" or "~" with commas between them: does a namespace see it? */
enum exported { EXPORT_UNSAID, EXPORTED, EXPORTED_NOT };
enum exported live_service_exported(const struct node *service, struct str namespace);

/* A DestinationRule's subset of this name. */
bool live_rule_has_subset(const struct node *rule, struct str subset);

/* Warns where the Service that an upstream calls has no cluster that a filter can call. */
void live_services_check(struct arena *, const struct live_objects *, const struct manifest *, const struct mesh *,
                         const struct expected_cluster *, struct diags *);

#endif
