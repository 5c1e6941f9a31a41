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

/* The first pass: checks each object of the plan against the constraints of Envoy and the size limits of Kubernetes,
 * and keeps nothing. What cannot break a limit by its very size is not even rendered. False: errors were added. */
bool render_check(struct arena *, const struct plan *, const struct templates *, struct diags *);

/* The second pass: renders what the plan has for one part, for the sink. Clusters of all manifests are meant to come
 * before filters of any. False: the sink refused. */
bool render_plan(struct arena *, const struct plan *, enum render_part, const struct templates *,
                 const struct document_sink *);

#endif
