/* Sidecars: which one applies to some proxies, and what it lets in. */
#include "live/live_sidecar.h"

#include "live/live_egress.h"
#include "live/live_index.h"
#include "names/labels.h"

/* Of several the oldest counts, by name where they are of one age (istio pilot/pkg/model/push_context.go
 * initSidecarScopes, sortConfigByCreationTime). */
static bool is_older(const struct node *a, const struct node *b)
{
	int order = str_cmp(live_object_created(a), live_object_created(b));

	return order < 0 || (order == 0 && str_cmp(live_object_name(a), live_object_name(b)) < 0);
}

/* Istiods of other revisions pass an object with this label over. */
static bool is_of_other_revision(const struct node *object, struct str revision)
{
	const struct node *label = node_get(node_get(node_get(object, "metadata"), "labels"), "istio.io/rev");

	return label && str_present(revision) && !str_eq(node_text(label), revision);
}

/* The one for workloads with these labels by its selector, else the one for all (istio pilot/pkg/model/sidecar.go). */
static const struct node *first_for(const struct live_refs *sidecars, const struct node *workload, struct str revision)
{
	const struct node *selecting = NULL, *general = NULL;

	for (size_t i = 0; i < sidecars->n; i++) {
		const struct node  *sidecar = sidecars->items[i], *labels = live_sidecar_labels(sidecar);
		const struct node **best = labels ? &selecting : &general;

		if (is_of_other_revision(sidecar, revision) ||
		    (labels && (!workload || !labels_within(labels, workload))))
			continue;
		if (!*best || is_older(sidecar, *best))
			*best = sidecar;
	}
	return selecting ? selecting : general;
}

const struct node *live_sidecar_own(const struct live_objects *live, struct str namespace, const struct node *labels,
                                    struct str revision)
{
	return first_for(&live_namespace(live, namespace)->sidecars, labels, revision);
}

const struct node *live_sidecar_common(const struct live_objects *live, struct str root_namespace, struct str revision)
{
	return first_for(&live_namespace(live, root_namespace)->sidecars, NULL, revision);
}

const struct node *live_sidecar(const struct live_objects *live, struct str namespace, const struct node *labels,
                                struct str root_namespace, struct str revision)
{
	const struct node *own = live_sidecar_own(live, namespace, labels, revision);

	return own ? own : live_sidecar_common(live, root_namespace, revision);
}

/* Without egress listeners a Sidecar trims nothing. */
bool live_sidecar_covers(const struct node *sidecar, struct str proxies, struct str namespace, struct str host,
                         int64_t port, bool takes_out)
{
	const struct node *egress = node_get(node_get(sidecar, "spec"), "egress");

	if (!egress || egress->count == 0)
		return true;
	NODE_EACH (listener, egress) {
		unsigned only = live_egress_port(listener);

		if (port && only && only != port)
			continue;
		if (live_egress_covers(listener, proxies, namespace, host, takes_out))
			return true;
	}
	return false;
}
