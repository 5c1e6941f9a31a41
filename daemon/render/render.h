/* render.h - plans into documents. */
#ifndef CALLOUT_RENDER_RENDER_H
#define CALLOUT_RENDER_RENDER_H

#include "plan/plan.h"
#include "render/template.h"

/* Takes one rendered object. False stops the rendering (the sink has added its error). The object lives until the sink
 * returns. */
struct document_sink {
	bool (*take)(void *ctx, const struct resource *, const struct node *object);
	void *ctx;
};

enum render_part { RENDER_CLUSTERS, RENDER_FILTERS };

/* Renders what the plan has for one part: clusters of all manifests come before filters of any. Every object is checked
 * against the constraints of Envoy and the size limits of Kubernetes. False: errors were added. */
bool render_plan(struct arena *, const struct plan *, enum render_part, const struct templates *,
                 const struct document_sink *, struct diags *);

#endif
