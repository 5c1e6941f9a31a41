/* import.h - Istio objects that someone wrote, or that Callout generated, into the manifests that would give them.
 *
 * ServiceEntry, DestinationRule, EnvoyFilter (clusters that are added, Lua and Wasm filters), WasmPlugin and
 * TrafficExtension are read. What cannot be carried is a finding each, so that nothing goes lost in silence.
 */
#ifndef CALLOUT_IMPORT_IMPORT_H
#define CALLOUT_IMPORT_IMPORT_H

#include "krm/object_set.h"

struct imported {
	struct document **manifests; /* by namespace and name */
	size_t            n;
};

/* False: errors were added. */
bool import_objects(struct arena *, const struct object_set *, struct imported *ret, struct diags *);

#endif
