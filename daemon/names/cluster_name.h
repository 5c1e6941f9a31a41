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
	unsigned   port; /* 0 when it is no number, as Istio has it */
	struct str subset;
	struct str host; /* absent when the name has more parts than four */
};

/* Istio's ParseSubsetKey: any text gives something; parts that are not there are absent. */
struct cluster_name cluster_name_parse(struct str);

/* Could Istio itself give this name to a cluster of a service (either spelling)? */
bool cluster_name_is_istio(struct str);
/* Is it one of the clusters that Istio's proxies are born with? */
bool cluster_name_is_builtin(struct str);
/* One of these that istiod sends, and that is not in the bootstrap. */
bool cluster_name_comes_by_cds(struct str);

/* proxy_grpc_call reads the name as a serialized GrpcService first; a name that parses as any protobuf message
 * ends the Envoy process (measured, Envoy 1.36 to 1.40). The empty name parses too. */
bool cluster_name_is_protobuf(struct str);

#endif
