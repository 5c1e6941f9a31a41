/* render.h - turns plans into objects, by the templates. */
#ifndef CALLOUT_RENDER_RENDER_H
#define CALLOUT_RENDER_RENDER_H

#include "plan/plan.h"
#include "render/template.h"

/* Where rendered objects go, one by one. An object lives until take returns. False: take added an error, and rendering
 * stops. */
struct document_sink {
	bool (*take)(void *ctx, const struct resource *, const struct node *object);
	void *ctx;
};

enum render_part { RENDER_CLUSTERS, RENDER_FILTERS };

/* The first pass: checks each object of the plan against Envoy's field constraints and the size limits of Kubernetes,
 * and keeps nothing. Objects too small to break any of these are not even rendered. False: errors were added. */
bool render_check(struct arena *, const struct plan *, const struct templates *, struct diags *);

/* The second pass: renders one part of the plan into the sink. Callers render the clusters of all manifests before the
 * filters of any. False: the sink refused. */
bool render_plan(struct arena *, const struct plan *, enum render_part, const struct templates *,
                 const struct document_sink *);

#endif
