/* labels.h - labels of Kubernetes objects, as they stand in a document: maps of texts.
 *
 * Beyond so many labels as no workload has, they are compared in the order in which they stand, so that nothing takes quadratic
 * time: two maps of unequal order then count as different.
 */
#ifndef CALLOUT_NAMES_LABELS_H
#define CALLOUT_NAMES_LABELS_H

#include <stdbool.h>

struct node;

/* The label of a Gateway's or waypoint's pods that names it (istio pilot/pkg/config/kube/gateway). */
#define LABEL_GATEWAY "gateway.networking.k8s.io/gateway-name"

/* Are all of these labels among those of a workload or selector? Of none (NULL) all are. */
bool labels_within(const struct node *labels, const struct node *of);
/* Can no workload have all of both, since a label has another value in each? */
bool labels_exclude(const struct node *, const struct node *);
/* Are they the same labels? None (NULL) are as good as an empty map. */
bool labels_equal(const struct node *, const struct node *);

/* The first of these labels by which Istio's installers and the Gateway API know the pods of a gateway (a waypoint's too, of the
 * latter): manifests/charts/gateway/templates/_helpers.tpl, and pilot/pkg/config/kube/gateway. NULL: none is. */
const struct node *labels_of_gateway(const struct node *);

#endif
