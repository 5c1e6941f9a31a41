/* cluster_name.h - the names of Envoy clusters as Istio gives them, and which of ours are safe.
 *
 * Istio calls `direction|port|subset|host` a subset key (pilot/pkg/model/service.go BuildSubsetKey). The port is
 * the service port, never the target port; the host is taken byte for byte.
 */
#ifndef CALLOUT_NAMES_CLUSTER_NAME_H
#define CALLOUT_NAMES_CLUSTER_NAME_H

#include "base/str.h"

struct arena;

/* outbound|<port>|<subset>|<host>; subset may be absent. */
struct str cluster_name_outbound(struct arena *, unsigned port, struct str subset, struct str host);

struct cluster_name {
	struct str direction;
	unsigned   port; /* 0 when it is not a number, as in Istio */
	struct str subset;
	struct str host; /* absent when the name has more than four parts */
};

/* Istio's ParseSubsetKey: takes any text; parts that are missing are absent. */
struct cluster_name cluster_name_parse(struct str);

/* Could Istio itself give this name to a cluster of a service? Both spellings, with | and with _., are recognized. */
bool cluster_name_is_istio(struct str);
/* Is it one of the clusters that every Istio proxy has? */
bool cluster_name_is_builtin(struct str);
/* Is it a built-in cluster that istiod sends by CDS, rather than one of the bootstrap? */
bool cluster_name_comes_by_cds(struct str);

/* What the names begin with that Callout gives to clusters of EnvoyFilters: filter.<namespace>.<manifest>.<upstream>. */
#define CLUSTER_OF_OURS "filter."
/* Has it that form? */
bool cluster_name_is_ours(struct str);

/* proxy_grpc_call reads the name as a serialized GrpcService first; a name that parses as any protobuf message
 * ends the Envoy process (measured, Envoy 1.36 to 1.40). The empty name parses too. */
bool cluster_name_is_protobuf(struct str);

#endif
